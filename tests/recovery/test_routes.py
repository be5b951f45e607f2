"""The fast route beside NUTS: the same posterior, and the same coverage on the same data sets. Slow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Fit, Sampler, fit_layout
from sos_bayes.simulation import Scenario, made_up_england
from tests.recovery.settings import COUNTS, LARGE

pytestmark = pytest.mark.slow

GRID: dict[str, dict[str, Any]] = {
    "base": {},
    "3 pp fewer": {"effect": -0.03},
    "large slow shocks": LARGE | {"effect": 0.03},
    "one adopter": {"adopters": 1},
    "four adopters": {"adopters": 4, "effect": -0.04},
    "hundred children": {"size_median": 100},
    "three thousand children": {"size_median": 3000, "size_max": 20_000},
    "base 2 %, sd .5": {"base": 0.02, "size_median": 120, "sd_shock": 0.5},
    "staggered": {"starts": "staggered", "effect": -0.02},
    "forty quarters": {"periods": 40, "period": "quarter", "size_median": 100, "rho": 0.84},
    "counts": COUNTS,
    "rare counts": COUNTS | {"base": 1.0, "effect": -0.2},
}


def _both(settings: dict[str, Any], seed: int, sampler: Sampler) -> tuple[Fit, Fit]:
    made = made_up_england(Scenario(**settings), seed=seed)
    layout = layout_of(made.cells, made.rollout)
    return fit_layout(layout, DiD(), method="fast", seed=seed), fit_layout(
        layout, DiD(), seed=seed, method="nuts", sampler=sampler
    )


def compared(settings: dict[str, Any], seed: int) -> dict[str, float]:
    """Differences of the SATT and of mu_tau between the two routes, in units of NUTS's posterior."""
    fast, nuts = _both(settings, seed, Sampler(draws=4000, progress=False))
    a, b = estimate(fast), estimate(nuts)
    mu = [float((f.draws.shared["mu_tau"] > 0).mean()) for f in (fast, nuts)]
    return {
        "mean": (a.mean - b.mean) / b.sd,
        "sd": a.sd / b.sd - 1,
        "p": a.probability(above=0.0) - b.probability(above=0.0),
        "p_error": float(np.hypot(a.probability_error(above=0.0), b.probability_error(above=0.0))),
        "p_mu": mu[0] - mu[1],
        "healthy": float(fast.health.ok and nuts.health.ok and fast.method == "fast"),
        "seconds_fast": dict(fast.seconds)["fit"],
        "seconds_sample": dict(nuts.seconds)["sample"],
    }


@pytest.mark.parametrize("name", list(GRID))
def test_the_two_routes_agree(name: str) -> None:
    """SATT within .05 sd, sd within 5 %, P(direction) within .01, each plus three Monte Carlo errors."""
    found = compared(GRID[name], 31)
    print(name, {k: round(v, 4) for k, v in found.items()})
    assert found["healthy"] == 1.0
    assert abs(found["mean"]) <= 0.05 + 0.05
    assert abs(found["sd"]) <= 0.05 + 0.03
    assert abs(found["p"]) <= 0.01 + 3 * found["p_error"]


@pytest.mark.parametrize("settings", [{"effect": -0.03}, COUNTS | {"effect": -8}], ids=["binomial", "poisson"])
def test_both_routes_cover_alike(settings: dict[str, Any]) -> None:
    """90 % intervals of both routes on the same forty data sets."""
    inside = []
    for seed in range(800_000, 800_040):
        truth = made_up_england(Scenario(**settings), seed=seed).truth.satt
        intervals = [estimate(f).interval(0.9) for f in _both(settings, seed, Sampler(draws=1000, progress=False))]
        inside.append([low <= truth <= high for low, high in intervals])
    covered = np.mean(inside, axis=0)
    agree = float(np.mean([a == b for a, b in inside]))
    print("covered by fast, NUTS", covered, "the same verdict", agree)
    assert (np.abs(covered - 0.9) <= 3 * np.sqrt(0.9 * 0.1 / 40)).all()
    assert agree >= 0.95
