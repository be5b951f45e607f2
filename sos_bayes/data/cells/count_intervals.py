"""Counts known only to lie between two bounds, as suppressed or rounded counts are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Flags, Floats, Indices
from sos_bayes._core.errors import DataError
from sos_bayes._core.kept import Kept
from sos_bayes.data.frames.table import size

BOUNDS = ("low", "high", "sure", "chance")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Intervals(Kept):
    """Cells whose count of events is known by its bounds.

    Parameters
    ----------
    authority, period : ndarray of int, shape (m,)
        Which cells, each once, by authority and then by period.
    low, high : ndarray, shape (m,)
        The smallest and the largest count that each may have, whole numbers.
    sure : ndarray, shape (m,), optional
        The largest count that was sure to be withheld; `high` where not given.
    chance : ndarray, shape (m,), optional
        The probability that a larger one was withheld all the same, above 0; 1 where not given.

    Raises
    ------
    DataError
        If positions are out of order or bounds cross; the message says nothing of any one cell.

    Examples
    --------
    >>> Intervals.where(np.array([[np.nan, 3.0]]), np.array([[1.0, 3.0]]), np.array([[5.0, 3.0]]))
    Intervals(fewer than 10 cells)
    """

    authority: Indices
    period: Indices
    low: Floats
    high: Floats
    sure: Floats | None = None
    chance: Floats | None = None

    def __post_init__(self) -> None:
        sure = self.high if self.sure is None else self.sure
        chance = np.ones(len(self.high)) if self.chance is None else self.chance
        object.__setattr__(self, "sure", np.minimum(sure, self.high))
        object.__setattr__(self, "chance", chance)
        for name in ("authority", "period", *BOUNDS):
            kind = np.float64 if name in BOUNDS else np.intp
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=kind))
        if len({array.shape for array in (self.authority, self.period, *self.bounds)}) > 1:
            raise DataError("Positions and bounds of intervals differ in length.")
        if not ((self.bounds[3] > 0) & (self.bounds[3] <= 1)).all():
            raise DataError("Chances of intervals must lie above 0 and not above 1.")
        steps = np.diff(self.authority) * (self.period.max(initial=0) + 1) + np.diff(self.period)
        if (steps <= 0).any() or self.authority.min(initial=0) < 0 or self.period.min(initial=0) < 0:
            raise DataError("Intervals must be sorted by authority and period, each cell once.")
        whole = np.isfinite(self.low) & np.isfinite(self.high) & (self.low % 1 == 0) & (self.high % 1 == 0)
        if not (whole & (self.low >= 0) & (self.low <= self.high)).all():
            raise DataError("Bounds of intervals must be whole numbers from 0 upwards, the lower one first.")

    @property
    def bounds(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Low, high, sure and chance, each (m,)."""
        assert self.sure is not None
        assert self.chance is not None
        return self.low, self.high, self.sure, self.chance

    @property
    def middles(self) -> Floats:
        """Middle of each range, or of its likelier part, up to `sure`, where it has one, (m,)."""
        low, high, sure, chance = self.bounds
        return (low + np.where((chance < 1) & (sure >= low), sure, high)) / 2

    def __len__(self) -> int:
        return len(self.low)

    def __repr__(self) -> str:
        return f"Intervals({size(len(self))} cells)"

    @classmethod
    def where(cls, events: Floats, *bounds: Floats) -> Intervals:
        """Take the bounds (A, T), in their order, of cells whose events (A, T) are NaN."""
        authority, period = np.nonzero(np.isnan(events))
        return cls(authority, period, *(bound[authority, period] for bound in bounds))

    def of(self, keep: list[int]) -> Intervals:
        """Those of some authorities only, given their positions in order; positions then count among these."""
        place = np.full(max([*keep, *self.authority.tolist(), -1]) + 1, -1)
        place[keep] = np.arange(len(keep))
        return self._those(place[self.authority] >= 0, place)

    def within(self, cells: Flags) -> Intervals:
        """Those that lie where ``cells`` (A, T) is true."""
        return self._those(cells[self.authority, self.period], np.arange(len(cells)))

    def _those(self, kept: Flags, place: Indices) -> Intervals:
        return Intervals(place[self.authority[kept]], self.period[kept], *(bound[kept] for bound in self.bounds))
