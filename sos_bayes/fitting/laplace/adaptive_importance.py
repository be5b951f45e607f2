"""Adaptive importance sampling over hyperparameters' scores, with its own gate.

Scores have a standard normal prior, and some of every proposal is that prior: a tail that the data do not
pin down is always visited. Each round proposes from a heavy-tailed fit to the points so far, and all rounds
are weighted against the mixture of all proposals (adaptive multiple importance sampling, Cornuet et al. 2012).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.laplace.hyper_proposal import Proposal, _root
from sos_bayes.fitting.posterior.pareto import pareto_shape, shape_limit

LogDensity = Callable[[Floats], Floats]

STEP = 1e-3  # forward difference in score units
PATIENCE, GAIN = 4, 0.01  # looks without a gain of log density that matters, which end a climb
HOPELESS = 5.0  # effective points after the planned rounds, below which more would not help
MORE, TIMES = 128, 8  # points that are added where the planned ones do not suffice, and how often


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Importance-weighted points of hyperparameters, their posterior.

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


class _Settled(Exception):
    """Ends a climb that gains nothing more."""


def find_mode(target: LogDensity, start: Proposal) -> Proposal:
    """Find the mode of ``target`` by BFGS, in units of ``start``; the inverse curvature there is the proposal's shape.

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


def _curvature(target: LogDensity, centre: Floats) -> Floats:
    """Covariance by the Hessian from second differences around the mode; its eigenvalues are at most 1.5.

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


def integrate(target: LogDensity, start: Proposal, *, seed: int, rounds: tuple[int, ...], enough: float) -> Points:
    """Integrate ``target`` (a log density up to a constant) by importance sampling, adapting after each round.

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
    """Log density of the mixture of all proposals so far, by which every point is weighted, (n,)."""
    each = np.array([p.log_density(scores) for p in proposals])
    return np.asarray(logsumexp(each, axis=0, b=np.array(counts)[:, None] / sum(counts)))


def _adapt(scores: Floats, weights: Floats, last: Proposal) -> Proposal:
    """Weighted mean and covariance, mixed with the last proposal's while few points carry weight."""
    centre = weights @ scores
    spread = (scores - centre) * np.sqrt(weights)[:, None]
    old = np.clip(len(centre) / (1 / (weights**2).sum()), 0.0, 0.9)
    cov = (1 - old) * spread.T @ spread + old * last.root @ last.root.T
    return Proposal((1 - old) * centre + old * last.centre if old > 0.5 else centre, _root(cov))
