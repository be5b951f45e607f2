"""What was believed before the data: draws from the prior, and its log density at draws of the posterior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import stats

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.priors import HalfNormal, Normal, Prior
from sos_bayes.estimands.weights import child_weights, groups_by, normalised
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.inference_data.named_draws import Variable, Variables

SIZE = 1000  # draws from the prior of a tree


class InverseGammaVariance(NamedTuple):
    """Prior of a measured outcome's residual variance, in units of the pooled one: worth one child's deviation."""

    shape: float = 0.5
    scale: float = 0.5


def scalar_priors(fit: FitProtocol) -> Mapping[str, Prior | InverseGammaVariance]:
    """Priors of the hyperparameters and of the average effect, the top of the hierarchy, by name."""
    if not isinstance(fit, Fit):
        return {"omega": HalfNormal(fit.priors.heterogeneity), "mu_tau": Normal(fit.priors.effect_sd)}
    priors: dict[str, Prior | InverseGammaVariance] = {h.name: h.prior for h in fit.problem.model.hypers}
    if "within" in priors:
        del priors["within"]
        priors["variance_within"] = InverseGammaVariance()
    return priors | {"mu_tau": Normal(fit.priors.effect_sd)}


def log_prior(fit: Fit, posterior: Variables) -> Variables:
    """Log density of each of them at draws of the posterior."""
    return {name: Variable(_log_density(prior, posterior[name].values)) for name, prior in scalar_priors(fit).items()}


def _log_density(prior: Prior | InverseGammaVariance, value: Floats) -> Floats:
    if isinstance(prior, InverseGammaVariance):
        return np.asarray(stats.invgamma.logpdf(value, prior.shape, scale=prior.scale))
    if isinstance(prior, HalfNormal):
        return np.asarray(stats.halfnorm.logpdf(value, scale=prior.scale))
    if isinstance(prior, Normal):
        return np.asarray(stats.norm.logpdf(value, scale=prior.sd))
    return np.zeros(value.shape)  # flat between 0 and 1


def effects_before(fit: FitProtocol, size: int = SIZE) -> Variables:
    """Effects drawn from their prior, (1, size) each, of a design whose stages are fitted one after the other.

    It is the second stage's; the first learns from donors what it weighs them by.
    """
    rng, scales, k = np.random.default_rng([fit.seed, 23]), fit.priors, len(fit.layout.adopters)
    omega = np.abs(rng.normal(0.0, scales.heterogeneity, (1, size)))
    variables = {
        "omega": Variable(omega),
        "mu_tau": Variable(rng.normal(0.0, scales.effect_sd, (1, size))),
        "departure": Variable(omega[..., None] * rng.standard_normal((1, size, k)), ("authority",)),
    }
    if "lag" in fit.draws.shared:
        step = np.abs(rng.normal(0.0, scales.lag_step, size))
        if getattr(scales, "free_profile", False):
            step = np.full(size, scales.lag_step)
        basis = fit.lag_basis
        lags = step[:, None] * rng.standard_normal((size, basis.shape[1])) @ basis.T
        variables["lag_effect"] = Variable(lags[None], ("lag",))
    return variables


def satt(fit: FitProtocol) -> Floats:
    """Draws (chain, draw) of the effect over all adopters, in the outcome's own unit: those of `estimate`."""
    groups = groups_by(fit.layout, None)
    contrast = fit.contrast(groups.parts(normalised(child_weights(fit.layout), groups)))
    return np.asarray(fit.outcome.per * (contrast.with_rollout - contrast.without)[..., 0])
