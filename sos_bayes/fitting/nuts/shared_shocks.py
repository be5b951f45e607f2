"""Shocks that an authority's streams share, beside each stream's own: the map and its vector-Jacobian product.

Given these, streams' own shocks are chains that know nothing of each other, which `conditional_whitening` takes as they
are. So the standard normal innovations behind the shared ones are variables themselves: with T periods, T for every
authority. They are counted from their mode, in units of a root of their posterior covariance there; both are fixed
numbers.
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
def common_there(common, rho, start, noise, innovations, shocks):  # type: ignore[no-untyped-def]
    """Fill innovations and shocks in units of the innovation's sd, (T, A), from ``noise``; returns a log density."""
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
    ar1_path(rho, start, shocks)
    return -0.5 * squares


@nb.njit(cache=True, **STRICT)
def common_back(common, point, adopts, by_slots, by_noise, by):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of `common_there`, from derivatives by the slots' means (n, A).

    Fills derivatives by the noise (T, A), and adds those by the scalars.
    """
    n, n_a = by_slots.shape
    chain = by_noise.shape[0]
    back = np.zeros((chain, n_a))
    for t in range(n):
        for a in range(n_a):
            back[t % chain, a] += point.each[a] * by_slots[t, a]
    for t in range(chain):
        for a in range(n_a):
            log_sd = back[t, a] * point.common[t, a]
            by[5] += log_sd
            by[4] += log_sd * adopts[a]
    ar1_path_back(point.scalars[1], point.scalars[2], point.common, back, by)
    for t in range(chain):
        for a in range(n_a):
            back[t, a] -= point.innovations[t, a]
            by_noise[t, a] = 0.0
        for j in range(t + 1):
            for a in range(n_a):
                by_noise[j, a] += common.root[t, j, a] * back[t, a]
