"""Gaussian approximation of the latent field given hyperparameters, and draws of it, in compiled loops.

A draw is one of (z, beta) by the Cholesky factor of their precision S; then, authority by authority, one of theta from
N(Gz + D (linear - W Gz - V (beta - its mean)), D); then one of the authority's own coefficients given theta.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.dense_algebra import backward, cholesky, forward
from sos_bayes.fitting.laplace.authority_blocks import precise, shock_precision
from sos_bayes.fitting.laplace.conditional_mode import laplace_mode
from sos_bayes.fitting.laplace.second_order import correct


class Mode(NamedTuple):
    """The Gaussian approximation around one mode, corrected for skewness; of K adopters only.

    ``log_ml`` is the log marginal likelihood; ``z``, ``beta`` the means of shared and covariate coefficients
    (standardised) and ``root`` the Cholesky factor of their joint precision; ``cov`` (K, T, T) the covariance of
    theta given them; ``w``, ``linear`` (K, T) the curvature, and curvature times theta plus slope; ``v`` (K, T, k)
    the cross curvature. Comparators' mean level follows from sums by kind: ``signal`` (U,), ``weight`` (U, T),
    ``slope`` (U, k).
    """

    log_ml: float
    z: Floats
    beta: Floats
    root: Floats
    cov: Floats
    w: Floats
    linear: Floats
    v: Floats
    signal: Floats
    weight: Floats
    slope: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class Rows(NamedTuple):
    """Where draws go: z (N, p), beta (N, k), theta (N, K, T), own (N, K, q), comparators' mean level (N,)."""

    z: Floats
    beta: Floats
    theta: Floats
    own: Floats
    level: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, nogil=True)
def mode_around(counts, prior, adopters, field, tol, lost, corrected):  # type: ignore[no-untyped-def]
    """Find the mode, correct the approximation to second order, and keep what draws need: a `Mode`.

    ``field`` holds the start and is overwritten by the mode itself.
    """
    n_k, n_t = adopters.size, field.theta.shape[1]
    p = field.z.size
    solved = laplace_mode(counts, prior, field, tol, lost)
    log_ml, pull, moved = solved.log_ml, np.zeros(field.theta.shape), np.zeros(len(solved.root))
    if corrected and np.isfinite(log_ml):
        more, pull, moved = correct(counts, prior, field, solved)
        log_ml += more
    signal, weight, slope = _sums_by_kind(prior, solved, pull, moved[p:])
    cov, w, linear = np.empty((n_k, n_t, n_t)), np.empty((n_k, n_t)), np.empty((n_k, n_t))
    v = np.empty((n_k, n_t, field.beta.size))
    for k in range(n_k):
        a = adopters[k]
        cov[k] = solved.cov[a]
        w[k] = solved.derivatives.curve[a]
        linear[k] = w[k] * field.theta[a] + solved.derivatives.slope[a] + pull[a]
        for t in range(n_t):  # draws count beta from where it has moved to
            for m in range(field.beta.size):
                linear[k, t] -= solved.derivatives.cross[a, t, m] * moved[p + m]
        v[k] = solved.derivatives.cross[a]
    z, beta = field.z + moved[:p], field.beta + moved[p:]
    return Mode(log_ml, z, beta, solved.root, cov, w, linear, v, signal, weight, slope)


@nb.njit(cache=True)
def _sums_by_kind(prior, solved, pull, moved):  # type: ignore[no-untyped-def]
    """Sums over the cells of each kind of authority, the pull of skewness and the move of beta included."""
    sums, curve = solved.sums, solved.derivatives.curve
    kinds, n_t = sums.r.shape
    signal, weight, slope = np.zeros(kinds), np.zeros((kinds, n_t)), np.zeros((kinds, sums.cross.shape[2]))
    for u in range(kinds):
        for t in range(n_t):
            signal[u] += sums.r[u, t]
            slope[u] += sums.cross[u, t]
            weight[u] += sums.n[u, t]
        for m in range(moved.size):
            signal[u] -= slope[u, m] * moved[m]
    for a in range(len(pull)):
        for t in range(n_t):
            held = 0.0
            for s in range(n_t):
                held += solved.cov[a, t, s] * pull[a, s]
            signal[prior.kind[a]] += pull[a, t] - curve[a, t] * held
    return signal, weight, slope


