"""Made-up Englands that the rule and the intervals are measured on, by name."""

from __future__ import annotations

from typing import Any

COUNTS: dict[str, Any] = {
    "family": "poisson",
    "base": 50,
    "per": 10_000,
    "size_median": 40_000,
    "size_min": 5_000,
    "size_max": 300_000,
}
LARGE: dict[str, Any] = {"rho": 0.8, "sd_shock": 0.25}

NULLS: dict[str, dict[str, Any]] = {
    "base": {},
    "no memory": {"rho": 0.0},
    "large slow shocks": LARGE,
    "large slow t4 shocks": LARGE | {"shock_df": 4},
    "adopters' shocks x2": {"adopters_shock_scale": 2.0},
    "one adopter": {"adopters": 1},
    "four adopters": {"adopters": 4},
    "twenty adopters": {"adopters": 20},
    "staggered starts": {"starts": "staggered"},
    "rare, few children": {"base": 0.02, "size_median": 120},
    "counts": COUNTS,
}
DRIFT: dict[str, Any] = {"drift": 0.03}
EFFECTS: dict[str, dict[str, Any]] = {
    "2 pp": {"effect": -0.02},
    "3 pp": {"effect": -0.03},
    "5 pp": {"effect": -0.05},
    "10 pp": {"effect": -0.10},
    "counts, a fifth fewer": COUNTS | {"effect": -10},
}
