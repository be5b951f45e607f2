"""Synthetic measured children, as rows and as cells."""

import numpy as np
import pandas as pd

from sos_bayes.data import Aim, Calendar, Cells, Continuous, Rollout
from sos_bayes.designs import Layout, layout_of

WORDS = {"unit": "points", "aim": Aim.FEWER, "worthwhile": 0.5, "label": "synthetic score"}


def score(**more):
    return Continuous("score", **(WORDS | more))


def values_of(
    *, authorities=6, periods=5, starts=(2, 2), patterns=((),), size=40.0, effect=0.0, mean=20.0, sd=5.0, seed=1,
    empty=(), quarters=False, spread=0.3, shock=0.15, tails=None,
) -> tuple[Layout, float, pd.DataFrame]:  # fmt: skip
    """Layout of cells of measured children, the true SATT in points, and the children; ``effect`` is in sds."""
    rng = np.random.default_rng(seed)
    shape = (authorities, periods, len(patterns))
    number = rng.poisson(size / len(patterns), shape) + 2
    for where in empty:
        number[where] = 0
    starts_at = np.array([*starts, *[periods] * (authorities - len(starts))])
    treated = np.arange(periods)[None, :] >= starts_at[:, None]
    level = rng.normal(0, spread, authorities)[:, None] + rng.normal(0, shock, shape[:2]) + effect * treated
    level = level[..., None] + rng.normal(0, 0.3, len(patterns)) * (len(patterns) > 1)
    place = np.repeat(np.indices(shape).reshape(3, -1), number.ravel(), axis=1)
    count = place.shape[1]
    noise = rng.standard_normal(count) if tails is None else rng.standard_t(tails, count) / np.sqrt(tails / (tails - 2))
    values = mean + sd * (level[tuple(place)] + noise)
    total, sums, squares = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(total, tuple(place), 1.0)
    np.add.at(sums, tuple(place), values)
    means = np.divide(sums, total, out=np.zeros(shape), where=total > 0)
    np.add.at(squares, tuple(place), (values - means[tuple(place)]) ** 2)
    years = [f"{2011 + t // 4}Q{t % 4 + 1}" for t in range(periods)] if quarters else list(range(2011, 2011 + periods))
    names = tuple(f"Made-up {a:02d}" for a in range(authorities))
    columns = ("age", "sex")[: len(patterns[0])]
    squares[total < 2] = 0.0
    cells = Cells(
        names, names, Calendar.of(years), columns, tuple(patterns), sums, total, score(), "children", squares=squares
    )  # fmt: skip
    layout = layout_of(cells, Rollout({names[a]: years[s] for a, s in enumerate(starts)}))
    rows = pd.DataFrame({"la": np.array(names)[place[0]], "year": np.array(years)[place[1]], "score": values})
    for j, column in enumerate(columns):
        rows[column] = np.array([pattern[j] for pattern in patterns])[place[2]]
    return layout, effect * sd, rows.sample(frac=1, random_state=3)
