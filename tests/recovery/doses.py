"""How well the answer to "does better delivery go with more effect?" is calibrated. Fast route; synthetic throughout.

python -m tests.recovery.doses "a slope" --replicates 200 --first-seed 990000

Twelve adopters among 40 authorities, four years before the start and four after, shocks of sd .1 that last (correlation
.5) and 1,500 children a cell. True delivery differs from authority to authority around .6 with an sd of .2; scores add
an error that the analysis is told.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from sos_bayes.data import Aim, Binary, Calendar, Cells, Rollout
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import dose_response
from sos_bayes.fitting import fit_layout
from tests.recovery.harness import many

AUTHORITIES, ADOPTERS, YEARS, START, CHILDREN = 40, 12, tuple(range(2011, 2019)), 4, 1500
SPREAD, SHOCK, MEMORY, LEVEL = 0.3, 0.1, 0.5, -1.7
# change in log-odds at no delivery, and from there to full delivery; sd of a score's error
SETTINGS: dict[str, dict[str, float]] = {
    "nothing": {"error": 0.1},
    "an effect without a slope": {"base": -0.3, "error": 0.1},
    "a slope": {"slope": -0.5, "error": 0.1},
    "a slope, poor scores": {"slope": -0.5, "error": 0.2},
    "a slope, exact scores": {"slope": -0.5, "error": 0.0},
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one replicate said, beside the truth."""

    slope: float
    sd: float
    truth: float
    p_more: float
    covered: tuple[bool, ...]


def replicate(seed: int, setting: str) -> Answer:
    """Make one synthetic roll-out, ask, and see whether 90 % intervals hold the slope and the effects at scores."""
    given = {"base": 0.0, "slope": 0.0} | SETTINGS[setting]
    rng = np.random.default_rng([seed, 41])
    delivery = np.clip(0.6 + 0.2 * rng.standard_normal(ADOPTERS), 0.05, 1.0)
    scores = np.clip(delivery + given["error"] * rng.standard_normal(ADOPTERS), 0.0, 1.0)
    shocks = np.empty((AUTHORITIES, len(YEARS)))
    shocks[:, 0] = SHOCK * rng.standard_normal(AUTHORITIES)
    for t in range(1, len(YEARS)):
        fresh = SHOCK * np.sqrt(1 - MEMORY**2) * rng.standard_normal(AUTHORITIES)
        shocks[:, t] = MEMORY * shocks[:, t - 1] + fresh
    without = LEVEL + SPREAD * rng.standard_normal((AUTHORITIES, 1)) + shocks
    eta = without.copy()
    eta[:ADOPTERS, START:] += (given["base"] + given["slope"] * delivery)[:, None]
    events = rng.binomial(CHILDREN, expit(eta)).astype(float)[..., None]
    names = tuple(f"Made-up {a:02d}" for a in range(AUTHORITIES))
    outcome = Binary("y", "n", aim=Aim.FEWER, worthwhile=0.01, label="synthetic outcome")
    total = np.full(events.shape, float(CHILDREN))
    cells = Cells(names, names, Calendar.of(YEARS), (), ((),), events, total, outcome, "authorities")
    layout = layout_of(cells, Rollout(dict.fromkeys(names[:ADOPTERS], YEARS[START])))
    fit = fit_layout(layout, DiD(), seed=seed)
    found = dose_response(fit, dict(zip(names, map(float, scores), strict=False)), error_sd=given["error"])
    held = [abs(found.slope[0] - given["slope"]) <= 1.645 * found.slope[1]]
    exposed = without[:ADOPTERS, START:]
    for z, effect in zip((0.25, 0.5, 1.0), found.linear, strict=True):
        truth = float((expit(exposed + given["base"] + given["slope"] * z) - expit(exposed)).mean())
        low, high = effect.interval(0.9)
        held.append(low <= truth <= high)
    return Answer(*found.slope, given["slope"], found.p_more, tuple(held))


def summary(found: list[Answer]) -> dict[str, float]:
    """Rates over replicates: intervals, how often a slope is declared and on which side, and how far it is off."""
    held = np.array([one.covered for one in found]).mean(axis=0)
    slope, sd, truth, p = (np.array([getattr(one, k) for one in found]) for k in ("slope", "sd", "truth", "p_more"))
    names = ("slope", "at_.25", "at_.5", "at_1")
    return {
        "replicates": len(found),
        **{f"covered90_{name}": float(rate) for name, rate in zip(names, held, strict=True)},
        "more_declared": float((p >= 0.975).mean()),
        "less_declared": float((p <= 0.025).mean()),
        "bias": float((slope - truth).mean()),
        "bias_mcse": float(slope.std() / np.sqrt(len(found))),
        "mean_sd": float(sd.mean()),
    }


def run(setting: str, first: int, count: int, cores: int | None = None) -> list[Answer]:
    """Run replicates of one setting over processes."""
    return many(replicate, [(seed, setting) for seed in range(first, first + count)], cores)  # type: ignore[arg-type, return-value]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("setting", choices=sorted(SETTINGS))
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=990_000)
    parser.add_argument("--cores", type=int)
    asked = parser.parse_args()
    figures: dict[str, Any] = summary(run(asked.setting, asked.first_seed, asked.replicates, asked.cores))
    print(
        json.dumps(
            {"setting": asked.setting, "first_seed": asked.first_seed} | {k: round(v, 4) for k, v in figures.items()}
        )
    )


if __name__ == "__main__":
    main()
