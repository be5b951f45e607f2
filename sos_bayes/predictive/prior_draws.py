"""Draws from the prior: of all that authorities share, and what a fit reports of its posterior, of the prior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.terms import Cutpoints
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.posterior.draws import Draws, assemble, reported_values
from sos_bayes.predictive.new_authorities import NewAuthorities


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PriorDraws(NewAuthorities):
    """N draws of hyperparameters and of all that authorities share, from their priors.

    Attributes
    ----------
    hyper : dict of str to ndarray (N,)
        Hyperparameters, and what follows from them.
    drawn : dict of str to ndarray (N, k)
        Coefficients by shared term; of shared shocks their innovations.
    """

    hyper: dict[str, Floats]
    drawn: dict[str, Floats]

    def reported(self) -> Draws:
        """What a fit reports of its posterior, of the prior: one chain."""
        problem, adopters = self.problem, self.problem.adopters
        every = np.stack([self.own_terms(self.rng_of(a)) for a in range(len(problem.kind))], axis=1)[
            None
        ]  # (1, N, A, q)
        own = {t.name: every[:, :, adopters, q] for q, t in enumerate(problem.model.by_authority)}
        others = np.setdiff1d(np.arange(len(problem.kind)), adopters)
        level = every[:, :, others, 0].mean(axis=2) if len(others) else 0.0
        gap = self.drawn["ever"][None, :, 0] + own["authority"].mean(axis=2) - level
        theta = np.stack([self.cells(a) for a in adopters], axis=1)[None]
        hyper, drawn = ({n: np.array(v, dtype=float)[None] for n, v in by.items()} for by in (self.hyper, self.drawn))
        return assemble(problem, drawn, own, hyper, (theta, self.beta[None], gap))


def prior_draws(problem: Problem, size: int, seed: int) -> PriorDraws:
    """Draw hyperparameters, shared coefficients and those of covariates and cutpoints from their priors."""
    rng, model = np.random.default_rng([seed, 43]), problem.model
    values = problem.values(rng.standard_normal((size, len(model.hypers))))
    if model.residual is not None:  # its score has a prior that looks at the data: the variance is worth one child
        sd, residual = np.sqrt(0.5 / rng.gamma(0.5, size=size)), model.residual
        values = values | {"sd_within": sd, "within": (np.log(sd) - residual.centre) / residual.width}
    scales = problem.scales_of(values)
    edges = np.cumsum([t.columns.shape[2] for t in model.shared])[:-1]
    blocks = np.split(scales.shared * rng.standard_normal(scales.shared.shape), edges, axis=1)
    coefficients = [
        reported_values(t, block, values, model.shocks.years) if t.chain else block
        for t, block in zip(model.shared, blocks, strict=True)
    ]
    cuts = np.zeros((size, 0)) if model.cutpoints is None else _cutpoints(model.cutpoints, rng, size)
    beta = np.concatenate([rng.standard_normal((size, problem.sizes[2] - cuts.shape[1])), cuts], axis=1)
    drawn = dict(zip((t.name for t in model.shared), blocks, strict=True))
    return PriorDraws(problem, np.concatenate(coefficients, axis=1), beta, scales, seed, values, drawn)


def _cutpoints(term: Cutpoints, rng: np.random.Generator, size: int) -> Floats:
    """Standardised coefficients (size, K - 2) of cutpoints: sorted normals, kept as often as their gaps are likely."""
    number, accepted = len(term.basis), np.empty((0, len(term.basis)))
    while len(accepted) < size:
        cuts = np.sort(rng.normal(0.0, term.sd, (size + 100, number)), axis=1)
        likely = np.prod(-np.expm1(-np.diff(cuts, axis=1)), axis=1) ** term.apart
        accepted = np.concatenate([accepted, cuts[rng.random(len(cuts)) < likely]])
    away = accepted[:size] - accepted[:size].mean(axis=1, keepdims=True)
    return np.asarray(-away @ np.linalg.pinv(term.sd * term.basis).T)
