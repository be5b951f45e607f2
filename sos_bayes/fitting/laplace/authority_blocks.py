"""Linear algebra of one authority's block of the precision matrix, in compiled loops.

Its latent values are autoregressive shocks, one chain of periods for each stream, plus coefficients of the authority's
own (level, departure, trend). The shocks' precision is tridiagonal, with a gap between chains, and the coefficients are
a low-rank term of standardised columns ``own`` (n, q), so nothing breaks when a scale goes to zero. Beside the shocks
there may be noise, which every slot has for itself.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.ar1_shocks import ar1_precision_row


@nb.njit(cache=True, **STRICT)
def shock_precision(chain, rho, start, sd, diag, off):  # type: ignore[no-untyped-def]
    """Fill the shocks' precision for chains of ``chain`` periods; returns its log determinant.

    ``diag`` (n,) is its diagonal, and ``off`` (n,) what couples each value with the one before: nothing at the
    start of a chain.
    """
    n = diag.size
    unit = 1.0 / (sd * sd)
    for i in range(n):
        straight, aslant = ar1_precision_row(i % chain == 0, i % chain == chain - 1, rho, start)
        diag[i], off[i] = straight * unit, aslant * unit
    return n * np.log(unit) + (n // chain) * np.log(start)


@nb.njit(cache=True, **STRICT)
def shock_covariance(diag, off, w, cov):  # type: ignore[no-untyped-def]
    """Inverse of tridiag(diag + w, off) into ``cov``; returns the log determinant of the matrix.

    By the pivots of its factorisation, and from the last row upwards: O(n^2).
    """
    n = w.size
    pivot = np.empty(n)
    pivot[0] = diag[0] + w[0]
    for i in range(1, n):
        pivot[i] = diag[i] + w[i] - off[i] * off[i] / pivot[i - 1]
    log_det = np.log(pivot[n - 1])
    cov[n - 1, n - 1] = 1.0 / pivot[n - 1]
    for i in range(n - 2, -1, -1):
        log_det += np.log(pivot[i])
        e = off[i + 1] / pivot[i]
        for j in range(i + 1, n):
            cov[i, j] = -e * cov[i + 1, j]
        cov[i, i] = 1.0 / pivot[i] - e * cov[i, i + 1]
    for i in range(n):
        for j in range(i):
            cov[i, j] = cov[j, i]
    return log_det


@nb.njit(cache=True, **STRICT)
def cell_covariance(diag, off, noise, w, cov):  # type: ignore[no-untyped-def]
    """Posterior covariance of shocks with independent ``noise`` (a variance) in every slot, into ``cov``.

    With S the shocks' covariance, C = S + noise I and W the curvature it is (C^-1 + W)^-1. Returns the log determinant
    of S^-1 (I + C W), as `shock_covariance` does where there is no noise: nothing is divided by it, it may be zero.
    """
    if noise == 0.0:
        return shock_covariance(diag, off, w, cov)
    n = w.size
    keep, held = np.empty(n), np.empty(n)
    log_det = 0.0
    for i in range(n):
        keep[i] = 1.0 / (1.0 + noise * w[i])
        held[i] = w[i] * keep[i]
        log_det -= np.log(keep[i])
    log_det += shock_covariance(diag, off, held, cov)
    for i in range(n):
        for j in range(n):
            cov[i, j] *= keep[i] * keep[j]
        cov[i, i] += noise * keep[i]
    return log_det


@nb.njit(cache=True, **STRICT)
def precise(diag, off, noise, values, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with (S + noise I)^-1 values, S^-1 tridiagonal; ``values`` are overwritten where there is noise."""
    n = values.size
    if noise > 0.0:  # (I + noise S^-1) x = values
        pivot = np.empty(n)
        pivot[0] = 1.0 + noise * diag[0]
        for i in range(1, n):
            ratio = noise * off[i] / pivot[i - 1]
            pivot[i] = 1.0 + noise * diag[i] - ratio * noise * off[i]
            values[i] -= ratio * values[i - 1]
        values[n - 1] /= pivot[n - 1]
        for i in range(n - 2, -1, -1):
            values[i] = (values[i] - noise * off[i + 1] * values[i + 1]) / pivot[i]
    for i in range(n):
        out[i] = diag[i] * values[i]
        if i > 0:
            out[i] += off[i] * values[i - 1]
        if i < n - 1:
            out[i] += off[i + 1] * values[i + 1]


@nb.njit(cache=True, **STRICT)
def absorb(own, w, cov):  # type: ignore[no-untyped-def]
    """Add the authority's own coefficients (prior N(0, I)) to its conditional covariance E, making it D.

    D = E + (I - E W) B P^-1 B'(I - W E), P = I + B'(W - W E W) B (Woodbury). Returns log det P.
    """
    n, q = own.shape
    carry, root = np.empty((q, n)), np.empty((q, q))
    weighted = np.empty(n)
    for k in range(q):
        for i in range(n):
            weighted[i] = w[i] * own[i, k]
        for i in range(n):
            total = own[i, k]
            for j in range(n):
                total -= cov[i, j] * weighted[j]
            carry[k, i] = total
        for m in range(k + 1):
            total = 1.0 if k == m else 0.0
            for i in range(n):
                total += weighted[i] * carry[m, i]
            for j in range(m):
                total -= root[k, j] * root[m, j]
            root[k, m] = np.sqrt(total) if k == m else total / root[m, m]
    log_det = 0.0
    for k in range(q):
        log_det += 2.0 * np.log(root[k, k])
        for j in range(k):
            for i in range(n):
                carry[k, i] -= root[k, j] * carry[j, i]
        for i in range(n):
            carry[k, i] /= root[k, k]
        for i in range(n):
            lead = carry[k, i]
            for j in range(n):
                cov[i, j] += lead * carry[k, j]
    return log_det


@nb.njit(cache=True, **STRICT)
def distance(x, diag, off, noise, own):  # type: ignore[no-untyped-def]
    """Quadratic form x' C^-1 x of one authority's prior, its own coefficients integrated out.

    With R the precision of shocks and noise, x'R x - x'R B (I + B'R B)^-1 B'R x (Woodbury).
    """
    n, q = own.shape
    carried, values = np.empty((q + 1, n)), np.empty(n)
    for k in range(q + 1):
        for i in range(n):
            values[i] = x[i] if k == q else own[i, k]
        precise(diag, off, noise, values, carried[k])
    total = 0.0
    for i in range(n):
        total += x[i] * carried[q, i]
    root, solved = np.empty((q, q)), np.empty(q)
    for k in range(q):
        inner = 0.0
        for i in range(n):
            inner += own[i, k] * carried[q, i]
        for m in range(k + 1):
            gram = 1.0 if k == m else 0.0
            for i in range(n):
                gram += own[i, k] * carried[m, i]
            for j in range(m):
                gram -= root[k, j] * root[m, j]
            root[k, m] = np.sqrt(gram) if k == m else gram / root[m, m]
        for j in range(k):
            inner -= root[k, j] * solved[j]
        solved[k] = inner / root[k, k]
        total -= solved[k] * solved[k]
    return total
