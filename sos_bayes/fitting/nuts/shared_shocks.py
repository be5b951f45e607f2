"""Shocks that an authority's streams share, beside each stream's own: the map and its vector-Jacobian product.

Given these, streams' own shocks are chains that know nothing of each other, which `conditional_whitening` takes as they
are. So the standard normal innovations behind the shared ones are variables themselves: with T periods, T for every
authority. They are counted from their mode, in units of a root of their posterior covariance there; both are fixed
numbers. Where every period has noise for itself, too, the innovations are behind both: the map is then the Cholesky
factor of their covariance.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.ar1_shocks import ar1_path, ar1_path_back, shock_root
from sos_bayes.fitting.arrays.array_bundles import PriorAtPoint
from sos_bayes.fitting.arrays.dense_algebra import cholesky


class Common(NamedTuple):
    """Innovations' ``mode`` (T, A) and ``root`` (T, T, A), lower triangular; T is 0 with one stream."""

    mode: Floats
    root: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def no_common(n_authorities: int) -> Common:
    """What there is with one stream."""
    return Common(np.empty((0, n_authorities)), np.empty((0, 0, n_authorities)))


def common_of(prior: PriorAtPoint, terms: int, w: Floats, pull: Floats) -> Common:
    """Find the map given the prior at the mode, whose own columns beyond ``terms`` are the shared shocks'.

    ``w`` (A, n) is the likelihood's curvature, ``pull`` (A, n) its linear term, shared coefficients' part taken off.
    All else of an authority is integrated out: its cells have the covariance V = BB' + R^-1 and the precision
    W (I + V W)^-1, which no empty cell divides by zero.
    """
    n_a, n = w.shape
    chain = prior.chain
    mode, root = np.empty((chain, n_a)), np.zeros((chain, chain, n_a))
    unit = np.kron(np.eye(n // chain), shock_root(chain, prior.rho, prior.start))
    for a in range(n_a):
        own, columns = prior.own[a, :, :terms], prior.own[a, :, terms:]
        cov = own @ own.T + prior.shocks[a] ** 2 * unit @ unit.T
        seen = np.linalg.solve(np.eye(n) + w[a][:, None] * cov, np.column_stack([w[a][:, None] * columns, pull[a]]))
        precision = np.eye(chain) + columns.T @ seen[:, :-1]
        inverse = np.linalg.inv((precision + precision.T) / 2)
        mode[:, a] = inverse @ (columns.T @ seen[:, -1])
        root[:, :, a] = np.linalg.cholesky((inverse + inverse.T) / 2)
    return Common(mode, root)


def with_shocks_apart(prior: PriorAtPoint) -> PriorAtPoint:
    """The same prior with the fading shocks as further own columns: what is left to every period is its noise alone."""
    n_a, n, _ = prior.own.shape
    root = shock_root(n, prior.rho, prior.start)
    own = np.concatenate([prior.own, prior.shocks[:, None, None] * np.broadcast_to(root, (n_a, n, n))], axis=2)
    return prior._replace(own=own, rho=0.0, start=1.0, shocks=np.sqrt(prior.noise), noise=np.zeros(n_a))


@nb.njit(cache=True, **STRICT)
def _covariances(rho, start, cov, by_rho, by_start):  # type: ignore[no-untyped-def]
    """Fill the lower triangle of an AR(1) chain's covariance G, in units of the innovation's, and its derivatives.

    G_ij = rho^(i - j) g_j for i >= j, with g_0 = 1 / start and g_j = rho^2 g_(j-1) + 1.
    """
    chain = len(cov)
    g, g_rho, g_start = 1.0 / start, 0.0, -1.0 / (start * start)
    for j in range(chain):
        if j > 0:
            g_rho = 2.0 * rho * g + rho * rho * g_rho
            g_start *= rho * rho
            g = rho * rho * g + 1.0
        power, slope = 1.0, 0.0  # rho^k and its derivative
        for i in range(j, chain):
            cov[i, j] = power * g
            by_rho[i, j] = slope * g + power * g_rho
            by_start[i, j] = power * g_start
            slope = slope * rho + power
            power *= rho


@nb.njit(cache=True, **STRICT)
def fill_noisy_root(rho, start, sd, noise, root):  # type: ignore[no-untyped-def]
    """Fill the lower Cholesky factor of sd^2 G + noise^2 I, G the covariance of `_covariances`."""
    chain = len(root)
    cov, by_rho, by_start = np.zeros((chain, chain)), np.empty((chain, chain)), np.empty((chain, chain))
    _covariances(rho, start, cov, by_rho, by_start)
    for i in range(chain):
        for j in range(i + 1):
            cov[i, j] *= sd * sd
        cov[i, i] += noise * noise
    cholesky(cov, len(cov), root)


@nb.njit(cache=True, **STRICT)
def _cholesky_back(root, by):  # type: ignore[no-untyped-def]
    """Turn derivatives by a lower Cholesky factor into those by the lower triangle of the matrix, in place.

    Reverse mode, row by row from the last [Smith 1995, J. Comput. Graph. Stat. 4, 134-147].
    """
    for i in range(len(root) - 1, -1, -1):
        for j in range(i, -1, -1):
            if i == j:
                by[i, i] *= 0.5 / root[i, i]
            else:
                by[i, j] /= root[j, j]
                by[j, j] -= by[i, j] * root[i, j]
            for k in range(j):
                by[i, k] -= by[i, j] * root[j, k]
                by[j, k] -= by[i, j] * root[i, k]


@nb.njit(cache=True, **STRICT)
def _noisy_back(target, point, back, by, by_values):  # type: ignore[no-untyped-def]
    """Carry derivatives by noisy shocks (T, A) to innovations, in place, and to the scalars that their root follows."""
    chain, n_a = back.shape
    rho, start, sd = point.scalars[1], point.scalars[2], point.scalars[5]
    by_root = np.zeros((chain, chain))
    for t in range(chain):
        for a in range(n_a):
            by[4] += back[t, a] * point.common[t, a] * target.adopts[a]
        for j in range(t + 1):
            for a in range(n_a):
                by_root[t, j] += back[t, a] * point.innovations[j, a]
    for j in range(chain):  # root' back, a row at a time: later rows are read, earlier ones are done with
        for a in range(n_a):
            back[j, a] *= point.root[j, j]
        for t in range(j + 1, chain):
            for a in range(n_a):
                back[j, a] += point.root[t, j] * back[t, a]
    _cholesky_back(point.root, by_root)
    cov, by_rho, by_start = np.empty((chain, chain)), np.empty((chain, chain)), np.empty((chain, chain))
    _covariances(rho, start, cov, by_rho, by_start)
    for i in range(chain):
        for j in range(i + 1):
            by[1] += sd * sd * by_root[i, j] * by_rho[i, j]
            by[2] += sd * sd * by_root[i, j] * by_start[i, j]
            by[5] += 2.0 * sd * sd * by_root[i, j] * cov[i, j]
        by_values[target.hypers.noise] += 2.0 * point.values[target.hypers.noise] * by_root[i, i]


@nb.njit(cache=True, **STRICT)
def common_there(common, rho, start, root, noise, innovations, shocks):  # type: ignore[no-untyped-def]
    """Fill innovations and shocks, (T, A), from ``noise``; returns a log density.

    Shocks are in units of the innovation's sd, or, where ``root`` has a length, that times the innovations.
    """
    chain, n_a = noise.shape
    squares = 0.0
    for t in range(chain):
        for a in range(n_a):
            total = common.mode[t, a]
            for j in range(t + 1):
                total += common.root[t, j, a] * noise[j, a]
            innovations[t, a] = total
            shocks[t, a] = total
            squares += total * total
    if len(root) == 0:
        ar1_path(rho, start, shocks)
    for t in range(len(root)):
        for a in range(n_a):
            shocks[t, a] = 0.0
            for j in range(t + 1):
                shocks[t, a] += root[t, j] * innovations[j, a]
    return -0.5 * squares


@nb.njit(cache=True, **STRICT)
def _fading_back(target, point, back, by):  # type: ignore[no-untyped-def]
    """Carry derivatives by fading shocks (T, A) to innovations, in place, and to the scalars."""
    chain, n_a = back.shape
    rho, start = point.scalars[1], point.scalars[2]
    for t in range(chain):
        for a in range(n_a):
            log_sd = back[t, a] * point.common[t, a]
            by[5] += log_sd
            by[4] += log_sd * target.adopts[a]
    ar1_path_back(rho, start, point.common, back, by)


@nb.njit(cache=True, **STRICT)
def common_back(target, point, by_slots, by_noise, by, by_values):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of `common_there`, from derivatives by the slots' means (n, A).

    Fills derivatives by the noise (T, A), and adds those by the scalars and by the hyperparameters' values.
    """
    n, n_a = by_slots.shape
    chain = by_noise.shape[0]
    back = np.zeros((chain, n_a))
    for t in range(n):
        for a in range(n_a):
            back[t % chain, a] += point.each[a] * by_slots[t, a]
    if len(point.root) > 0:
        _noisy_back(target, point, back, by, by_values)
    else:
        _fading_back(target, point, back, by)
    for t in range(chain):
        for a in range(n_a):
            back[t, a] -= point.innovations[t, a]
            by_noise[t, a] = 0.0
        for j in range(t + 1):
            for a in range(n_a):
                by_noise[j, a] += target.common.root[t, j, a] * back[t, a]
