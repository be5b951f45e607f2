"""A measured quantity with long tails: children around a centre by Student's t with known degrees of freedom.

With u = (value - eta) / s a child has the log-likelihood -log(s) - (n + 1) / 2 log(1 + u^2 / n). Far out its slope
falls to nothing, so that no single child decides; it is not concave there. No sums say as much as the values: loops
run over them, cell by cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes.families.compiled import FAST
from sos_bayes.families.gaussian import Gaussian

Floats = NDArray[np.float64]
FLOOR = 0.25


class Children(Protocol):
    """Children's values by cell, as `data.Cells` holds them."""

    @property
    def values(self) -> Floats:
        """All values, one cell after the other."""
        ...

    @property
    def times(self) -> Floats:
        """How many children have each."""
        ...

    @property
    def ends(self) -> NDArray[np.intp]:
        """Where each cell's values end."""
        ...

    @property
    def cell(self) -> NDArray[np.intp]:
        """Flat position of the cell of each value."""
        ...

    def medians(self) -> Floats:
        """Median of every cell's children."""
        ...


@dataclass(frozen=True, slots=True)
class StudentT(Gaussian):
    """Values around a centre with long tails; ``centre`` and ``scale`` turn the predictor into the quantity's own unit.

    Examples
    --------
    >>> float(StudentT(centre=20.0, scale=4.0).mean(np.array(0.5)))
    22.0
    """

    name: str = "student_t"
    code: int = 4
    degrees: float = 4.0


def weights(u: Floats, degrees: float) -> Floats:
    """What a normal likelihood would weigh children by, at their deviations in units of the scale.

    Examples
    --------
    >>> weights(np.array([0.0, 1.0, 100.0]), 4.0).round(4).tolist()
    [1.25, 1.0, 0.0005]
    """
    return np.asarray((degrees + 1.0) / (degrees + u**2))


def score(u: Floats, degrees: float) -> tuple[Floats, Floats]:
    """Slope and curvature by eta, in units of the scale, at children's deviations."""
    left = 1.0 / (degrees + u**2)
    return np.asarray((degrees + 1.0) * u * left), np.asarray((degrees + 1.0) * (degrees - u**2) * left**2)


@nb.njit(cache=True, **FAST)
def student_t_cell(eta, values, times, degrees, scale):  # type: ignore[no-untyped-def]
    """Log-likelihood of one cell's children, its slope and curvature by eta, and its derivative by the log scale.

    The curvature is at least `FLOOR` of that of the normal likelihood that touches it from below, so that Newton's
    steps are those of a concave function; around the centre of a handful of children it is the true one.
    """
    inverse = 1.0 / scale
    value, slope, curve, lower, number = 0.0, 0.0, 0.0, 0.0, 0.0
    squared = 0.0
    for i in range(values.size):
        u = (values[i] - eta) * inverse
        square = u * u
        left = times[i] / (degrees + square)
        value += times[i] * math.log1p(square / degrees)
        slope += left * u
        lower += left
        curve += left * (degrees - square) / (degrees + square)
        squared += left * square
        number += times[i]
    most = degrees + 1.0
    value = -0.5 * most * value - number * math.log(scale)
    curve = max(curve, FLOOR * lower)
    return value, most * slope * inverse, most * curve * inverse * inverse, most * squared - number


@nb.njit(cache=True, **FAST)
def student_t_cumulants(eta, values, times, degrees, scale):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives by eta of minus one cell's log-likelihood."""
    inverse = 1.0 / scale
    third, fourth = 0.0, 0.0
    for i in range(values.size):
        u = (values[i] - eta) * inverse
        square = u * u
        left = 1.0 / (degrees + square)
        third += times[i] * u * (3.0 * degrees - square) * left * left * left
        fourth += times[i] * (degrees * degrees - 6.0 * degrees * square + square * square) * (left * left) ** 2
    most = degrees + 1.0
    return 2.0 * most * third * inverse**3, -6.0 * most * fourth * inverse**4


def centres(children: Children, scale: float, degrees: float) -> tuple[Floats, Floats]:
    """Centre of every cell's children, the likeliest, and how precisely they tell it; zero and zero of an empty cell.

    Weighted means from the median on; ``scale`` is known. The precision is the one expected, (n + 1) / (n + 3) of a
    normal's with the same scale.
    """
    cell, size = children.cell, children.ends.size
    number = np.bincount(cell, children.times, size)
    centre = np.nan_to_num(children.medians().ravel())
    for _ in range(100):
        w = children.times * weights((children.values - centre[cell]) / scale, degrees)
        moved = np.bincount(cell, w * children.values, size) / np.maximum(np.bincount(cell, w, size), 1e-300)
        done = bool(np.abs(moved - centre).max(initial=0.0) < 1e-6 * scale)
        centre = moved
        if done:
            break
    precision = number * (degrees + 1.0) / (degrees + 3.0) / scale**2
    return centre.reshape(children.ends.shape), precision.reshape(children.ends.shape)
