"""What a likelihood reads of single cells or children, where sums over a table do not say all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats


class CellwiseData(NamedTuple):
    """What a family needs of every cell where margins do not do; of no length for the others.

    Of counts that scatter by cell: ``events`` (A, T, C), the logarithms ``logs`` of the totals, and ``more``, ``large``
    and ``times`` as in `families.negative_binomial.Rising`. Of a measured outcome with long tails: children's
    ``values`` (N,), how many of a cell have each, ``number`` (N,), where those of a cell begin and end, ``spans``
    (A, T, C, 2), and the ``degrees`` of freedom.
    """

    events: Floats
    logs: Floats
    more: Floats
    large: Floats
    times: Floats
    values: Floats
    number: Floats
    spans: NDArray[np.intp]
    degrees: float

    def of(self, authority: int) -> CellwiseData:
        """One authority's cells; children's values stay those of all, and so do the numbers of cells."""
        one = slice(authority, authority + 1)
        return self._replace(events=self.events[one], logs=self.logs[one], spans=self.spans[one])

    def at(self, patterns: slice) -> CellwiseData:
        """Cells of some patterns, in the same way."""
        return self._replace(
            events=np.ascontiguousarray(self.events[:, :, patterns]),
            logs=np.ascontiguousarray(self.logs[:, :, patterns]),
            spans=np.ascontiguousarray(self.spans[:, :, patterns]),
        )

    def __repr__(self) -> str:
        return "CellwiseData(in memory only)"


def no_cellwise_data() -> CellwiseData:
    """Of a table whose margins suffice.

    Examples
    --------
    >>> no_cellwise_data().events.size
    0
    """
    cells, none = np.empty((0, 0, 0)), np.empty(0)
    return CellwiseData(cells, cells, none, none, none, none, none, np.empty((0, 0, 0, 2), np.intp), 0.0)
