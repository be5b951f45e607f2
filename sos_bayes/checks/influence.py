"""How much each adopter bears on the answer, read from one fit: who is worth leaving out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.weights import child_weights, treated_cells
from sos_bayes.families import StudentT
from sos_bayes.families.negative_binomial import score
from sos_bayes.families.student_t import score as score_of_children
from sos_bayes.fitting import Fit

Floats = NDArray[np.float64]


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
    slope, curve = _score(fit, eta)
    away = theta - centre
    return np.asarray((slope * away - 0.5 * curve * away**2).sum(axis=2).T)


def _score(fit: Fit, eta: Floats) -> tuple[Floats, Floats]:
    """Slope and curvature of adopters' cells (K, T), at their predictors by pattern (K, T, C)."""
    problem, counts = fit.problem, fit.problem.counts
    if isinstance(problem.family, StudentT):
        return _children_score(fit, eta, problem.family)
    orders = problem.family.derivatives(eta) * counts.total[problem.adopters]
    if problem.family.name == "negative_binomial":
        variance = float(fit.draws.hyper["overdispersion"].mean()) ** 2
        slope, curve = score(counts.single.events[problem.adopters], orders[1], variance)
        return slope.sum(axis=2), curve.sum(axis=2)
    return counts.by_cell[problem.adopters] - orders[1].sum(axis=2), orders[2].sum(axis=2)


def _children_score(fit: Fit, eta: Floats, family: StudentT) -> tuple[Floats, Floats]:
    """The same where children are read one by one."""
    single = fit.problem.counts.single
    scale = float(fit.draws.hyper["sd_within"].mean())
    slope, curve = np.zeros(eta.shape), np.zeros(eta.shape)
    for k, a in enumerate(fit.problem.adopters):
        for t, c in np.ndindex(*eta.shape[1:]):
            begin, end = single.spans[a, t, c]
            by, bent = score_of_children((single.values[begin:end] - eta[k, t, c]) / scale, family.degrees)
            slope[k, t, c] = (single.number[begin:end] * by).sum() / scale
            curve[k, t, c] = (single.number[begin:end] * bent).sum() / scale**2
    return slope.sum(axis=2), curve.sum(axis=2)
