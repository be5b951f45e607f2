"""Draws of everything that a fit reports from the prior alone: what the design believes before any data."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.terms import Cutpoints
from sos_bayes.fitting.arrays.problem import Problem, Scales
from sos_bayes.fitting.posterior.draws import Draws, assemble, term_values

PLACE = 23  # of these random numbers beside others of the same seed


def prior_draws(problem: Problem, size: int, seed: int) -> Draws:
    """Draw from the prior of a problem: hyperparameters, then terms and shocks given these.

    Parameters
    ----------
    problem : Problem
    size : int
        Number of draws, N.
    seed : int

    Returns
    -------
    Draws
        One chain of N independent draws. Of a measured outcome the residual variance has its inverse gamma prior.
    """
    rng, model, adopters = np.random.default_rng([seed, PLACE]), problem.model, problem.adopters
    values = problem.values(_scores(problem, size, rng))
    scales = problem.scales_of(values)
    joint = scales.shared * rng.standard_normal(scales.shared.shape)
    ends = np.cumsum([t.columns.shape[2] for t in model.shared])[:-1]
    coefficients = {
        t.name: part[None] for t, part in zip(model.shared, np.split(joint, ends, axis=1), strict=True)
    }  # fmt: skip
    hyper = {name: np.asarray(value, dtype=float)[None] for name, value in values.items()}
    theta = _shocks(problem, scales, rng)
    for term in model.shared:
        added = coefficients[term.name]
        if term.chain:
            added = term_values(term, added, hyper, model.shocks.years)
        theta += np.einsum("ktj,nj->nkt", term.columns[adopters], added[0])
    everywhere = scales.own[:, :, None] * rng.standard_normal((size, len(model.by_authority), len(problem.kind)))
    own = {t.name: everywhere[None, :, q][..., adopters] for q, t in enumerate(model.by_authority)}
    for part in model.by_authority:
        theta += own[part.name][0][..., None] * part.weights[adopters]
    others = np.setdiff1d(np.arange(len(problem.kind)), adopters)
    level = everywhere[:, 0, others].mean(axis=1) if len(others) else np.zeros(size)
    gap = coefficients["ever"][..., 0] + own["authority"].mean(axis=-1) - level
    return assemble(problem, coefficients, own, hyper, (theta[None], _beta(problem, size, rng)[None], gap))


def _scores(problem: Problem, size: int, rng: np.random.Generator) -> Floats:
    """Scores of the hyperparameters, (N, d); that of a residual variance from its inverse gamma prior."""
    scores, residual = rng.standard_normal((size, len(problem.model.hypers))), problem.model.residual
    for i, hyper in enumerate(problem.model.hypers):
        if hyper.name == "within" and residual is not None:
            variance = 0.5 / rng.gamma(0.5, size=size)
            scores[:, i] = (0.5 * np.log(variance) - residual.centre) / residual.width
    return scores


def _shocks(problem: Problem, scales: Scales, rng: np.random.Generator) -> Floats:
    """Shocks of adopters' slots, (N, K, n): each stream's own, those that streams share, and single periods' noise."""
    adopters, streams, n_t = problem.adopters, problem.model.shocks.streams, problem.chain
    size = len(scales.rho)

    def chains(sd: Floats, several: int) -> Floats:
        steps = sd[:, adopters, None, None] * rng.standard_normal((size, len(adopters), several, n_t))
        found = np.empty(steps.shape)
        found[..., 0] = steps[..., 0] / np.sqrt(scales.start)[:, None, None]
        for t in range(1, n_t):
            found[..., t] = scales.rho[:, None, None] * found[..., t - 1] + steps[..., t]
        return found

    every = chains(scales.shocks, streams)
    if streams > 1:
        every = every + chains(scales.common, 1)
    if problem.model.shocks.noisy:
        sd = np.sqrt(scales.noise[:, adopters])[:, :, None, None]
        every = every + sd * rng.standard_normal(every.shape)
    return np.ascontiguousarray(every.reshape(size, len(adopters), streams * n_t))


def _beta(problem: Problem, size: int, rng: np.random.Generator) -> Floats:
    """Standardised coefficients (N, k) of covariates, then of cutpoints."""
    patterns, cuts = problem.model.patterns, problem.model.cutpoints
    width = 0 if patterns is None else patterns.columns.shape[1]
    parts = [rng.standard_normal((size, width))]
    if cuts is not None and len(cuts.basis) > 1:
        parts.append(-sorted_cutpoints(cuts, size, rng) @ cuts.basis / cuts.sd)
    return np.concatenate(parts, axis=1)


def sorted_cutpoints(term: Cutpoints, size: int, rng: np.random.Generator) -> Floats:
    """Cutpoints (N, K - 1) around their mean: sorted normals, kept as often as their gaps are likely."""
    cuts = len(term.basis)
    found = np.empty((0, cuts))
    while len(found) < size:
        drawn = np.sort(rng.normal(0.0, term.sd, (size + 100, cuts)), axis=1)
        likely = np.prod(-np.expm1(-np.diff(drawn, axis=1)), axis=1) ** term.apart
        found = np.concatenate([found, drawn[rng.random(len(drawn)) < likely]])
    return np.asarray(found[:size] - found[:size].mean(axis=1, keepdims=True))
