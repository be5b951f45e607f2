"""Log density of factors, periods and scales, with loadings and levels integrated out analytically: rows are normal.

Variables, in this order: spread of levels (its sign is free), log residual sd, memory, adopters' residual scale,
adopters' mean level, their leanings (q,), period effects (T,), factors (q, T). All but the log sd and the factors are
standard normal a priori. Loadings are standard normal and factors f carry the size: normal with an sd that is
half-normal and summed over nodes, not sampled, since a size and a direction of which only the product is known make a
curved ridge.

A row given these has mean ``period`` (an adopter's: ``period + gap + leanings @ f``) and covariance

    spread ** 2 + sum of f_q f_q' + drift + sd ** 2 rho ** |s - t| + error ** 2 on the diagonal.

Two factors may be turned into each other without a change: the second is zero at the period ``pin``, whose place among
the variables is idle, and the density has the turn's Jacobian.

Rows with the same periods and errors are one kind: their number, sum and sum of squares are all that is read.
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

SPREAD_SCALE, SD_SCALE, MEMORY_SD, ADOPTER_SD, GAP_SD = 1.0, 0.5, 1.5, 0.5, 2.0
HYPERS, ADOPTER_SCALE = 5, 3  # variables before leanings, and which of them adopters' residual scale is
NODES = np.array([0.2, 0.35, 0.6, 1.0, 1.5, 2.2])  # of the factors' sd, over its scale
WEIGHTS = np.array([0.22, 0.16, 0.23, 0.21, 0.13, 0.05])  # half-normal


class Factored(NamedTuple):
    """What the density reads; N kinds of rows, M cells at most of one, T periods.

    Attributes
    ----------
    total : ndarray (N, M)
        Sums over the rows of a kind.
    squares : ndarray (N, M, M)
        Sums of their outer products.
    noise : ndarray (N, M)
        Error variances.
    place : ndarray of int (N, M)
        Periods of the cells.
    cells, rows, adopts : ndarray of int (N,)
        Cells of a row, rows of the kind, and 1 where they are adopters'.
    drift : ndarray (T, T)
        Covariance of authorities' own drifts.
    rough : ndarray (T,)
        Where period effects are centred.
    prior : ndarray (3,)
        Scale of factors, sd of leanings, sd of period effects.
    factors : int
    pin : int
    """

    total: Floats
    squares: Floats
    noise: Floats
    place: NDArray[np.intp]
    cells: NDArray[np.intp]
    rows: NDArray[np.intp]
    adopts: NDArray[np.intp]
    drift: Floats
    rough: Floats
    prior: Floats
    factors: int
    pin: int

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def _by_covariance(inverted, scatter, pulled, rows, m, scratch, out):  # type: ignore[no-untyped-def]
    """Fill derivatives of the normal log-likelihood by the covariance, (K scatter K - rows K) / 2, lower half.

    K, ``inverted``, is the precision matrix; of one row K scatter K is ``pulled pulled'``, and ``scatter`` is not read.
    """
    if rows == 1:
        for i in range(m):
            for j in range(i + 1):
                out[i, j] = 0.5 * (pulled[i] * pulled[j] - inverted[i, j])
        return
    for i in range(m):
        for j in range(m):
            scratch[i, j] = 0.0
        for k in range(m):
            for j in range(m):
                scratch[i, j] += inverted[i, k] * scatter[k, j]
    for i in range(m):
        for j in range(i + 1):
            total = 0.0
            for k in range(m):
                total += scratch[i, k] * inverted[j, k]
            out[i, j] = 0.5 * (total - rows * inverted[i, j])


@nb.njit(cache=True, **STRICT)
def _prior_of_factors(u, first, n_q, n_t, pin, gradient):  # type: ignore[no-untyped-def]
    """Log of the factors' prior over a standard normal one, whose derivatives are added to ``gradient``.

    A scale mixture of normals over `NODES`, by log-sum-exp; with two factors, the Jacobian of the turn as well.
    """
    if n_q == 0:
        return 0.0
    idle = first + n_t + pin if n_q == 2 else -1
    squares = 0.0
    for i in range(first, u.size):
        if i != idle:
            squares += u[i] * u[i]
    log, top = np.empty(NODES.size), -math.inf
    for k in range(NODES.size):
        log[k] = math.log(WEIGHTS[k]) - n_q * n_t * math.log(NODES[k]) - 0.5 * squares / NODES[k] ** 2
        top = max(top, log[k])
    total, slope = 0.0, 0.0
    for k in range(NODES.size):
        share = math.exp(log[k] - top)
        total += share
        slope -= share / NODES[k] ** 2
    slope /= total
    for i in range(first, u.size):
        if i != idle:
            gradient[i] += (slope + 1.0) * u[i]
    value = top + math.log(total) + 0.5 * squares
    if n_q == 2:
        value += math.log(abs(u[first + pin]))
        gradient[first + pin] += 1.0 / u[first + pin]
    return value


@nb.njit(cache=True, **STRICT)
def factors_density(given, u, gradient):  # type: ignore[no-untyped-def]
    """Log density at ``u`` without its constant; fills the gradient, in reverse mode."""
    n, n_m = given.total.shape
    n_t, n_q = given.rough.size, given.factors
    prior = given.prior
    value = 0.0
    for i in range(u.size):
        if i != 1:
            value -= 0.5 * u[i] * u[i]
            gradient[i] = -u[i]
    level, squared = (SPREAD_SCALE * u[0]) ** 2, math.exp(2.0 * u[1])
    value += u[1] - 0.5 * squared / SD_SCALE**2
    gradient[1] = 1.0 - squared / SD_SCALE**2
    stays = 1.0 / (1.0 + math.exp(-MEMORY_SD * u[2]))
    rho, larger = STAY * stays, math.exp(2.0 * ADOPTER_SD * u[3])
    at = HYPERS
    leaning = u[at : at + n_q]
    periods = at + n_q
    period = np.empty(n_t)
    for t in range(n_t):
        period[t] = given.rough[t] + prior[2] * u[periods + t]
    first = periods + n_t
    f = prior[0] * u[first:].reshape(n_q, n_t)
    if n_q == 2:
        f[1, given.pin] = 0.0
    value += _prior_of_factors(u, first, n_q, n_t, given.pin, gradient)
    lead = np.empty(n_t)
    for t in range(n_t):
        lead[t] = period[t] + GAP_SD * u[4]
        for q in range(n_q):
            lead[t] += prior[1] * leaning[q] * f[q, t]
    power, exact = powers(rho, n_t), np.zeros(n_t)  # period effects have no errors of measurement
    base = given.drift.copy()
    for q in range(n_q):
        for s in range(n_t):
            for t in range(n_t):
                base[s, t] += f[q, s] * f[q, t]
    cov, root, low, inverted = np.empty((n_m, n_m)), np.empty((n_m, n_m)), np.empty((n_m, n_m)), np.empty((n_m, n_m))
    scatter, scratch, by_cov = np.empty((n_m, n_m)), np.empty((n_m, n_m)), np.empty((n_m, n_m))
    apart, pulled = np.empty(n_m), np.empty(n_m)
    by_base, by_period, by_lead = np.zeros((n_t, n_t)), np.zeros(n_t), np.zeros(n_t)
    by_level, by_squared, by_rho, by_larger = 0.0, 0.0, 0.0, 0.0
    # each kind of rows: normal log-likelihood -(rows log det + trace(K scatter)) / 2, and its derivatives
    for k in range(n):
        m, place, rows, adopts = given.cells[k], given.place[k], given.rows[k], given.adopts[k]
        mean = lead if adopts else period
        own_squared = squared * larger if adopts else squared
        covariance(place, m, given.noise[k], exact, level, base, power, own_squared, cov)
        value -= 0.5 * rows * cholesky(cov, m, root)
        inverse(root, m, low, inverted)
        for i in range(m):
            apart[i] = given.total[k, i] - rows * mean[place[i]]
        product(inverted, apart, m, pulled)
        if rows == 1:
            for i in range(m):
                value -= 0.5 * apart[i] * pulled[i]
        else:
            for i in range(m):
                for j in range(m):
                    scatter[i, j] = (
                        given.squares[k, i, j]
                        - given.total[k, i] * mean[place[j]]
                        - mean[place[i]] * given.total[k, j]
                        + rows * mean[place[i]] * mean[place[j]]
                    )
                    value -= 0.5 * inverted[i, j] * scatter[i, j]
        _by_covariance(inverted, scatter, pulled, rows, m, scratch, by_cov)
        by_mine, by_memory = 0.0, 0.0
        for i in range(m):
            s = place[i]
            if adopts:
                by_lead[s] += pulled[i]
            else:
                by_period[s] += pulled[i]
            for j in range(i + 1):
                slope = by_cov[i, j] if i == j else 2.0 * by_cov[i, j]
                lag = abs(s - place[j])
                by_level += slope
                by_base[s, place[j]] += slope
                by_mine += slope * power[lag]
                if lag > 0:
                    by_memory += slope * lag * power[lag - 1]
        by_rho += own_squared * by_memory
        by_squared += own_squared * by_mine
        if adopts:
            by_larger += own_squared * by_mine
    # by the variables, through level = spread^2, sd^2, rho and the adopters' scale
    gradient[0] += 2.0 * SPREAD_SCALE**2 * u[0] * by_level
    gradient[1] += 2.0 * by_squared
    gradient[2] += MEMORY_SD * rho * (1.0 - stays) * by_rho
    gradient[3] += 2.0 * ADOPTER_SD * by_larger
    by_f = np.zeros((n_q, n_t))
    for t in range(n_t):
        gradient[4] += GAP_SD * by_lead[t]
        gradient[periods + t] += prior[2] * (by_period[t] + by_lead[t])
    for q in range(n_q):  # factors are in adopters' mean, by leanings, and in the covariance, f f'
        for s in range(n_t):
            gradient[HYPERS + q] += prior[1] * f[q, s] * by_lead[s]
            by_f[q, s] += prior[1] * leaning[q] * by_lead[s]
            for t in range(n_t):
                by_f[q, s] += by_base[s, t] * f[q, t]
                by_f[q, t] += by_base[s, t] * f[q, s]
    if n_q == 2:
        by_f[1, given.pin] = 0.0
    for q in range(n_q):
        for t in range(n_t):
            gradient[first + q * n_t + t] += prior[0] * by_f[q, t]
    return value
