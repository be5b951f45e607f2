"""Values of single children, for the one likelihood that no sums replace: in memory, and nowhere else.

They are in no representation, no message and no file; what is pickled, copied or sent to another process may not hold
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.errors import DataError


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Values:
    """Values of children by cell, one cell after the other.

    Attributes
    ----------
    values : ndarray (N,)
    times : ndarray (N,)
        How many children of the cell have each.
    ends : ndarray of int, shape (A, T, C)
        Where each cell's values end; they begin where those of the cell before end.

    Examples
    --------
    >>> Values(np.array([1.0, 5.0]), np.ones(2), np.array([[[1, 2]]]))
    Values(in memory only)
    """

    values: Floats
    times: Floats
    ends: Indices

    def __repr__(self) -> str:
        return "Values(in memory only)"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise DataError(
            "Values of single children are neither saved nor sent to another process.",
            why="A likelihood with long tails reads them one by one; they stay in the memory of the process that read "
            "the table.",
            cure='Keep estimates and draws instead, or use tails="normal", whose cells hold sums only.',
        )

    @classmethod
    def placed(cls, values: Floats, times: Floats, place: tuple[Indices, ...], shape: tuple[int, ...]) -> Values:
        """Sort values into cells, in an order that rows have no part in."""
        cell = np.ravel_multi_index(place, shape)
        order = np.lexsort((times, values, cell))
        order = order[times[order] > 0]
        ends = np.searchsorted(cell[order], np.arange(int(np.prod(shape))), side="right").reshape(shape)
        return cls(values[order].astype(float), times[order].astype(float), ends.astype(np.intp))

    def taken(self, cells: Indices) -> Values:
        """Take cells by their flat positions, in any shape; none of a negative one.

        Examples
        --------
        >>> kept = Values(np.array([1.0, 5.0]), np.ones(2), np.array([[[1, 2]]])).taken(np.array([[[-1], [1]]]))
        >>> kept.values.tolist(), kept.ends.ravel().tolist()
        ([5.0], [0, 1])
        """
        flat, ends = np.asarray(cells).ravel(), self.ends.ravel()
        number = np.diff(ends, prepend=0)
        wanted = np.where(flat >= 0, number[flat], 0)
        after = wanted.cumsum()
        index = np.repeat((ends - number)[flat] - (after - wanted), wanted) + np.arange(int(wanted.sum()))
        return Values(self.values[index], self.times[index], after.reshape(np.shape(cells)).astype(np.intp))

    def kept(self, keep: npt.NDArray[np.bool_]) -> Values:
        """Empty the cells that are not to be kept; ``keep`` broadcasts to the cells' shape."""
        return self.taken(np.where(keep, self.positions, -1))

    @property
    def positions(self) -> Indices:
        """Flat position of every cell."""
        return np.arange(self.ends.size).reshape(self.ends.shape)

    @property
    def cell(self) -> Indices:
        """Flat position of the cell of each value (N,)."""
        return np.repeat(np.arange(self.ends.size), np.diff(self.ends.ravel(), prepend=0))

    def together(self) -> Values:
        """Join the patterns of every authority and period, (A, T, 1)."""
        n_c = self.ends.shape[2]
        place = np.unravel_index(self.cell // n_c, self.ends.shape[:2])
        return Values.placed(
            self.values, self.times, (*place, np.zeros(len(self.values), np.intp)), (*self.ends.shape[:2], 1)
        )

    def medians(self) -> Floats:
        """Median of every cell's children; NaN of an empty one."""
        medians, begin = np.full(self.ends.size, np.nan), 0
        for i, end in enumerate(self.ends.ravel().tolist()):
            if end > begin:
                medians[i] = median(self.values[begin:end], self.times[begin:end])
            begin = end
        return medians.reshape(self.ends.shape)


def median(values: Floats, times: Floats) -> float:
    """Median of sorted values, each there so many times.

    Examples
    --------
    >>> median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 2.0]))
    5.5
    """
    up_to = np.cumsum(times)
    low, high = np.searchsorted(up_to, [0.5 * up_to[-1], 0.5 * up_to[-1] + 1e-9])
    return float(0.5 * (values[low] + values[min(high, len(values) - 1)]))


def checked(values: Values | None, total: Floats, wanted: bool, label: str) -> None:
    """Refuse values where none are wanted, and their absence where they are."""
    if values is None and wanted:
        raise DataError(
            "Long tails need rows of children.",
            where=f'outcome "{label}"',
            why="No mean and sd of an authority says how long the tails within it are.",
            cure="Read rows with read_cohort, or leave tails out.",
        )
    if values is not None and not wanted:
        raise DataError("Only cells of a Continuous with long tails hold values.")
    if values is not None:
        number = np.zeros(total.size)
        np.add.at(number, values.cell, values.times)
        if values.ends.shape != total.shape or (number.reshape(total.shape) != total).any():
            raise DataError("Values of children do not add up to the totals.")
        if not np.isfinite(values.values).all():
            raise DataError("Some values are not numbers.")
