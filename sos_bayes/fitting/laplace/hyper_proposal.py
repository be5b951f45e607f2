"""Proposal distributions over hyperparameters' scores: a multivariate t mixed with the prior, moved and stretched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtri
from scipy.stats import chi2, qmc

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only

DEGREES = 8.0  # of the t proposal
PRIOR_SHARE = 0.05
STRETCH, FURTHEST = 2.0, 2.0  # of an axis, and of a move along it in its own units, when a proposal is refocused


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A multivariate t with some of the prior mixed in; ``root`` (d, d) is the Cholesky factor of its scale matrix."""

    centre: Floats
    root: Floats

    def __repr__(self) -> str:
        return shapes_only(self)

    def draw(self, count: int, seed: int) -> Floats:
        """Scrambled Sobol points turned into draws, (count, d)."""
        d = len(self.centre)
        sobol = qmc.Sobol(d + 2, seed=seed).random(1 << (count - 1).bit_length())[:count]
        sobol = np.clip(sobol, 1e-10, 1 - 1e-10)
        normal = ndtri(sobol[:, :d])
        stretch = np.sqrt(DEGREES / chi2.ppf(sobol[:, d], DEGREES))
        heavy = self.centre + (normal * stretch[:, None]) @ self.root.T
        return np.where(sobol[:, d + 1 :] < PRIOR_SHARE, normal, heavy)

    def log_density(self, points: Floats) -> Floats:
        """Log density at (n, d) points."""
        d = len(self.centre)
        z = np.linalg.solve(self.root, (points - self.centre).T)
        heavy = gammaln((DEGREES + d) / 2) - gammaln(DEGREES / 2) - 0.5 * d * np.log(DEGREES * np.pi)
        heavy = heavy - np.log(np.diag(self.root)).sum() - 0.5 * (DEGREES + d) * np.log1p((z**2).sum(axis=0) / DEGREES)
        prior = -0.5 * (points**2).sum(axis=1) - 0.5 * d * np.log(2 * np.pi)
        return np.asarray(np.logaddexp(np.log1p(-PRIOR_SHARE) + heavy, np.log(PRIOR_SHARE) + prior))


@dataclass(frozen=True, slots=True, eq=False)
class WarmStart:
    """A fitted proposal and the hyperparameters it is for, in order: where a neighbouring model may start."""

    proposal: Proposal
    names: tuple[str, ...]


def carried(near: Proposal, before: tuple[str, ...], now: tuple[str, ...]) -> Proposal:
    """Turn a proposal for the hyperparameters ``before`` into one for those ``now``.

    A hyperparameter that is new starts at its prior; one that is gone is integrated out.
    """
    cov = np.eye(len(now))
    centre = np.zeros(len(now))
    kept = [(i, before.index(name)) for i, name in enumerate(now) if name in before]
    old = near.root @ near.root.T
    for i, m in kept:
        centre[i] = near.centre[m]
        for j, n in kept:
            cov[i, j] = old[m, n]
    return Proposal(centre, _root(cov))


def standard(d: int) -> Proposal:
    """Give the scores' prior as a proposal's centre and shape."""
    return Proposal(np.zeros(d), np.eye(d))


def crossing(proposal: Proposal) -> Floats:
    """Centre of a proposal, one standard deviation along each of its axes, and the same back, (2 d + 1, d)."""
    steps = proposal.root.T
    return np.concatenate([proposal.centre[None], proposal.centre + steps, proposal.centre - steps])


def refocused(proposal: Proposal, values: Floats) -> Proposal:
    """Move and stretch a proposal along its own axes, by a parabola through log densities at its `crossing`.

    A neighbour's proposal may lie off the mode by a standard deviation or more; half of the points drawn from it would
    then be wasted.
    """
    up, down = values[1:].reshape(2, len(proposal.centre))
    slope, curvature = (up - down) / 2, np.clip(2 * values[0] - up - down, 1 / STRETCH**2, STRETCH**2)
    move = np.clip(slope / curvature, -FURTHEST, FURTHEST)
    return Proposal(proposal.centre + proposal.root @ move, proposal.root / np.sqrt(curvature))


def _root(cov: Floats) -> Floats:
    return np.linalg.cholesky(cov + 1e-8 * np.eye(len(cov)))
