"""One row of a table, or one cell, for a Newton step: value, expected events and curvature, whichever the family."""

from __future__ import annotations

import numba as nb
import numpy as np

from sos_bayes.families import (
    binomial_curved,
    gaussian_curved,
    negative_binomial_curved,
    poisson_curved,
    student_t_cell,
)
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
def _children(theta, shift, single, a, t, dispersion, by_shift, curve, row):  # type: ignore[no-untyped-def]
    """One row of a table whose children are read one by one; as `binomial_curved`."""
    value, slope, bend, scale = 0.0, 0.0, 0.0, np.sqrt(dispersion)
    for c in range(row.size):
        begin, end = single.spans[a, t, c]
        one, by, bent, _ = student_t_cell(
            theta + shift[0, c], single.values[begin:end], single.number[begin:end], single.degrees, scale
        )
        value += one
        slope += by
        by_shift[c] += by
        row[c] = bent
        bend += bent
        curve[c] += bent
    return value, -slope, bend


@nb.njit(cache=True, **STRICT)
def row_of(counts, a, t, dispersion, theta, shift, by_shift, curve, row):  # type: ignore[no-untyped-def]
    """Row (a, t) of the table at one ``theta``; the rest, and what is returned, as in `binomial_curved`."""
    total, single = counts.total[a, t], counts.single
    if counts.code == 0:
        return binomial_curved(theta, shift, total, by_shift, curve, row)
    if counts.code == 2:
        return gaussian_curved(theta, shift, total, by_shift, curve, row)
    if counts.code == 3:
        return negative_binomial_curved(
            theta, shift, total, single.events[a, t], single.logs[a, t], dispersion, by_shift, curve, row
        )
    if counts.code == 4:
        return _children(theta, shift, single, a, t, dispersion, by_shift, curve, row)
    return poisson_curved(theta, shift, total, by_shift, curve, row)


@nb.njit(cache=True, **STRICT)
def add_bounded(counts, theta, slope, curve):  # type: ignore[no-untyped-def]
    """Add what is known of the counts of cells known by bounds: returns their part of the log-likelihood.

    ``theta``, ``slope`` and ``curve`` are (A, T).
    """
    found = counts.bounded
    value = 0.0
    for i in range(found.low.size):
        a, t = found.authority[i], found.period[i]
        log_sum, mean, variance, _, _ = interval_cumulants(
            counts.code, theta[a, t], counts.total[a, t, 0], found.low[i], found.high[i], found.sure[i], found.chance[i]
        )
        value += log_sum
        slope[a, t] += mean
        curve[a, t] = max(curve[a, t] - variance, 0.0)
    return value
