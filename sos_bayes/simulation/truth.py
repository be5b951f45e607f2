"""The answer that an evaluation of made-up data should find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats


@dataclass(frozen=True, slots=True)
class Truth:
    """True effects of a made-up rollout on the outcome's natural scale (-0.13 is -13 percentage points).

    A treated cell weighs its authority's mean denominator before the start, unless said otherwise.

    Parameters
    ----------
    satt : float
        Mean of with minus without over the treated cells, weighted by children (or exposure).
    satt_authorities : float
        The same with every adopter counting once, and all its treated periods alike.
    patt : float
        Every adopter counting once, the effect drawn afresh from the population of adopters (integrated).
    mean_with, mean_without : float
        The two weighted means whose difference is `satt`.
    mu : float
        Mean effect on the scale of the link.
    by_event_time : tuple of (int, float)
        Effect by periods since the start, from 0.
    by_authority : tuple of (str, float)
        Effect in each adopter.
    """

    satt: float
    satt_authorities: float
    patt: float
    mean_with: float
    mean_without: float
    mu: float
    by_event_time: tuple[tuple[int, float], ...]
    by_authority: tuple[tuple[str, float], ...]


def treated_cells(start: NDArray[np.int64], periods: int) -> NDArray[np.bool_]:
    """Which cells have the rollout: (authority, period); a start at `periods` never comes."""
    return np.asarray(np.arange(periods)[None, :] >= start[:, None])


def fixed_weights(total: Floats, start: NDArray[np.int64]) -> Floats:
    """Weights of the treated cells: the authority's mean total before its start; 0 elsewhere."""
    treated = treated_cells(start, total.shape[1])
    before = np.where(treated, 0.0, total).sum(axis=1) / (~treated).sum(axis=1)
    return np.asarray(before[:, None] * treated)


def weighted(values: Floats, weights: Floats) -> float:
    """Weighted mean over all cells."""
    return float((values * weights).sum() / weights.sum())


def by_event_time(difference: Floats, weights: Floats, start: NDArray[np.int64]) -> tuple[tuple[int, float], ...]:
    """Weighted mean difference at each number of periods since the start."""
    since = np.arange(difference.shape[1])[None, :] - start[:, None]
    lags = np.unique(since[since >= 0]).tolist()
    return tuple((lag, weighted(difference, weights * (since == lag))) for lag in lags)


def by_authority(
    difference: Floats, weights: Floats, names: tuple[str, ...], adopters: int
) -> tuple[tuple[str, float], ...]:
    """Weighted mean difference in each of the first `adopters` authorities."""
    return tuple((names[a], weighted(difference[a], weights[a])) for a in range(adopters))
