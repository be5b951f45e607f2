"""Adaptive importance sampling over hyperparameter scores, with its own gate.

Scores have a standard normal prior, so a tenth of every proposal is that prior: a tail that the data do not
pin down is always visited. Each round proposes from a heavy-tailed fit to the points so far, and all rounds
are weighted against the mixture of all proposals (adaptive multiple importance sampling, Cornuet et al. 2012).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp, ndtri
from scipy.stats import chi2, qmc

from sos_bayes._core.shapes import shapes_only

Floats = NDArray[np.float64]
Target = Callable[[Floats], Floats]

DEGREES = 8.0  # of the t proposal
PRIOR_SHARE = 0.05
STEP = 1e-3  # forward difference in score units
PATIENCE, GAIN = 4, 0.01  # looks without a gain of log density that matters, which end a climb
STRETCH, FURTHEST = 2.0, 2.0  # of an axis, and of a move along it in its own units, when a proposal is refocused
HOPELESS = 5.0  # effective points after the planned rounds, below which more would not help
MORE, TIMES = 128, 8  # points that are added where the planned ones do not suffice, and how often


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A t distribution with some of the prior mixed in; ``root`` is a Cholesky factor."""

    centre: Floats
    root: Floats

    def __repr__(self) -> str:
        return shapes_only(self)

    def draw(self, count: int, seed: int) -> Floats:
        """Quasi-random points, (count, d)."""
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
class Nearby:
    """A fitted proposal and the hyperparameters it is for, in order: where a neighbouring model may start."""

    proposal: Proposal
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Weighted points: what the integral over hyperparameters became.

    Attributes
    ----------
    scores : ndarray (n, d)
    weights : ndarray (n,), sum one
    ess : float
        Effective number of points, ``1 / sum(weights ** 2)``.
    k_hat : float
        Pareto tail shape of the weights (Vehtari et al. 2024); large means a few points carry the answer.
    proposal : Proposal
        Fitted to these points: the start for a neighbouring model.
    log_evidence : float
    """

    scores: Floats
    weights: Floats
    ess: float
    k_hat: float
    proposal: Proposal
    log_evidence: float

    def __repr__(self) -> str:
        return shapes_only(self)


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
    slope, bend = (up - down) / 2, np.clip(2 * values[0] - up - down, 1 / STRETCH**2, STRETCH**2)
    move = np.clip(slope / bend, -FURTHEST, FURTHEST)
    return Proposal(proposal.centre + proposal.root @ move, proposal.root / np.sqrt(bend))


class _Settled(Exception):
    """Ends a climb that gains nothing more."""


def find_mode(target: Target, start: Proposal) -> Proposal:
    """Climb to the mode of ``target``, in units of ``start``, and take the inverse curvature as a proposal's shape.

    The climb also ends where `PATIENCE` looks gained nothing that matters: differences of large log densities are no
    finer than that, and a search along a line could otherwise go on for long.
    """
    steps = np.vstack([np.zeros(len(start.centre)), STEP * np.eye(len(start.centre))])
    best, at, idle = np.inf, np.zeros(len(start.centre)), 0

    def downhill(x: Floats) -> tuple[float, Floats]:
        nonlocal best, at, idle
        values = target(start.centre + start.root @ x + steps)
        idle += 1
        if -values[0] < best - GAIN:
            best, at, idle = -float(values[0]), x.copy(), 0
        if idle > PATIENCE:
            raise _Settled
        return -float(values[0]), start.root.T @ (values[0] - values[1:]) / STEP

    with suppress(_Settled):
        minimize(downhill, at, jac=True, method="BFGS", options={"gtol": 0.05, "maxiter": 20})
    centre = start.centre + start.root @ at
    return Proposal(centre, _root(_curvature(target, centre)))


def _curvature(target: Target, centre: Floats) -> Floats:
    """Covariance from second differences around the mode, eigenvalues of it at most 1.5.

    Steps are one standard deviation of each score, found by a first look with small steps.
    """
    d = len(centre)
    eye = np.eye(d)
    near = 0.03 * eye
    f = target(np.vstack([centre, centre + near, centre - near]))
    narrow = (2 * f[0] - f[1 : d + 1] - f[d + 1 :]) / 0.03**2
    step = 1 / np.sqrt(np.clip(np.nan_to_num(narrow, nan=1.0), 1.0, 1e5))
    pairs = [(i, j) for i in range(d) for j in range(i)]
    far = eye * step
    points = [centre, *(centre + far), *(centre - far), *(centre + far[i] + far[j] for i, j in pairs)]
    f = target(np.array(points))
    f0, up, down, both = f[0], f[1 : d + 1], f[d + 1 : 2 * d + 1], f[2 * d + 1 :]
    hessian = np.diag((up - 2 * f0 + down) / step**2)
    for (i, j), value in zip(pairs, both, strict=True):
        hessian[i, j] = hessian[j, i] = (value - up[i] - up[j] + f0) / (step[i] * step[j])
    if not np.isfinite(hessian).all():
        return eye
    values, vectors = np.linalg.eigh(-hessian)
    return np.asarray((vectors / np.clip(values, 1 / 1.5, 1e6)) @ vectors.T)


def integrate(target: Target, start: Proposal, *, seed: int, rounds: tuple[int, ...], enough: float) -> Points:
    """Weight points against ``target`` (log density, up to a constant), adapting after each round.

    Parameters
    ----------
    target : callable
        Maps (n, d) scores to (n,) log densities.
    start : Proposal
    seed : int
    rounds : tuple of int
        Points in each planned round; `MORE` are added, at most `TIMES` times, until the points are good enough.
    enough : float
        Effective number of points wanted, with a Pareto shape below its limit. Where the planned rounds carry
        almost nothing, no more are spent.
    """
    proposals, counts = [start], [rounds[0]]
    scores = start.draw(rounds[0], seed)
    values = target(scores)
    while True:
        log_weights = values - _mixture(proposals, counts, scores)
        weights = np.exp(log_weights - logsumexp(log_weights))
        effective, shape = float(1 / (weights**2).sum()), pareto_shape(log_weights)
        done, proposal = len(counts), _adapt(scores, weights, proposals[-1])
        settled = effective >= enough and shape < shape_limit(len(weights))
        if done >= len(rounds) and (settled or effective < HOPELESS or done == len(rounds) + TIMES):
            evidence = float(logsumexp(log_weights) - np.log(len(values)))
            return Points(scores, weights, effective, shape, proposal, evidence)
        counts.append(rounds[done] if done < len(rounds) else MORE)
        proposals.append(proposal)
        fresh = proposal.draw(counts[-1], seed + done)
        scores = np.vstack([scores, fresh])
        values = np.concatenate([values, target(fresh)])


def _mixture(proposals: list[Proposal], counts: list[int], scores: Floats) -> Floats:
    each = np.array([p.log_density(scores) for p in proposals])
    return np.asarray(logsumexp(each, axis=0, b=np.array(counts)[:, None] / sum(counts)))


def _adapt(scores: Floats, weights: Floats, last: Proposal) -> Proposal:
    """Weighted mean and covariance, mixed with the last proposal's while few points carry weight."""
    centre = weights @ scores
    spread = (scores - centre) * np.sqrt(weights)[:, None]
    old = np.clip(len(centre) / (1 / (weights**2).sum()), 0.0, 0.9)
    cov = (1 - old) * spread.T @ spread + old * last.root @ last.root.T
    return Proposal((1 - old) * centre + old * last.centre if old > 0.5 else centre, _root(cov))


