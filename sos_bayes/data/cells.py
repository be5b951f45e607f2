"""The exact sufficient statistics: events and denominators per authority, period and pattern."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from sos_bayes._core.errors import DataError, nearest
from sos_bayes.data.calendar import Calendar
from sos_bayes.data.intervals import Flags, Intervals
from sos_bayes.data.outcomes import Outcome
from sos_bayes.data.tables import size

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cells:
    """Counts per authority, period and pattern of covariates: all that a model needs to see.

    Made by `collapse`. A cell without observations has a total of 0.

    Parameters
    ----------
    authorities : tuple of str
        The A authorities, sorted.
    names : tuple of str
        Their display names, length A; the authorities themselves where no names were given.
    calendar : Calendar
        The T periods.
    columns : tuple of str
        The covariates counted over; empty for none.
    patterns : tuple of tuple of str
        The C observed combinations of levels, one level per covariate; ``((),)`` without covariates.
    events : ndarray, shape (A, T, C)
        Number of events; NaN in the cells of `intervals`, whose number is not known.
    total : ndarray, shape (A, T, C)
        Trials or exposure.
    outcome : Binary or Count
        What was counted.
    source : {"children", "authorities"}
        What a row of the table was.
    notes : tuple of str
        What was noticed on the way.
    intervals : Intervals, optional
        Cells whose count is known by its bounds only, as suppressed counts are; without covariates only.

    Raises
    ------
    DataError
        If shapes disagree or a count is impossible.
    """

    authorities: tuple[str, ...]
    names: tuple[str, ...]
    calendar: Calendar
    columns: tuple[str, ...]
    patterns: tuple[tuple[str, ...], ...]
    events: Floats
    total: Floats
    outcome: Outcome
    source: Literal["children", "authorities"]
    notes: tuple[str, ...] = ()
    intervals: Intervals | None = None

    def __post_init__(self) -> None:
        shape = (len(self.authorities), len(self.calendar), len(self.patterns))
        for name in ("events", "total"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            if array.shape != shape:
                raise DataError(f"{name} has shape {array.shape}; authorities, periods and patterns say {shape}.")
            object.__setattr__(self, name, array)
        known = self.events if self.intervals is None else _bounded(self.intervals, self.events, self.total)
        for name, array in (("events", known), ("total", self.total)):
            if not np.isfinite(array).all() or (array < 0).any():
                raise DataError(f"{name} holds negative or infinite numbers.")
        if list(self.authorities) != sorted(set(self.authorities)) or len(self.names) != len(self.authorities):
            raise DataError("Authorities must be sorted and distinct, with one name each.")
        if any(len(pattern) != len(self.columns) for pattern in self.patterns):
            raise DataError("Each pattern must hold one level per covariate.")
        ceiling = self.total if self.outcome.family == "binomial" else np.where(self.total > 0, np.inf, 0)
        if (known > ceiling).any():
            raise DataError("A cell holds more events than its denominator allows.")

    def __repr__(self) -> str:
        first, last = self.calendar.labels[0], self.calendar.labels[-1]
        return (
            f"Cells({len(self.authorities)} authorities x {len(self.calendar)} periods ({first} to {last}) "
            f"x {len(self.patterns)} patterns, {size(float(self.total.sum()))} {self.outcome.unit})"
        )

    def of(self, authorities: Iterable[str]) -> Cells:
        """Keep these authorities only.

        Parameters
        ----------
        authorities : iterable of str
            Any of `authorities`, in any order.

        Returns
        -------
        Cells
            The same calendar and patterns, fewer authorities, their intervals with them.

        Raises
        ------
        DataError
            If one of them is not there.
        """
        wanted = set(authorities)
        unknown = sorted(wanted.difference(self.authorities))
        if unknown:
            raise DataError(f'"{unknown[0]}" is not among the authorities.{nearest(unknown[0], self.authorities)}')
        keep = [a for a, authority in enumerate(self.authorities) if authority in wanted]
        return replace(
            self,
            authorities=tuple(self.authorities[a] for a in keep),
            names=tuple(self.names[a] for a in keep),
            events=self.events[keep],
            total=self.total[keep],
            intervals=None if self.intervals is None else self.intervals.of(keep),
        )

    def only(self, cells: Flags) -> Cells:
        """Empty all other cells.

        Parameters
        ----------
        cells : ndarray of bool, shape (A, T)
            Where counts are kept.

        Returns
        -------
        Cells
            The same shape; elsewhere neither events nor total.
        """
        kept = cells[:, :, None]
        return replace(
            self,
            events=np.where(kept, self.events, 0.0),
            total=np.where(kept, self.total, 0.0),
            intervals=None if self.intervals is None else self.intervals.within(cells),
        )

    def without_patterns(self) -> Cells:
        """Sum over the covariates.

        Returns
        -------
        Cells
            With one empty pattern: arrays of shape (A, T, 1).
        """
        return replace(
            self,
            columns=(),
            patterns=((),),
            events=self.events.sum(axis=2, keepdims=True),
            total=self.total.sum(axis=2, keepdims=True),
        )


def _bounded(intervals: Intervals, events: Floats, total: Floats) -> Floats:
    """Events with the upper bound where the count is not known, each cell of intervals checked."""
    if events.shape[2] != 1:
        raise DataError(
            "Counts known by bounds cannot be split by covariates.",
            why="A bound on a sum over covariates says nothing of its parts that a model could use part by part.",
            cure="Leave adjust out, or use rows of children.",
        )
    place = (intervals.authority, intervals.period, 0)
    inside = len(intervals) == 0 or (
        intervals.authority.max() < events.shape[0] and intervals.period.max() < events.shape[1]
    )
    if not inside or not np.isnan(events[place]).all():
        raise DataError("Intervals must lie in cells whose number of events is NaN.")
    if (total[place] <= 0).any():
        raise DataError("Counts known by bounds need a denominator.")
    known = events.copy()
    known[place] = intervals.high
    return known
