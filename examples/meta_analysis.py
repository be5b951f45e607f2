"""Thirteen trials of the BCG vaccine as one synthesis: counts, latitude, small-study bias, one trial left out.

Run: python examples/meta_analysis.py [--seed 1]

Published counts of tuberculosis (Colditz and others 1994, Journal of the American Medical Association 271), as
documented with R's metadat. By restricted likelihood metafor finds a log risk ratio of -0.7145 (standard error 0.1798)
and, with latitude, -0.0291 (0.0072) a degree. A synthesis is not graded.
"""

import argparse

import numpy as np
import pandas as pd

import sos_bayes as sb

TRIALS = [  # events and others with the vaccine, events and others without, degrees of latitude
    ("Aronson 1948", 4, 119, 11, 128, 44), ("Ferguson & Simes 1949", 6, 300, 29, 274, 55),
    ("Rosenthal et al 1960", 3, 228, 11, 209, 42), ("Hart & Sutherland 1977", 62, 13536, 248, 12619, 52),
    ("Frimodt-Moller et al 1973", 33, 5036, 47, 5761, 13), ("Stein & Aronson 1953", 180, 1361, 372, 1079, 44),
    ("Vandiviere et al 1973", 8, 2537, 10, 619, 19), ("TPT Madras 1980", 505, 87886, 499, 87892, 13),
    ("Coetzee & Berjak 1968", 29, 7470, 45, 7232, 27), ("Rosenthal et al 1961", 17, 1699, 65, 1600, 42),
    ("Comstock et al 1974", 186, 50448, 141, 27197, 18), ("Comstock & Webster 1969", 5, 2493, 3, 2338, 33),
    ("Comstock et al 1976", 27, 16886, 29, 17825, 33),
]  # fmt: skip


def main(seed: int = 1) -> None:
    """Print what the trials say together."""
    table = pd.DataFrame(
        TRIALS, columns=["study", "tb_with", "others_with", "tb_without", "others_without", "latitude"]
    )
    table["with"], table["without"] = table.tb_with + table.others_with, table.tb_without + table.others_without
    counts = {"events": ("tb_with", "tb_without"), "trials": ("with", "without")}
    asked = {"aim": sb.Aim.FEWER, "worthwhile": 0.1, "seed": seed}

    found = sb.meta_analysis(table, **counts, **asked)
    print(found, "\n")
    print(found.prior_sensitivity()[["prior", "scale", "mean", "tau", "site_low", "site_high"]].round(2), "\n")
    print(found.leave_one_out()[["without", "mean", "low", "high", "tau"]].round(2), "\n")

    by_latitude = sb.meta_analysis(table, **counts, covariates=["latitude"], **asked)
    print(by_latitude.coefficients()[["covariate", "mean", "sd", "low", "high"]].round(4))
    for degrees in (13, 33, 55):
        site = by_latitude.new_site({"latitude": degrees})
        print(f"  new site at {degrees} degrees: {site.mean:+.2f} ({site.low:+.2f} to {site.high:+.2f})")

    table["log_rr"] = np.log(table.tb_with / table["with"]) - np.log(table.tb_without / table["without"])
    table["se"] = np.sqrt(1 / table.tb_with - 1 / table["with"] + 1 / table.tb_without - 1 / table["without"])
    ratios = sb.meta_analysis(table, effect="log_rr", se="se", measure="log_risk_ratio", **asked)
    print(f"\nlog risk ratio: {ratios.mean.mean:.4f} ({ratios.mean.sd:.4f})\n{sb.compare_bias(ratios)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of the sampler (1)")
    main(parser.parse_args().seed)
