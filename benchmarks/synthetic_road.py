"""From a panel in a parquet file to the posterior of a synthetic control's effect; see `synthetic`.

Run with: python benchmarks/synthetic_road.py FOLDER

Prints one JSON object: mean and sd of the average effect after the start.
"""

import json
import sys

import pandas as pd

import sos_bayes as sb


def main() -> None:
    """Fit and estimate."""
    folder = sys.argv[1]
    with open(f"{folder}/rollout.json") as file:
        declared = json.load(file)
    panel = sb.read_panel(pd.read_parquet(f"{folder}/panel.parquet"), authority="unit", period="year")
    outcome = sb.Continuous("y", unit="points", aim=sb.Aim.FEWER, worthwhile=0.1, label="made-up score (synthetic)")
    design = sb.SyntheticControl(intercept=False)
    rollout = sb.Rollout({declared["adopter"]: declared["start"]})
    fit = sb.fit(panel, rollout, outcome, design, sampler=sb.Sampler(draws=1000, tune=1000, target_accept=0.95))
    effect = sb.estimate(fit)
    print(json.dumps({"mean": effect.mean, "sd": effect.sd, "health": fit.health.ok}))


if __name__ == "__main__":
    main()
