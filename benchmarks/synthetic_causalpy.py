"""A peer of `synthetic`, run by an interpreter that has CausalPy: the same panel to the same quantity.

Run with: python benchmarks/synthetic_causalpy.py FOLDER

Its synthetic control with weights on the simplex, default priors, 4 chains of 1,000 draws. Prints one JSON object.
"""

import json
import os
import sys

os.environ.setdefault("MPLBACKEND", "Agg")

import causalpy as cp
import pandas as pd


def main() -> None:
    """Fit, and average the gap after the start."""
    folder = sys.argv[1]
    with open(f"{folder}/rollout.json") as file:
        declared = json.load(file)
    rows = pd.read_parquet(f"{folder}/panel.parquet")
    wide = rows.pivot(index="year", columns="unit", values="y")
    wide.columns.name = None
    donors = [name for name in wide.columns if name != declared["adopter"]]
    sampling = {"draws": 1000, "tune": 1000, "chains": 4, "random_seed": 1, "progressbar": False}
    result = cp.SyntheticControl(
        wide, declared["start"], control_units=donors, treated_units=[declared["adopter"]],
        model=cp.pymc_models.WeightedSumFitter(sample_kwargs=sampling),
    )  # fmt: skip
    gap = result.post_impact
    kept = [d for d in gap.dims if d in ("chain", "draw")]
    effect = gap.mean([d for d in gap.dims if d not in kept])
    print(json.dumps({"mean": float(effect.mean()), "sd": float(effect.std())}))


if __name__ == "__main__":
    main()
