"""Working values: what a counted cell says of its log-odds or log-rate, as a normal with an error.

A count is read at the mode that it has beside row and period effects, never at its own maximum: no events, or nothing
but events, then say "low" or "high" with a large error, and no cell needs half an event added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families import Family

ROUNDS, STEPS, PASSES = 6, 12, 60
LONGEST = 1.5  # step of a mode
TREATED_SD = 1.0  # around the two-way mean, where a treated cell is read: wide, so that its own count decides


@dataclass(frozen=True, slots=True, eq=False)
class TwoWay:
    """Row and period effects (A, T) of untreated cells, and the sd of what departs from them."""

    mean: Floats
    sd: float

    def __repr__(self) -> str:
        return shapes_only(self)


def two_way(value: Floats, error: Floats, known: Flags) -> TwoWay:
    """Fit two-way (row and period) effects to ``known`` cells with errors; the sd of departures by an EM algorithm.

    Examples
    --------
    >>> value = np.array([[0.0, 1.0], [2.0, 3.0]])
    >>> two_way(value, np.zeros((2, 2)), np.ones((2, 2), bool)).mean.round(6).tolist()
    [[0.0, 1.0], [2.0, 3.0]]
    """
    noise = np.where(known, error, 0.0) ** 2
    value = np.where(known, value, 0.0)
    rows, periods = np.zeros(len(value)), np.zeros(value.shape[1])
    squared = float(value[known].var()) + 1e-12
    cells = int(known.sum())
    spare = max(cells - sum(value.shape) + 1, 1) / cells
    for _ in range(PASSES):
        weight = np.where(known, 1 / (noise + squared), 0.0)
        rows = _averaged(weight, value - periods, axis=1)
        periods = _averaged(weight, value - rows[:, None], axis=0)
        kept = squared * weight
        apart = kept * (value - rows[:, None] - periods)
        squared = float((apart**2 / spare + kept * noise)[known].mean()) + 1e-12
    return TwoWay(rows[:, None] + periods, float(np.sqrt(squared)))


def _averaged(weight: Floats, value: Floats, axis: int) -> Floats:
    """Weighted means; of rows or periods without any cell, that of the others."""
    total = weight.sum(axis=axis)
    means = (weight * value).sum(axis=axis) / np.where(total > 0, total, 1.0)
    return np.asarray(np.where(total > 0, means, means[total > 0].mean()))


def counted(events: Floats, total: Floats, untreated: Flags, family: Family) -> tuple[Floats, Floats]:
    """Working values and their error sds (A, T): infinite where nobody was counted."""
    seen = total > 0
    safe = np.where(seen, total, 1.0)
    value = family.working(events, safe)
    error = np.where(seen, 1.0, np.inf)
    for _ in range(ROUNDS):
        around = two_way(value, error, seen & untreated)
        sd = np.where(untreated, around.sd, max(around.sd, TREATED_SD))
        value, error = _read_at_mode(events, total, around.mean, sd, family)
        value, error = np.where(seen, value, 0.0), np.where(seen, error, np.inf)
    return value, error


def _read_at_mode(events: Floats, total: Floats, centre: Floats, sd: Floats, family: Family) -> tuple[Floats, Floats]:
    """Working value eta + slope / curve and its sd at the posterior mode of eta, found by Newton's method."""
    eta = centre.copy()
    for _ in range(STEPS):
        slope, curve = family.at(events, total, eta)
        step = (slope - (eta - centre) / sd**2) / (curve + 1 / sd**2)
        eta += np.clip(step, -LONGEST, LONGEST)
    slope, curve = family.at(events, total, eta)
    curve = np.maximum(curve, 1e-12)
    return eta + slope / curve, 1 / np.sqrt(curve)
