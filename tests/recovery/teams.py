"""Made-up children (synthetic) in teams in authorities: when a difference-in-differences may leave teams out.

Run: python -m tests.recovery.teams [REPLICATES] [FIRST_SEED] [WORLD ...]. Prints the table of the how-to page.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

import sos_bayes as sb
from sos_bayes._core.array_types import Floats
from sos_bayes.data import Binary, Panel, Rollout
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import fit_layout, prepare_layout
from tests.recovery.harness import many

PERIODS, FIRST, START = 8, 2011, 4
OUTCOME = Binary("events", "children", aim=sb.Aim.FEWER, worthwhile=0.01, label="re-referral")


class World(NamedTuple):
    """Teams of one made-up England.

    ``teams`` and ``own_teams`` are how many a comparator and an adopter has; ``level`` is the sd of teams' lasting
    levels on the log-odds scale, ``year`` that of what a year brings to one team, ``mix`` how far shares of teams among
    an authority's children change from year to year (sd of logs), ``family`` the sd of families within a cell, three
    children each. ``by_team`` lets every second team of an adopter never take the practice up.
    """

    teams: int = 6
    own_teams: int = 6
    adopters: int = 8
    comparators: int = 22
    level: float = 0.3
    year: float = 0.2
    mix: float = 0.0
    family: float = 0.0
    by_team: bool = False
    effect: float = 0.0
    shock: float = 0.1


class Cells(NamedTuple):
    """Children and events (A, J, T) by team, chances with and without the practice, and which teams take it up."""

    children: Floats
    events: Floats
    chance: Floats
    without: Floats
    exposed: Floats


WORLDS = {
    "many teams": World(teams=12, own_teams=12),
    "many teams, effect": World(teams=12, own_teams=12, effect=-0.3),
    "few large teams": World(teams=3, own_teams=3, year=0.3),
    "teams whose shares change": World(mix=0.5, level=0.5),
    "families of three": World(family=1.0, year=0.0),
    "two adopters, one team each": World(own_teams=1, teams=8, adopters=2, year=0.4),
    "whole authorities, teams as units": World(teams=4, own_teams=4, adopters=4, comparators=10, shock=0.2),
    "half the teams take it up": World(
        teams=4, own_teams=4, adopters=6, comparators=10, by_team=True, effect=-0.4, shock=0.15
    ),
}  # fmt: skip


def made(world: World, seed: int) -> Cells:
    """Some 400 children in each authority and year."""
    rng = np.random.default_rng([seed, 83])
    n_a, most = world.adopters + world.comparators, max(world.teams, world.own_teams)
    shape = (n_a, most, PERIODS)
    shocks = rng.normal(0, world.shock, (n_a, 1, PERIODS))
    shocks[..., 0] /= np.sqrt(0.75)
    for t in range(1, PERIODS):
        shocks[..., t] += 0.5 * shocks[..., t - 1]
    number = np.where(np.arange(n_a) < world.adopters, world.own_teams, world.teams)[:, None, None]
    there = np.arange(most)[None, :, None] < number
    weight = np.exp(rng.normal(0, world.mix, shape)) * there
    children = rng.poisson(400 * weight / weight.sum(axis=1, keepdims=True)).astype(float)
    log_odds = -1.4 + rng.normal(0, 0.3, (n_a, 1, 1)) + rng.normal(0, 0.1, PERIODS) + shocks
    log_odds = log_odds + rng.normal(0, world.level, (n_a, most, 1)) + rng.normal(0, world.year, shape)
    exposed = np.zeros(shape)
    exposed[: world.adopters, :, START:] = 1.0
    if world.by_team:
        exposed[:, 1::2] = 0.0
    with_it = log_odds + world.effect * exposed
    return Cells(children, counted(rng, children, with_it, world), _chance(with_it), _chance(log_odds), exposed)


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def counted(rng: np.random.Generator, children: Floats, log_odds: Floats, world: World) -> Floats:
    """Events; with families, three children of one share their level."""
    if not world.family:
        return rng.binomial(children.astype(int), _chance(log_odds)).astype(float)
    events = np.zeros(children.shape)
    for where in np.ndindex(children.shape):
        n = int(children[where])
        family = np.repeat(rng.normal(0, world.family, n // 3 + 1), 3)[:n]
        events[where] = rng.binomial(1, _chance(log_odds[where] + family)).sum()
    return events


def by_authority(cells: Cells, world: World) -> tuple[Panel, Rollout]:
    """One row an authority and year, teams added up: adopters start as a whole."""
    return _panel(cells.children.sum(axis=1)[:, None], cells.events.sum(axis=1)[:, None], world, None)


def by_team(cells: Cells, world: World, cluster: str | None = "la") -> tuple[Panel, Rollout]:
    """One row a team and year; the authority is what teams belong to."""
    return _panel(cells.children, cells.events, world, cluster)


def alone(cells: Cells, world: World) -> tuple[Panel, Rollout]:
    """The same without a word of authorities."""
    return by_team(cells, world, None)


def _panel(children: Floats, events: Floats, world: World, cluster: str | None) -> tuple[Panel, Rollout]:
    n_a, j, _ = children.shape
    las = [f"Made-up {a:02d}" for a in range(n_a)]
    units = [f"{la}, team {i}" if j > 1 else la for la in las for i in range(j)]
    rows = pd.DataFrame(
        {
            "la": np.repeat(np.repeat(las, j), PERIODS), "unit": np.repeat(units, PERIODS),
            "year": np.tile(np.arange(PERIODS) + FIRST, n_a * j), "children": children.ravel(),
            "events": events.ravel(),
        }
    )  # fmt: skip
    step = 2 if world.by_team and j > 1 else 1
    starting = [f"{la}, team {i}" if j > 1 else la for la in las[: world.adopters] for i in range(0, j, step)]
    rows = rows[rows["children"] > 0]
    panel = sb.read_panel(rows, authority="unit", period="year", cluster=cluster)
    return panel, Rollout(dict.fromkeys(starting, FIRST + START))


WAYS: dict[str, Callable[[Cells, World], tuple[Panel, Rollout]]] = {
    "authorities": by_authority,
    "teams": alone,
    "teams, cluster": by_team,
}
ASKED = {"half the teams take it up": tuple(WAYS), "whole authorities, teams as units": tuple(WAYS)}
USUAL = ("authorities",)


class Told(NamedTuple):
    """Error, posterior sd and width in percentage points, and whether the 90 % interval holds the truth."""

    error: float
    sd: float
    covered: bool
    healthy: bool


def truth(cells: Cells, world: World) -> float:
    """Mean difference over those who were exposed, teams weighted by children before the start."""
    before = cells.children[..., :START].mean(axis=2, keepdims=True) * cells.exposed
    gap = cells.chance - cells.without
    if not world.effect:
        return 0.0
    return float((before * gap).sum() / before.sum())


def replicate(world: World, seed: int, ways: tuple[str, ...]) -> dict[str, Told]:
    """One England, by each way of looking at it."""
    cells, told = made(world, seed), {}
    target = truth(cells, world)
    for way in ways:
        panel, rollout = WAYS[way](cells, world)
        fit = fit_layout(prepare_layout(panel, rollout, OUTCOME, DiD()), DiD(), seed=seed, n_draws=4000)
        effect = estimate(fit)
        low, high = effect.interval(0.9)
        told[way] = Told(100 * (effect.mean - target), 100 * effect.sd, low <= target <= high, fit.health.ok)
    return told


def measured(name: str, replicates: int, first_seed: int, cores: int | None = None) -> dict[str, dict[str, float]]:
    """Bias with its error, root mean square error, mean posterior sd, coverage of 90 % intervals; by way."""
    ways = ASKED.get(name, USUAL)
    jobs = [(WORLDS[name], first_seed + i, ways) for i in range(replicates)]
    runs = many(replicate, jobs, cores)  # type: ignore[arg-type]
    found = {}
    for way in ways:
        told = [run[way] for run in runs]  # type: ignore[index]
        errors = np.array([t.error for t in told])
        found[way] = {
            "bias": float(errors.mean()),
            "bias_error": float(errors.std(ddof=1) / np.sqrt(len(errors))),
            "rmse": float(np.sqrt((errors**2).mean())),
            "sd": float(np.mean([t.sd for t in told])),
            "covered": float(np.mean([t.covered for t in told])),
            "healthy": float(np.mean([t.healthy for t in told])),
        }
    return found


def main() -> None:
    """Print one row a world and way."""
    given = sys.argv[1:]
    replicates, first = (int(x) for x in (given + ["60", "720000"][len(given) :])[:2])
    for name in given[2:] or WORLDS:
        for way, m in measured(name, replicates, first).items():
            print(
                f"| {name} | {way} | {m['bias']:+.2f} ({m['bias_error']:.2f}) | {m['rmse']:.2f} | {m['sd']:.2f} | "
                f"{m['covered']:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
