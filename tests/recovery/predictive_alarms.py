"""How often the check of discrepancies speaks: in panels that the model is right about, and in worlds that break it.

    python -m tests.recovery.predictive_alarms --panels 100 --seed 40000

Synthetic panels, fitted by the fast route. The n-th panel has the seed plus n.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np

from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.checks.parallel_trends.discrepancies import WORDS
from sos_bayes.checks.parallel_trends.predictive import ALARM, check_predictive
from sos_bayes.designs import DiD, layout_of
from sos_bayes.fitting import Fit, FitSpec, map_fits
from sos_bayes.simulation import MadeUp, Scenario, made_up_england, made_up_world

RATES = {"family": "poisson", "base": 50, "per": 10_000, "size_median": 40_000, "size_min": 5_000, "size_max": 300_000}
SETTINGS: dict[str, Callable[..., MadeUp]] = {
    "right: shares": partial(made_up_england, Scenario()),
    "right: an effect": partial(made_up_england, Scenario(effect=-0.05)),
    "right: rates": partial(made_up_england, Scenario(**RATES)),
    **{name: partial(made_up_world, name) for name in ("regions", "one factor", "own slopes", "t2.5 shocks")},
}


def numbers(fit: Fit) -> dict[str, float]:
    """What the check says of one fit."""
    return dict(check_predictive(under_test(fit)).numbers)


def alarms(setting: str, panels: int, seed: int) -> dict[str, float]:
    """Share of panels in which the oddest of all, and each discrepancy alone, has at most p = .05."""
    made = [SETTINGS[setting](seed=seed + n) for n in range(panels)]
    jobs = [FitSpec(layout_of(m.cells, m.rollout), DiD(), seed=1, n_draws=2000, fall_back=False) for m in made]
    found = [one for one in map_fits([(job, numbers) for job in jobs]) if isinstance(one, dict)]
    spoken = {"oddest": float(np.mean([one["p_oddest"] <= ALARM for one in found])), "panels": float(len(found))}
    keys = {name: f"{name}_p" for name in WORDS}
    return spoken | {
        name: float(np.mean([one[key] <= ALARM for one in found])) for name, key in keys.items() if key in found[0]
    }


def main() -> None:
    """Print a row for each setting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--panels", type=int, default=100)
    parser.add_argument("--seed", type=int, default=40_000)
    parser.add_argument("--only", nargs="*", choices=list(SETTINGS), default=list(SETTINGS))
    asked = parser.parse_args()
    for setting in asked.only:
        found = alarms(setting, asked.panels, asked.seed)
        print(setting, " ".join(f"{name} {value:.2f}" for name, value in found.items()), flush=True)


if __name__ == "__main__":
    main()
