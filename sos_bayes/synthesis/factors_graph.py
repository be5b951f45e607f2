"""Latent factors as a pm.Model of untreated cells: loadings and levels integrated out, so each row is normal.

Row a of predictors, given periods, factors and scales, has mean ``period + ever * gap + l1 @ f`` and covariance
``spread^2 + sum of sd_q^2 f_q f_q' + sd^2 rho^|s - t|``. An adopter's periods before its start are the first rows of
it, and the Cholesky factor of a leading block is the leading block of the factor: one factor serves all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from sos_bayes.synthesis.shared_graph import STAY, latent_values, shared_data

if TYPE_CHECKING:
    from sos_bayes.synthesis.latent_factors import LatentFactors
    from sos_bayes.synthesis.latents import Latents
    from sos_bayes.synthesis.series import Series

Floats = NDArray[np.float64]


def factors_graph(
    series: Series, latents: Latents, data: dict[str, Floats], design: LatentFactors, loading: float
) -> pm.Model:
    """Build the model; its named values are those that `latent_factors.predicted` reads."""
    n_k, n_t, n_q = series.adopters, series.periods, design.factors
    ages = np.abs(np.subtract.outer(np.arange(n_t), np.arange(n_t)))
    with pm.Model() as model:
        given = shared_data(data)
        values = latent_values(series, latents, given)
        period = pm.Deterministic("period", given["rough"].mean(axis=0) + pm.Normal("period_score", 0, 1, shape=n_t))
        gap = pm.Deterministic("gap", 2.0 * pm.Normal("gap_score", 0, 1))
        spread = pm.HalfNormal("spread", 1.0)
        sd = pm.HalfNormal("sd", 0.5)
        rho = pm.Deterministic("rho", STAY * pt.sigmoid(1.5 * pm.Normal("rho_score", 0, 1)))
        larger = pm.Deterministic("adopter_scale", pt.exp(0.5 * pm.Normal("adopter_score", 0, 1)))
        cov, lead = spread**2, period + gap
        if n_q:
            f = pm.Normal("factor", 0, 1, shape=(n_q, n_t))
            own = _loading_sds(loading, n_q)
            lead = lead + pt.dot(0.3 * loading / 0.2 * pm.Normal("leaning_score", 0, 1, shape=n_q), f)
            cov = cov + pt.dot(f.T * own**2, f)
        lasting = sd**2 * pt.power(rho, ages)
        pm.Deterministic("lead", lead)
        pm.Potential("donors", _rows(values[n_k:] - period, cov + lasting, np.full(series.donors, n_t), n_t))
        pm.Potential("adopters", _rows(values[:n_k] - lead, cov + larger**2 * lasting, series.starts, n_t))
    return model


def _loading_sds(loading: float, n_q: int) -> Any:
    """Of each factor, falling: a factor that is not needed shrinks to nothing."""
    first = pm.HalfNormal("first_sd", loading)
    if n_q == 1:
        return pm.Deterministic("loading_sd", first[None])
    share = pm.Uniform("share", 0, 1, shape=n_q - 1)
    return pm.Deterministic("loading_sd", first * pt.concatenate([[1.0], pt.cumprod(share)]))


def _rows(apart: Any, cov: Any, lengths: NDArray[np.intp], n_t: int) -> Any:
    """Log density of rows (n, T), of which the first periods of each are counted."""
    root = pt.linalg.cholesky(cov + 1e-8 * np.eye(n_t))
    white = pt.linalg.solve_triangular(root, apart.T, lower=True).T
    inside = (np.arange(n_t) < lengths[:, None]).astype(float)
    return -0.5 * (inside * white**2).sum() - (inside.sum(axis=0) * pt.log(pt.diagonal(root))).sum()