@nb.njit(cache=True, **STRICT)
def own_given_theta(prior, a, root, carried):  # type: ignore[no-untyped-def]
    """Distribution of own coefficients given theta: N(P^-1 B'R (theta - Gz), P^-1), P = I + B'R B.

    Fills the Cholesky factor of P (q, q) and ``carried`` (q, n), B'R.
    """
    own = prior.own[a]
    n_t, q = own.shape
    diag, off, precision, values = np.empty(n_t), np.empty(n_t), np.eye(q), np.empty(n_t)
    shock_precision(prior.chain, prior.rho, prior.start, prior.shocks[a], diag, off)
    for k in range(q):
        for t in range(n_t):
            values[t] = own[t, k]
        precise(diag, off, prior.noise[a], values, carried[k])
        for m in range(q):
            for t in range(n_t):
                precision[k, m] += carried[k, t] * own[t, m]
    cholesky(precision, q, root)


@nb.njit(cache=True, **STRICT)
def _cell_roots(mode):  # type: ignore[no-untyped-def]
    """Cholesky factors of the cells' covariances; a variance of nothing is a root of nearly nothing."""
    n_k, n_t = mode.w.shape
    roots = np.zeros((n_k, n_t, n_t))
    for k in range(n_k):
        block = mode.cov[k] + 1e-12 * np.eye(n_t)
        cholesky(block, n_t, roots[k])
    return roots


@nb.njit(cache=True, **STRICT)
def _level(mode, prior, kinds, count, sd, z, beta, noise):  # type: ignore[no-untyped-def]
    """Draw the mean departure of comparators' levels, given shared coefficients and beta: normal."""
    if count == 0:
        return 0.0
    total, spread = 0.0, 0.0
    for u in kinds:
        total += mode.signal[u]
        for m in range(beta.size):
            total += (mode.beta[m] - beta[m]) * mode.slope[u, m]
        for t in range(mode.weight.shape[1]):
            spread += mode.weight[u, t]
            for i in range(z.size):
                total -= mode.weight[u, t] * prior.columns[u, t, i] * z[i]
    variance = max(sd**2 / count - sd**4 * spread / count**2, 0.0)
    return sd**2 * total / count + np.sqrt(variance) * noise


@nb.njit(cache=True, nogil=True, **STRICT)
def draw_around(mode, prior, adopters, kinds, count, own_scale, normals, where, rows):  # type: ignore[no-untyped-def]
    """Draw fields around one mode: shared and covariate coefficients, then adopters' theta and own coefficients.

    Parameters
    ----------
    mode : Mode
    prior : PriorAtPoint
    adopters, kinds : ndarray of int
        Positions of the K adopters, and the kinds of authority that comparators are of.
    count : int
        How many comparators.
    own_scale : ndarray (q,)
    normals : ndarray (n, p + k + K (T + q) + 1)
        Standard normals, a row for each draw.
    where : ndarray of int (n,)
        Rows of ``rows`` to fill.
    rows : Rows
    """
    n_k, n_t = mode.w.shape
    p, k, q = mode.z.size, mode.beta.size, own_scale.size
    roots = _cell_roots(mode)
    own_root, carried = np.zeros((n_k, q, q)), np.empty((n_k, q, n_t))
    for j in range(n_k):
        own_given_theta(prior, adopters[j], own_root[j], carried[j])
    mean, pull, own = np.empty(n_t), np.empty(n_t), np.empty(q)
    for d in range(len(normals)):
        at = p + k
        step = normals[d, :at].copy()  # of (z, beta) from their mean: root'^-1 normals
        backward(mode.root, step)
        z, beta, theta = rows.z[where[d]], rows.beta[where[d]], rows.theta[where[d]]
        for i in range(p):
            z[i] = (mode.z[i] + step[i]) * prior.scale[i]
        for m in range(k):
            beta[m] = mode.beta[m] + step[p + m]
        for j in range(n_k):
            u = prior.kind[adopters[j]]
            for t in range(n_t):
                mean[t] = 0.0
                for i in range(p):
                    mean[t] += prior.columns[u, t, i] * z[i]
                pull[t] = mode.linear[j, t] - mean[t] * mode.w[j, t]
                for m in range(k):
                    pull[t] -= mode.v[j, t, m] * step[p + m]
            for t in range(n_t):  # theta: its conditional mean, and a root of D times normals
                value = mean[t]
                for s in range(n_t):
                    value += mode.cov[j, t, s] * pull[s]
                for s in range(t + 1):
                    value += roots[j, t, s] * normals[d, at + s]
                theta[j, t] = value
            at += n_t
            for i in range(q):
                own[i] = 0.0
                for t in range(n_t):
                    own[i] += carried[j, i, t] * (theta[j, t] - mean[t])
            forward(own_root[j], own)
            for i in range(q):
                own[i] += normals[d, at + i]
            backward(own_root[j], own)
            for i in range(q):
                rows.own[where[d], j, i] = own[i] * own_scale[i]
            at += q
        rows.level[where[d]] = _level(mode, prior, kinds, count, own_scale[0], z, beta, normals[d, at])
