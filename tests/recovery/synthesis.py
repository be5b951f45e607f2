"""Print how often intervals of synthetic control and latent factors hold the truth in one setting, as a line of JSON.

python -m tests.recovery.synthesis SyntheticControl --before 8 --factor 1 --replicates 100 --first-seed 500000

Adopters among 20 synthetic donors, no effect; plain numbers, or counts of so many children a cell.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from typing import Any

import joblib
import numpy as np

import sos_bayes as sb
from sos_bayes._core.cores import spread
from sos_bayes.fitting import prepare_layout
from tests.synthesis.made_up import counted, outcome, plain_panel, read, rollout, share

SETTINGS = [(before, factor) for before in (4, 8, 20) for factor in (0.0, 1.0)]
DESIGNS: dict[str, Any] = {
    "SyntheticControl": sb.SyntheticControl(),
    "LatentFactors": sb.LatentFactors(1),
    "TwoFactors": sb.LatentFactors(2),
    "NoFactors": sb.LatentFactors(0),
}
SAMPLER = sb.Sampler(draws=800, tune=500, chains=2, target_accept=0.9, progress=False)
AFTER, DONORS, NOISE = 4, 20, 0.15


def replicate(
    seed: int, design: str, before: int, factor: float, second: float = 0.0, adopters: int = 1, children: int = 0
) -> dict[str, float]:
    """One panel: whether 50, 90 and 95 % intervals hold zero, the estimate, its sd, and whether the gate was passed."""
    frame = plain_panel(
        donors=DONORS, before=before, after=AFTER, factor=factor, second=second, noise=NOISE, adopters=adopters,
        seed=seed,
    )  # fmt: skip
    what = share() if children else outcome()
    data = read(counted(frame, children, seed) if children else frame)
    layout = prepare_layout(data, rollout(frame, 2000 + before), what, sb.DiD())
    fit = DESIGNS[design].sampled(layout, seed, SAMPLER)
    effect = sb.estimate(fit)
    held = {f"covered{int(100 * p)}": float(np.prod(effect.interval(p)) <= 0) for p in (0.5, 0.9, 0.95)}
    return held | {"mean": effect.mean, "sd": effect.sd, "healthy": float(fit.health.ok)}


def summary(found: list[dict[str, float]]) -> dict[str, float]:
    """Rates over replicates, root mean square error and mean sd."""
    rates = {k: float(np.mean([one[k] for one in found])) for k in found[0] if k.startswith(("covered", "healthy"))}
    error = np.array([one["mean"] for one in found])
    return rates | {"rmse": float(np.sqrt((error**2).mean())), "mean_sd": float(np.mean([one["sd"] for one in found]))}


def run(
    design: str, before: int, factor: float, replicates: int, first_seed: int, second: float = 0.0, adopters: int = 1,
    children: int = 0, cores: int = 2,
) -> dict[str, Any]:  # fmt: skip
    """Replicates of one setting."""
    setting = {
        "design": design, "before": before, "factor": factor, "second": second, "adopters": adopters,
        "children": children,
    }  # fmt: skip
    with joblib.parallel_config(n_jobs=cores):
        found = dict(spread(partial(replicate, **setting), list(range(first_seed, first_seed + replicates))))  # type: ignore[arg-type]
    row = setting | {"first_seed": first_seed, "replicates": len(found)}
    return row | {key: round(value, 4) for key, value in summary(list(found.values())).items()}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("design", choices=sorted(DESIGNS))
    parser.add_argument("--before", type=int, default=8)
    parser.add_argument("--factor", type=float, default=1.0)
    parser.add_argument("--second", type=float, default=0.0, help="size of a second factor")
    parser.add_argument("--adopters", type=int, default=1)
    parser.add_argument("--children", type=int, default=0, help="children a cell, of a share; 0 for plain numbers")
    parser.add_argument("--replicates", type=int, default=60)
    parser.add_argument("--first-seed", type=int, default=500_000)
    parser.add_argument("--cores", type=int, default=2)
    print(json.dumps(run(**vars(parser.parse_args()))), flush=True)


if __name__ == "__main__":
    main()
