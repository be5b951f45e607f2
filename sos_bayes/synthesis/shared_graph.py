"""What both graphs share: latent cells joint with their counts, residuals that last, their scales."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from sos_bayes.families import Gaussian
from sos_bayes.synthesis.latents import Latents, additive
from sos_bayes.synthesis.quiet import Residual
from sos_bayes.synthesis.series import Series

Floats = NDArray[np.float64]
STAY = 0.99  # largest memory


def data_of(series: Series, latents: Latents, quiet: Residual | None) -> dict[str, Floats]:
    """All that a graph reads of the data: the rest is structure, and graphs of one structure share a compilation."""
    place = np.flatnonzero(latents.free.ravel())
    found = {"cells": latents.centre}
    if quiet is None or latents.free[series.adopters :].any():
        found["rough"] = additive(series)
    if quiet is not None:
        found["quiet"] = np.array([quiet.mean[0], quiet.root[0, 0], quiet.mean[1], np.hypot(*quiet.root[1])])
    if len(place):
        found["cell_scale"] = latents.scale.ravel()[place]
        if isinstance(series.family, Gaussian):
            error = np.where(series.seen, series.error, np.inf).ravel()[place]
            found |= {"cell_value": series.value.ravel()[place], "cell_precision": 1 / np.maximum(error, 1e-12) ** 2}
        else:
            found |= {"cell_events": series.events.ravel()[place], "cell_total": series.total.ravel()[place]}
    return {name: np.ascontiguousarray(value, dtype=np.float64) for name, value in found.items()}


def shared_data(data: dict[str, Floats]) -> dict[str, Any]:
    """Data that may be exchanged after compilation, with their shapes fixed."""
    return {name: pt.specify_shape(pm.Data(name, value), value.shape) for name, value in data.items()}


def latent_values(series: Series, latents: Latents, given: dict[str, Any]) -> Any:
    """Predictor of every cell (K + J, T): known, or latent with the likelihood of its count."""
    place = np.flatnonzero(latents.free.ravel())
    if not len(place):
        return given["cells"]
    score = pm.Flat("cell_score", shape=len(place))
    known = given["cells"].flatten()
    eta = known[place] + given["cell_scale"] * score
    if isinstance(series.family, Gaussian):
        pm.Potential("counts", -0.5 * (given["cell_precision"] * (eta - given["cell_value"]) ** 2).sum())
    else:
        cost = pt.softplus(eta) if series.family.name == "binomial" else pt.exp(eta)
        pm.Potential("counts", (given["cell_events"] * eta - given["cell_total"] * cost).sum())
    return pt.set_subtensor(known[place], eta).reshape(latents.centre.shape)


def residual_scales(quiet: Any, size: int) -> tuple[Any, Any]:
    """Sd (size,) and memory of residuals, with what the donors say of them (`data_of`) as the prior."""
    sd = pm.Deterministic("sd", pt.exp(quiet[0] + quiet[1] * pm.Normal("sd_score", 0, 1, shape=size)))
    logit = quiet[2] + quiet[3] * pm.Normal("rho_score", 0, 1)
    return sd, pm.Deterministic("rho", STAY * pt.sigmoid(logit))


def ar1_density(gap: Any, lengths: NDArray[np.intp], n_t: int, sd: Any, rho: Any) -> Any:
    """Log density of stationary AR(1) rows (K, T), of which the first periods of each are counted."""
    each = sd * pt.sqrt(1 - rho**2)
    steps = pt.concatenate([pt.sqrt(1 - rho**2) * gap[:, :1], gap[:, 1:] - rho * gap[:, :-1]], axis=1)
    inside = (np.arange(n_t) < lengths[:, None]).astype(float)
    return (
        -0.5 * (inside * (steps / each[:, None]) ** 2).sum()
        - (inside.sum(axis=1) * pt.log(each)).sum()
        + 0.5 * len(lengths) * pt.log(1 - rho**2)
    )


def two_way_density(values: Any, series: Series, latents: Latents, given: dict[str, Any]) -> Any:
    """Prior of donors' latent cells (J, T): own levels, common periods and independent departures, their sds learnt."""
    rough = given["rough"][series.adopters :]
    level, period = rough.mean(axis=1), rough.mean(axis=0)
    sd = pm.HalfNormal("sd_departure", 0.5)
    levels = rough.mean() + pm.Normal("donor_level", 0, 1, shape=series.donors) * (level.std() + 0.1)
    periods = pm.Normal("donor_period", 0, 1, shape=series.periods) * (period.std() + 0.1)
    free = latents.free[series.adopters :].astype(float)
    apart = (values - (levels[:, None] + periods)) / sd
    return -0.5 * (free * apart**2).sum() - float(free.sum()) * pt.log(sd)
