"""Where a measured outcome's residual sd lies, and how well it is known: a coordinate in which it is nearly normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.data import Cells
from sos_bayes.data.cells.child_values import Values
from sos_bayes.data.cells.within_cell_units import Pooled, pooled
from sos_bayes.families.student_t import weights

PRIOR_DEGREES = 1.0  # of the residual variance: as much as one child's deviation says
STEPS = 50


@dataclass(frozen=True, slots=True)
class Residual:
    """Coordinate of the residual sd: its log, in units of the pooled sd within cells, is ``centre + width * score``.

    Attributes
    ----------
    degrees : float
        Degrees of freedom of children's deviations within cells, and of the prior (`within_density`).
    centre, width : float
        Where the log lies and how far, were every authority and period free: the score is then nearly standard normal.
    units : Pooled
        What is standardised by.
    """

    degrees: float
    centre: float
    width: float
    units: Pooled

    @property
    def values(self) -> Floats:
        """The first three in order, as the sampler's graph holds them."""
        return np.array([self.degrees, self.centre, self.width])


def residual_of(cells: Cells, columns: Floats | None, units: Pooled | None = None) -> Residual:
    """Look at residuals from a level for each authority and period and the covariates' ``columns`` (C, k).

    ``units`` are those of the cells unless given.
    """
    units = units or pooled(cells)
    if cells.values is not None:
        return _long_tailed(cells, cells.values, columns, units)
    degrees = units.degrees + PRIOR_DEGREES
    beyond, free = _beyond(cells, columns, units.mean, units.sd)
    centre = 0.5 * np.log((degrees + beyond) / (degrees + free))
    return Residual(degrees, float(centre), float(1.0 / np.sqrt(2.0 * (degrees + free))), units)


def _beyond(cells: Cells, columns: Floats | None, mean: float, sd: float) -> tuple[float, float]:
    """Squared residuals of cells' means, weighted by children, and their degrees of freedom."""
    n = cells.total
    filled = n > 0
    y = np.divide((cells.events - n * mean) / sd, n, out=np.zeros_like(n), where=filled)
    free = float(filled.sum() - filled.any(axis=2).sum())
    x = np.zeros((len(n[0, 0]), 0)) if columns is None else columns
    gram = np.zeros((x.shape[1] + 1, x.shape[1] + 1))
    for number, values in zip(n, y, strict=True):  # one authority at a time: patterns may be many
        sides = np.concatenate([np.broadcast_to(x, (len(number), *x.shape)), values[..., None]], axis=2)
        whole = np.maximum(number.sum(axis=1), 1.0)
        centred = sides - (np.einsum("tc,tci->ti", number, sides) / whole[:, None])[:, None]
        weighted = (np.sqrt(number)[..., None] * centred).reshape(-1, len(gram))
        gram += weighted.T @ weighted
    solved, _, rank, _ = np.linalg.lstsq(gram[:-1, :-1], gram[:-1, -1], rcond=None)
    squares, free = float(gram[-1, -1] - gram[:-1, -1] @ solved), free - float(rank)
    return max(squares, 0.0), max(free, 0.0)


def _long_tailed(cells: Cells, values: Values, columns: Floats | None, units: Pooled) -> Residual:
    """The same for the scale of a Student t, by weighted least squares until nothing moves."""
    n_c, degrees = cells.total.shape[2], cells.outcome.degrees
    x = np.zeros((n_c, 0)) if columns is None else columns
    y, place, pattern = (values.values - units.mean) / units.sd, values.cell // n_c, values.cell % n_c
    level = (values.together().medians().ravel() - units.mean) / units.sd
    shift, scale, many = np.zeros(n_c), 1.0, float(values.times.sum())
    free = float((cells.total.sum(axis=2) > 0).sum()) + x.shape[1]
    for _ in range(STEPS):
        away = y - level[place] - shift[pattern]
        w = values.times * weights(away / scale, degrees)
        moved = np.sqrt((w * away**2).sum() / max(many - free, 1.0)) / scale
        scale *= moved
        whole = np.bincount(place, w, len(level))
        level = np.bincount(place, w * (y - shift[pattern]), len(level)) / np.maximum(whole, 1e-300)
        if x.shape[1]:
            by_pattern = np.bincount(pattern, w, n_c)
            slope = np.bincount(pattern, w * (y - level[place]), n_c)
            shift = x @ np.linalg.lstsq(x.T @ (by_pattern[:, None] * x), x.T @ slope, rcond=None)[0]
        if abs(moved - 1.0) < 1e-4:
            break
    width = np.sqrt((degrees + 3.0) / (2.0 * degrees * (max(many - free, 1.0) + PRIOR_DEGREES)))
    return Residual(PRIOR_DEGREES, float(np.log(scale)), float(width), units)
