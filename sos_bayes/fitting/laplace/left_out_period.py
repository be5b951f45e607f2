"""Probability of what was counted in one period of an authority, given its other periods: in compiled loops.

With h the hyperparameters, what authorities share included, and x the authority's cells, one draw of both says

    p(y_t | x_-t, h) = integral of p(y_t | x_t) N(x_t; m, V) dx_t,   V = Q_tt^-1,   m = x_t - V [Q (x - mean)]_t

Q is the precision of the authority's cells with its own coefficients integrated out (`authority_blocks`), so that what
conditions x_t are the other periods' cells alone. One slot is integrated by the trapezoid rule in u, with x = mode +
s sinh u and s the width at the integrand's mode: it converges geometrically, and its nodes reach the tails of the prior
where the likelihood has none (Trefethen and Weideman 2014). The slots of several streams are integrated together,
by importance sampling from a t around their joint mode, on the same quasi-random points for every draw.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.by_code import row_of
from sos_bayes.families.compiled import STRICT
from sos_bayes.families.intervals import interval_cumulants
from sos_bayes.fitting.laplace.authority_blocks import backward, cholesky, forward, precise, shock_precision
from sos_bayes.fitting.laplace.authority_marginal_likelihood import unit_of
from sos_bayes.fitting.laplace.conditional_mode import LIMIT
from sos_bayes.fitting.laplace.newton_rows import shifts

REACH = 8.0  # sds of the prior, on both sides of its mean, that nodes cover
STEP = 0.4  # of the trapezoid rule, in u
ALONG = STEP * np.arange(60)  # further than which no slot's prior reaches: exp(23) widths
SINH, LOG_COSH = np.sinh(ALONG), np.log(np.cosh(ALONG))
FAINT = 40.0  # below the largest term's log, what is left out
STEPS = 40
TOLERANCE = 0.01  # of the last Newton step, in units of the width there


class Nodes(NamedTuple):
    """Points (M, S) of a standard t in S dimensions, and minus its log density there (M,), scaled (`nodes_in`)."""

    points: Floats
    log_weights: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def _slot(counts, t, dispersion, theta, shift, scratch):  # type: ignore[no-untyped-def]
    """Log-likelihood of one slot without what ``shift`` alone adds, its slope and its curvature."""
    by_shift, along, row = scratch
    value, expected, curve = row_of(counts, 0, t, dispersion, theta, shift, by_shift, along, row)
    unit = unit_of(counts.code, dispersion)
    value = (value + counts.by_cell[0, t] * theta) / unit
    slope, curve = (counts.by_cell[0, t] - expected) / unit, curve / unit
    bounded = counts.bounded
    for i in range(bounded.low.size):
        if bounded.period[i] == t:
            log_sum, mean, variance, _, _ = interval_cumulants(
                counts.code, theta, counts.total[0, t, 0], bounded.low[i], bounded.high[i], bounded.sure[i],
                bounded.chance[i],
            )  # fmt: skip
            value, slope, curve = value + log_sum, slope + mean, max(curve - variance, 0.0)
    return value, slope, curve


@nb.njit(cache=True, **STRICT)
def _one_slot(counts, t, dispersion, mean, variance, theta, shift, scratch):  # type: ignore[no-untyped-def]
    """Log of the integral over one slot, whose prior has this mean and variance; ``theta`` is near its mode."""
    width = math.sqrt(variance)
    for _ in range(STEPS):
        _, slope, curve = _slot(counts, t, dispersion, theta, shift, scratch)
        width = 1.0 / math.sqrt(curve + 1.0 / variance)
        step = (slope - (theta - mean) / variance) * width * width
        theta += min(max(step, -LIMIT), LIMIT)
        if abs(step) < TOLERANCE * width:
            break
    away, spread = abs(mean - theta) + REACH * math.sqrt(variance), 0.5 / variance
    total, top, j = 1.0, _slot(counts, t, dispersion, theta, shift, scratch)[0] - spread * (theta - mean) ** 2, 0
    while j + 1 < ALONG.size and width * SINH[j] < away:
        j += 1
        for side in (-1.0, 1.0):
            at = theta + side * width * SINH[j]
            value = _slot(counts, t, dispersion, at, shift, scratch)[0] + LOG_COSH[j] - spread * (at - mean) ** 2
            if value > top:
                total, top = total * math.exp(top - value) + 1.0, value
            elif value > top - FAINT:
                total += math.exp(value - top)
    return top + math.log(total * STEP * width * math.sqrt(spread / math.pi))


@nb.njit(cache=True, **STRICT)
def _joint_mode(counts, slots, dispersion, mean, prior, theta, shift, scratch, root, step):  # type: ignore[no-untyped-def]
    """Move ``theta`` (S,) to the mode of several slots; fills ``root`` with the Cholesky factor of the precision there.

    Returns that matrix's log determinant. ``prior`` (S, S) is the precision around ``mean`` (S,).
    """
    size = slots.size
    precision, log_det = np.empty((size, size)), 0.0
    for _ in range(STEPS):
        precision[:, :] = prior
        for i in range(size):
            _, slope, curve = _slot(counts, slots[i], dispersion, theta[i], shift, scratch)
            precision[i, i] += curve
            step[i] = slope
            for j in range(size):
                step[i] -= prior[i, j] * (theta[j] - mean[j])
        root[:, :] = 0.0
        log_det = cholesky(precision, root)
        forward(root, step)
        squared = 0.0
        for i in range(size):
            squared += step[i] * step[i]
        backward(root, step)
        moved = np.abs(step).max()
        theta += step * min(1.0, LIMIT / max(moved, 1e-300))
        if squared < TOLERANCE * TOLERANCE:
            break
    return log_det


@nb.njit(cache=True, **STRICT)
def _several_slots(counts, slots, dispersion, mean, prior, theta, shift, scratch, nodes):  # type: ignore[no-untyped-def]
    """Log of the integral over the slots of several streams; arguments as in `_joint_mode`."""
    size = slots.size
    root, held, step = np.empty((size, size)), np.zeros((size, size)), np.empty(size)
    log_det = _joint_mode(counts, slots, dispersion, mean, prior, theta, shift, scratch, root, step)
    prior_det = cholesky(prior, held)
    total, top = 0.0, -np.inf
    for m in range(len(nodes.points)):
        step[:] = nodes.points[m]
        backward(root, step)
        value = nodes.log_weights[m]
        for i in range(size):
            one, _, _ = _slot(counts, slots[i], dispersion, theta[i] + step[i], shift, scratch)
            value += one
            for j in range(size):
                value -= 0.5 * prior[i, j] * (theta[i] + step[i] - mean[i]) * (theta[j] + step[j] - mean[j])
        if value > top:
            total, top = total * math.exp(top - value) + 1.0, value
        else:
            total += math.exp(value - top)
    return top + math.log(total / len(nodes.points)) + 0.5 * (prior_det - log_det - size * math.log(2.0 * math.pi))


@nb.njit(cache=True, **STRICT)
def _conditional(diag, off, noise, own, gap, alone, carried, pulled):  # type: ignore[no-untyped-def]
    """Fill what gives Q = R - Z'Z, own coefficients integrated out (Woodbury), R the precision of shocks and noise.

    ``alone`` (n,) is R's diagonal (of noise beside several streams there is none, and slots of one period have nothing
    else of R), ``carried`` (q, n) is Z = root^-1 B'R with root root' = I + B'R B, ``pulled`` (n,) is Q times ``gap``.
    """
    n, q = own.shape
    gram, values, root, held = np.eye(q), np.empty(n), np.zeros((q, q)), np.empty(n)
    for i in range(n):
        alone[i] = diag[i]
        if noise > 0.0:
            values[:] = 0.0
            values[i] = 1.0
            precise(diag, off, noise, values, held)
            alone[i] = held[i]
    for k in range(q):
        for i in range(n):
            values[i] = own[i, k]
        precise(diag, off, noise, values, carried[k])
        for m in range(q):
            for i in range(n):
                gram[k, m] += carried[k, i] * own[i, m]
    cholesky(gram, root)
    values[:] = gap
    precise(diag, off, noise, values, pulled)
    for k in range(q):
        along = 0.0
        for i in range(n):
            for m in range(k):
                carried[k, i] -= root[k, m] * carried[m, i]
            carried[k, i] /= root[k, k]
            along += carried[k, i] * gap[i]
        for i in range(n):
            pulled[i] -= along * carried[k, i]


@nb.njit(cache=True, **STRICT)
def _prior_of_several(slots, alone, carried, pulled, start, mean, prior):  # type: ignore[no-untyped-def]
    """Fill the mean (S,) and the precision (S, S) of a period's slots given all others, which stand at ``start``."""
    size = slots.size
    for s in range(size):
        mean[s] = pulled[slots[s]]
        for r in range(size):
            prior[s, r] = alone[slots[s]] if r == s else 0.0
            for k in range(len(carried)):
                prior[s, r] -= carried[k, slots[s]] * carried[k, slots[r]]
    root = np.zeros((size, size))
    cholesky(prior, root)
    forward(root, mean)
    backward(root, mean)
    for s in range(size):
        mean[s] = start[s] - mean[s]


