"""Synthetic counts by authority, period and pattern, whose cells scatter more than Poisson."""

import numpy as np

from sos_bayes.data import Aim, Calendar, Cells, Count, Rollout
from sos_bayes.designs import Layout, layout_of
from tests.designs.panels import PATTERNS

WORDS = {"per": 100.0, "aim": Aim.FEWER, "worthwhile": 1.0, "label": "synthetic count", "unit": "child-years"}


def contacts(**more):
    return Count("contacts", "years", **(WORDS | {"overdispersed": True} | more))


def counts_of(
    *, authorities=14, periods=6, starts=(3, 3, 4), patterns=PATTERNS, events=120.0, scatter=0.5, effect=0.0, seed=1,
    spread=0.3, shock=0.1, overdispersed=True,
) -> tuple[Layout, float]:  # fmt: skip
    """Layout and true SATT per 100; some ``events`` for each authority and period, ``scatter`` is the cells' sd."""
    rng = np.random.default_rng(seed)
    shape = (authorities, periods, len(patterns))
    years = rng.dirichlet(np.full(len(patterns), 2.0), authorities)[:, None] * np.exp(
        rng.normal(0, 0.4, (authorities, 1, 1))
    )
    years = np.broadcast_to(events / 0.2 * years, shape).round(1) + 0.1
    starts_at = np.array([*starts, *[periods] * (authorities - len(starts))])
    treated = np.arange(periods)[None, :] >= starts_at[:, None]
    level = rng.normal(0, spread, authorities)[:, None] + rng.normal(0, shock, shape[:2])
    without = 0.2 * np.exp(level[..., None] + rng.normal(0, 0.3, len(patterns)))
    rate = without * np.exp(effect * treated)[..., None]
    multiplied = rng.gamma(scatter**-2, scatter**2, shape) if scatter > 0 else np.ones(shape)
    found = rng.poisson(years * rate * multiplied).astype(float)
    names = tuple(f"Made-up {a:02d}" for a in range(authorities))
    cells = Cells(
        names, names, Calendar.of(list(range(2011, 2011 + periods))), ("age", "sex"), tuple(patterns), found, years,
        contacts(overdispersed=overdispersed), "children",
    )  # fmt: skip
    layout = layout_of(cells, Rollout({names[a]: 2011 + s for a, s in enumerate(starts)}))
    weights = years * treated[..., None]
    return layout, 100.0 * float((weights * (rate - without)).sum() / weights.sum())
