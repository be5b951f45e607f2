"""Treated cells whose count is known by bounds: what it may have been, by the headline fit and the bounds."""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.families.intervals import interval_draw
from sos_bayes.fitting import Fit


class Unknown(NamedTuple):
    """Adopters' cells known by bounds: positions among the K T cells, totals, bounds (m,), predictors (n, m)."""

    where: NDArray[np.intp]
    total: Floats
    low: Floats
    high: Floats
    sure: Floats
    chance: Floats
    theta: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def unknown(fit: Fit) -> Unknown | None:
    """Take a fit's adopters' cells that are known by bounds, with draws of their predictors; None without any."""
    cells, adopters = fit.layout.cells, fit.layout.adopters
    if cells.intervals is None:
        return None
    intervals = cells.intervals.of(adopters.tolist())
    if not len(intervals):
        return None
    place = (intervals.authority, intervals.period)
    theta = fit.draws.theta[..., place[0], place[1]]
    where = intervals.authority * cells.total.shape[1] + intervals.period
    total = cells.total[adopters][..., 0][place]
    return Unknown(where, total, *intervals.bounds, theta.reshape(-1, len(intervals)))


def drawn_counts(code: int, suppressed: Unknown, size: int, seed: int) -> Floats:
    """Draw each cell's count within its bounds, (size, m)."""
    rng = np.random.default_rng([seed, 15])
    rows = rng.integers(len(suppressed.theta), size=size)
    uniform = rng.random((size, len(suppressed.where)))
    return np.asarray(_drawn(code, suppressed.theta[rows], *suppressed[1:6], uniform))


@nb.njit(cache=True, **STRICT)
def _drawn(code, theta, total, low, high, sure, chance, uniform):  # type: ignore[no-untyped-def]
    out = np.empty(theta.shape)
    for d in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[d, i] = interval_draw(code, theta[d, i], total[i], low[i], high[i], sure[i], chance[i], uniform[d, i])
    return out
