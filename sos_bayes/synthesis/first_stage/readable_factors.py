"""The latent factors' first stage as a PyMC model: the density of `factors_density`, in named variables."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes._core.array_types import Floats
from sos_bayes.synthesis.first_stage.ar1_covariance import JITTER
from sos_bayes.synthesis.first_stage.factors_density import (
    ADOPTER_SD,
    GAP_SD,
    MEMORY_SD,
    NODES,
    SD_SCALE,
    SPREAD_SCALE,
    WEIGHTS,
    Factored,
)
from sos_bayes.synthesis.first_stage.readable_rows import lasting, memory, predicted_rows
from sos_bayes.synthesis.panel.readable_cells import coords_of, observe_rows
from sos_bayes.synthesis.panel.series import Series


def readable_factors(series: Series, given: Factored) -> pm.Model:
    """Write the first stage of `LatentFactors`: levels and loadings are integrated out, rows are normal.

    Parameters
    ----------
    series : Series
    given : Factored
        What the compiled density reads.

    Returns
    -------
    pymc.Model
        Deterministic are ``factor`` (factor, period), ``rho``, and ``predicted`` (adopter, period), the cells that are
        expected without the rollout, on the scale of the model.
    """
    k, n_t, n_q = series.adopters, series.periods, given.factors
    used = series.seen.copy()
    used[:k] &= series.before
    noise = np.where(used, series.error, 0.0) ** 2
    loading, leaning_sd, period_sd = given.prior.tolist()
    with pm.Model(coords=coords_of(series) | ({"factor_number": list(range(n_q))} if n_q else {})) as model:
        spread = pm.HalfNormal("spread", SPREAD_SCALE)
        sd = pm.HalfNormal("sd", SD_SCALE)
        rho = memory("logit_memory", 0.0, MEMORY_SD)
        larger = pm.math.exp(pm.Normal("log_adopter_scale", 0.0, ADOPTER_SD))
        period = pm.Normal("period_effect", given.rough, period_sd, dims="period")
        lead = period + pm.Normal("gap", 0.0, GAP_SD)
        base = given.drift + spread**2
        if n_q:
            leaning = pm.Normal("leaning", 0.0, leaning_sd, dims="factor_number")
            factor = pm.Deterministic("factor", loading * _factors(given), dims=("factor_number", "period"))
            lead, base = lead + pt.dot(leaning, factor), base + pt.dot(factor.T, factor)
        apart = sd**2 * lasting(rho, n_t)
        each = [
            (slice(0, k), "before_start", lead, base + larger**2 * apart),
            (slice(k, None), "donors", period, base + apart),
        ]
        for rows, name, line, covariance in each:
            size = len(noise[rows])
            observe_rows(
                name, series.value[rows], used[rows], pt.stack([line] * size), pt.stack([covariance] * size),
                pt.constant(noise[rows] + JITTER),
            )  # fmt: skip
        mean, covariance = (pt.stack([x] * k) for x in each[0][2:])
        predicted_rows(series, used[:k], mean, covariance, noise[:k], np.zeros((k, n_t)))
    return model


def _factors(given: Factored) -> Any:
    """Declare the factors in units of their scale, (q, T); of two, the second is zero at the period ``pin``."""
    n_t, n_q, pin = len(given.rough), given.factors, given.pin
    free = np.delete(np.arange(n_q * n_t), [n_t + pin] * (n_q == 2))
    turned = pin if n_q == 2 else None
    values = pm.CustomDist(
        "z_factor", np.zeros(len(free)), logp=partial(_log_density, size=n_q * n_t, turned=turned),
        random=partial(_drawn, shape=(n_q, n_t), turned=turned), support_point=_start, signature="(n)->(n)",
    )  # fmt: skip
    return pt.zeros(n_q * n_t)[free].set(values).reshape((n_q, n_t))


def _log_density(value: Any, centre: Any, *, size: int, turned: int | None) -> Any:
    """Normals whose common sd is half-normal on `NODES`; of two factors with the Jacobian of the turn."""
    squares = ((value - centre) ** 2).sum(axis=-1, keepdims=True)
    found = pt.logsumexp(np.log(WEIGHTS) - size * np.log(NODES) - 0.5 * squares / NODES**2, axis=-1)
    return found if turned is None else found + pt.log(pt.abs(value[..., turned]))


def _start(rv: Any, size: Any, centre: Any) -> Any:
    return pt.full_like(rv, 0.1)


def _drawn(centre: Floats, *, shape: tuple[int, int], turned: int | None, rng: Any = None, size: Any = None) -> Floats:
    """Both factors drawn and turned until the second is zero where it is held; one sign for both by chance."""
    batch = (*(() if size is None else tuple(np.atleast_1d(size))),)
    scale = rng.choice(NODES, batch, p=WEIGHTS / WEIGHTS.sum())
    factors = scale[..., None, None] * rng.standard_normal((*batch, *shape))
    if turned is None:
        return np.asarray(centre + factors.reshape(*batch, -1))
    x, y = factors[..., 0, turned], factors[..., 1, turned]
    far = np.hypot(x, y) * rng.choice([-1.0, 1.0], batch)
    turn = np.stack([np.stack([x, y], axis=-1), np.stack([-y, x], axis=-1)], axis=-2) / far[..., None, None]
    flat = (turn @ factors).reshape(*batch, -1)
    return np.asarray(centre + np.delete(flat, shape[1] + turned, axis=-1))
