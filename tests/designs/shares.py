"""Synthetic shares by authority, period and pattern, whose cells scatter more than binomial."""

import numpy as np
from scipy.special import expit

from sos_bayes.data import Aim, Binary, Calendar, Cells, Rollout
from sos_bayes.designs import Layout, layout_of
from tests.designs.panels import PATTERNS

WORDS = {"aim": Aim.FEWER, "worthwhile": 0.01, "label": "synthetic share"}


def again(**more):
    return Binary("again", **(WORDS | {"overdispersed": True} | more))


def shares_of(
    *, authorities=14, periods=6, starts=(3, 3, 4), patterns=PATTERNS, size=240.0, scatter=0.3, effect=0.0, seed=1,
    spread=0.3, shock=0.1, base=-1.2, overdispersed=True,
) -> tuple[Layout, float]:  # fmt: skip
    """Layout and true SATT; some ``size`` children for each authority and period.

    Cells have risks of their own: beta, with a correlation between children whose odds are ``scatter`` squared.
    """
    rng = np.random.default_rng(seed)
    shape = (authorities, periods, len(patterns))
    mixed = rng.dirichlet(np.full(len(patterns), 2.0), authorities)[:, None]
    total = np.floor(size * mixed * np.exp(rng.normal(0, 0.2, (authorities, 1, 1))) * np.ones(shape)) + 1.0
    starts_at = np.array([*starts, *[periods] * (authorities - len(starts))])
    treated = np.arange(periods)[None, :] >= starts_at[:, None]
    level = base + rng.normal(0, spread, authorities)[:, None] + rng.normal(0, shock, shape[:2])
    eta = level[..., None] + rng.normal(0, 0.3, len(patterns))
    without, risk = expit(eta), expit(eta + effect * treated[..., None])
    own = rng.beta(risk / scatter**2, (1 - risk) / scatter**2) if scatter > 0 else risk
    events = rng.binomial(total.astype(int), own).astype(float)
    names = tuple(f"Made-up {a:02d}" for a in range(authorities))
    cells = Cells(
        names, names, Calendar.of(list(range(2011, 2011 + periods))), ("age", "sex"), tuple(patterns), events, total,
        again(overdispersed=overdispersed), "children",
    )  # fmt: skip
    layout = layout_of(cells, Rollout({names[a]: 2011 + s for a, s in enumerate(starts)}))
    weights = total * treated[..., None]
    return layout, float((weights * (risk - without)).sum() / weights.sum())
