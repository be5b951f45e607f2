"""The meta-analysis as a PyMC model: what is sampled and what a reader reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes._core.array_types import Floats
from sos_bayes.meta_analyses.bias_terms import SLOPE_SD, Bias, interval_of, regressor, thresholds
from sos_bayes.meta_analyses.measures import SynthesisPriors
from sos_bayes.meta_analyses.study_table import Studies

BASELINE_SD = 5.0  # of the log odds halfway between both arms: each study's own, and hardly restricted


def readable_model(studies: Studies, priors: SynthesisPriors, bias: Bias | None, correlation: float) -> pm.Model:
    """Write the model of these studies.

    Parameters
    ----------
    studies : Studies
    priors : SynthesisPriors
    bias : Bias or None
    correlation : float
        Of the errors of two effects of one study.

    Returns
    -------
    pymc.Model
        Free are ``mu``, ``tau`` and, where they belong, ``tau_within``, ``beta``, ``slope``, ``parts``. Effects with
        standard errors are normal around the mean with the studies' own departures integrated out. Events are binomial
        (`Smith, Spiegelhalter and Thomas 1995`): each study has log odds of its own, and no correction is added.
    """
    coords = {"study": list(studies.labels), "effect": list(studies.names)}
    coords |= {"covariate": list(studies.covariates)} if studies.covariates else {}
    coords |= {"p": list(bias.intervals)} if bias is not None and bias.kind == "selection" else {}
    with pm.Model(coords=coords) as model:
        mean = _mean(studies, priors, bias)
        tau = _spread("tau", priors)
        within = _spread("tau_within", priors) if studies.several else None
        if studies.arms is not None:
            _binomial(studies, mean, tau, within)
        elif studies.several:
            _correlated(studies, mean, tau, within, correlation)
        else:
            sd = pt.sqrt(studies.error**2 + tau**2)
            pm.Normal("observed", mean, sd, observed=studies.effect, dims="effect")
            if bias is not None and bias.kind == "selection":
                _selected(bias, studies, mean, sd)
    return model


def _spread(name: str, priors: SynthesisPriors) -> Any:
    law = pm.HalfNormal if priors.shape == "half_normal" else pm.HalfCauchy
    return law(name, priors.heterogeneity)


def _mean(studies: Studies, priors: SynthesisPriors, bias: Bias | None) -> Any:
    """Mean effects (n,): the mean at average covariates, in a study too large to be biased."""
    mean = pm.Normal("mu", 0.0, priors.mean) + np.zeros(len(studies.of))
    if studies.covariates:
        mean = mean + pt.dot(studies.standardised, pm.Normal("beta", 0.0, priors.coefficient, dims="covariate"))
    if bias is not None and bias.kind != "selection":
        mean = mean + pm.Normal("slope", 0.0, SLOPE_SD) * regressor(bias, studies)
    return mean


def _correlated(studies: Studies, mean: Any, tau: Any, within: Any, correlation: float) -> None:
    """Several effects a study: errors correlated as given, departures of the study and of the effect."""
    same = np.equal.outer(studies.of, studies.of).astype(float)
    covariance = error_covariance(studies, correlation) + tau**2 * same + within**2 * np.eye(len(same))
    pm.MvNormal("observed", mu=mean, cov=covariance, observed=studies.effect, dims="effect")


def error_covariance(studies: Studies, correlation: float) -> Floats:
    """Covariance of the effects' errors, (n, n)."""
    same = np.equal.outer(studies.of, studies.of)
    return np.asarray(np.outer(studies.error, studies.error) * same * np.where(np.eye(len(same)) == 1, 1, correlation))


def _binomial(studies: Studies, mean: Any, tau: Any, within: Any) -> None:
    arms = studies.arms
    assert arms is not None
    apart = tau * pm.Normal("departure", 0.0, 1.0, dims="study")[studies.of] if studies.several else 0.0
    effect = _effects(studies, mean + apart, within if studies.several else tau)
    level = pm.Normal("level", 0.0, BASELINE_SD, dims="effect")
    for name, n, events, half in (
        ("events_with", arms.trials_with, arms.events_with, 0.5),
        ("events_without", arms.trials_without, arms.events_without, -0.5),
    ):
        pm.Binomial(name, n.astype(int), logit_p=level + half * effect, observed=events.astype(int), dims="effect")


def _effects(studies: Studies, mean: Any, sd: Any) -> Any:
    """Effects (n,), normal around their mean, sampled in steps from where each study's own counts put them.

    ``score`` is a standard normal in which an effect is easily sampled, be its study large or without an event; the
    potential replaces that law by the effects' own, normal(mean, sd), so that the posterior does not depend on it.
    """
    share = sd**2 / (sd**2 + studies.error**2)
    step = pt.sqrt(share) * studies.error
    score = pm.Normal("score", 0.0, 1.0, dims="effect")
    effect = pm.Deterministic("study_effect", mean + share * (studies.effect - mean) + step * score, dims="effect")
    own, given = pm.logp(pm.Normal.dist(mean, sd), effect), pm.logp(pm.Normal.dist(0.0, 1.0), score)
    pm.Potential("effects_are_normal", own + pt.log(step) - given, dims="effect")
    return effect


def _selected(bias: Bias, studies: Studies, mean: Any, sd: Any) -> None:
    """Weights that fall with p, and the chance that any result of such a study is published."""
    parts = pm.Dirichlet("parts", np.ones(len(bias.steps) + 1))
    weight = pm.Deterministic("weight", pt.cumsum(parts[::-1])[::-1], dims="p")
    chance = parts[-1] * np.ones(len(studies.of))
    for j, at in enumerate(thresholds(bias, studies.error)):
        chance = chance + parts[j] * pm.math.invprobit((bias.sign * mean - at) / sd)
    pm.Potential("publication", pt.log(weight[interval_of(bias, studies)]) - pt.log(chance), dims="effect")
