"""Print what is left of the bias where an adopter moves more than its donors reach, a line of JSON for each estimator.

python -m tests.recovery.augmentation --gap 1 --before 8 --replicates 100

The panels of `tests.recovery.synthesis` with a factor, no effect, and an adopter whose loading is so much larger than
that of a donor drawn at random (donors' have an sd of .5). A difference-in-differences then errs by (loading - donors'
mean loading) times how far the factor moved on. ``left`` is the slope of errors on that over replicates: 1 is all of
it, 0 none. ``covered`` are intervals of 90 %.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import joblib
import numpy as np

import sos_bayes as sb
from sos_bayes._core.cores import spread
from sos_bayes._core.errors import DesignError
from sos_bayes.fitting import prepare_layout
from sos_bayes.synthesis import (
    augmented_synthetic_control,
    difference_in_differences,
    synthetic_control,
    synthetic_did,
)
from tests.recovery.synthesis import AFTER, DONORS, NOISE, SAMPLER
from tests.synthesis.made_up import outcome, plain_panel, read, rollout

POINTS = {
    "difference-in-differences": difference_in_differences,
    "synthetic control, no constant": synthetic_control,
    "synthetic control": partial(synthetic_control, intercept=True),
    "synthetic difference-in-differences": synthetic_did,
    "ridge-augmented, no constant": augmented_synthetic_control,
    "ridge-augmented": partial(augmented_synthetic_control, intercept=True),
}
POSTERIORS = {
    "posterior, augmentation 0": sb.SyntheticControl(augmentation=0.0),
    "posterior, augmentation 0.5": sb.SyntheticControl(augmentation=0.5),
    "posterior": sb.SyntheticControl(),
    "posterior, no constant": sb.SyntheticControl(intercept=False),
    "posterior, no constant, augmentation 1": sb.SyntheticControl(intercept=False, augmentation=1.0),
    "one latent factor": sb.LatentFactors(1),
}


def replicate(seed: int, gap: float, before: int) -> dict[str, tuple[float, float, float, float]]:
    """Of each estimator: the estimate, its sd, whether 90 % hold zero, and the whole bias of differences."""
    made = {"donors": DONORS, "before": before, "after": AFTER, "noise": NOISE, "gap": gap, "seed": seed}
    frame, still = plain_panel(**made), plain_panel(**(made | {"noise": 0.0}))
    whole = {
        name: f.pivot(index="year", columns="unit", values="y").to_numpy()
        for name, f in (("is", frame), ("was", still))
    }
    bias = difference_in_differences(whole["was"][:, 0], whole["was"][:, 1:], before).effect
    found = {}
    for name, point in POINTS.items():
        found[name] = (point(whole["is"][:, 0], whole["is"][:, 1:], before).effect, np.nan, np.nan, bias)
    layout = prepare_layout(read(frame), rollout(frame, 2000 + before), outcome(), sb.DiD())
    for name, design in POSTERIORS.items():
        try:
            effect = sb.estimate(design.sampled(layout, seed, SAMPLER))
        except DesignError:  # outside all donors without a constant: refused
            continue
        low, high = effect.interval(0.9)
        found[name] = (effect.mean, effect.sd, float(low <= 0 <= high), bias)
    return found


def run(gap: float, before: int, replicates: int, first_seed: int, cores: int) -> Iterator[dict[str, Any]]:
    """One setting, a row for each estimator."""
    one = partial(replicate, gap=gap, before=before)
    with joblib.parallel_config(n_jobs=cores):
        every = [found for _, found in spread(one, list(range(first_seed, first_seed + replicates)))]
    for name in (*POINTS, *POSTERIORS):
        some = np.array([found[name] for found in every if name in found])
        error, sd, held, bias = some.T
        row = {
            "gap": gap, "before": before, "estimator": name, "replicates": len(some), "first_seed": first_seed,
            "left": float(error @ bias / (bias @ bias)), "rmse": float(np.sqrt((error**2).mean())),
            "mean_sd": float(sd.mean()), "covered": float(held.mean()),
        }  # fmt: skip
        yield {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gap", type=float, default=1.0)
    parser.add_argument("--before", type=int, default=8)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=700_000)
    parser.add_argument("--cores", type=int, default=2)
    for row in run(**vars(parser.parse_args())):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
