"""How much each adopter bears on the answer, read from one fit: who is worth leaving out."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.weights import child_weights, treated_cells
from sos_bayes.fitting import Fit


def left_without(fit: Fit) -> Floats:
    """Approximate z-score of the average effect without each adopter, (K,).

    Two approximations are averaged, since each misses what the other sees: the average over the other adopters as it
    is, and with what the one taught about them taken away to first order (the covariance with its log-likelihood).
    """
    own = np.array([effect.draws.ravel() for effect in estimate(fit, by="authority")])
    weight = (child_weights(fit.layout).sum(axis=2) * treated_cells(fit.layout)).sum(axis=1)
    weight = (weight / weight.sum())[:, None]
    rest = ((weight * own).sum(axis=0) - weight * own) / (1 - weight)
    said = _log_likelihoods(fit)
    taught = ((rest - rest.mean(axis=1, keepdims=True)) * (said - said.mean(axis=1, keepdims=True))).mean(axis=1)
    return np.asarray((rest.mean(axis=1) - 0.5 * taught) / rest.std(axis=1))


def _log_likelihoods(fit: Fit) -> Floats:
    """Log-likelihood of each adopter in each draw (K, draw), to second order around the draws' mean."""
    problem = fit.problem
    theta = fit.draws.theta.reshape(-1, *fit.draws.theta.shape[2:])
    centre = theta.mean(axis=0)
    eta = centre[..., None] + fit.draws.beta.mean(axis=(0, 1)) @ problem.patterns.T
    root = 1.0 if problem.model.dispersed_by is None else float(fit.draws.hyper[problem.model.dispersed_by].mean())
    slope, curve = problem.family.score(eta, problem.counts, problem.adopters, root)
    away = theta - centre
    return np.asarray((slope * away - 0.5 * curve * away**2).sum(axis=2).T)
