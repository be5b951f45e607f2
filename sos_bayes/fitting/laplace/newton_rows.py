"""What Newton's steps need beside the rows of a table: shifts of patterns, and cells known by bounds."""

from __future__ import annotations

import numba as nb
import numpy as np

from sos_bayes.families.compiled import LARGEST, STRICT
from sos_bayes.families.intervals import interval_cumulants


@nb.njit(cache=True, **STRICT)
def shifts(patterns, beta):  # type: ignore[no-untyped-def]
    """What covariates add to the predictor of each pattern, with its exponentials both ways, (3, C)."""
    k, n_c = patterns.shape
    shift = np.zeros((3, n_c))
    for i in range(k):
        for c in range(n_c):
            shift[0, c] += beta[i] * patterns[i, c]
    for c in range(n_c):
        shift[1, c] = np.exp(min(max(shift[0, c], -LARGEST), LARGEST))
        shift[2, c] = 1.0 / shift[1, c]
    return shift


@nb.njit(cache=True, **STRICT)
def add_bounded(counts, theta, slope, curve):  # type: ignore[no-untyped-def]
    """Add the likelihood of counts known by bounds: returns its log, the sum of G(theta) over such cells.

    G is the truncated cumulant generating function of `families.intervals`; the log-partition of these cells is in the
    table. Adds G' to ``slope`` and takes G'' off ``curve``, (A, T) each like ``theta``.
    """
    bounded = counts.bounded
    value = 0.0
    for i in range(bounded.low.size):
        a, t = bounded.authority[i], bounded.period[i]
        log_sum, mean, variance, _, _ = interval_cumulants(
            counts.code,
            theta[a, t],
            counts.total[a, t, 0],
            bounded.low[i],
            bounded.high[i],
            bounded.sure[i],
            bounded.chance[i],
        )
        value += log_sum
        slope[a, t] += mean
        curve[a, t] = max(curve[a, t] - variance, 0.0)  # G may bend the other way: a Newton step needs W >= 0
    return value
