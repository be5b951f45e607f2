"""Made-up panels (synthetic) in which trends go with what authorities were before, and adopters were other places.

Run: python -m tests.recovery.baseline_worlds [REPLICATES] [FIRST_SEED]. Prints the table of the how-to page.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
import pandas as pd

import sos_bayes as sb
from sos_bayes.data import Binary, Panel, Rollout
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import fit_layout, prepare_layout
from tests.recovery.harness import many

FIRST, START, PERIODS, ADOPTERS, AUTHORITIES = 2011, 2015, 8, 8, 30
OUTCOME = Binary("events", "children", aim=sb.Aim.FEWER, worthwhile=0.01, label="re-referral")
DESIGNS = {"without": DiD(), "with": DiD(baseline=("poverty",))}


class World(NamedTuple):
    """Log-odds a year for one sd of poverty, and how many sds adopters are poorer."""

    slope: float
    gap: float


WORLDS = {
    "trends go with poverty, adopters poorer": World(0.05, 1.0),
    "trends go with poverty, adopters alike": World(0.05, 0.0),
    "trends do not, adopters poorer": World(0.0, 1.0),
    "trends do not, adopters alike": World(0.0, 0.0),
}


class Told(NamedTuple):
    """What one design said, in percentage points; the truth is no effect."""

    mean: float
    sd: float
    covered: bool
    healthy: bool


def made(world: World, seed: int) -> tuple[Panel, Rollout]:
    """A panel and its rollout."""
    rows, adopters = numbers(world, seed)
    return sb.read_panel(rows, authority="la", period="year"), Rollout(dict.fromkeys(adopters, START))


def numbers(world: World, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """Some 400 children in each authority and year, with shocks that fade, and no effect."""
    rng = np.random.default_rng([seed, 71])
    adopts, shape = np.arange(AUTHORITIES) < ADOPTERS, (AUTHORITIES, PERIODS)
    poverty = rng.standard_normal(AUTHORITIES) + world.gap * adopts
    shocks = rng.normal(0, 0.08, shape)
    shocks[:, 0] /= np.sqrt(0.75)
    for t in range(1, PERIODS):
        shocks[:, t] += 0.5 * shocks[:, t - 1]
    years = np.arange(PERIODS) + FIRST - START
    level = -1.4 + rng.normal(0, 0.3, (AUTHORITIES, 1)) + rng.normal(0, 0.1, PERIODS)
    log_odds = level + shocks + world.slope * poverty[:, None] * years
    children = rng.poisson(400, shape)
    events = rng.binomial(children, 1 / (1 + np.exp(-log_odds)))
    names = [f"Made-up {a:02d}" for a in range(AUTHORITIES)]
    table = pd.DataFrame(
        {
            "la": np.repeat(names, PERIODS), "year": np.tile(np.arange(PERIODS) + FIRST, AUTHORITIES),
            "events": events.ravel(), "children": children.ravel(), "poverty": np.repeat(20 + 5 * poverty, PERIODS),
        }
    )  # fmt: skip
    return table, names[:ADOPTERS]


def replicate(world: World, seed: int) -> dict[str, Told]:
    """Both designs on one panel, by the fast route."""
    panel, rollout = made(world, seed)
    told = {}
    for name, design in DESIGNS.items():
        fit = fit_layout(prepare_layout(panel, rollout, OUTCOME, design), design, seed=seed, n_draws=4000)
        effect = estimate(fit)
        low, high = effect.interval(0.9)
        told[name] = Told(100 * effect.mean, 100 * effect.sd, low <= 0 <= high, fit.health.ok)
    return told


def measured(world: World, replicates: int, first_seed: int, cores: int | None = None) -> dict[str, dict[str, float]]:
    """Bias and its error, root mean square error, mean posterior sd, coverage of 90 % intervals; by design."""
    runs = many(replicate, [(world, first_seed + i) for i in range(replicates)], cores)  # type: ignore[arg-type]
    found = {}
    for name in DESIGNS:
        told = [run[name] for run in runs]  # type: ignore[index]
        means = np.array([t.mean for t in told])
        found[name] = {
            "bias": float(means.mean()),
            "bias_error": float(means.std(ddof=1) / np.sqrt(len(means))),
            "rmse": float(np.sqrt((means**2).mean())),
            "sd": float(np.mean([t.sd for t in told])),
            "covered": float(np.mean([t.covered for t in told])),
            "healthy": float(np.mean([t.healthy for t in told])),
        }
    return found


def main() -> None:
    """Print one row a world and design."""
    replicates, first = (int(x) for x in (sys.argv[1:] + ["100", "710000"][len(sys.argv) - 1 :])[:2])
    for name, world in WORLDS.items():
        for design, m in measured(world, replicates, first).items():
            print(
                f"| {name} | {design} | {m['bias']:+.2f} ({m['bias_error']:.2f}) | {m['rmse']:.2f} | {m['sd']:.2f} | "
                f"{m['covered']:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
