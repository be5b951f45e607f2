"""Log density of donor weights and scales, with constants, donors' errors and residuals integrated out analytically.

The parametrisation is non-centred: every variable is standard normal a priori, in this order: concentration, memory,
share (several adopters only), an sd for each adopter, tilts (K, q), own scores (K, J), common scores (J,; several
adopters only). Scores, tilted along what moves donors apart, make weights by a softmax. Without tilts weights would
hardly leave the donors' average: scores that know nothing of each other cannot lean on all donors with a large loading.
Given weights and scales an adopter's periods before its start are normal:

    mean  weights @ donors' centres,
    covariance  intercept_sd ** 2 + left + sd ** 2 rho ** |s - t|,
    and on the diagonal  error ** 2 + weights ** 2 @ donors' variances.

``left`` is along what moves donors apart, since no weights reach an adopter that moves more than all donors do, and a
drift of its own as donors have them: what weights leave of either goes on after the start.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.dense_algebra import cholesky, inverse, product
from sos_bayes.synthesis.first_stage.ar1_covariance import STAY, covariance, powers

TILT_SD = 1.5  # of how much an adopter leans on donors with a loading of one
SHARE_SD = 1.5  # of the logit of how much of a score adopters have in common


class Weighted(NamedTuple):
    """What the density reads; K adopters, J donors, T periods, M cells at most of an adopter before its start.

    Attributes
    ----------
    own, noise : ndarray (K, M)
        Values and error variances of adopters' cells before the start, those with data first.
    place : ndarray of int (K, M)
        Their periods.
    cells : ndarray of int (K,)
    centre, variance : ndarray (J, T)
        Of donors' cells.
    loadings : ndarray (q, J)
        Of donors on what moves them apart.
    left : ndarray (T, T)
        Covariance of what weights may leave: along these, and drifts.
    prior : ndarray (8,)
        Mean and sd of the log concentration, of log sds given the memory, of the logit of the memory; sd of constants;
        how much a log sd follows the score of the memory.
    """

    own: Floats
    noise: Floats
    place: NDArray[np.intp]
    cells: NDArray[np.intp]
    centre: Floats
    variance: Floats
    loadings: Floats
    left: Floats
    prior: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def _softmax(score, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (J,) with weights exp(score) / sum exp(score)."""
    top, total = score.max(), 0.0
    for j in range(score.size):
        out[j] = math.exp(score[j] - top)
        total += out[j]
    for j in range(score.size):
        out[j] /= total


@nb.njit(cache=True, **STRICT)
def _blend(weight, centre, variance, line, spread):  # type: ignore[no-untyped-def]
    """Fill the weighted mean of donors and the variance that their errors give it, (T,) each."""
    line[:], spread[:] = 0.0, 0.0
    for j in range(weight.size):
        for t in range(line.size):
            line[t] += weight[j] * centre[j, t]
            spread[t] += weight[j] * weight[j] * variance[j, t]


@nb.njit(cache=True, **STRICT)
def _blend_back(weight, centre, variance, by_line, by_spread, out):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of `_blend`: fills derivatives by the weights (J,)."""
    for j in range(weight.size):
        total = 0.0
        for t in range(by_line.size):
            total += by_line[t] * centre[j, t] + 2.0 * weight[j] * by_spread[t] * variance[j, t]
        out[j] = total


@nb.njit(cache=True, **STRICT)
def _covariance_back(place, m, pulled, inverted, rho, power, by_spread):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of `covariance`, where the log density is that of a normal.

    With ``inverted`` the precision matrix K and ``pulled`` K times the residual, the derivative by the covariance is
    (pulled pulled' - K) / 2. Adds those by donors' errors to ``by_spread``; returns those by the residual's variance,
    and by its memory over the former.
    """
    by_squared, by_rho = 0.0, 0.0
    for i in range(m):
        slope = 0.5 * (pulled[i] * pulled[i] - inverted[i, i])
        by_spread[place[i]] += slope
        by_squared += slope
        for j in range(i):
            slope = pulled[i] * pulled[j] - inverted[i, j]
            lag = abs(place[i] - place[j])
            by_squared += slope * power[lag]
            by_rho += slope * lag * power[lag - 1]
    return by_squared, by_rho


