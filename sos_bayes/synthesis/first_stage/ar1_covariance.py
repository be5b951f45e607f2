"""Covariance of an authority's cells around what predicts them, in compiled loops: level, fading residual, errors."""

from __future__ import annotations

import numba as nb
import numpy as np

from sos_bayes.families.compiled import STRICT

STAY = 0.99  # largest memory of a residual
JITTER = 1e-8  # added to the variance of every cell


@nb.njit(cache=True, **STRICT)
def powers(rho, n):  # type: ignore[no-untyped-def]
    """Autocorrelations rho ** l of an AR(1) residual at lags l = 0, ..., n - 1."""
    power = np.empty(n)
    power[0] = 1.0
    for t in range(1, n):
        power[t] = rho * power[t - 1]
    return power


@nb.njit(cache=True, **STRICT)
def covariance(place, m, noise, spread, level, base, power, squared, out):  # type: ignore[no-untyped-def]
    """Fill the lower half of the covariance (m, m) of cells at the periods ``place``.

    level + base_st + sd ** 2 rho ** |s - t|, with errors of measurement on the diagonal: ``noise`` (m,) by cell and
    ``spread`` (T,) by period. ``base`` (T, T) is what periods have in common, ``power[l]`` is rho ** l and ``squared``
    sd ** 2.
    """
    for i in range(m):
        for j in range(i):
            out[i, j] = level + base[place[i], place[j]] + squared * power[abs(place[i] - place[j])]
        out[i, i] = level + base[place[i], place[i]] + squared + noise[i] + spread[place[i]] + JITTER
