"""Draws of one authority's cells given all that it shares with the others, and the probability of its data: compiled.

Fits keep draws of adopters' cells only. Given hyperparameters, shared coefficients and covariates, authorities are
independent: the cells of one are drawn from the Laplace approximation at their own mode, several times, and one of
these is kept by how much likelier it is than the approximation says (sampling importance resampling, Rubin 1988). The
mean of the same weights is the probability of the authority's data, without a bias.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.dense_algebra import cholesky
from sos_bayes.fitting.laplace.authority_blocks import distance
from sos_bayes.fitting.laplace.authority_marginal_likelihood import cells_likelihood, settle, unit_of, workspace_for
from sos_bayes.fitting.laplace.newton_rows import shifts

TOLERANCE = 1e-3  # of the last Newton step: weights make up for what is missing
JITTER = 1e-12  # variance that is added where rounding leaves none


@nb.njit(cache=True, **STRICT)
def _root_of(cov, root):  # type: ignore[no-untyped-def]
    """Fill ``root`` with the lower Cholesky factor of a covariance that may be nearly singular."""
    root[:, :] = 0.0
    if not math.isfinite(cholesky(cov, len(cov), root)):
        root[:, :] = 0.0
        cholesky(cov + JITTER * np.eye(len(cov)), len(cov), root)


@nb.njit(cache=True, **STRICT)
def _picked(log_weights, uniform):  # type: ignore[no-untyped-def]
    """Position drawn in proportion to the weights, and the log of their mean."""
    top = log_weights.max()
    total = 0.0
    for m in range(log_weights.size):
        total += math.exp(log_weights[m] - top)
    at, left = 0, uniform * total
    for m in range(log_weights.size):
        at = m
        left -= math.exp(log_weights[m] - top)
        if left <= 0.0:
            break
    return at, top + math.log(total / log_weights.size)


@nb.njit(cache=True, nogil=True, **STRICT)
def draw_cells(counts, given, begin, normals, uniforms, theta, evidence):  # type: ignore[no-untyped-def]
    """Fill draws of one authority's cells, and the log probability of its data given what it shares.

    Parameters
    ----------
    counts : Counts
        One authority's.
    given : Given
        N draws of what it shares.
    begin : ndarray (n,)
        Where Newton's steps start.
    normals : ndarray (N, M, n)
        Standard normals behind M candidates of every draw.
    uniforms : ndarray (N,)
        Which of them is kept.
    theta : ndarray (N, n)
        To be filled.
    evidence : ndarray (N,)
        To be filled: without what no predictor touches, nor what covariates alone add.
    """
    n = given.mean.shape[1]
    work, root = workspace_for(n, counts.patterns.shape[1]), np.empty((n, n))
    mode, cells, log_weights = np.empty(n), np.empty((normals.shape[1], n)), np.empty(normals.shape[1])
    work.theta[0, :] = begin
    for d in range(len(theta)):
        shift = shifts(counts.patterns, given.beta[d])
        _, det, _ = settle(counts, given, d, shift, TOLERANCE, 0.0, work)
        if not math.isfinite(det):  # from further away
            work.theta[0, :] = begin
            _, det, _ = settle(counts, given, d, shift, TOLERANCE, 0.0, work)
        mode[:] = work.theta[0]
        _root_of(work.cov, root)
        unit = unit_of(counts.code, given.dispersion[d])
        for m in range(len(cells)):
            squares = 0.0
            for t in range(n):
                value = mode[t]
                for s in range(t + 1):
                    value += root[t, s] * normals[d, m, s]
                cells[m, t] = work.theta[0, t] = value
                work.gap[t] = value - given.mean[d, t]
                squares += normals[d, m, t] * normals[d, m, t]
            value = cells_likelihood(
                counts, given.dispersion[d], work.theta, shift, work.scratch, work.slope, work.curve
            )
            away = distance(work.gap, work.diag, work.off, given.noise[d], given.own[d])
            log_weights[m] = value / unit - 0.5 * away + 0.5 * squares
        at, mean = _picked(log_weights, uniforms[d])
        theta[d] = cells[at]
        evidence[d] = mean - 0.5 * det
        work.theta[0, :] = mode
