"""Suppressed counts kept as ranges, dropped, or replaced by a mid-point: Signs of Safety pilots, SYNTHETIC THINNING.

Run: python examples/suppressed_counts.py [--method nuts]. The pilots are those of the FIRST round; OGL v3.0 statistics.

No published count of 1 to 5 is known, so each looked-after child in a children's home or secure unit (2013-2019) is
kept with probability .2: a rare outcome, made up from real counts. Then 1 to 5 are hidden again, in a file of DfE's
form, and answers are held against the one with nothing hidden; docs/explanation/suppressed_counts.md repeats it.
"""

import argparse

import numpy as np
import pandas as pd

import sos_bayes as sb

MEASURE = "placement_secure_or_childrens_home"
KEPT, WAYS = 0.2, {"all known": "", "ranges": "c", "dropped": "x", "mid-point": "3"}
HOMES = sb.Binary("homes", "looked_after", aim=sb.Aim.FEWER, worthwhile=0.005, label="homes (thinned)", unit="children")
NAMES = {"year": "time_period", "la_code": "new_la_code", "region": "region_code", f"{MEASURE}_of": "looked_after"}
LOCAL = {"geographic_level": "Local authority", "time_identifier": "Reporting year"}


def counted() -> pd.DataFrame:
    """Rows of authorities in the columns of a published file, with the count that is to be thinned."""
    rows = sb.datasets.england(MEASURE, years=range(2013, 2020))
    return rows.rename(columns={**NAMES, MEASURE: "numerator"}).assign(**LOCAL)


def published(rows: pd.DataFrame, hidden: pd.Series, symbol: str) -> pd.DataFrame:
    """Write a symbol for what is hidden."""
    return rows.assign(homes=rows["homes"].astype(int).astype(str).mask(hidden, symbol))


def effect(file: pd.DataFrame, adopters: list[str], dfe: sb.DfE, method: str = "fast") -> sb.Effect:
    """Read, fit and estimate, without adopters that have no count before or after 2016."""
    late = file["time_period"] >= 2016
    seen = [set(file.loc[side & (file["homes"] != "x"), "new_la_code"]) for side in (late, ~late)]
    blind = tuple(a for a in adopters if not all(a in side for side in seen))
    rollout = sb.Rollout({a: 2016 for a in adopters if a not in blind}, exclude=blind)
    return sb.estimate(sb.fit(sb.read_panel(file, dfe=dfe), rollout, HOMES, sb.DiD(), method=method))


def main(method: str = "fast") -> None:
    """Print the effect on the pilots by each way, beside the effect with all counts known."""
    pilots = sb.datasets.pilots().query("round1_2014_16 == 1")["la_code"]
    rows = counted().assign(homes=lambda r: np.random.default_rng(1).binomial(r["numerator"].astype(int), KEPT))
    small = rows["homes"].between(1, 5)
    print(f"{small.mean():.0%} of {len(rows):,} counts (real ones, thinned) are hidden.")
    for way, symbol in WAYS.items():
        file = published(rows, small & (way != "all known"), symbol)
        found = effect(file, pilots.tolist(), sb.DfE(secondary=0), method)
        print(f"{way:>9}: {100 * found.mean:+.2f} pp (sd {100 * found.sd:.2f}), {found.n_adopters} pilots")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", choices=("nuts", "fast"), default="fast")
    main(**vars(parser.parse_args()))
