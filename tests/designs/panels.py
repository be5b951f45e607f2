"""Small synthetic panels with everything that can go wrong in the algebra: gaps, patterns, staggered starts."""

from dataclasses import replace

import numpy as np

from sos_bayes.data import Aim, Binary, Calendar, Cells, Count, Intervals, Rollout
from sos_bayes.designs import Layout, layout_of
from sos_bayes.designs.baselines.numbers import Baselines

PATTERNS = tuple((age, sex) for age in ("0-4", "5-9", "10+") for sex in ("f", "m"))


SHARES = ("binomial", "beta_binomial")


def outcome_of(family, per=1.0):
    words = {"aim": Aim.FEWER, "worthwhile": 0.01, "label": "synthetic outcome"}
    if family in SHARES:
        return Binary("events", "total", overdispersed=family == "beta_binomial", **words)
    return Count("events", "total", per=per, overdispersed=family == "negative_binomial", **words)


def with_baselines(layout, k, seed=5):
    """The same layout with k numbers of its authorities, x0, x1, ..."""
    values = np.random.default_rng(seed).normal(3.0, 2.0, (len(layout.cells.names), k))
    return layout.with_numbers(Baselines(tuple(f"x{j}" for j in range(k)), values))


def known_by_bounds(layout, bounds):
    """The same layout, with some counts known by bounds only: ``bounds`` maps (a, t) to (low, high[, sure, chance])."""
    cells = layout.cells
    order = sorted(bounds)
    events = cells.events.copy()
    for where in order:
        events[where] = np.nan
    a, t = np.array(order).T
    known = [bounds[where] if len(bounds[where]) == 4 else (*bounds[where], bounds[where][1], 1.0) for where in order]
    found = Intervals(a, t, *np.array(known, float).T)
    return replace(layout, cells=replace(cells, events=events, intervals=found))


def panel(
    *, family="binomial", authorities=6, periods=5, starts=(2, 2), patterns=((),), size=60.0, empty=(), quarters=False,
    seed=1, per=1.0,
) -> Layout:  # fmt: skip
    """Layout of random cells; the first ``len(starts)`` authorities adopt; ``empty`` lists (a, t) or (a, t, c)."""
    rng = np.random.default_rng(seed)
    shape = (authorities, periods, len(patterns))
    total = np.floor(rng.uniform(0.3, 1.7, shape) * size / len(patterns)) + 1.0
    for where in empty:
        total[where] = 0.0
    level = rng.normal(0, 0.4, authorities)[:, None, None] + rng.normal(0, 0.2, shape[:2])[..., None]
    risk = 1 / (1 + np.exp(1.2 - level - rng.normal(0, 0.3, len(patterns))))
    binomial = family in SHARES
    if family == "negative_binomial":
        risk = risk * rng.gamma(4.0, 0.25, shape)
    if family == "beta_binomial":
        risk = rng.beta(10.0 * risk, 10.0 * (1.0 - risk))
    events = rng.binomial(total.astype(int), risk) if binomial else rng.poisson(total * risk)
    years = [f"{2011 + t // 4}Q{t % 4 + 1}" for t in range(periods)] if quarters else list(range(2011, 2011 + periods))
    names = tuple(f"Made-up {a:02d}" for a in range(authorities))
    columns = ("age", "sex")[: len(patterns[0])]
    cells = Cells(
        names, names, Calendar.of(years), columns, tuple(patterns), events.astype(float), total,
        outcome_of(family, per), "children" if columns else "authorities",
    )  # fmt: skip
    return layout_of(cells, Rollout({names[a]: years[s] for a, s in enumerate(starts)}))
