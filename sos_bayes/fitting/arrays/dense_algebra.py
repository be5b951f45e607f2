"""Dense linear algebra inside compiled loops: Cholesky factors, triangular systems, inverses.

Matrices are symmetric and positive definite; the leading block (m, m) of an array is read, so that it may be larger.
"""

from __future__ import annotations

import math

import numba as nb

from sos_bayes.families.compiled import STRICT


@nb.njit(cache=True, **STRICT)
def cholesky(a, m, root):  # type: ignore[no-untyped-def]
    """Fill the lower Cholesky factor of the leading block of ``a``; returns its log determinant.

    That is NaN where the block is not positive definite, and so is the factor from there on.
    """
    log_det = 0.0
    for i in range(m):
        for j in range(i):
            total = a[i, j]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            root[i, j] = total / root[j, j]
        total = a[i, i]
        for k in range(i):
            total -= root[i, k] * root[i, k]
        pivot = total if total > 0.0 else math.nan
        root[i, i] = math.sqrt(pivot)
        log_det += math.log(pivot)
    return log_det


@nb.njit(cache=True, **STRICT)
def log_det_of(root):  # type: ignore[no-untyped-def]
    """Log determinant of root root' from its factor: that of `cholesky` but for rounding, which sampling magnifies."""
    log_det = 0.0
    for i in range(len(root)):
        log_det += 2.0 * math.log(root[i, i])
    return log_det


@nb.njit(cache=True, **STRICT)
def forward(root, values):  # type: ignore[no-untyped-def]
    """Solve root x = values in place."""
    for i in range(values.size):
        for k in range(i):
            values[i] -= root[i, k] * values[k]
        values[i] /= root[i, i]


@nb.njit(cache=True, **STRICT)
def backward(root, values):  # type: ignore[no-untyped-def]
    """Solve root' x = values in place."""
    for i in range(values.size - 1, -1, -1):
        values[i] /= root[i, i]
        for k in range(i):
            values[k] -= root[i, k] * values[i]


@nb.njit(cache=True, **STRICT)
def inverse(root, m, low, out):  # type: ignore[no-untyped-def]
    """Fill the inverse of root root' (m, m), the precision matrix; ``low`` gets the transpose of the root's inverse."""
    for j in range(m):
        low[j, j] = 1.0 / root[j, j]
        for i in range(j + 1, m):
            total = 0.0
            for k in range(j, i):
                total -= root[i, k] * low[j, k]
            low[j, i] = total / root[i, i]
    for i in range(m):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, m):
                total += low[i, k] * low[j, k]
            out[i, j] = total
            out[j, i] = total


@nb.njit(cache=True, **STRICT)
def product(a, x, m, out):  # type: ignore[no-untyped-def]
    """Fill a x for the leading block (m, m)."""
    for i in range(m):
        total = 0.0
        for j in range(m):
            total += a[i, j] * x[j]
        out[i] = total
