"""Centre and spread of a measured outcome over all cells: the units that its model works in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from sos_bayes._core.errors import DataError
from sos_bayes.data.cells import Cells
from sos_bayes.data.outcomes import Continuous
from sos_bayes.data.values import Values, median

FEWEST = 3  # children of a cell whose deviations from their median say how much children vary
NORMAL = 0.6744897501960817  # median deviation of a normal with sd one


@dataclass(frozen=True, slots=True)
class Pooled:
    """Mean of all children, sd of children around the mean of their own cell, and the degrees of freedom of that sd.

    Where rows are plain numbers (``plain``), the sd is that of the noise which would explain all change from one period
    to the next, and nothing is known of it beforehand. ``apart`` is then how far authorities lie apart, in units of it:
    numbers may differ between them by far more than they ever change.
    """

    mean: float
    sd: float
    degrees: float
    plain: bool = False
    apart: float = 1.0


def pooled(cells: Cells) -> Pooled:
    """Pool a Continuous outcome's cells.

    Raises
    ------
    DataError
        If children of one cell never differ.
    """
    squares, total = cells.squares, cells.total
    if is_plain(cells):
        return _plain(cells)
    if cells.values is not None:
        return _robust(cells, cells.values)
    filled = total > 0
    degrees = float((total - 1.0)[filled].sum())
    if squares is None or degrees < 1 or not squares.sum() > 0:
        _refused(cells)
    return Pooled(float(cells.events.sum() / total.sum()), float(np.sqrt(squares.sum() / degrees)), degrees)


def is_plain(cells: Cells) -> bool:
    """Whether a measured outcome has one number for each authority and period, and nothing of who is behind it."""
    return cells.source == "authorities" and isinstance(cells.outcome, Continuous) and cells.outcome.number is None


def _plain(cells: Cells) -> Pooled:
    seen, values = cells.total[..., 0] > 0, cells.events[..., 0]
    both = seen[:, 1:] & seen[:, :-1]
    change = np.where(both, values[:, 1:] - values[:, :-1], 0.0)
    number = both.sum(axis=0)
    common = change.sum(axis=0) / np.maximum(number, 1)
    spread = (np.where(both, change - common, 0.0) ** 2).sum() / max(int((number - 1).clip(0).sum()), 1)
    if not spread > 0:
        raise DataError(
            "Numbers never change from one period to the next, but for what all authorities share.",
            where=f'outcome "{cells.outcome.label}"',
            cure="Check the column, and that each authority has several periods.",
        )
    sd = float(np.sqrt(spread / 2))
    means = np.where(seen, values, 0.0).sum(axis=1)[seen.any(axis=1)] / seen.sum(axis=1)[seen.any(axis=1)]
    apart = float(means.std() / sd)
    return Pooled(float(values[seen].mean()), sd, 0.0, plain=True, apart=max(apart, 1.0))


def _robust(cells: Cells, values: Values) -> Pooled:
    """Of a Continuous with long tails: the median, and the sd of a normal whose deviations have the same median."""
    order = np.argsort(values.values, kind="stable")
    centre = median(values.values[order], values.times[order])
    away = np.abs(values.values - values.medians().ravel()[values.cell])
    told = (cells.total.ravel()[values.cell] >= FEWEST) & (away > 0)  # of a middle child itself nothing is told
    if not told.any():
        return _refused(cells)
    away, times = away[told], values.times[told]
    order = np.argsort(away, kind="stable")
    return Pooled(centre, median(away[order], times[order]) / NORMAL, float(times.sum()))


def _refused(cells: Cells) -> NoReturn:
    raise DataError(
        "No two children of one authority, period and pattern differ.",
        where=f'outcome "{cells.outcome.label}"',
        why="How much children vary cannot be told from how much authorities do.",
        cure="Give rows of children, or a column with their sd; adjust for fewer covariates.",
    )
