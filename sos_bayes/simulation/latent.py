"""The parts of a linear predictor that are drawn, and the shift that gives a wanted average."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError


def logit(risk: float) -> float:
    """Log-odds of a risk."""
    return float(np.log(risk) - np.log1p(-risk))


def inverse_logit(eta: Floats) -> Floats:
    """Risk at each log-odds, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * eta)))


def ar1(rng: np.random.Generator, shape: tuple[int, int], rho: float, df: float | None = None) -> Floats:
    """Stationary AR(1) paths of marginal sd 1: (series, time), innovations normal or Student-t."""
    innovations = rng.standard_normal(shape) if df is None else rng.standard_t(df, shape) * np.sqrt((df - 2.0) / df)
    path = innovations.copy()
    fresh = np.sqrt(1.0 - rho**2)
    for t in range(1, shape[1]):
        path[:, t] = rho * path[:, t - 1] + fresh * innovations[:, t]
    return path


def walk(rng: np.random.Generator, periods: int, step: float) -> Floats:
    """A random walk centred at 0: (periods,)."""
    path = np.cumsum(step * rng.standard_normal(periods))
    return np.asarray(path - path.mean())


def solve_increasing(average: Callable[[float], float], target: float, *, reach: float = 12.0) -> float:
    """The shift at which an increasing average meets its target, to rounding error."""
    low, high = -reach, reach
    if not average(low) < target < average(high):
        raise DesignError(
            f"No effect on the scale of the link gives an average of {target:g}.",
            where="effect",
            why="a risk stays between 0 and 1, and a rate above 0.",
            cure="Ask for a smaller effect or another base.",
        )
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if average(middle) > target else (middle, high)
    return 0.5 * (low + high)
