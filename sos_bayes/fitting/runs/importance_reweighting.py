"""A neighbouring fit from the draws of one that was made: without one adopter, or under another prior of the effect.

By Bayes' rule the posterior without an authority is the posterior divided by how probable the authority's data are
given everything that it shares with others (`evidence`). Draws are weighted by that, and as many are kept as the
weights are worth. Where they are worth too little, the fit says so in its health, and must be made anew.

The model is then that of all authorities: what its terms owe to the one that is left out, such as the periods over
which a profile of lags sums to zero, stays as it was.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from sos_bayes._core.array_types import Floats
from sos_bayes.fitting.arrays.ar1_shocks import shock_root, with_noise
from sos_bayes.fitting.arrays.array_bundles import Counts
from sos_bayes.fitting.arrays.problem import Problem, Scales, counts_of, problem_of
from sos_bayes.fitting.laplace.authority_marginal_likelihood import Given, log_evidence
from sos_bayes.fitting.laplace.nested_laplace import LOST, TOLERANCE
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.fitting.posterior.draws import Draws, flat
from sos_bayes.fitting.posterior.pareto import pareto_shape, shape_limit
from sos_bayes.fitting.runs.fit_result import Fit

WORTH = 0.5  # share of the hyperparameters' effective points that must be left
DRAWS = 1000  # that the weights must be worth: a Monte Carlo error of .007 at P = .95


def without_adopter(fit: Fit, place: int) -> Fit:
    """Leave out the adopter at ``place`` among the adopters of a fit by the fast route.

    Returns
    -------
    Fit
        With fewer draws, and a health of its own: not ok where the weights of the draws carry too little.
    """
    weighted = _weighted(fit, -_evidence(fit.problem, fit.draws, place))
    layout = fit.layout.without(int(fit.problem.adopters[place]))
    others = np.delete(np.arange(len(fit.problem.adopters)), place)
    problem = problem_of(fit.design.model(layout), layout.cells)
    if fit.problem.model.residual is not None and fit.problem.model.residual.units.plain:
        problem = replace(problem, family=fit.problem.family)  # draws stay in the units of all
    return replace(weighted, layout=layout, problem=problem, draws=_of(weighted.draws, others))


def with_effect_sd(fit: Fit, effect_sd: float) -> Fit:
    """Exchange the sd of the prior on the average effect in a fit by the fast route.

    Returns
    -------
    Fit
        With fewer draws, and a health of its own: not ok where the weights of the draws carry too little.
    """
    design = replace(fit.design, priors=replace(fit.design.priors, effect_sd=effect_sd))
    tau = fit.draws.shared["mu_tau"].ravel()
    was, becomes = (d.priors_on(fit.layout).effect_sd for d in (fit.design, design))
    weighted = _weighted(fit, 0.5 * tau**2 * (was**-2 - becomes**-2))
    return replace(weighted, design=design, problem=replace(fit.problem, model=design.model(fit.layout)))


def _weighted(fit: Fit, log_weights: Floats) -> Fit:
    """Keep as many draws as weights are worth, by systematic resampling; with a health of its own."""
    log_weights = np.where(np.isfinite(log_weights), log_weights, -np.inf)
    weights = np.exp(log_weights - logsumexp(log_weights))
    size = max(int(1 / (weights**2).sum()), 1)
    edges = (np.random.default_rng([fit.seed, 17]).random() + np.arange(size)) / size
    picked = np.searchsorted(np.cumsum(weights), edges).clip(max=len(weights) - 1)
    health = _health(fit, log_weights, weights)
    return replace(fit, draws=fit.draws.kept(picked), health=health, seconds=(), warm_start=None)


def _evidence(problem: Problem, draws: Draws, place: int) -> Floats:
    """Log probability of one adopter's data in every draw."""
    a = int(problem.adopters[place])
    beta = flat(draws.beta)
    mean = np.zeros((len(beta), problem.total.shape[1]))
    for term in problem.model.shared:
        coefficients = flat(draws.shared[term.name]) @ np.linalg.pinv(term.basis).T
        mean += coefficients @ term.columns[a].T
    scales = problem.scales_of({name: value.ravel() for name, value in draws.hyper.items()})
    out = np.empty(len(beta))
    begin = draws.theta[:, :, place].mean(axis=(0, 1))
    given = given_to(problem, a, mean, beta, scales)
    log_evidence(counts_alone(problem, a), given, begin, TOLERANCE, LOST, out)
    return out


def given_to(problem: Problem, authority: int, mean: Floats, beta: Floats, scales: Scales) -> Given:
    """Bundle what one authority is given by N draws: ``mean`` (N, n), ``beta`` (N, k) and N points of scales."""
    own = problem.own[authority] * scales.own[:, None, :]
    if problem.model.shocks.streams > 1:
        shared = zip(scales.rho.tolist(), scales.start.tolist(), scales.common[:, authority].tolist(), strict=True)
        roots = np.stack([sd * shock_root(problem.chain, rho, start) for rho, start, sd in shared])
        roots = with_noise(roots, scales.common_noise[:, authority])
        own = np.concatenate([own, np.tile(roots, (1, problem.model.shocks.streams, 1))], axis=2)
    shock = np.ascontiguousarray(scales.shocks[:, authority])
    noise = np.ascontiguousarray(scales.noise[:, authority])
    beta, own, dispersion = (np.ascontiguousarray(x) for x in (beta, own, scales.dispersion))
    return Given(mean, beta, own, scales.rho, scales.start, shock, dispersion, noise, problem.chain)


def counts_alone(problem: Problem, authority: int) -> Counts:
    """Counts of one authority by itself, without what the prior of cutpoints adds."""
    cells = problem.cells.of((problem.cells.authorities[authority],))
    counts = counts_of(problem.model, cells, problem.family)
    cutpoints = problem.model.cutpoints
    return counts if cutpoints is None else counts._replace(between=counts.between - cutpoints.apart)


def _health(fit: Fit, log_weights: Floats, weights: Floats) -> Health:
    """Judge the weights: their Pareto shape, and how many hyperparameter points they leave."""
    had = dict(fit.health.numbers)["hyper_ess"]
    first = next(iter(fit.draws.hyper.values())).ravel()
    _, point = np.unique(first, return_inverse=True)
    before, after = (np.bincount(point, w) for w in (np.full(len(weights), 1 / len(weights)), weights))
    left = float((before**2).sum() / (after**2).sum())
    shape, limit = pareto_shape(log_weights), shape_limit(len(weights))
    worth = float(1 / (weights**2).sum())
    reasons = list(fit.health.reasons)
    if not worth >= DRAWS:
        reasons.append(f"Weighted draws are worth {worth:.0f}; the limit is {DRAWS:,}.")
    if not left >= WORTH:
        reasons.append(f"Weights leave {left:.0%} of the effective points; the limit is {WORTH:.0%}.")
    if not shape < limit:
        reasons.append(f"k-hat of the draws' weights is {shape:.2f}; the limit is {limit:.2f}.")
    numbers = (("hyper_ess", had * left), ("k_hat", shape), ("draws", worth))
    return Health(not reasons, tuple(reasons), numbers)


def _of(draws: Draws, adopters: NDArray[np.intp]) -> Draws:
    """Draws of some adopters."""
    own = {name: np.take(v, adopters, axis=2) for name, v in draws.own.items()}
    theta, effect, lead = (np.take(v, adopters, axis=2) for v in (draws.theta, draws.effect, draws.lead))
    return replace(draws, own=own, theta=theta, effect=effect, lead=lead)
