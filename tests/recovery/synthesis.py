"""Print how often intervals of synthetic control and latent factors hold the truth in one setting, as a line of JSON.

python -m tests.recovery.synthesis SyntheticControl --before 8 --factor 0.5 --replicates 60 --first-seed 400000

One adopter among synthetic plain numbers, no effect; all replicates of a setting share one compilation.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

import sos_bayes as sb
from tests.synthesis.made_up import outcome, plain_panel, read, rollout

SETTINGS = [(before, factor) for before in (4, 8, 20) for factor in (0.0, 1.0)]
DESIGNS: dict[str, Any] = {
    "SyntheticControl": sb.SyntheticControl(),
    "LatentFactors": sb.LatentFactors(1),
    "NoFactors": sb.LatentFactors(0),
}
SAMPLER = sb.Sampler(draws=400, tune=400, chains=2, target_accept=0.9, progress=False)
AFTER, DONORS, NOISE = 4, 20, 0.15


def replicate(seed: int, design: Any, before: int, factor: float) -> dict[str, float]:
    """One panel: whether 50, 90 and 95 % intervals hold zero, the estimate and its sd."""
    frame = plain_panel(donors=DONORS, before=before, after=AFTER, factor=factor, noise=NOISE, seed=seed)
    fit = design.sampled(_layout(frame, 2000 + before), seed, SAMPLER)
    effect = sb.estimate(fit)
    held = {f"covered{int(100 * p)}": float(np.prod(effect.interval(p)) <= 0) for p in (0.5, 0.9, 0.95)}
    return held | {"mean": effect.mean, "sd": effect.sd}


def _layout(frame: Any, start: int) -> Any:
    from sos_bayes.fitting import lay_out

    return lay_out(read(frame), rollout(frame, start), outcome(), sb.SyntheticControl())


def summary(found: list[dict[str, float]]) -> dict[str, float]:
    """Rates over replicates, root mean square error and mean sd."""
    rates = {key: float(np.mean([one[key] for one in found])) for key in found[0] if key.startswith("covered")}
    error = np.array([one["mean"] for one in found])
    return rates | {"rmse": float(np.sqrt((error**2).mean())), "mean_sd": float(np.mean([one["sd"] for one in found]))}


def run(design: str, before: int, factor: float, replicates: int, first_seed: int, seconds: float) -> dict[str, Any]:
    """Replicates of one setting, as many as the time allows."""
    found = [replicate(first_seed, DESIGNS[design], before, factor)]  # compiles
    begun = time.perf_counter()
    for seed in range(first_seed + 1, first_seed + replicates):
        found.append(replicate(seed, DESIGNS[design], before, factor))
        if time.perf_counter() - begun > seconds:
            break
    row = {"design": design, "before": before, "factor": factor, "first_seed": first_seed, "replicates": len(found)}
    return row | {key: round(value, 4) for key, value in summary(found).items()}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("design", choices=sorted(DESIGNS))
    parser.add_argument("--before", type=int, default=8)
    parser.add_argument("--factor", type=float, default=1.0)
    parser.add_argument("--replicates", type=int, default=60)
    parser.add_argument("--first-seed", type=int, default=400_000)
    parser.add_argument("--seconds", type=float, default=np.inf)
    asked = parser.parse_args()
    print(json.dumps(run(**vars(asked))), flush=True)


if __name__ == "__main__":
    main()
