"""What totals leave for numbers that are known by bounds only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.shapes import shapes_only

PASSES = 50


@dataclass(frozen=True, slots=True, eq=False)
class BoundedSums:
    """Sums of numbers that are known to lie between two bounds themselves.

    Attributes
    ----------
    member, sum : ndarray of int (k,)
        Number ``member[i]`` is a part of sum ``sum[i]``.
    low, high : ndarray (g,)
        Bounds of each sum; a ``low`` of minus infinity says that parts may be missing.
    """

    member: Indices
    sum: Indices
    low: Floats
    high: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def narrowed(low: Floats, high: Floats, sums: BoundedSums) -> tuple[Floats, Floats, int]:
    """Narrow bounds until no sum says more; sums that contradict the bounds are left unused.

    Parameters
    ----------
    low, high : ndarray (n,)
        Bounds of each number; ``high`` may be infinite.
    sums : BoundedSums

    Returns
    -------
    tuple
        The bounds, and how many sums contradict them.

    Examples
    --------
    >>> low, high = np.array([1.0, 1.0, 7.0]), np.array([99.0, 5.0, 7.0])
    >>> sums = BoundedSums(np.array([0, 1, 2]), np.array([0, 0, 0]), np.array([20.0]), np.array([20.0]))
    >>> narrowed(low, high, sums)[:2]
    (array([8., 1., 7.]), array([12.,  5.,  7.]))
    """
    low, high = low.copy(), high.copy()
    used = np.ones(len(sums.low), dtype=bool)
    for _ in range(PASSES):
        below, above = _added(low, sums), _added(high, sums)
        used &= (below <= sums.high) & (above >= sums.low)
        room = np.where(used, sums.high - below, np.inf)
        need = np.where(used & np.isfinite(above), above - sums.low, np.inf)
        top, bottom = high.copy(), low.copy()
        np.minimum.at(top, sums.member, low[sums.member] + room[sums.sum])
        ends = np.isfinite(need[sums.sum])
        np.maximum.at(bottom, sums.member[ends], (high[sums.member] - np.where(ends, need[sums.sum], 0.0))[ends])
        if np.array_equal(top, high) and np.array_equal(bottom, low):
            break
        crossed = bottom > top
        low, high = np.where(crossed, low, bottom), np.where(crossed, high, top)
        used[sums.sum[crossed[sums.member]]] = False
    return low, high, int((~used).sum())


def _added(values: Floats, sums: BoundedSums) -> Floats:
    """Sums of values by group."""
    return np.bincount(sums.sum, values[sums.member], minlength=len(sums.low)).astype(np.float64)
