"""What is known of untreated cells: themselves where they are plain numbers, else a normal around two-way effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.synthesis.panel.series import Series
from sos_bayes.synthesis.panel.working_values import TwoWay, two_way


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Normal posterior of each cell's predictor, given its own count and row and period effects, (K + J, T) each.

    Attributes
    ----------
    centre, variance : ndarray
        A plain number has no variance; a missing or treated cell has that of departures from the two-way effects.
    """

    centre: Floats
    variance: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def around_untreated(series: Series) -> TwoWay:
    """Row and period effects of untreated cells."""
    return two_way(series.value, series.error, _untreated(series))


def known_of(series: Series) -> Known:
    """Shrink each untreated cell's value towards its row and period effects (a normal posterior)."""
    used, around = _untreated(series), around_untreated(series)
    noise = np.where(used, series.error, 0.0) ** 2
    kept = np.where(used, around.sd**2 / (around.sd**2 + noise), 0.0)
    kept[used & (series.error == 0)] = 1.0
    centre = around.mean + kept * (np.where(used, series.value, 0.0) - around.mean)
    return Known(centre, np.where(used, kept * noise, around.sd**2))


def _untreated(series: Series) -> NDArray[np.bool_]:
    used = series.seen.copy()
    used[: series.adopters] &= series.before
    return used
