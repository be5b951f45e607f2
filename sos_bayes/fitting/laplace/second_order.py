"""Second-order correction of the Laplace approximation: skewness and excess of the cells' likelihoods.

With k3 and k4 the third and fourth derivatives of minus the log-likelihood and V the field's covariance at the
mode, the log marginal likelihood gains

    - sum k4 V_ii^2 / 8 + sum k3_i k3_j V_ii V_ij V_jj / 8 + sum k3_i k3_j V_ij^3 / 12

(Tierney and Kadane 1986; Shun and McCullagh 1995), and the mean moves from the mode by V pull, pull = -k3 var(eta) / 2
along every predictor eta. Double sums run over pairs of cells of one authority: authorities are coupled only through
what all share. Of the integral, cells are taken whole: their theta. Of the mean, every pattern of a cell is taken by
itself, with the uncertainty of the covariates, and so are gaps between cutpoints (`patterns_of`). Cells whose count may
have been withheld for either of two reasons are left as they are. Hyperparameters far out, where cells are hardly held
by anything, have terms of any size: what an authority adds is bounded there (`MOST`).
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.by_code import cumulants_of, is_square
from sos_bayes.families.compiled import STRICT
from sos_bayes.families.cutpoints import gap_skews
from sos_bayes.families.intervals import interval_cumulants
from sos_bayes.fitting.arrays.dense_algebra import backward, forward
from sos_bayes.fitting.laplace.newton_rows import shifts
from sos_bayes.fitting.laplace.taylor_table import expanded_cumulants

MOST = 0.25  # of the log integral that a cell may add or take: where terms are larger, no series holds


class Correction(NamedTuple):
    """What is added to the log marginal likelihood, the pull on theta (A, T), the moves of z and beta (p + k,)."""

    log_ml: float
    pull: Floats
    moved: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def _inverse(root):  # type: ignore[no-untyped-def]
    """Transposed inverse of a lower Cholesky factor."""
    size = len(root)
    out = np.zeros((size, size))
    for i in range(size):
        out[i, i] = 1.0
        forward(root, out[i])
    return out


@nb.njit(cache=True, **STRICT)
def _loadings(prior, solved, inverse, load):  # type: ignore[no-untyped-def]
    """Fill ``load`` (A, T, p + k): how each authority's theta moves with standardised shared uncertainty.

    [(I - D W) G, -D V] root'^-1, so that ``load load'`` is the covariance that authorities have in common; ``inverse``
    is what `_inverse` gives.
    """
    derivatives, p = solved.derivatives, prior.columns.shape[2]
    scaled, raw, flat = prior.columns * prior.scale, np.empty(load.shape), load.reshape(-1, load.shape[2])
    for a in range(len(load)):
        columns, cov = scaled[prior.kind[a]], solved.cov[a]
        raw[a, :, :p] = columns - np.dot(cov * derivatives.curve[a], columns)
        raw[a, :, p:] = -np.dot(cov, derivatives.cross[a])
    np.dot(raw.reshape(flat.shape), inverse, flat)


@nb.njit(cache=True, nogil=True, **STRICT)
def correct(counts, prior, field, solved):  # type: ignore[no-untyped-def]
    """Correct a `LaplaceFit` to second order; returns a `Correction`."""
    n_a, n_t = field.theta.shape
    size, k = len(solved.root), field.beta.size
    loads, whole, variance = np.empty((n_a, n_t, size)), np.empty((n_a, n_t)), np.empty((n_a, n_t))
    shift, inverse = shifts(counts.patterns, field.beta), _inverse(solved.root)
    _loadings(prior, solved, inverse, loads)
    block, third, lean = np.empty((n_t, n_t)), np.empty(n_t), np.empty(n_t)
    bounded, skews = counts.bounded, np.zeros(shift.shape[1])
    spread = patterns_of(counts.patterns, np.ascontiguousarray(inverse[size - k :]))
    covariates = k > 0 and not is_square(counts.code)
    log_ml, at = 0.0, 0
    for a in range(n_a):
        gained = 0.0
        load = loads[a]
        np.dot(load, load.T, block)  # V within the authority: what all share, and D
        block += solved.cov[a]
        for i in range(n_t):
            theta = field.theta[a, i]
            if solved.near:
                third[i], fourth = expanded_cumulants(counts.around, a, i, theta, field.beta)
            else:
                third[i], fourth = cumulants_of(counts, a, i, prior.dispersion, theta, shift, skews)
            if at < bounded.low.size and bounded.authority[at] == a and bounded.period[at] == i:
                _, _, _, more, most = interval_cumulants(
                    counts.code, theta, counts.total[a, i, 0], bounded.low[at], bounded.high[at], bounded.sure[at],
                    bounded.chance[at],
                )  # fmt: skip
                third[i], fourth = third[i] - more, fourth - most
                if bounded.chance[at] < 1.0:  # two kinds of count mixed: no series around one mode holds
                    third[i], fourth = 0.0, 0.0
                at += 1
            lean[i] = third[i] * block[i, i]
            gained -= fourth * block[i, i] ** 2 / 8.0
            variance[a, i], whole[a, i] = block[i, i], lean[i]
            if covariates and not solved.near:
                whole[a, i] = add_patterns(skews, block[i, i], load[i], spread)
        for i in range(n_t):  # k3_i k3_j V_ii V_ij V_jj / 8 + k3_i k3_j V_ij^3 / 12
            for j in range(n_t):
                v = block[i, j]
                gained += v * (lean[i] * lean[j] / 8.0 + third[i] * third[j] * v * v / 12.0)
        log_ml += max(-MOST * n_t, gained) if gained < MOST * n_t else MOST * n_t
    if covariates and solved.near:
        add_expanded(counts.around, field.theta - counts.around.theta, variance, loads, spread, whole)
    pull = -0.5 * whole
    moved = np.dot(pull.reshape(n_a * n_t), loads.reshape(n_a * n_t, size))
    if covariates:
        _of_covariates(counts, field, solved.near, spread, moved)
    backward(solved.root, moved)
    return Correction(log_ml, pull, moved)


@nb.njit(cache=True, **STRICT)
def _of_covariates(counts, field, near, spread, moved):  # type: ignore[no-untyped-def]
    """Add to ``moved`` (p + k,) the pull on beta itself: by patterns, and by the gaps between cutpoints."""
    by_beta = spread.by_beta
    if near:
        for c in range(spread.own.size):
            spread.by_pattern[c] = counts.around.skew[c] * spread.own[c]
    for m in range(by_beta.size):
        for c in range(spread.own.size):
            by_beta[m] -= 0.5 * counts.patterns[m, c] * spread.by_pattern[c]
    gap_skews(counts.gaps, counts.between, field.beta, spread.cov, by_beta)
    for m in range(by_beta.size):
        for j in range(moved.size):
            moved[j] += by_beta[m] * spread.load[m, j]


class PatternUncertainty(NamedTuple):
    """Posterior uncertainty of the covariates' coefficients, and sums of what pulls on them.

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
    """Lay out the uncertainty of covariates and of patterns: columns (k, C) and loadings of beta (k, p + k)."""
    k, n_c = columns.shape
    cov, own = np.zeros((k, k)), np.zeros(n_c)
    for m in range(k):
        for i in range(k):
            for j in range(load.shape[1]):
                cov[m, i] += load[m, j] * load[i, j]
            for c in range(n_c):
                own[c] += columns[m, c] * cov[m, i] * columns[i, c]
    return PatternUncertainty(load, cov, columns, own, np.zeros(n_c), np.zeros(k))


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
