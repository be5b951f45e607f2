"""The synthetic control as a pm.Model: treated cells are not in it, so nothing feeds back from them.

Weights are Dirichlet(kappa / J): gammas over their sum, and a gamma of a small shape a is a gamma of shape 1 + a times
a uniform to the power 1 / a. In logarithms that is a softmax of h - e / a, with e exponential and independent of kappa.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from sos_bayes.synthesis.shared_graph import (
    ar1_density,
    latent_values,
    residual_scales,
    shared_data,
    two_way_density,
)

if TYPE_CHECKING:
    from sos_bayes.synthesis.donor_weights import SyntheticControl
    from sos_bayes.synthesis.latents import Latents
    from sos_bayes.synthesis.series import Series

Floats = NDArray[np.float64]


def weights_graph(series: Series, latents: Latents, data: dict[str, Floats], design: SyntheticControl) -> pm.Model:
    """Build the model; its named values are those that `donor_weights.predicted` reads."""
    n_k, n_j = series.adopters, series.donors
    with pm.Model() as model:
        given = shared_data(data)
        z = pm.Normal("kappa_score", 0, 1)
        kappa = pm.Deterministic("kappa", pt.exp(np.log(design.kappa) + design.kappa_log_sd * z))
        weights = pm.Deterministic("weights", _weights(kappa, n_k, n_j, design.popularity))
        values = latent_values(series, latents, given)
        donors, own = values[n_k:], values[:n_k]
        if latents.free[n_k:].any():
            pm.Potential("donor_prior", two_way_density(donors, series, latents, given))
        gap = own - pt.dot(weights, donors)
        if design.intercept:
            shift = design.intercept_sd * pm.Normal("intercept_score", 0, 1, shape=n_k)
            gap = gap - pm.Deterministic("intercept", shift)[:, None]
        sd, rho = residual_scales(given["quiet"], n_k)
        pm.Potential("residual", ar1_density(gap, series.starts, series.periods, sd, rho))
    return model


def _weights(kappa: Any, n_k: int, n_j: int, popularity: float) -> Any:
    shape = kappa / n_j
    log_h = pm.Flat("log_h", shape=(n_k, n_j))
    pm.Potential("gamma", (shape * log_h + log_h - pt.exp(log_h)).sum() - n_k * n_j * pt.gammaln(1 + shape))
    e = pm.Exponential("e", 1.0, shape=(n_k, n_j))
    score = log_h - e / shape
    if n_k > 1:
        sd = pm.HalfNormal("sd_popularity", popularity)
        score = score + sd * pm.Normal("popularity", 0, 1, shape=n_j)
    return pt.special.softmax(score, axis=1)
