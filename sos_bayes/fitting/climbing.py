"""Downhill by BFGS in a few dimensions, for functions that are dear and known to about a thousandth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FLAT = 0.05  # largest slope at the bottom
MOST = 20  # steps
CUTS, CUT = 3, 0.3  # how often a step that leads uphill is cut, and to what share


def descend(function: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    """Walk to a minimum by steps of at most one unit.

    Parameters
    ----------
    function : callable
        Value and gradient at a point (d,).
    start : ndarray (d,)

    Returns
    -------
    ndarray (d,)
        Where the slope is small, or where no step found lower ground.

    Examples
    --------
    >>> descend(lambda x: (float(x @ x), 2 * x), np.array([3.0, -2.0])).round(2) + 0.0
    array([0., 0.])
    """
    x, inverse = start, np.eye(len(start))
    value, slope = function(x)
    for _ in range(MOST):
        if np.abs(slope).max() < FLAT:
            break
        step = -inverse @ slope
        step = step / max(1.0, float(np.linalg.norm(step)))
        for _ in range(CUTS):
            lower, new = function(x + step)
            if lower <= value + 1e-4 * float(step @ slope):
                break
            step = CUT * step
        else:
            break
        inverse = _updated(inverse, step, new - slope)
        x, value, slope = x + step, lower, new
    return x


def _updated(inverse: Floats, step: Floats, change: Floats) -> Floats:
    """Inverse curvature after a step that changed the slope; as it was where the ground bends downwards."""
    along = float(step @ change)
    if along <= 1e-8:
        return inverse
    left = np.eye(len(step)) - np.outer(step, change) / along
    return np.asarray(left @ inverse @ left.T + np.outer(step, step) / along)
