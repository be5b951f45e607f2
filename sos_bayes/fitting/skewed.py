"""How the skewness of single covariate patterns pulls the mean: rare levels and rare categories have long tails.

A cell's pattern c has the predictor theta + x_c . beta. With k3_c its third derivative, it pulls along its direction
by - k3_c var(theta + x_c . beta) / 2. Where nearly all children are of one kind, beta is as uncertain as any theta.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT

Floats = NDArray[np.float64]


class Patterns(NamedTuple):
    """Uncertainty of the covariates, and room for what pulls on them.

    ``load`` (k, p + k) are the loadings of beta on standardised shared uncertainty, ``cov`` (k, k) its covariance;
    ``columns`` (k, C) the patterns and ``own`` (C,) the variance of what beta adds to each. ``by_pattern`` (C,) gathers
    k3 times the variance over cells, ``by_beta`` (k,) what pulls on beta directly.
    """

    load: Floats
    cov: Floats
    columns: Floats
    own: Floats
    by_pattern: Floats
    by_beta: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def patterns_of(columns, load):  # type: ignore[no-untyped-def]
    """Lay out the uncertainty of covariates: columns (k, C) and loadings of beta (k, p + k)."""
    k, n_c = columns.shape
    cov, own = np.zeros((k, k)), np.zeros(n_c)
    for m in range(k):
        for i in range(k):
            for j in range(load.shape[1]):
                cov[m, i] += load[m, j] * load[i, j]
            for c in range(n_c):
                own[c] += columns[m, c] * cov[m, i] * columns[i, c]
    return Patterns(load, cov, columns, own, np.zeros(n_c), np.zeros(k))


@nb.njit(cache=True, **STRICT)
def _with_beta(load, spread):  # type: ignore[no-untyped-def]
    """Covariance of a cell's theta with beta (k,), from its loadings (p + k,).

    Loadings of joint coefficients are a triangle: the m-th of beta has nothing before its own place.
    """
    both = np.zeros(spread.by_beta.size)
    for m in range(both.size):
        for j in range(load.size - both.size + m, load.size):
            both[m] += load[j] * spread.load[m, j]
    return both


@nb.njit(cache=True, **STRICT)
def add_patterns(skews, variance, load, spread):  # type: ignore[no-untyped-def]
    """Sum over one cell's patterns of k3 times the variance of its predictor, from each one's k3, (C,).

    ``variance`` and ``load`` (p + k,) are of the cell's theta. Also gathers the same by pattern.
    """
    both, whole = _with_beta(load, spread), 0.0
    for c in range(skews.size):
        across = 0.0
        for m in range(both.size):
            across += both[m] * spread.columns[m, c]
        one = skews[c] * (variance + 2.0 * across + spread.own[c])
        spread.by_pattern[c] += one
        whole += one
    return whole


@nb.njit(cache=True, **STRICT)
def add_expanded(around, away, variance, loads, spread, whole):  # type: ignore[no-untyped-def]
    """Add to ``whole`` (A, T) what the uncertainty of covariates adds to the same sum, from a table's expansion.

    ``away`` (A, T) is the distance from it, ``variance`` (A, T) and ``loads`` (A, T, p + k) are of all cells' theta.
    Also gathers what pulls on beta, but for the part that is `spread.own` times k3, summed over cells beforehand.
    """
    n_a, n_t, size = loads.shape
    k = spread.by_beta.size
    both = np.dot(loads.reshape(n_a * n_t, size), np.ascontiguousarray(spread.load.T))
    bent = around.bent.reshape(n_a * n_t, around.bent.shape[2])
    cov = np.empty(bent.shape[1])
    at = 0
    for i in range(k):
        for j in range(i + 1):
            cov[at] = spread.cov[i, j] * (1.0 if i == j else 2.0)
            at += 1
    bent_by, bent_both = np.dot(bent, cov), np.dot(np.ascontiguousarray(both.T), bent)
    for a in range(n_a):
        for t in range(n_t):
            total = bent_by[a * n_t + t]
            for m in range(k):
                third = around.cross[a, t, 1, m] + away[a, t] * around.cross[a, t, 2, m]
                total += 2.0 * third * both[a * n_t + t, m]
                spread.by_beta[m] -= 0.5 * third * variance[a, t]
            whole[a, t] += total
    at = 0
    for i in range(k):
        for j in range(i + 1):
            spread.by_beta[i] -= bent_both[j, at]
            if i != j:
                spread.by_beta[j] -= bent_both[i, at]
            at += 1
