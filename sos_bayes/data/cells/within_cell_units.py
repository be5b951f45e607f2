"""Centre and spread of a measured outcome over all cells: the units that its model works in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.errors import DataError
from sos_bayes.data.cells.cells import Cells
from sos_bayes.data.cells.child_values import Values, median

FEWEST = 3  # children of a cell whose deviations from their median say how much children vary
NORMAL = 0.6744897501960817  # median deviation of a normal with sd one
CHILDREN = 25.0  # that a plain number counts for: the unit is five times its noise
STRONGEST = 10.0  # sds of noise: the least prior sd of a plain number's average effect
ROUNDING = 1e-14  # of a number, below which a change is none


@dataclass(frozen=True, slots=True)
class Pooled:
    """Mean of all children, sd of children around the mean of their own cell, and the degrees of freedom of that sd.

    Where rows are plain numbers (``plain``) nothing is known beforehand of who is behind them. Each then counts as the
    mean of ``children`` whose sd is ``sd``, so that its noise is the one that would explain all change from one period
    to the next. All of it is of untreated cells.

    Attributes
    ----------
    mean, sd, degrees : float
    plain : bool
    children : float
        That a number counts for.
    apart : float
        How far authorities lie apart, in units of ``sd``, and one at least.
    moved : float
        How far periods lie apart in the same units, three times; one at least.
    strong : float
        An effect as large as all that untreated numbers differ by, in the same units, and ten sds of noise at least.
    lasting : float
        Change in one period that is not undone in the next, half as much again, in the same units; .3 sds of noise at
        least.
    """

    mean: float
    sd: float
    degrees: float
    plain: bool = False
    children: float = 1.0
    apart: float = 1.0
    moved: float = 1.0
    strong: float = 1.0
    lasting: float = 1.0

    @property
    def noise(self) -> float:
        """Sd of the mean of ``children``."""
        return self.sd / math.sqrt(self.children)


def pooled(cells: Cells, untreated: Flags | None = None) -> Pooled:
    """Pool a Continuous outcome's cells.

    Parameters
    ----------
    cells : Cells
    untreated : ndarray of bool (A, T), optional
        Of plain numbers, which are looked at, so that no effect is its own yardstick; by default all.

    Raises
    ------
    DataError
        If children of one cell never differ.
    """
    squares, total = cells.squares, cells.total
    if is_plain(cells):
        return _plain(cells, np.ones(total.shape[:2], dtype=bool) if untreated is None else untreated)
    if cells.values is not None:
        return _robust(cells, cells.values)
    filled = total > 0
    degrees = float((total - 1.0)[filled].sum())
    if squares is None or degrees < 1 or not squares.sum() > 0:
        _refused(cells)
    return Pooled(float(cells.events.sum() / total.sum()), float(np.sqrt(squares.sum() / degrees)), degrees)


def is_plain(cells: Cells) -> bool:
    """Whether a measured outcome has one number for each authority and period, and nothing of who is behind it."""
    return cells.source == "authorities" and cells.outcome.measured and cells.outcome.total is None


def _plain(cells: Cells, untreated: Flags) -> Pooled:
    known, values = cells.total[..., 0] > 0, cells.events[..., 0]
    least = ROUNDING * float(np.abs(values[known]).max(initial=0.0))
    seen = known & untreated
    noise, path = _changes(values, seen)
    if not noise > least:  # nothing else to go by than cells with the rollout
        seen = known
        noise, path = _changes(values, seen)
    if not noise > least:
        raise DataError(
            "Numbers never change from one period to the next, but for what all authorities share.",
            where=f'outcome "{cells.outcome.label}"',
            cure="Check the column, and that each authority has several periods.",
        )
    sd = math.sqrt(CHILDREN) * noise
    some = seen.any(axis=1)
    levels = np.where(seen, values - path, 0.0).sum(axis=1)[some] / seen.sum(axis=1)[some]
    return Pooled(
        float(values[seen].mean()), sd, 0.0, plain=True, children=CHILDREN,
        apart=max(float(levels.std()) / sd, 1.0),
        moved=max(3.0 * float(path.std()) / sd, 1.0),
        strong=max(float(values[seen].std()), STRONGEST * noise) / sd,
        lasting=max(1.5 * _lasting(values, seen), 0.3 * noise) / sd,
    )  # fmt: skip


def least_unit(cells: Cells) -> float:
    """Sd that ``CHILDREN`` behind each plain number would have to explain all change but what authorities share."""
    return math.sqrt(CHILDREN) * _changes(cells.events[..., 0], cells.total[..., 0] > 0)[0]


def _changes(values: Floats, seen: Flags) -> tuple[float, Floats]:
    """Sd of the noise that explains all change but what is shared, 0 where none is left; and the path (T,) shared."""
    squared, common = _over(values, seen, 1)
    return math.sqrt(squared / 2), np.concatenate([[0.0], np.cumsum(common)])


def _lasting(values: Floats, seen: Flags) -> float:
    """Sd of what a period adds to all later ones: noise is as large over two periods as over one, a walk's change not.

    0 where there are two periods only.
    """
    if values.shape[1] < 3:
        return 0.0
    return math.sqrt(max(_over(values, seen, 2)[0] - _over(values, seen, 1)[0], 0.0))


def _over(values: Floats, seen: Flags, periods: int) -> tuple[float, Floats]:
    """Mean square change over so many periods, but for what is shared, and what is shared."""
    both = seen[:, periods:] & seen[:, :-periods]
    change = np.where(both, values[:, periods:] - values[:, :-periods], 0.0)
    number = both.sum(axis=0)
    common = change.sum(axis=0) / np.maximum(number, 1)
    squares = (np.where(both, change - common, 0.0) ** 2).sum()
    return float(squares / max(int((number - 1).clip(0).sum()), 1)), common


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
