"""Log-likelihood of the latent field with its first derivatives: the one place where the sampler reads the data."""

from __future__ import annotations

import numba as nb
import numpy as np

from sos_bayes.families import binomial_table, poisson_table
from sos_bayes.families.compiled import STRICT


@nb.njit(cache=True, nogil=True, **STRICT)
def first_order(counts, theta, beta, by_theta, by_beta):  # type: ignore[no-untyped-def]
    """Return the log-likelihood (without its constant) and fill its gradients.

    Parameters
    ----------
    counts : Counts
    theta : ndarray (A, n_slots)
        Cells' predictors, covariates aside.
    beta : ndarray (k,)
        Standardised coefficients of the covariate columns.
    by_theta, by_beta : ndarray (A, n_slots), (k,)
        Filled.
    """
    n_a, n_slots, n_c = counts.total.shape
    k, cells = beta.size, n_a * n_slots
    flat, slope = theta.reshape(cells), by_theta.reshape(cells)
    shift, by_shift = np.zeros(n_c), np.empty(n_c)
    for i in range(k):
        for c in range(n_c):
            shift[c] += beta[i] * counts.patterns[i, c]
    if n_c == 1:  # one column is one row: cells then run along the loop that vectorises
        value = _table(counts.code, shift, flat, counts.total.reshape(1, cells), by_shift, slope)
    else:
        value = _table(counts.code, flat, shift, counts.total.reshape(cells, n_c), slope, by_shift)
    for a in range(n_a):
        for t in range(n_slots):
            value += counts.by_cell[a, t] * theta[a, t]
            by_theta[a, t] += counts.by_cell[a, t]
    for c in range(n_c):
        value += counts.by_pattern[c] * shift[c]
        by_shift[c] += counts.by_pattern[c]
    for i in range(k):
        by_beta[i] = 0.0
        for c in range(n_c):
            by_beta[i] += counts.patterns[i, c] * by_shift[c]
    return value


@nb.njit(cache=True, **STRICT)
def _table(code, rows, columns, total, by_rows, by_columns):  # type: ignore[no-untyped-def]
    if code == 0:
        return binomial_table(rows, columns, total, by_rows, by_columns)
    return poisson_table(rows, columns, total, by_rows, by_columns)
