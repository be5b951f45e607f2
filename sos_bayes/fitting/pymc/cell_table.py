"""The cells that a PyMC model observes, one after the other, with their places in its dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Flags, Floats, Indices
from sos_bayes._core.shapes import shapes_only
from sos_bayes.designs.streams import Streams


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Places:
    """Places of N cells: each (N,).

    Attributes
    ----------
    authority, period, pattern : ndarray of int
        Positions among authorities, periods and covariate patterns.
    stream, rest : ndarray of int
        Stream, and place among the patterns that remain without the streams' columns.
    """

    authority: Indices
    period: Indices
    pattern: Indices
    stream: Indices
    rest: Indices

    def __repr__(self) -> str:
        return shapes_only(self)

    def slot(self, periods: int) -> Indices:
        """Which of its authority's slots each is in: periods, stream after stream."""
        return np.asarray(self.stream * periods + self.period)


def places(keep: Flags, streams: Streams) -> Places:
    """Places of the cells (A, T, C) that are kept, or (A, T, C, S) where every pattern is in all streams."""
    authority, period, pattern, *band = np.nonzero(keep)
    stream = band[0] if band else streams.of[pattern]
    return Places(authority, period, pattern, stream, streams.rest[pattern])


def taken(values: Floats, where: Places) -> Floats:
    """Values of cells (A, T, C, ...) at some places, (N, ...)."""
    return np.asarray(values[where.authority, where.period, where.pattern])
