"""Authorities drawn anew, given draws of all that they share: from the prior, or from a posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.designs.terms import Cutpoints
from sos_bayes.fitting.arrays.ar1_shocks import faded
from sos_bayes.fitting.arrays.problem import Problem, Scales
from sos_bayes.fitting.posterior.draws import reported_values
from sos_bayes.predictive.given_authorities import GivenAuthorities


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NewAuthorities:
    """N draws of hyperparameters and of all that authorities share; what is an authority's own is drawn anew.

    Attributes
    ----------
    problem : Problem
    coefficients : ndarray (N, p)
        Of the shared columns.
    beta : ndarray (N, k)
    scales : Scales
    seed : int
    """

    problem: Problem
    coefficients: Floats
    beta: Floats
    scales: Scales
    seed: int

    def __repr__(self) -> str:
        return shapes_only(self)

    def cells(self, a: int) -> Floats:
        """Cells of authority ``a`` on the predictor's scale, (N, n): terms of its own and shocks are drawn now."""
        problem, scales = self.problem, self.scales
        rng, streams = np.random.default_rng([self.seed, 45, a]), problem.model.shocks.streams
        size, rho, start = len(self.beta), scales.rho[:, None], scales.start[:, None]
        columns = np.concatenate([t.columns[a] for t in problem.model.shared], axis=1)
        own = rng.standard_normal(scales.own.shape) * scales.own
        steps = rng.standard_normal((size, streams, problem.chain)) * scales.shocks[:, a, None, None]
        shocks = faded(steps, rho, start)
        if streams > 1:
            together = rng.standard_normal((size, 1, problem.chain)) * scales.common[:, a, None, None]
            shocks = shocks + faded(together, rho, start)
        noise = np.sqrt(scales.noise[:, a, None]) * rng.standard_normal((size, streams * problem.chain))
        return np.asarray(self.coefficients @ columns.T + own @ problem.own[a].T + shocks.reshape(size, -1) + noise)


def anew(given: GivenAuthorities) -> NewAuthorities:
    """The same draws of what is shared, with other levels, departures and shocks of every authority."""
    return NewAuthorities(given.problem, given.coefficients, given.beta, given.scales, given.seed)


def prior_draws(problem: Problem, size: int, seed: int) -> NewAuthorities:
    """Draw hyperparameters, shared coefficients and those of covariates and cutpoints from their priors."""
    rng, model = np.random.default_rng([seed, 43]), problem.model
    values = problem.values(rng.standard_normal((size, len(model.hypers))))
    if model.residual is not None:  # its score has a prior that looks at the data: the variance is worth one child
        values = values | {"sd_within": np.sqrt(0.5 / rng.gamma(0.5, size=size))}
    scales = problem.scales_of(values)
    edges = np.cumsum([t.columns.shape[2] for t in model.shared])[:-1]
    blocks = np.split(scales.shared * rng.standard_normal(scales.shared.shape), edges, axis=1)
    coefficients = [
        reported_values(t, block, values, model.shocks.years) if t.chain else block
        for t, block in zip(model.shared, blocks, strict=True)
    ]
    cuts = np.zeros((size, 0)) if model.cutpoints is None else _cutpoints(model.cutpoints, rng, size)
    beta = np.concatenate([rng.standard_normal((size, problem.sizes[2] - cuts.shape[1])), cuts], axis=1)
    return NewAuthorities(problem, np.concatenate(coefficients, axis=1), beta, scales, seed)


def _cutpoints(term: Cutpoints, rng: np.random.Generator, size: int) -> Floats:
    """Standardised coefficients (size, K - 2) of cutpoints: sorted normals, kept as often as their gaps are likely."""
    number, found = len(term.basis), np.empty((0, len(term.basis)))
    while len(found) < size:
        cuts = np.sort(rng.normal(0.0, term.sd, (size + 100, number)), axis=1)
        likely = np.prod(-np.expm1(-np.diff(cuts, axis=1)), axis=1) ** term.apart
        found = np.concatenate([found, cuts[rng.random(len(cuts)) < likely]])
    away = found[:size] - found[:size].mean(axis=1, keepdims=True)
    return np.asarray(-away @ np.linalg.pinv(term.sd * term.basis).T)
