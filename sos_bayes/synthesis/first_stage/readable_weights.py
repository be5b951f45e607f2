"""The synthetic control's first stage as a PyMC model: the density of `weights_density`, in named variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes.synthesis.first_stage.ar1_covariance import JITTER
from sos_bayes.synthesis.first_stage.readable_rows import lasting, memory, predicted_rows
from sos_bayes.synthesis.first_stage.weights_density import SHARE_SD, TILT_SD, Weighted
from sos_bayes.synthesis.panel.readable_cells import coords_of, observe_rows
from sos_bayes.synthesis.panel.series import Series


def readable_weights(series: Series, given: Weighted) -> pm.Model:
    """Write the first stage of a `SyntheticControl`: weights, scales, and adopters' cells before their start.

    Parameters
    ----------
    series : Series
    given : Weighted
        What the compiled density reads.

    Returns
    -------
    pymc.Model
        Deterministic are ``weights`` (adopter, donor), ``rho``, and ``predicted`` (adopter, period), the cells that
        are expected without the rollout, on the scale of the model.
    """
    k = series.adopters
    used = series.seen[:k] & series.before
    noise = np.where(used, series.error[:k], 0.0) ** 2
    log_concentration, spread, log_sd, own, logit, logit_sd, constant, follow = given.prior.tolist()
    with pm.Model(coords=coords_of(series)) as model:
        concentration = pm.LogNormal("concentration", log_concentration, spread)
        rho = memory("logit_memory", logit, logit_sd)
        follows = log_sd + follow * (model["logit_memory"] - logit) / logit_sd
        sd = pm.LogNormal("sd", follows, own, dims="adopter")
        weights = pm.Deterministic("weights", _weights(given, concentration, k), dims=("adopter", "donor"))
        line = pt.dot(weights, given.centre)
        more = pt.dot(weights**2, given.variance)
        covariance = constant**2 + given.left + sd[:, None, None] ** 2 * lasting(rho, series.periods)
        observe_rows("before_start", series.value[:k], used, line, covariance, noise + more + JITTER)
        predicted_rows(series, used, line, covariance, noise, more)
    return model


def _weights(given: Weighted, concentration: Any, adopters: int) -> Any:
    """Weights of donors (K, J): a softmax of scores, which several adopters share in part, tilted along loadings."""
    score = pm.Normal("score", 0.0, 1.0, dims=("adopter", "donor"))
    if adopters > 1:
        share = pm.Deterministic("share", pm.math.invlogit(pm.Normal("logit_share", 0.0, SHARE_SD)))
        common = pm.Normal("common_score", 0.0, 1.0, dims="donor")
        score = pt.sqrt(1.0 - share) * score + pt.sqrt(share) * common
    score = concentration * score
    if len(given.loadings):
        pm.modelcontext(None).add_coord("direction", np.arange(len(given.loadings)))
        score = score + pt.dot(pm.Normal("tilt", 0.0, TILT_SD, dims=("adopter", "direction")), given.loadings)
    return pm.math.softmax(score, axis=1)
