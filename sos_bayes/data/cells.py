"""The exact sufficient statistics: events and denominators per authority, period and pattern."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from sos_bayes._core.errors import DataError, nearest
from sos_bayes.data.calendar import Calendar
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
        Number of events.
    total : ndarray, shape (A, T, C)
        Trials or exposure.
    outcome : Binary or Count
        What was counted.
    source : {"children", "authorities"}
        What a row of the table was.
    notes : tuple of str
        What was noticed on the way.
    design_effect : ndarray, shape (A, T), optional
        By what events and totals were divided because rows repeat children; they need not be whole numbers then.

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
    design_effect: Floats | None = None

    def __post_init__(self) -> None:
        shape = (len(self.authorities), len(self.calendar), len(self.patterns))
        for name in ("events", "total"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            if array.shape != shape:
                raise DataError(f"{name} has shape {array.shape}; authorities, periods and patterns say {shape}.")
            if not np.isfinite(array).all() or (array < 0).any():
                raise DataError(f"{name} holds negative or infinite numbers.")
            object.__setattr__(self, name, array)
        if self.design_effect is not None and (
            self.design_effect.shape != shape[:2] or not (self.design_effect >= 1).all()
        ):
            raise DataError(f"A design effect is a number from 1 for each of {shape[:2]} authorities and periods.")
        if list(self.authorities) != sorted(set(self.authorities)) or len(self.names) != len(self.authorities):
            raise DataError("Authorities must be sorted and distinct, with one name each.")
        if any(len(pattern) != len(self.columns) for pattern in self.patterns):
            raise DataError("Each pattern must hold one level per covariate.")
        ceiling = self.total if self.outcome.family == "binomial" else np.where(self.total > 0, np.inf, 0)
        if (self.events > ceiling).any():
            raise DataError("A cell holds more events than its denominator allows.")

    def __repr__(self) -> str:
        first, last = self.calendar.labels[0], self.calendar.labels[-1]
        return (
            f"Cells({len(self.authorities)} authorities x {len(self.calendar)} periods ({first} to {last}) "
            f"x {len(self.patterns)} patterns, {size(float(self.counted.sum()))} {self.outcome.unit})"
        )

    @property
    def counted(self) -> Floats:
        """Trials or exposure as they were counted, before any division by a design effect, shape (A, T, C)."""
        if self.design_effect is None:
            return self.total
        counted = self.total * self.design_effect[:, :, None]
        return np.rint(counted) if self.outcome.family == "binomial" else counted

    def of(self, authorities: Iterable[str]) -> Cells:
        """Keep these authorities only.

        Parameters
        ----------
        authorities : iterable of str
            Any of `authorities`, in any order.

        Returns
        -------
        Cells
            The same calendar and patterns, fewer authorities.

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
            design_effect=None if self.design_effect is None else self.design_effect[keep],
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
