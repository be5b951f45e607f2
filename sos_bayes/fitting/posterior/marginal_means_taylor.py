"""Marginal means near one point: Taylor expansion of the family's mean function there, patterns summed away.

With delta and d the distances of a draw's theta and beta from the point, and M_j the weighted sums of the mean's j-th
derivatives over a group's patterns, a group's average is

    sum over rows of [sum over j <= 6 of M_j delta^j / j! + delta M_2x . d] + M_1x . d + d' M_2xx d / 2
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.problem import Problem

WORTH_IT = 16  # patterns from which an expansion is cheaper
FAR = (0.5, 0.05)  # of theta and of a pattern's shift, beyond which draws are averaged pattern by pattern


class NearPoint(NamedTuple):
    """The point, (K T,) and (k,), with sums by row and by group.

    ``own`` (R, 7) and ``lean`` (R, k) belong to rows, ``slope`` (G, k) and ``curve`` (G, k, k) to groups.
    """

    theta: Floats
    beta: Floats
    own: Floats
    lean: Floats
    slope: Floats
    curve: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class Block(NamedTuple):
    """One group's weights (R, W) over its rows and patterns."""

    rows: NDArray[np.intp]
    patterns: NDArray[np.intp]
    weights: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def near_point(problem: Problem, blocks: list[Block], theta: Floats, beta: Floats) -> NearPoint:
    """Taylor coefficients of every group's average around a point."""
    columns = problem.patterns
    k = columns.shape[1]
    own, lean, slope, curve = [np.empty((0, 7))], [np.empty((0, k))], [], []
    for block in blocks:
        x = columns[block.patterns]
        orders = problem.family.derivatives(theta[block.rows, None] + x @ beta)[1:] * block.weights
        own.append(orders.sum(axis=2).T)
        lean.append(orders[2] @ x)
        slope.append(orders[1].sum(axis=0) @ x)
        curve.append((x.T * orders[2].sum(axis=0)) @ x)
    return NearPoint(
        theta, beta, np.concatenate(own), np.concatenate(lean),
        np.array(slope).reshape(-1, k), np.array(curve).reshape(-1, k, k),
    )  # fmt: skip


def is_near(problem: Problem, point: NearPoint, theta: Floats, beta: Floats) -> NDArray[np.bool_]:
    """Which draws, (n, K T) and (n, k), lie where the remainder of the expansion is negligible, (n,)."""
    shift = (beta - point.beta) @ problem.patterns.T
    return np.asarray((np.abs(theta - point.theta).max(axis=1) <= FAR[0]) & (np.abs(shift).max(axis=1) <= FAR[1]))


@nb.njit(cache=True, nogil=True, **STRICT)
def average_near(point, theta, beta, rows, row_ends, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (n, group) for draws theta (n, K T) and beta (n, k); ``rows`` holds one group after the other."""
    k = beta.shape[1]
    d = np.empty(k)
    for n in range(len(theta)):
        for m in range(k):
            d[m] = beta[n, m] - point.beta[m]
        first = 0
        for g in range(row_ends.size):
            total = 0.0
            for r in range(first, row_ends[g]):
                own = point.own[r]
                # M_0 + M_1 delta + ... + M_6 delta^6 / 6!, by Horner's scheme, and delta M_2x . d
                x = theta[n, rows[r]] - point.theta[rows[r]]
                high = own[3] + x / 4.0 * (own[4] + x / 5.0 * (own[5] + x / 6.0 * own[6]))
                total += own[0] + x * (own[1] + x / 2.0 * (own[2] + x / 3.0 * high))
                leaned = 0.0
                for m in range(k):
                    leaned += point.lean[r, m] * d[m]
                total += x * leaned
            for m in range(k):  # M_1x . d + d' M_2xx d / 2
                bent = 0.0
                for l in range(k):
                    bent += point.curve[g, m, l] * d[l]
                total += d[m] * (point.slope[g, m] + 0.5 * bent)
            out[n, g] = total
            first = row_ends[g]
