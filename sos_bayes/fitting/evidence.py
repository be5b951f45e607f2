"""How probable one authority's data are, given all that it shares with the others: in compiled loops.

Its own shocks, level and departure are integrated out around their mode, draw by draw. Dividing a posterior by this
takes the authority out of it, children and all: `reweighted`.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes.families import binomial_curved, gaussian_curved, negative_binomial_curved, poisson_curved
from sos_bayes.families.compiled import STRICT
from sos_bayes.families.cutpoints import add_gaps
from sos_bayes.families.intervals import interval_cumulants
from sos_bayes.families.negative_binomial import log_rising
from sos_bayes.fitting.blocks import absorb, distance, shock_covariance, shock_precision
from sos_bayes.fitting.laplace import LIMIT, STEPS, children_row, left_of, shifts

Floats = NDArray[np.float64]
TOLERANCE = 1e-4  # of the last step of any cell's predictor


class Given(NamedTuple):
    """What one authority is given by each of N draws; n slots, q own columns.

    ``mean`` (N, n) is what shared coefficients give its predictor, ``beta`` (N, k) the covariates' coefficients,
    ``own`` (N, n, q) its own columns times their sds, ``rho``, ``start``, ``shock`` and ``dispersion`` (N,) as in
    `Frame`; ``chain`` is the number of periods that follow each other.
    """

    mean: Floats
    beta: Floats
    own: Floats
    rho: Floats
    start: Floats
    shock: Floats
    dispersion: Floats
    chain: int


@nb.njit(cache=True, **STRICT)
def _cells(counts, dispersion, theta, shift, scratch, slope, curve):  # type: ignore[no-untyped-def]
    """Log-likelihood of one authority's cells, without what ``shift`` alone adds; fills slope and curvature (n,)."""
    value = 0.0
    by_shift, along, row = scratch
    single = counts.single
    for t in range(theta.size):
        total = counts.total[0, t]
        if counts.code == 0:
            one, expected, bent = binomial_curved(theta[t], shift, total, by_shift, along, row)
        elif counts.code == 2:
            one, expected, bent = gaussian_curved(theta[t], shift, total, by_shift, along, row)
        elif counts.code == 3:
            one, expected, bent = negative_binomial_curved(
                theta[t], shift, total, single.events[0, t], single.logs[0, t], dispersion, by_shift, along, row
            )
        elif counts.code == 4:
            one, expected, bent = children_row(theta[t], shift, single, 0, t, dispersion, by_shift, along, row)
        else:
            one, expected, bent = poisson_curved(theta[t], shift, total, by_shift, along, row)
        value += one + counts.by_cell[0, t] * theta[t]
        slope[t] = counts.by_cell[0, t] - expected
        curve[t] = bent
    found = counts.bounded
    for i in range(found.low.size):
        t = found.period[i]
        log_sum, mean, variance, _, _ = interval_cumulants(
            counts.code, theta[t], counts.total[0, t, 0], found.low[i], found.high[i], found.sure[i], found.chance[i]
        )
        value += log_sum
        slope[t] += mean
        curve[t] = max(curve[t] - variance, 0.0)
    return value


@nb.njit(cache=True, nogil=True, **STRICT)
def log_evidence(counts, given, begin, lost, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (N,) with the log probability of the data of ``counts``, one authority's, given each draw.

    Without constants; NaN where the mode of its own part was not found. Newton's steps start from ``begin`` (n,), and
    stop when no cell moves by `TOLERANCE`, or when what another would add is below ``lost``.
    """
    n = given.mean.shape[1]
    k, n_c = counts.patterns.shape
    scratch = (np.zeros(n_c), np.zeros(n_c), np.empty(n_c))
    theta, gap, slope, curve, step = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    diag, off, cov = np.empty(n), np.empty(n), np.empty((n, n))
    for d in range(out.size):
        mean, own, dispersion = given.mean[d], given.own[d], given.dispersion[d]
        unit = dispersion if counts.code == 2 else 1.0
        shift = shifts(counts.patterns, given.beta[d])
        outside = add_gaps(counts.gaps, counts.between, given.beta[d], np.zeros(k), np.zeros((k, k)))
        for c in range(n_c):
            outside += counts.by_pattern[c] * shift[0, c] / unit
        if counts.code == 2:
            outside += counts.fixed / unit - 0.5 * counts.filled * np.log(unit)
        if counts.code == 3:
            outside += log_rising(dispersion, counts.single.more, counts.single.large, counts.single.times)[0]
        prior_det = shock_precision(given.chain, given.rho[d], given.start[d], given.shock[d], diag, off)
        theta[:] = begin
        moved, out[d] = np.inf, np.nan
        for _ in range(STEPS):
            value = _cells(counts, dispersion, theta, shift, scratch, slope, curve) / unit
            slope /= unit
            curve /= unit
            det = shock_covariance(diag, off, curve, cov) - prior_det + absorb(own, curve, cov)
            gap[:] = theta - mean
            if moved < TOLERANCE or left_of(counts.code, curve.sum(), moved) < lost:
                out[d] = value + outside - 0.5 * distance(gap, diag, off, own) - 0.5 * det
                break
            moved = 0.0
            for t in range(n):
                new = 0.0
                for s in range(n):
                    new += cov[t, s] * (curve[s] * gap[s] + slope[s])
                step[t] = new - gap[t]
                moved = max(moved, abs(step[t]))
            theta += step * min(1.0, LIMIT / max(moved, 1e-300))
