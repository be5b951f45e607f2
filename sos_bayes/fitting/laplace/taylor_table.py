"""Taylor expansion of the log-likelihood around one field, patterns summed away.

It makes the many modes of one table cheap.

With b the log-partition function, a row's cost R = sum over patterns of total * b(theta + x . beta) is expanded around
a reference: with delta and d the distances of theta and beta from it and K_j the sums with the j-th derivative,

    R = sum over j <= 6 of K_j delta^j / j!
      + d . (K1x + K2x delta + K3x delta^2 / 2 + K4x delta^3 / 6) + d' (K2xx + K3xx delta) d / 2

Modes of neighbouring hyperparameters lie so close to each other that the remainder is far below what matters. It is
estimated at every evaluation; beyond `BUDGET` the table itself is read instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.families import Family
from sos_bayes.families.by_code import is_square
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.array_bundles import Counts, Expansion, LatentField

if TYPE_CHECKING:
    from collections.abc import Iterator

WORTH_IT = 16  # patterns from which an expansion is cheaper than the table
BUDGET = 1e-3  # of the log-likelihood that may be left out
ORDER = 6


def counts_around(counts: Counts, family: Family, field: LatentField) -> Counts:
    """Counts with the expansion of their table around a field; as they are where that is no gain or cannot be."""
    if counts.total.shape[2] < WORTH_IT or family.reads_cells:
        return counts
    n_a, n_t, _ = counts.total.shape
    k = len(field.beta)
    low = np.tril_indices(k)
    pairs = counts.patterns[low[0]] * counts.patterns[low[1]]
    own, cross = np.empty((n_a, n_t, ORDER + 1)), np.empty((n_a, n_t, 3, k))
    bent = np.empty((n_a, n_t, len(pairs)))
    slope, curve, skew = counts.patterns @ counts.by_pattern, np.zeros(len(pairs)), np.zeros(counts.total.shape[2])
    for a, by_order in enumerate(_rows(counts, family, field)):
        own[a] = by_order[: ORDER + 1].sum(axis=2).T
        cross[a] = np.moveaxis(by_order[2:5] @ counts.patterns.T, 0, 1)
        bent[a] = by_order[3] @ pairs.T
        slope = slope - counts.patterns @ by_order[1].sum(axis=0)
        curve += pairs @ by_order[2].sum(axis=0)
        skew += by_order[3].sum(axis=0)
    whole = np.zeros((k, k))
    whole[low] = curve
    whole = whole + np.tril(whole, -1).T
    constant = float(field.beta @ counts.patterns @ counts.by_pattern)
    around = Expansion(field.theta.copy(), field.beta.copy(), own, cross, bent, slope, whole, skew, constant)
    return counts._replace(around=around)


def _rows(counts: Counts, family: Family, field: LatentField) -> Iterator[Floats]:
    """Of each authority, derivatives of the log-partition function times totals: (order, T, C)."""
    shift = field.beta @ counts.patterns
    for theta, total in zip(field.theta, counts.total, strict=True):
        yield family.derivatives(theta[:, None] + shift) * total


@nb.njit(cache=True, inline="always", **STRICT)
def _series(own, x):  # type: ignore[no-untyped-def]
    """One row's cost at distance ``x`` in theta, with its first and second derivatives, by Horner's scheme."""
    curve = own[2] + x * (own[3] + x / 2.0 * (own[4] + x / 3.0 * (own[5] + x / 4.0 * own[6])))
    slope, cost = own[5] + x / 5.0 * own[6], own[5] + x / 6.0 * own[6]
    for j in range(4, 0, -1):
        slope = own[j] + x / j * slope
    for j in range(4, -1, -1):
        cost = own[j] + x / (j + 1.0) * cost
    return cost, slope, curve


@nb.njit(cache=True, **STRICT)
def expanded(counts, field, derivatives):  # type: ignore[no-untyped-def]
    """Evaluate the Taylor expansion: as a pass over the table, returns the log-likelihood and fills ``derivatives``.

    The second value is an estimate of the remainder of the first.
    """
    around = counts.around
    n_a, n_t = field.theta.shape
    k = field.beta.size
    d = field.beta - around.beta
    leaned = np.zeros(k * (k + 1) // 2)
    for m in range(k):
        derivatives.beta_slope[m] = around.slope[m]
    value, left_out, squares, weight = around.constant, 0.0, 0.0, 0.0
    for a in range(n_a):
        for t in range(n_t):
            own = around.own[a, t]
            x = field.theta[a, t] - around.theta[a, t]
            half, sixth = x * x / 2.0, x * x * x / 6.0
            cost, slope, curve = _series(own, x)
            for m in range(k):
                second, third, fourth = around.cross[a, t, 0, m], around.cross[a, t, 1, m], around.cross[a, t, 2, m]
                crossed = second + x * third + half * fourth
                derivatives.cross[a, t, m] = crossed
                slope += d[m] * crossed
                curve += d[m] * (third + x * fourth)
                pulled = x * second + half * third + sixth * fourth
                derivatives.beta_slope[m] -= pulled
                cost += d[m] * pulled
            for m in range(leaned.size):
                leaned[m] += x * around.bent[a, t, m]
            derivatives.slope[a, t] = counts.by_cell[a, t] - slope
            derivatives.curve[a, t] = curve
            value += counts.by_cell[a, t] * field.theta[a, t] - cost
            left_out += 2.0 * own[2] * half * half * half * abs(x) * 8.0 / 5040.0
            squares += own[2] * x * x
            weight += own[2]
    at = 0
    moved = 0.0
    for i in range(k):  # Q = sum of K_2xx + K_3xx delta
        for j in range(i + 1):
            derivatives.beta_curve[i, j] = around.curve[i, j] + leaned[at]
            derivatives.beta_curve[j, i] = derivatives.beta_curve[i, j]
            at += 1
    for i in range(k):
        value += d[i] * around.slope[i]
        for j in range(k):
            derivatives.beta_slope[i] -= derivatives.beta_curve[i, j] * d[j]
            moved += d[i] * derivatives.beta_curve[i, j] * d[j]
    value -= 0.5 * moved
    furthest = 0.0  # the largest move of a pattern's shift: third-order terms in d are in proportion
    for c in range(counts.patterns.shape[1]):
        far = 0.0
        for m in range(k):
            far += d[m] * counts.patterns[m, c]
        furthest = max(furthest, abs(far))
    if is_square(counts.code):  # a square is its own expansion
        return value, 0.0
    left_out += abs(moved) * (furthest / 6.0 + squares / max(weight, 1e-300) / 4.0)
    return value, left_out


@nb.njit(cache=True, **STRICT)
def expanded_cumulants(around, a, t, theta, beta):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives of one row's cost in its theta."""
    own = around.own[a, t]
    x = theta - around.theta[a, t]
    third = own[3] + x * (own[4] + x / 2.0 * (own[5] + x / 3.0 * own[6]))
    for m in range(beta.size):
        third += (beta[m] - around.beta[m]) * around.cross[a, t, 2, m]
    return third, own[4] + x * (own[5] + x / 2.0 * own[6])
