"""What both models share: latent cells joint with their counts, residuals that last, their scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from sos_bayes.families import Gaussian
from sos_bayes.synthesis.quiet import Residual, filled
from sos_bayes.synthesis.series import Series

Floats = NDArray[np.float64]
STAY = 0.99  # largest memory


@dataclass(frozen=True, slots=True, eq=False)
class Latents:
    """Cells (K + J, T) that are sampled, and where sampling of each begins.

    Attributes
    ----------
    free : ndarray of bool
        Counted or missing cells that matter: donors' in all periods, adopters' before their start.
    centre, scale : ndarray
        Rough posterior of each: where the sampler begins and its step.
    """

    free: NDArray[np.bool_]
    centre: Floats
    scale: Floats


def latents_of(series: Series) -> Latents:
    """Roughly weigh each cell's own count against row and period effects."""
    two_way = additive(series)
    inside = np.ones(series.value.shape, dtype=bool)
    inside[: series.adopters] = series.before
    seen = series.seen
    spread = float(np.sqrt(np.mean((series.value - two_way)[seen & inside] ** 2))) + 1e-9
    exact = seen & (series.error == 0)
    precision = np.where(seen & ~exact, 1 / np.where(seen & ~exact, series.error, 1.0) ** 2, 0.0)
    weight = np.where(exact, 1.0, precision / (precision + 1 / spread**2))
    centre = weight * series.value + (1 - weight) * two_way
    scale = 1 / np.sqrt(precision + 1 / spread**2)
    return Latents(inside & ~exact, centre, scale)


def additive(series: Series) -> Floats:
    """Row and period effects of untreated cells, (K + J, T)."""
    values = filled(series)
    rows, periods = values.mean(axis=1, keepdims=True), values.mean(axis=0)
    return np.asarray(rows + periods - values.mean())


def latent_values(series: Series, latents: Latents) -> Any:
    """Predictor of every cell (K + J, T): known, or latent with the likelihood of its count."""
    place = np.flatnonzero(latents.free.ravel())
    known = latents.centre.ravel()
    if not len(place):
        return pt.as_tensor(latents.centre)
    score = pm.Flat("cell_score", shape=len(place))
    eta = known[place] + latents.scale.ravel()[place] * score
    y, n = series.events.ravel()[place], series.total.ravel()[place]
    if isinstance(series.family, Gaussian):
        error = np.where(n > 0, series.error.ravel()[place], 1.0)
        value = series.value.ravel()[place]
        pm.Potential("counts", pt.sum(np.where(n > 0, -0.5 / error**2, 0.0) * (eta - value) ** 2))
    elif series.family.name == "binomial":
        pm.Potential("counts", pt.sum(y * eta - n * pt.softplus(eta)))
    else:
        pm.Potential("counts", pt.sum(y * eta - n * pt.exp(eta)))
    flat = pt.set_subtensor(pt.as_tensor(known)[place], eta)
    return flat.reshape(latents.centre.shape)


def values_of(latents: Latents, draws: dict[str, Floats]) -> Floats:
    """Predictor of every cell given each draw, (S or 1, K + J, T)."""
    place = np.flatnonzero(latents.free.ravel())
    if not len(place):
        return latents.centre[None]
    flat = np.broadcast_to(latents.centre.ravel(), (len(draws["rho"]), latents.centre.size)).copy()
    flat[:, place] += latents.scale.ravel()[place] * draws["cell_score"]
    return flat.reshape(-1, *latents.centre.shape)


def residual_scales(quiet: Residual, size: int) -> tuple[Any, Any]:
    """Sd (size,) and memory of residuals, with what the donors say of them as the prior."""
    own = float(quiet.root[0, 0])
    sd = pm.Deterministic("sd", pt.exp(quiet.mean[0] + own * pm.Normal("sd_score", 0, 1, shape=size)))
    logit = quiet.mean[1] + float(np.hypot(*quiet.root[1])) * pm.Normal("rho_score", 0, 1)
    return sd, pm.Deterministic("rho", STAY * pt.sigmoid(logit))


def ar1_density(gap: Any, lengths: NDArray[np.intp], sd: Any, rho: Any) -> Any:
    """Log density of stationary AR(1) rows (K, T), of which the first periods of each are counted."""
    n_t = int(gap.type.shape[1])
    each = sd * pt.sqrt(1 - rho**2)
    steps = pt.concatenate([pt.sqrt(1 - rho**2) * gap[:, :1], gap[:, 1:] - rho * gap[:, :-1]], axis=1)
    inside = (np.arange(n_t) < lengths[:, None]).astype(float)
    return (
        -0.5 * (inside * (steps / each[:, None]) ** 2).sum()
        - (inside.sum(axis=1) * pt.log(each)).sum()
        + 0.5 * len(lengths) * pt.log(1 - rho**2)
    )


def two_way_density(values: Any, series: Series, latents: Latents) -> Any:
    """Prior of donors' latent cells (J, T): own levels, common periods and independent departures, their sds learnt."""
    rough = additive(series)[series.adopters :]
    n_j, n_t = rough.shape
    base, spread = float(rough.mean()), float(rough.mean(axis=1).std()) + 0.1
    sd = pm.HalfNormal("sd_departure", 0.5)
    level = pm.Normal("donor_level", 0, 1, shape=n_j) * spread
    period = pm.Normal("donor_period", 0, 1, shape=n_t) * (float(rough.mean(axis=0).std()) + 0.1)
    free = latents.free[series.adopters :]
    apart = (values - (base + level[:, None] + period)) / sd
    return -0.5 * (np.where(free, 1.0, 0.0) * apart**2).sum() - float(free.sum()) * pt.log(sd)
