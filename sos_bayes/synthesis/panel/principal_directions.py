"""What moves donors apart: principal directions of their departures from each other that stand out of noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only

DIRECTIONS, LASTING = 2, 1.1


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """What moves donors apart: loadings (q, J) with mean square one, and what one of them moves by (q, T)."""

    loadings: Floats
    along: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def directions_of(centre: Floats, *, intercept: bool) -> Directions:
    """Principal directions of donors' departures from the periods' means, and with a constant from their own.

    Singular vectors of the departures U diag(size) V': at most two, and none that independent noise would be as likely
    to show.

    Examples
    --------
    >>> both = np.linspace(-1.0, 1.0, 12)
    >>> directions = directions_of(np.outer(both, both), intercept=True)
    >>> round(float((directions.loadings[0] ** 2).mean()), 6)
    1.0
    """
    apart = centre - centre.mean(axis=0)
    if intercept:
        apart = apart - apart.mean(axis=1, keepdims=True)
    left, size, right = np.linalg.svd(apart, full_matrices=False)
    kept, root = 0, np.sqrt(len(centre))
    while kept < min(DIRECTIONS, len(size) - 1) and size[kept] > _largest_of_noise(size[kept:], apart.shape, kept):
        kept += 1
    return Directions(root * left[:, :kept].T, size[:kept, None] * right[:kept] / root)


def _largest_of_noise(size: Floats, shape: tuple[int, ...], kept: int) -> float:
    """Largest singular value that noise with these others' mean square has, and somewhat more for noise that lasts.

    That of an n by m matrix of independent standard normals is sqrt(n) + sqrt(m) at most, on average (Davidson and
    Szarek 2001).
    """
    rows, periods = (n - kept for n in shape)
    return float(LASTING * np.sqrt((size**2).sum() / (rows * periods)) * (np.sqrt(rows) + np.sqrt(periods)))
