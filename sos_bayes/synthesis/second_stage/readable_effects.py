"""The second stage as a PyMC model: treated cells beside what was predicted of them, and effects in named variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.synthesis.panel.readable_cells import coords_of, observe_rows
from sos_bayes.synthesis.panel.series import Series
from sos_bayes.synthesis.second_stage.effects_given_prediction import EffectPriors, Predicted, lag_basis


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Adopters' cells without the rollout: mean (K, T), and covariance (K, T, T), zero before the start."""

    mean: Floats
    covariance: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def prediction_of(series: Series, predicted: tuple[Predicted, ...], draw: int | None) -> Prediction:
    """Take one draw of the first stage, or a normal with mean and covariance of all of them."""
    n_k, n_t = series.adopters, series.periods
    mean, covariance = np.zeros((n_k, n_t)), np.zeros((n_k, n_t, n_t))
    for a, one in enumerate(predicted):
        start = int(series.starts[a])
        if draw is None:
            spread = one.cov.mean(axis=0) + np.atleast_2d(np.cov(one.mean, rowvar=False, ddof=0))
            mean[a] = np.concatenate([one.before.mean(axis=0), one.mean.mean(axis=0)])
        else:
            spread = one.cov[draw]
            mean[a] = np.concatenate([one.before[draw], one.mean[draw]])
        covariance[a, start:, start:] = spread
    return Prediction(mean, covariance)


def readable_effects(series: Series, prediction: Prediction, priors: EffectPriors, weights: Floats) -> pm.Model:
    """Write the second stage of a synthetic control or of latent factors, given a prediction.

    Parameters
    ----------
    series : Series
    prediction : Prediction
    priors : EffectPriors
    weights : ndarray (K, T)
        Of the SATT: they sum to one.

    Returns
    -------
    pymc.Model
        Observed is ``after_start``, adopters' cells from their start on, on the scale of the model. Deterministic are
        ``departure``, ``lag_effect``, ``effect`` (adopter, period), and in the outcome's own unit ``with_rollout``,
        ``without_rollout`` (adopter, period) and ``satt``. What authorities would have had is drawn given the cells:
        ``z_without`` and ``z_error`` are a draw from the prior of it, which is moved to where the cells are
        (Matheron's rule), so that neither has a likelihood.
    """
    k, basis = series.adopters, lag_basis(series)
    treated = series.seen[:k] & ~series.before
    noise = np.where(treated, series.error[:k], 0.0) ** 2
    more = {} if basis.shape[1] == 0 else _lags(len(basis))
    with pm.Model(coords=coords_of(series) | more) as model:
        effect = pm.Deterministic("effect", _effect(series, basis, priors), dims=("adopter", "period"))
        line = prediction.mean + effect
        observe_rows("after_start", series.value[:k], treated, line, pt.constant(prediction.covariance), noise)
        without = _without(series, prediction, effect, noise)
        worlds = [_natural(series, predictor) for predictor in (without + effect, without)]
        for name, world in zip(("with_rollout", "without_rollout"), worlds, strict=True):
            pm.Deterministic(name, world, dims=("adopter", "period"))
        pm.Deterministic("satt", (weights * (worlds[0] - worlds[1])).sum())
    return model


def _lags(size: int) -> dict[str, list[str]]:
    labels = [str(e) for e in range(size)]
    return {"lag": labels, "step": labels[1:]}


def _effect(series: Series, basis: Floats, priors: EffectPriors) -> Any:
    """Declare the average effect, departures and the lag profile; returns their sum times the dose (K, T)."""
    k = series.adopters
    mu = pm.Normal("mu_tau", 0.0, priors.effect_sd)
    omega = pm.HalfNormal("omega", priors.heterogeneity)
    departure = pm.Deterministic(
        "departure", omega * pm.Normal("z_departure", 0.0, 1.0, dims="adopter"), dims="adopter"
    )
    each = mu + departure[:, None]
    if basis.shape[1]:
        step = priors.lag_step if priors.free_profile else pm.HalfNormal("sd_step", priors.lag_step)
        steps = pm.Normal("z_lag_step", 0.0, 1.0, dims="step")
        profile = pm.Deterministic("lag_effect", step * pt.dot(basis, steps), dims="lag")
        each = each + profile[np.maximum(np.arange(series.periods) - series.starts[:, None], 0)]
    return np.where(series.before, 0.0, series.layout.dose[series.rows[:k]]) * each


def _without(series: Series, prediction: Prediction, effect: Any, noise: Floats) -> Any:
    """Draw adopters' predictors without the rollout given their cells (K, T); before the start as predicted."""
    fresh = pm.Normal("z_without", 0.0, 1.0, dims=("adopter", "period"))
    error = np.sqrt(noise) * pm.Normal("z_error", 0.0, 1.0, dims=("adopter", "period"))
    rows = []
    for a, start in enumerate(series.starts.tolist()):
        at = start + np.flatnonzero(series.seen[a, start:])
        covariance = prediction.covariance[a]
        root = np.zeros_like(covariance)
        root[start:, start:] = np.linalg.cholesky(covariance[start:, start:])
        gain = np.linalg.solve(covariance[np.ix_(at, at)] + np.diag(noise[a, at]), covariance[at]).T
        moved = pt.dot(root, fresh[a])
        missed = series.value[a, at] - (prediction.mean[a] + effect[a] + moved + error[a])[at]
        rows.append(prediction.mean[a] + moved + pt.dot(gain, missed))
    return pt.stack(rows)


def _natural(series: Series, predictor: Any) -> Any:
    """Expected outcome in its own unit."""
    outcome = series.layout.cells.outcome
    if series.family.affine is not None:
        centre, scale = series.family.affine
        mean = centre + scale * predictor
    else:
        mean = pt.sigmoid(predictor) if outcome.predictor == "log_odds" else pt.exp(predictor)
    return outcome.per * mean
