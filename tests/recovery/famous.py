"""Print how each design does with donors of the two famous panels as if they had adopted, as lines of JSON.

python -m tests.recovery.famous [--cores 2]

The adopter itself is left out, so the truth is no effect: intervals should hold zero as often as they say. Donors are
each other's donors, so these are no independent trials. Without a constant a donor outside all others is refused.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from typing import Any

import joblib
import numpy as np
import pandas as pd

import sos_bayes as sb
from sos_bayes._core.cores import spread
from sos_bayes._core.errors import DesignError
from sos_bayes.fitting import prepare_layout
from tests.recovery.synthesis import SAMPLER

CASES: dict[str, tuple[str, str, str, tuple[str, ...], int]] = {
    "california": ("State", "Year", "PacksPerCapita", ("California",), 1989),
    "basque": ("regionname", "year", "gdpcap", ("Basque Country (Pais Vasco)", "Spain (Espana)"), 1975),
}
DESIGNS: dict[str, Any] = {
    "SyntheticControl": sb.SyntheticControl(),
    "published form": sb.SyntheticControl(intercept=False),
    "LatentFactors": sb.LatentFactors(1),
    "NoFactors": sb.LatentFactors(0),
}


def rows_of(case: str) -> tuple[pd.DataFrame, sb.Continuous]:
    """Donors' rows, and the outcome."""
    authority, _, value, left_out, _ = CASES[case]
    rows = getattr(sb.datasets, case)()
    rows = rows[~rows[authority].isin(left_out)]
    return rows, sb.Continuous(value, unit="units", aim=sb.Aim.FEWER, worthwhile=0.1, label=value, children="people")


def placebo(donor: str, case: str, name: str) -> tuple[float, float, bool, bool] | None:
    """Estimate, sd, whether 90 % hold zero, and whether the gate was passed; None where the design refuses."""
    authority, period, _, _, start = CASES[case]
    rows, outcome = rows_of(case)
    data = sb.read_panel(rows, authority=authority, period=period)
    layout = prepare_layout(data, sb.Rollout({donor: start}), outcome, sb.DiD())
    try:
        fit = DESIGNS[name].sampled(layout, 1, SAMPLER)
    except DesignError:
        return None
    effect = sb.estimate(fit)
    low, high = effect.interval(0.9)
    return effect.mean, effect.sd, bool(low <= 0 <= high), fit.health.ok


def run(case: str, name: str, cores: int) -> dict[str, Any]:
    """Every donor of one panel by one design."""
    donors = sorted(rows_of(case)[0][CASES[case][0]].unique())
    with joblib.parallel_config(n_jobs=cores):
        every = [x for _, x in spread(partial(placebo, case=case, name=name), donors)]
    some = np.array([x for x in every if x is not None], dtype=float)
    row = {
        "case": case, "design": name, "donors": len(donors), "fitted": len(some),
        "covered90": float(some[:, 2].mean()), "rmse": float(np.sqrt((some[:, 0] ** 2).mean())),
        "mean_sd": float(some[:, 1].mean()), "healthy": float(some[:, 3].mean()),
        "error_over_sd": float(np.sqrt(((some[:, 0] / some[:, 1]) ** 2).mean())),
    }  # fmt: skip
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, default=2)
    asked = parser.parse_args()
    for case in CASES:
        for name in DESIGNS:
            print(json.dumps(run(case, name, asked.cores)), flush=True)


if __name__ == "__main__":
    main()
