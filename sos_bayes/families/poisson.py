"""Poisson counts over an exposure, through the log-rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numba as nb
import numpy as np
from scipy.special import gammaln, xlogy

from sos_bayes._core.array_types import Floats
from sos_bayes.families.compiled import FAST
from sos_bayes.families.protocol import ExponentialFamily, Observed, Replicate

POISSON = 1  # the code of the family
COUNTABLE = 1e18  # the largest expected number that is drawn around


@dataclass(frozen=True, slots=True)
class Poisson(ExponentialFamily):
    """Events over exposure; the expected quantity is a rate.

    Examples
    --------
    >>> float(Poisson().mean(np.array(0.0)))
    1.0
    """

    name: str = "poisson"
    code: int = POISSON
    link: ClassVar[int] = POISSON

    def mean(self, eta: Floats) -> Floats:
        """Rate at log-rate ``eta``."""
        return np.asarray(np.exp(eta))

    def variance(self, mean: Floats) -> Floats:
        """Variance of one unit of exposure with this rate."""
        return np.asarray(mean)

    def slope(self, mean: Floats) -> Floats:
        """Change of the rate with the log-rate."""
        return self.variance(mean)

    def derivatives(self, eta: Floats) -> Floats:
        """Derivatives of exp(eta), orders 0 to 7, (8, ...): the rate itself."""
        return np.stack([self.mean(eta)] * 8)

    def start(self, events: Floats | float, total: Floats | float) -> Floats:
        """Log-rate of each cell, held off zero by half an event."""
        return np.asarray(np.log((events + 0.5) / np.maximum(total, 1e-12)))

    def working(self, events: Floats, total: Floats) -> Floats:
        """Log-rate of each cell, held off zero by half an event."""
        return np.asarray(np.log((events + 0.5) / total))

    def at(self, events: Floats, total: Floats, eta: Floats) -> tuple[Floats, Floats]:
        """Slope and curvature of cells' log-likelihood by eta."""
        rate = total * np.exp(np.clip(eta, -50, 50))
        return events - rate, rate

    def log_constant(self, seen: Observed, dispersion: Floats) -> Floats:
        """Events times the log of the exposure, less the log of events' factorial."""
        one = xlogy(seen.events, seen.total) - gammaln(seen.events + 1.0)
        return np.broadcast_to(one.sum(axis=-1), (len(dispersion), *one.shape[:-1]))

    def all_alike(self, events: float, total: float) -> bool:
        """Whether no event was counted."""
        return events == 0.0

    def replicated(self, rng: np.random.Generator, cells: Replicate) -> Floats:
        """Poisson rates; of numbers beyond what can be drawn, the expected ones, beside which scatter is nothing."""
        mean = np.minimum(cells.expected * cells.total, np.finfo(float).max)
        drawn = rng.poisson(np.minimum(mean, COUNTABLE))
        return np.asarray(np.where(mean > COUNTABLE, mean, drawn) / cells.total)


@nb.njit(cache=True, **FAST)
def poisson_table(theta, shift, total, by_theta, by_shift):  # type: ignore[no-untyped-def]
    """Minus the sum of total * exp(theta + shift) over a table, and its two gradients, in one pass.

    Arguments as in `binomial_table`.
    """
    grown = np.exp(shift)
    by_shift[:] = 0.0
    value = 0.0
    for b in range(theta.size):
        up = math.exp(theta[b])
        expected = 0.0
        for c in range(shift.size):
            events = total[b, c] * grown[c] * up
            expected += events
            by_shift[c] -= events
        by_theta[b] = -expected
        value -= expected
    return value


@nb.njit(cache=True, **FAST)
def poisson_curved(theta, shift, total, by_shift, curve, row):  # type: ignore[no-untyped-def]
    """One row of the table, for a Newton step; arguments as in `binomial_curved`."""
    up = math.exp(theta)
    expected = 0.0
    for c in range(total.size):
        events = total[c] * shift[1, c] * up
        expected += events
        by_shift[c] -= events
        row[c] = events  # a Poisson's cumulants are all its mean
        curve[c] += events
    return -expected, expected, expected


@nb.njit(cache=True, **FAST)
def poisson_cumulants(theta, shift, total, skews):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives of one row's expected events in ``theta``: the expected events themselves.

    Fills ``skews`` (C,) with those of every pattern.
    """
    up = math.exp(theta)
    expected = 0.0
    for c in range(total.size):
        skews[c] = total[c] * shift[1, c] * up
        expected += skews[c]
    return expected, expected
