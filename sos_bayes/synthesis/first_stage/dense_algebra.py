"""Dense linear algebra inside compiled loops: the leading block of one symmetric matrix at a time."""

from __future__ import annotations

import math

import numba as nb

from sos_bayes.families.compiled import STRICT

JITTER = 1e-8  # added to the variance of every cell


@nb.njit(cache=True, **STRICT)
def cholesky(a, m, root):  # type: ignore[no-untyped-def]
    """Fill the lower Cholesky factor of the leading block (m, m) of ``a``; returns its log determinant, or NaN."""
    log_det = 0.0
    for j in range(m):
        total = a[j, j]
        for k in range(j):
            total -= root[j, k] * root[j, k]
        if not total > 0.0:
            return math.nan
        root[j, j] = math.sqrt(total)
        log_det += math.log(total)
        for i in range(j + 1, m):
            total = a[i, j]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            root[i, j] = total / root[j, j]
    return log_det


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