@nb.njit(cache=True, **STRICT)
def weights_density(given, u, gradient):  # type: ignore[no-untyped-def]
    """Log density at ``u`` without its constant; fills the gradient, in reverse mode."""
    n_k, n_m = given.own.shape
    n_j, n_t = given.centre.shape
    n_q = given.loadings.shape[0]
    several = 1 if n_k > 1 else 0
    value = 0.0
    for i in range(u.size):
        value -= 0.5 * u[i] * u[i]
        gradient[i] = -u[i]
    prior = given.prior
    tau = math.exp(prior[0] + prior[1] * u[0])
    stays = 1.0 / (1.0 + math.exp(-(prior[4] + prior[5] * u[1])))
    rho = STAY * stays
    share = 1.0 / (1.0 + math.exp(-SHARE_SD * u[2])) if several else 0.0
    common, own = tau * math.sqrt(share), tau * math.sqrt(1.0 - share)
    power = powers(rho, n_t)
    at = 2 + several
    tilts = at + n_k
    first = tilts + n_k * n_q
    z, by_z = u[first : first + n_k * n_j].reshape(n_k, n_j), gradient[first : first + n_k * n_j].reshape(n_k, n_j)
    g, by_g = u[first + n_k * n_j :], gradient[first + n_k * n_j :]
    cov, root, low, inverted = np.empty((n_m, n_m)), np.empty((n_m, n_m)), np.empty((n_m, n_m)), np.empty((n_m, n_m))
    apart, pulled, score, weight, by_weight = np.empty(n_m), np.empty(n_m), np.empty(n_j), np.empty(n_j), np.empty(n_j)
    line, spread, by_line, by_spread = np.empty(n_t), np.empty(n_t), np.empty(n_t), np.empty(n_t)
    by_tau, by_rho, by_common, by_own = 0.0, 0.0, 0.0, 0.0
    for a in range(n_k):
        m, place = given.cells[a], given.place[a]
        squared = math.exp(2.0 * (prior[2] + prior[3] * u[at + a] + prior[7] * u[1]))
        for j in range(n_j):
            score[j] = own * z[a, j] + (common * g[j] if several else 0.0)
            for q in range(n_q):
                score[j] += TILT_SD * u[tilts + a * n_q + q] * given.loadings[q, j]
        # normal log-likelihood of the adopter's cells before its start: -(log det + r'K r) / 2
        _softmax(score, weight)
        _blend(weight, given.centre, given.variance, line, spread)
        covariance(place, m, given.noise[a], spread, prior[6] * prior[6], given.left, power, squared, cov)
        log_det = cholesky(cov, m, root)
        inverse(root, m, low, inverted)
        for i in range(m):
            apart[i] = given.own[a, i] - line[place[i]]
        product(inverted, apart, m, pulled)
        value -= 0.5 * log_det
        by_line[:], by_spread[:] = 0.0, 0.0
        for i in range(m):
            value -= 0.5 * apart[i] * pulled[i]
            by_line[place[i]] = pulled[i]
        by_squared, by_memory = _covariance_back(place, m, pulled, inverted, rho, power, by_spread)
        gradient[at + a] += 2.0 * prior[3] * squared * by_squared
        gradient[1] += 2.0 * prior[7] * squared * by_squared
        by_rho += squared * by_memory
        _blend_back(weight, given.centre, given.variance, by_line, by_spread, by_weight)
        mean = 0.0  # back through the softmax: w_j (by_w_j - sum_i w_i by_w_i)
        for j in range(n_j):
            mean += weight[j] * by_weight[j]
        for j in range(n_j):
            slope = weight[j] * (by_weight[j] - mean)
            by_tau += slope * (own * z[a, j] + (common * g[j] if several else 0.0))
            for q in range(n_q):
                gradient[tilts + a * n_q + q] += TILT_SD * slope * given.loadings[q, j]
            by_z[a, j] += slope * own
            by_own += slope * z[a, j]
            if several:
                by_g[j] += slope * common
                by_common += slope * g[j]
    gradient[0] += prior[1] * by_tau
    gradient[1] += prior[5] * rho * (1.0 - stays) * by_rho
    if several:
        gradient[2] += 0.5 * SHARE_SD * (by_common * common * (1.0 - share) - by_own * own * share)
    return value