def _root(cov: Floats) -> Floats:
    return np.linalg.cholesky(cov + 1e-8 * np.eye(len(cov)))


def shape_limit(size: int) -> float:
    """Largest trustworthy Pareto shape for this many points (Vehtari et al. 2024).

    Examples
    --------
    >>> round(shape_limit(256), 2), shape_limit(10_000)
    (0.58, 0.7)
    """
    return float(min(1 - 1 / np.log10(size), 0.7))


def pareto_shape(log_weights: Floats) -> float:
    """Shape k of a generalised Pareto fitted to the largest weights (Zhang and Stephens 2009 estimator).

    Examples
    --------
    >>> u = np.random.default_rng(0).random(20_000)
    >>> abs(pareto_shape(-0.5 * np.log(u)) - 0.5) < 0.1
    True
    """
    n = len(log_weights)
    tail = int(min(0.2 * n, 3 * np.sqrt(n)))
    if tail < 5:
        return float("inf")
    ordered = np.sort(log_weights - log_weights.max())
    x = np.exp(ordered[-tail:]) - np.exp(ordered[-tail - 1])
    x = np.maximum(x, 1e-300)
    grid = 30 + int(np.sqrt(tail))
    quarter = x[int(tail / 4 + 0.5) - 1]
    theta = 1 / x[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quarter)
    shape = np.log1p(-theta[:, None] * x).mean(axis=1)
    score = tail * (np.log(-theta / shape) - shape - 1)
    weight = 1 / np.exp(score - score[:, None]).sum(axis=1)
    best = (theta * weight).sum() / weight.sum()
    k = float(np.log1p(-best * x).mean())
    return (tail * k + 10 * 0.5) / (tail + 10)
