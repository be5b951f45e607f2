"""Cells that are sampled: counted ones and missing ones, and where sampling of each begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes.synthesis.quiet import filled
from sos_bayes.synthesis.series import Series

Floats = NDArray[np.float64]


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


def values_of(latents: Latents, draws: dict[str, Floats]) -> Floats:
    """Predictor of every cell given each draw, (S or 1, K + J, T)."""
    place = np.flatnonzero(latents.free.ravel())
    if not len(place):
        return latents.centre[None]
    flat = np.broadcast_to(latents.centre.ravel(), (len(draws["rho"]), latents.centre.size)).copy()
    flat[:, place] += latents.scale.ravel()[place] * draws["cell_score"]
    return flat.reshape(-1, *latents.centre.shape)


def structure(series: Series, latents: Latents) -> tuple[object, ...]:
    """What makes two graphs one: the family, shapes, starts and which cells are sampled."""
    starts = tuple(int(s) for s in series.starts)
    return series.family.name, series.adopters, latents.free.shape, starts, latents.free.tobytes()
