"""The exact sufficient statistics: events and denominators per authority, period and pattern."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.errors import DataError
from sos_bayes._core.kept import Kept
from sos_bayes.data.cells.cell_parts import (
    around_one_mean,
    checked_bands,
    checked_levels,
    checked_squares,
    with_upper_bounds,
)
from sos_bayes.data.cells.child_values import Values, checked
from sos_bayes.data.cells.count_intervals import Intervals
from sos_bayes.data.frames.table import size
from sos_bayes.data.geography.authority_names import meant
from sos_bayes.data.outcomes import Outcome, noun
from sos_bayes.data.periods.calendar import Calendar


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cells(Kept):
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
    outcome : Binary, Count, Ordinal or Continuous
        What was counted. Of an Ordinal, `events` are the children who reach its `at_least`; of a Continuous, they are
        the sum of the values.
    source : {"children", "authorities"}
        What a row of the table was.
    notes : tuple of str
        What was noticed on the way.
    levels : ndarray, shape (A, T, C, K), or None
        Children at each of an Ordinal's K levels, lowest first; None for other outcomes.
    squares : ndarray, shape (A, T, C), or None
        Of a Continuous, the sum of squared deviations from the cell's own mean; None for other outcomes.
    bands : ndarray, shape (A, T, C, B, 2), or None
        Of a Duration, episodes done in each band, and those that reached it and are known at its end. Its `events` are
        the episodes done by `by_day`, out of those known then.
    values : Values, optional
        Of a Continuous with long tails, its children's values; they never leave the process.
    intervals : Intervals, optional
        Cells whose count is known by its bounds only, as suppressed counts are; of a Binary or a Count without
        covariates only.
    design_effect : ndarray, shape (A, T), optional
        By what events and totals were divided because rows repeat children; they need not be whole numbers then.
    clusters : tuple of str, optional
        What each authority belongs to, length A: a region, or the authority above an area. None where it was not said.
    carried : tuple of (str, str)
        Codes of the table that the reader wrote under a later code of the same authority.

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
    levels: Floats | None = None
    squares: Floats | None = None
    bands: Floats | None = None
    intervals: Intervals | None = None
    design_effect: Floats | None = None
    values: Values | None = None
    clusters: tuple[str, ...] | None = None
    carried: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.authorities), len(self.calendar), len(self.patterns))
        for name in ("events", "total"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            if array.shape != shape:
                raise DataError(f"{name} has shape {array.shape}; authorities, periods and patterns say {shape}.")
            object.__setattr__(self, name, array)
        known = self.events
        if self.intervals is not None:
            known = with_upper_bounds(self.intervals, self.events, self.total, self.outcome)
        for name, array in (("events", known), ("total", self.total)):
            if not np.isfinite(array).all() or ((array < 0).any() and (name == "total" or not self.outcome.measured)):
                raise DataError(f"{name} holds negative or infinite numbers.")
        if self.design_effect is not None and (
            self.design_effect.shape != shape[:2] or not (self.design_effect >= 1).all()
        ):
            raise DataError(f"A design effect is a number from 1 for each of {shape[:2]} authorities and periods.")
        if list(self.authorities) != sorted(set(self.authorities)) or len(self.names) != len(self.authorities):
            raise DataError("Authorities must be sorted and distinct, with one name each.")
        if self.clusters is not None and len(self.clusters) != len(self.authorities):
            raise DataError("Clusters are one name for each authority.")
        if any(len(pattern) != len(self.columns) for pattern in self.patterns):
            raise DataError("Each pattern must hold one level per covariate.")
        ceiling = self.total if self.outcome.proportion else np.where(self.total > 0, np.inf, 0)
        if (np.abs(known) > ceiling).any():
            raise DataError("A cell holds more events than its denominator allows.")
        object.__setattr__(self, "levels", checked_levels(self.levels, self.events, self.total, self.outcome))
        object.__setattr__(self, "squares", checked_squares(self.squares, self.total, self.outcome))
        object.__setattr__(self, "bands", checked_bands(self.bands, self.events, self.total, self.outcome))
        checked(self.values, self.total, self.outcome.long_tails, self.outcome.label)

    def __repr__(self) -> str:
        first, last = self.calendar.labels[0], self.calendar.labels[-1]
        return (
            f"Cells({len(self.authorities)} authorities x {len(self.calendar)} periods ({first} to {last}) "
            f"x {len(self.patterns)} patterns, {size(float(self.counted.sum()))} {noun(self.outcome)})"
        )

    @property
    def counted(self) -> Floats:
        """Trials or exposure as they were counted, before any division by a design effect, shape (A, T, C)."""
        if self.design_effect is None:
            return self.total
        counted = self.total * self.design_effect[:, :, None]
        return counted if self.outcome.rate else np.rint(counted)

    @property
    def likely(self) -> Floats:
        """Events (A, T, C), with the middle of the range where the number is not known: to describe, not to model."""
        if self.intervals is None:
            return self.events
        events = self.events.copy()
        events[self.intervals.authority, self.intervals.period, 0] = self.intervals.middles
        return events

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
            raise DataError(f'"{unknown[0]}" is not among the authorities.{meant(unknown[0], self.authorities)}')
        keep = [a for a, authority in enumerate(self.authorities) if authority in wanted]
        return replace(
            self,
            authorities=tuple(self.authorities[a] for a in keep),
            names=tuple(self.names[a] for a in keep),
            events=self.events[keep],
            total=self.total[keep],
            levels=None if self.levels is None else self.levels[keep],
            squares=None if self.squares is None else self.squares[keep],
            bands=None if self.bands is None else self.bands[keep],
            intervals=None if self.intervals is None else self.intervals.of(keep),
            design_effect=None if self.design_effect is None else self.design_effect[keep],
            values=None if self.values is None else self.values.taken(self.values.positions[keep]),
            clusters=None if self.clusters is None else tuple(self.clusters[a] for a in keep),
        )

    def where(self, keep: Flags) -> Cells:
        """Empty all cells but some.

        Parameters
        ----------
        keep : ndarray of bool, shape (A, T)

        Returns
        -------
        Cells
            Of the same shape; elsewhere neither events nor total.
        """
        inside = keep[:, :, None]
        return replace(
            self,
            events=np.where(inside, self.events, 0.0),
            total=np.where(inside, self.total, 0.0),
            levels=None if self.levels is None else np.where(inside[..., None], self.levels, 0.0),
            squares=None if self.squares is None else np.where(inside, self.squares, 0.0),
            bands=None if self.bands is None else np.where(inside[..., None, None], self.bands, 0.0),
            intervals=None if self.intervals is None else self.intervals.within(keep),
            values=None if self.values is None else self.values.kept(inside),
        )

    def noted(self, *notes: str) -> Cells:
        """The same cells with further notes."""
        return replace(self, notes=(*self.notes, *notes)) if notes else self

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
            levels=None if self.levels is None else self.levels.sum(axis=2, keepdims=True),
            squares=None if self.squares is None else around_one_mean(self.events, self.total, self.squares),
            bands=None if self.bands is None else self.bands.sum(axis=2, keepdims=True),
            values=None if self.values is None else self.values.together(),
        )
