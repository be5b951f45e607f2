"""A measured quantity around its mean, in units of children's pooled sd within a cell.

Counted as an exponential family: the cost of a child is eta ** 2 / 2, the events are sums of standardised values. All
of it is divided by the residual variance, which the loops leave at one and their callers multiply in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.data.outcomes import Outcome
from sos_bayes.families.compiled import FAST
from sos_bayes.families.protocol import ExponentialFamily, Observed, Replicate

GAUSSIAN = 2  # the code of the family


@dataclass(frozen=True, slots=True)
class Gaussian(ExponentialFamily):
    """Values around a mean; ``centre`` and ``scale`` turn the predictor into the quantity's own unit.

    Examples
    --------
    >>> float(Gaussian(centre=20.0, scale=4.0).mean(np.array(0.5)))
    22.0
    """

    centre: float = 0.0
    scale: float = 1.0
    name: str = "gaussian"
    code: int = GAUSSIAN
    link: ClassVar[int] = GAUSSIAN

    @property
    def affine(self) -> tuple[float, float]:
        """Centre and scale: the mean is straight in the predictor."""
        return self.centre, self.scale

    def of(self, outcome: Outcome, centre: float, unit: float) -> Gaussian:
        """The same with the unit of a measured outcome."""
        return Gaussian(centre=centre, scale=unit)

    def mean(self, eta: Floats) -> Floats:
        """Expected value at a predictor, in the quantity's unit."""
        return np.asarray(self.centre + self.scale * np.asarray(eta))

    def variance(self, mean: Floats) -> Floats:
        """Variance of one child in units of the pooled variance, taken as one."""
        return np.ones_like(mean)

    def slope(self, mean: Floats) -> Floats:
        """Change of the expected value with the predictor."""
        return np.full_like(np.asarray(mean, dtype=float), self.scale)

    def derivatives(self, eta: Floats) -> Floats:
        """Derivatives of eta ** 2 / 2, orders 0 to 7, (8, ...).

        Examples
        --------
        >>> Gaussian().derivatives(np.array(3.0)).tolist()
        [4.5, 3.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        """
        eta = np.asarray(eta, dtype=float)
        none = np.zeros_like(eta)
        return np.stack([eta**2 / 2, eta, np.ones_like(eta), none, none, none, none, none])

    def start(self, events: Floats | float, total: Floats | float) -> Floats:
        """Mean of each cell, in units of the pooled sd."""
        return np.asarray(events / np.maximum(total, 1e-12))

    def working(self, events: Floats, total: Floats) -> Floats:
        """Mean of each cell."""
        return np.asarray(events / total)

    def at(self, events: Floats, total: Floats, eta: Floats) -> tuple[Floats, Floats]:
        """Slope and curvature of cells' log-likelihood by eta, at residual variance one."""
        return events - total * eta, total + 0.0 * eta

    def margins(self, events: Floats, total: Floats) -> Floats:
        """Sums of standardised values from sums of values."""
        return np.asarray((events - total * self.centre) / self.scale)

    def log_constant(self, seen: Observed, dispersion: Floats) -> Floats:
        """Of children's values in their own unit, or of one number that stands for as many: no mean in it, all else.

        Examples
        --------
        >>> one = Observed(np.array([1.0]), np.array([1.0]), np.array([0.0]))
        >>> Gaussian().log_constant(one, np.ones(1)).round(4).tolist()  # of a standard normal at one
        [-1.4189]
        """
        n, sums = seen.total, self.margins(seen.events, seen.total)
        filled = n > 0
        squares = np.divide(sums**2, n, out=np.zeros_like(n), where=filled)
        values, log_n = filled.astype(float), np.log(np.where(filled, n, 1.0))
        if seen.squares is not None:
            squares, values, log_n = squares + seen.squares / self.scale**2, n, np.zeros_like(n)
        of_unit = (0.5 * log_n - values * (0.5 * math.log(2.0 * math.pi) + math.log(self.scale))).sum(axis=-1)
        spread = dispersion.reshape(-1, *[1] * of_unit.ndim)
        by_dispersion = 0.5 * values.sum(axis=-1) * np.log(spread) + 0.5 * squares.sum(axis=-1) / spread
        return np.asarray(of_unit - by_dispersion)

    def all_alike(self, events: float, total: float) -> bool:
        """Never: sums of values are no events."""
        return False

    def replicated(self, rng: np.random.Generator, cells: Replicate) -> Floats:
        """Means of children who scatter around their cell's."""
        spread = cells.noise / np.sqrt(cells.total)
        return np.asarray(cells.expected + spread * rng.standard_normal(cells.expected.shape))


def residual_sd(score: Any, known: Any, xp: Any) -> Any:
    """Residual sd over the pooled sd within cells, from its score.

    ``known`` holds degrees, centre and width (`designs.residual_scale`); ``xp`` is numpy or pytensor.tensor.
    """
    return xp.exp(known[1] + known[2] * score)


def within_density(score: Any, known: Any, xp: Any) -> Any:
    """Log density of the residual sd given children's deviations within cells, over the score's standard normal.

    The variance is scaled inverse chi-square with these degrees of freedom around the pooled variance: what n - 1
    deviations of every cell say, and a prior worth one more. The score makes it nearly standard normal together with
    what cells' means say, however many children there are; this is what remains. Arguments as in `residual_sd`.
    """
    degrees, log_sd = known[0], known[1] + known[2] * score
    return 0.5 * score**2 - degrees * (log_sd + 0.5 * xp.expm1(-2.0 * log_sd))


@nb.njit(cache=True, **FAST)
def gaussian_table(theta, shift, total, by_theta, by_shift):  # type: ignore[no-untyped-def]
    """Minus the sum of total * (theta + shift) ** 2 / 2 over a table, and its two gradients, in one pass.

    Arguments as in `binomial_table`.
    """
    by_shift[:] = 0.0
    value = 0.0
    for b in range(theta.size):
        expected = 0.0
        for c in range(shift.size):
            eta = theta[b] + shift[c]
            one = total[b, c] * eta
            expected += one
            by_shift[c] -= one
            value -= 0.5 * one * eta
        by_theta[b] = -expected
    return value


@nb.njit(cache=True, **FAST)
def gaussian_curved(theta, shift, total, by_shift, curve, row):  # type: ignore[no-untyped-def]
    """One row of the table, for a Newton step; arguments as in `binomial_curved`."""
    cost, expected, curvature = 0.0, 0.0, 0.0
    for c in range(total.size):
        eta = theta + shift[0, c]
        one = total[c] * eta
        cost += 0.5 * one * eta
        expected += one
        by_shift[c] -= one
        row[c] = total[c]
        curvature += total[c]
        curve[c] += total[c]
    return -cost, expected, curvature
