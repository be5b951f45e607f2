"""Panels of plain numbers, one for each authority and year, in worlds whose effect is known: what fits say of them.

``python -m tests.recovery.plain_numbers --world trend_null --replicates 40 --seed 1000``
"""

import argparse
import time

import numpy as np
import pandas as pd

import sos_bayes as sb
from sos_bayes.data import collapse
from sos_bayes.designs import Layout, layout_of
from sos_bayes.fitting import fit_layout

WORLDS = {
    "null": {},
    "trend_null": {"trend": 4.0},
    "trend_null_one": {"trend": 4.0, "adopters": 1, "authorities": 25},
    "walk_null": {"walk": 3.0, "apart": 10.0},
    "persistent_null": {"memory": 1.0, "trend": 1.0, "apart": 10.0},
    "reform_null": {
        "adopters": 25, "authorities": 50, "before": 6, "after": 17, "waves": 12, "memory": 0.9, "walk": 3.0,
        "apart": 10.0,
    },
    "three": {"effect": 3.0},
    "three_trend": {"effect": 3.0, "trend": 4.0},
    "ten_one": {"effect": 10.0, "adopters": 1, "authorities": 31},
    "ten_one_long": {"effect": 10.0, "adopters": 1, "authorities": 21, "before": 16, "after": 8, "apart": 10.0},
}  # fmt: skip


def panel_of(
    *, adopters: int = 9, authorities: int = 40, before: int = 4, after: int = 4, waves: int = 1, trend: float = 0.0,
    walk: float = 0.0, effect: float = 0.0, apart: float = 3.0, memory: float = 0.0, offset: float = 0.0,
    unit: float = 1.0, seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Numbers with noise of sd one from year to year (times ``unit``, plus ``offset``).

    "A00", "A01", ... adopt after ``before`` years, or in so many ``waves``, one a year from then on. A ``trend`` a
    year and the steps of a ``walk`` are common to all; levels have the sd ``apart``. With a ``memory`` the noise is
    autoregressive, with innovations of sd one; 1 is a random walk.
    """
    rng, years = np.random.default_rng(seed), before + after
    noise = rng.normal(size=(authorities, years))
    for t in range(1, years):
        noise[:, t] += memory * noise[:, t - 1]
    common = trend * np.arange(years) + walk * np.cumsum(rng.normal(size=years))
    values = rng.normal(0, apart, authorities)[:, None] + common + noise
    for a in range(adopters):
        values[a, before + a % waves :] += effect
    names = [f"{'A' if a < adopters else 'C'}{a:02d}" for a in range(authorities)]
    return pd.DataFrame(
        {
            "unit": np.repeat(names, years),
            "year": np.tile(np.arange(2000, 2000 + years), authorities),
            "y": offset + unit * values.ravel(),
        }
    )


def layout(frame: pd.DataFrame, before: int = 4, unit: float = 1.0, waves: int = 1) -> Layout:
    """Lay out a panel of `panel_of`; a worthwhile change is one sd of noise."""
    what = sb.Continuous("y", unit="points", aim=sb.Aim.FEWER, worthwhile=unit, label="made-up number (synthetic)")
    names = [name for name in frame["unit"].unique() if name.startswith("A")]
    panel = sb.read_panel(frame, authority="unit", period="year")
    starts = {name: 2000 + before + a % waves for a, name in enumerate(names)}
    return layout_of(collapse(panel, what), sb.Rollout(starts))


def answers(world: str, replicates: int, seed: int, design: object = None) -> dict[str, float]:
    """Rates over replicates: declared either way (P > .975), 90 % intervals that cover, mean, its error, sd, gate."""
    given = WORLDS[world]
    truth = given.get("effect", 0.0)
    rows = []
    for r in range(replicates):
        made = layout(panel_of(**given, seed=seed + r), given.get("before", 4), waves=given.get("waves", 1))
        fit = fit_layout(made, design or sb.DiD(), seed=r, n_draws=2000, fall_back=False)
        effect = sb.estimate(fit)
        p, (low, high) = effect.probability(above=0.0), effect.interval(0.9)
        rows.append((max(p, 1 - p) > 0.975, low <= truth <= high, effect.mean, effect.sd, fit.health.ok))
    table = np.array(rows, dtype=float)
    declared, covers, mean, sd, ok = table.mean(axis=0)
    spread = float(table[:, 2].std(ddof=1)) if replicates > 1 else float("nan")
    return {"declared": declared, "covers": covers, "mean": mean, "spread": spread, "sd": sd, "gate": ok}


def main() -> None:
    """Print one line for each world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", choices=WORLDS, nargs="*", default=list(WORLDS))
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1000)
    asked = parser.parse_args()
    for world in asked.world:
        begun = time.perf_counter()
        found = answers(world, asked.replicates, asked.seed)
        seconds = (time.perf_counter() - begun) / asked.replicates
        print(f"{world:16s}", *(f"{k} {v:.3f}" for k, v in found.items()), f"{seconds:.2f} s", flush=True)


if __name__ == "__main__":
    main()
