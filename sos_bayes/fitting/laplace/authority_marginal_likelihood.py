"""Marginal likelihood of one authority's data, given all that it shares with the others: in compiled loops.

Its own shocks, level and departure are integrated out by Laplace's method, draw by draw. Dividing a posterior by this
takes the authority out of it, children and all: `runs.importance_reweighting`.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.by_code import constant_of, is_square, row_of
from sos_bayes.families.compiled import STRICT
from sos_bayes.families.cutpoints import add_gaps
from sos_bayes.fitting.laplace.authority_blocks import absorb, cell_covariance, distance, shock_precision
from sos_bayes.fitting.laplace.conditional_mode import LIMIT, STEPS, near_enough
from sos_bayes.fitting.laplace.newton_rows import add_bounded, shifts


class Given(NamedTuple):
    """What one authority is given by each of N draws; n slots, q own columns.

    ``mean`` (N, n) is what shared coefficients give its predictor, ``beta`` (N, k) the covariates' coefficients,
    ``own`` (N, n, q) its own columns times their sds, ``rho``, ``start``, ``shock``, ``dispersion`` and ``noise`` (N,)
    as in `PriorAtPoint`; ``chain`` is the number of periods that follow each other.
    """

    mean: Floats
    beta: Floats
    own: Floats
    rho: Floats
    start: Floats
    shock: Floats
    dispersion: Floats
    noise: Floats
    chain: int

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def cells_likelihood(counts, dispersion, theta, shift, scratch, slope, curve):  # type: ignore[no-untyped-def]
    """Log-likelihood of one authority's cells, without what ``shift`` alone adds; fills slope and curvature (1, n)."""
    value = 0.0
    by_shift, along, row = scratch
    for t in range(theta.shape[1]):
        one, expected, bent = row_of(counts, 0, t, dispersion, theta[0, t], shift, by_shift, along, row)
        value += one + counts.by_cell[0, t] * theta[0, t]
        slope[0, t] = counts.by_cell[0, t] - expected
        curve[0, t] = bent
    return value + add_bounded(counts, theta, slope, curve)


class Workspace(NamedTuple):
    """What the search for one authority's mode reads and fills.

    ``theta`` (1, n) is where it stands, with ``slope`` and ``curve`` (1, n) of the log-likelihood there; ``diag``,
    ``off`` (n,) are the shocks' precision, ``cov`` (n, n) the covariance at the mode; ``gap`` (n,) is theta less its
    prior mean, ``step`` (n,) and ``scratch`` are room.
    """

    theta: Floats
    slope: Floats
    curve: Floats
    diag: Floats
    off: Floats
    cov: Floats
    gap: Floats
    step: Floats
    scratch: tuple[Floats, Floats, Floats]

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def workspace_for(n, n_c):  # type: ignore[no-untyped-def]
    """Room for n slots and ``n_c`` patterns."""
    return Workspace(
        np.empty((1, n)), np.empty((1, n)), np.empty((1, n)), np.empty(n), np.empty(n), np.empty((n, n)), np.empty(n),
        np.empty(n), (np.zeros(n_c), np.zeros(n_c), np.empty(n_c)),
    )  # fmt: skip


@nb.njit(cache=True, **STRICT)
def unit_of(code, dispersion):  # type: ignore[no-untyped-def]
    """What the log-likelihood of a table is divided by."""
    return dispersion if is_square(code) else 1.0


@nb.njit(cache=True, **STRICT)
def settle(counts, given, d, shift, tol, lost, work):  # type: ignore[no-untyped-def]
    """Find the mode of one authority's cells in draw ``d`` by Newton's method, from where ``work`` stands.

    Returns the log-likelihood there without what ``shift`` alone adds, the log determinant of I + C W, and whether the
    steps ended `near_enough`.
    """
    n = given.mean.shape[1]
    mean, own, dispersion = given.mean[d], given.own[d], given.dispersion[d]
    unit = unit_of(counts.code, dispersion)
    theta, slope, curve = work.theta[0], work.slope[0], work.curve[0]
    prior_det = shock_precision(given.chain, given.rho[d], given.start[d], given.shock[d], work.diag, work.off)
    value, det, moved = np.nan, np.nan, np.inf
    for _ in range(STEPS):
        value = cells_likelihood(counts, dispersion, work.theta, shift, work.scratch, work.slope, work.curve) / unit
        slope /= unit
        curve /= unit
        det = cell_covariance(work.diag, work.off, given.noise[d], curve, work.cov) - prior_det
        det += absorb(own, curve, work.cov)
        work.gap[:] = theta - mean
        if near_enough(counts, curve.sum(), moved, tol, lost):
            return value, det, True
        moved = 0.0
        for t in range(n):  # Newton's step: theta - mean becomes D (W (theta - mean) + slope)
            new = 0.0
            for s in range(n):
                new += work.cov[t, s] * (curve[s] * work.gap[s] + slope[s])
            work.step[t] = new - work.gap[t]
            moved = max(moved, abs(work.step[t]))
        theta += work.step * min(1.0, LIMIT / max(moved, 1e-300))
    return value, det, False


@nb.njit(cache=True, nogil=True, **STRICT)
def log_evidence(counts, given, begin, tol, lost, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (N,) with the log marginal likelihood of the data of ``counts``, one authority's, given each draw.

    Without constants; NaN where the mode of its own part was not found. Newton's steps start from ``begin`` (n,)
    and end when they are `near_enough`.
    """
    n = given.mean.shape[1]
    k, n_c = counts.patterns.shape
    work = workspace_for(n, n_c)
    for d in range(out.size):
        dispersion = given.dispersion[d]
        unit = unit_of(counts.code, dispersion)
        shift = shifts(counts.patterns, given.beta[d])
        outside = add_gaps(counts.gaps, counts.between, given.beta[d], np.zeros(k), np.zeros((k, k)))
        for c in range(n_c):
            outside += counts.by_pattern[c] * shift[0, c] / unit
        if is_square(counts.code):
            outside += counts.fixed / unit - 0.5 * counts.filled * np.log(unit)
        outside += constant_of(counts.code, counts.single, dispersion)
        work.theta[0, :] = begin
        value, det, converged = settle(counts, given, d, shift, tol, lost, work)
        out[d] = np.nan
        if converged:
            out[d] = value + outside - 0.5 * distance(work.gap, work.diag, work.off, given.noise[d], given.own[d])
            out[d] -= 0.5 * det
