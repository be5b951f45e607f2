"""Synthetic children at ordered levels, as rows and as cells."""

import numpy as np
import pandas as pd

from sos_bayes.data import Aim, Calendar, Cells, Ordinal, Rollout
from sos_bayes.designs import Layout, layout_of

LEVELS = ("none", "some", "high", "severe")
CUTS = (-0.6, 0.7, 2.0)


def need(levels=LEVELS, at_least=None, **more):
    words = {"aim": Aim.FEWER, "worthwhile": 0.02, "label": "synthetic need"} | more
    return Ordinal("need", levels=levels, at_least=levels[-1] if at_least is None else at_least, **words)


def leveled(
    *, authorities=6, periods=5, starts=(2, 2), patterns=((),), size=60.0, cuts=CUTS, at_least=2, effect=0.0,
    empty=(), quarters=False, seed=1, spread=0.4, shock=0.2,
) -> tuple[Layout, float]:  # fmt: skip
    """Layout of random cells by level, and the true average effect on the share at or above level ``at_least``.

    Children-weighted over treated cells, weights before the start as in the SATT.
    """
    rng = np.random.default_rng(seed)
    shape = (authorities, periods, len(patterns))
    total = rng.poisson(size / len(patterns), shape) + 2.0
    for where in empty:
        total[where] = 0.0
    starts_at = np.array([*starts, *[periods] * (authorities - len(starts))])
    treated = np.arange(periods)[None, :] >= starts_at[:, None]
    base = rng.normal(0, spread, authorities)[:, None] + rng.normal(0, shock, shape[:2])
    base = base[..., None] + rng.normal(0, 0.3, len(patterns)) * (len(patterns) > 1)
    eta = base + effect * treated[..., None]
    reach = 1 / (1 + np.exp(np.asarray(cuts) - eta[..., None]))
    shares = -np.diff(reach, axis=-1, prepend=1.0, append=0.0)
    levels = rng.multinomial(total.astype(int), shares).astype(float)
    years = [f"{2011 + t // 4}Q{t % 4 + 1}" for t in range(periods)] if quarters else list(range(2011, 2011 + periods))
    names = tuple(f"Made-up {a:02d}" for a in range(authorities))
    columns = ("age", "sex")[: len(patterns[0])]
    words = tuple(str(k) for k in range(len(cuts) + 1))
    cells = Cells(
        names, names, Calendar.of(years), columns, tuple(patterns), levels[..., at_least:].sum(axis=3), total,
        need(words, words[at_least]), "children", levels=levels,
    )  # fmt: skip
    layout = layout_of(cells, Rollout({names[a]: years[s] for a, s in enumerate(starts)}))
    before = np.where(treated[..., None], 0.0, total).sum(axis=1) / np.maximum((~treated).sum(axis=1), 1)[:, None]
    weights = before[:, None, :] * treated[..., None]
    cut = cuts[at_least - 1]
    gap = 1 / (1 + np.exp(cut - base - effect)) - 1 / (1 + np.exp(cut - base))
    return layout, float((weights * gap).sum() / weights.sum())


def rows_of(layout) -> pd.DataFrame:
    """One row for each child of a layout's cells, in a shuffled order."""
    cells = layout.cells
    index = np.indices(cells.levels.shape).reshape(4, -1).T
    index = np.repeat(index, cells.levels.ravel().astype(int), axis=0)
    index = np.random.default_rng(5).permutation(index)
    names, years = np.array(cells.authorities), np.array(cells.calendar.labels)
    table = {"la": names[index[:, 0]], "year": years[index[:, 1]], "need": index[:, 3]}
    for j, column in enumerate(cells.columns):
        table[column] = np.array([pattern[j] for pattern in cells.patterns])[index[:, 2]]
    return pd.DataFrame(table)