@nb.njit(cache=True, nogil=True, **STRICT)
def log_with_shocks(counts, beta, dispersion, theta, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (N, n) with the log-likelihood of one authority's slots at their own cells ``theta`` (N, n).

    Without what no predictor touches, nor what the covariates' ``beta`` (N, k) alone add.
    """
    n_c = counts.total.shape[2]
    scratch = (np.zeros(n_c), np.zeros(n_c), np.empty(n_c))
    for d in range(len(theta)):
        shift = shifts(counts.patterns, beta[d])
        for t in range(theta.shape[1]):
            out[d, t], _, _ = _slot(counts, t, dispersion[d], theta[d, t], shift, scratch)


@nb.njit(cache=True, nogil=True, **STRICT)
def log_left_out(counts, given, theta, nodes, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (N, T) with log p(y_t | the authority's other periods) for every draw and period.

    Without what no predictor touches, nor what covariates alone add; NaN in a period without children.

    Parameters
    ----------
    counts : Counts
        One authority's.
    given : Given
        N draws of what it shares.
    theta : ndarray (N, n)
        The authority's cells in the same draws.
    nodes : Nodes
        Of as many dimensions as there are streams; not read where there is one.
    out : ndarray (N, T)
    """
    n, chain, n_c = theta.shape[1], given.chain, counts.total.shape[2]
    streams, scratch = n // chain, (np.zeros(n_c), np.zeros(n_c), np.empty(n_c))
    diag, off, gap, alone, pulled = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    slots, carried = np.empty(streams, np.intp), np.empty((given.own.shape[2], n))
    start, mean, prior = np.empty(streams), np.empty(streams), np.empty((streams, streams))
    for d in range(len(theta)):
        shift, dispersion = shifts(counts.patterns, given.beta[d]), given.dispersion[d]
        shock_precision(chain, given.rho[d], given.start[d], given.shock[d], diag, off)
        gap[:] = theta[d] - given.mean[d]
        _conditional(diag, off, given.noise[d], given.own[d], gap, alone, carried, pulled)
        for t in range(chain):
            children = 0.0
            for s in range(streams):
                slots[s] = s * chain + t
                children += counts.total[0, slots[s]].sum()
                start[s] = theta[d, slots[s]]
            if children == 0.0:
                out[d, t] = np.nan
                continue
            _prior_of_several(slots, alone, carried, pulled, start, mean, prior)
            if streams == 1:
                variance = 1.0 / prior[0, 0]
                out[d, t] = _one_slot(counts, t, dispersion, mean[0], variance, start[0], shift, scratch)
            else:
                out[d, t] = _several_slots(counts, slots, dispersion, mean, prior, start, shift, scratch, nodes)
