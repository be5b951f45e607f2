"""Binomial counts of events among trials, through the log-odds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numba as nb
import numpy as np
from scipy.special import expit, gammaln

from sos_bayes._core.array_types import Floats
from sos_bayes.families.compiled import FAST, LARGEST
from sos_bayes.families.protocol import ExponentialFamily, Observed, Replicate

BINOMIAL = 0  # the code of the family


@dataclass(frozen=True, slots=True)
class Binomial(ExponentialFamily):
    """Events out of trials; the expected quantity is a risk.

    Examples
    --------
    >>> float(Binomial().mean(np.array(0.0)))
    0.5
    """

    name: str = "binomial"
    code: int = BINOMIAL
    link: ClassVar[int] = BINOMIAL

    def mean(self, eta: Floats) -> Floats:
        """Risk at log-odds ``eta``."""
        return np.asarray(expit(eta))

    def variance(self, mean: Floats) -> Floats:
        """Variance of one trial with this risk."""
        return np.asarray(mean * (1 - mean))

    def slope(self, mean: Floats) -> Floats:
        """Change of the risk with the log-odds."""
        return self.variance(mean)

    def derivatives(self, eta: Floats) -> Floats:
        """Derivatives of log(1 + exp(eta)), orders 0 to 7, (8, ...): order 1 is the risk, order 2 its variance.

        Examples
        --------
        >>> (Binomial().derivatives(np.array(0.0)).round(4) + 0.0).tolist()
        [0.6931, 0.5, 0.25, 0.0, -0.125, 0.0, 0.25, 0.0]
        """
        p = self.mean(eta)
        v, s = p * (1 - p), 1 - 2 * p
        odd = v * s
        return np.stack(
            [
                np.logaddexp(0.0, eta), p, v, odd, v * (1 - 6 * v), odd * (1 - 12 * v),
                v * (1 - 30 * v + 120 * v**2), odd * (1 - 60 * v + 360 * v**2),
            ]
        )  # fmt: skip

    def start(self, events: Floats | float, total: Floats | float) -> Floats:
        """Log-odds of each cell, held off the edges by half an event."""
        return np.asarray(np.log((events + 0.5) / (total - events + 0.5)))

    def working(self, events: Floats, total: Floats) -> Floats:
        """Log-odds of each cell, shrunk by half an event and half a non-event."""
        shares = (events + 0.5) / (total + 1.0)
        return np.asarray(np.log(shares / (1 - shares)))

    def at(self, events: Floats, total: Floats, eta: Floats) -> tuple[Floats, Floats]:
        """Slope and curvature of cells' log-likelihood by eta."""
        risk = expit(eta)
        return events - total * risk, total * risk * (1 - risk)

    def log_constant(self, seen: Observed, dispersion: Floats) -> Floats:
        """Log of the number of ways in which so many events fall on the trials.

        Examples
        --------
        >>> Binomial().log_constant(Observed(np.array([1.0]), np.array([3.0]), None), np.ones(1)).round(4).tolist()
        [1.0986]
        """
        ways = gammaln(seen.total + 1.0) - gammaln(seen.events + 1.0) - gammaln(seen.total - seen.events + 1.0)
        return np.broadcast_to(ways.sum(axis=-1), (len(dispersion), *ways.shape[:-1]))

    def all_alike(self, events: float, total: float) -> bool:
        """Whether nobody had an event, or everybody."""
        return events in (0.0, total)

    def replicated(self, rng: np.random.Generator, cells: Replicate) -> Floats:
        """Binomial shares; numbers that a design effect left broken keep the variance of their own number."""
        whole = np.maximum(np.rint(cells.total), 1.0)
        chance = np.clip(cells.expected, 0.0, 1.0)
        apart = rng.binomial(whole.astype(np.int64), chance) / whole - chance
        return np.asarray(cells.expected + apart * np.sqrt(whole / cells.total))


def _series() -> list[float]:
    """Coefficients of artanh(z) / z in z squared, for z up to 1/3: double precision at degree ten."""

    def ratio(square: Floats) -> Floats:
        return np.asarray(np.arctanh(np.sqrt(square)) / np.sqrt(square))

    fitted = np.polynomial.Chebyshev.interpolate(ratio, 10, domain=[0, 1 / 9])
    return fitted.convert(kind=np.polynomial.Polynomial, domain=[-1, 1], window=[-1, 1]).coef.tolist()


C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10 = _series()


@nb.njit(cache=True, inline="always", **FAST)
def log_sum_parts(eta, small):  # type: ignore[no-untyped-def]
    """log(1 + exp(eta)) and the larger of risk and its complement, from ``small`` = exp(-abs(eta)).

    One division and no other function: log(1 + e) is 2 artanh(e / (2 + e)), whose argument is at most 1/3.
    """
    one, two = 1.0 + small, 2.0 + small
    inverse = 1.0 / (one * two)
    z = small * inverse * one
    w = z * z
    high = C6 + w * (C7 + w * (C8 + w * (C9 + w * C10)))
    series = C0 + w * (C1 + w * (C2 + w * (C3 + w * (C4 + w * (C5 + w * high)))))
    return max(eta, 0.0) + 2.0 * z * series, inverse * two


@nb.njit(cache=True, **FAST)
def binomial_table(theta, shift, total, by_theta, by_shift):  # type: ignore[no-untyped-def]
    """Minus the log-partition function, the sum of total * log(1 + exp(theta + shift)), and its gradients, in one pass.

    ``theta`` (B,), ``shift`` (C,), ``total`` (B, C); fills ``by_theta`` (B,) and ``by_shift`` (C,). Only B + C
    exponentials are taken: exp(-abs(theta + shift)) is a product.
    """
    grown = np.exp(np.minimum(np.maximum(shift, -LARGEST), LARGEST))
    shrunk = 1.0 / grown
    by_shift[:] = 0.0
    value = 0.0
    for b in range(theta.size):
        t = theta[b]
        up = math.exp(min(max(t, -LARGEST), LARGEST))
        down = 1.0 / up
        cost, expected = 0.0, 0.0
        for c in range(shift.size):
            eta = t + shift[c]
            small = min(up * grown[c], down * shrunk[c])
            log_sum, larger = log_sum_parts(eta, small)
            n = total[b, c]
            cost += n * log_sum
            events = n * larger * (1.0 if eta >= 0.0 else small)
            expected += events
            by_shift[c] -= events
        by_theta[b] = -expected
        value -= cost
    return value


@nb.njit(cache=True, **FAST)
def binomial_curved(theta, shift, total, by_shift, curve, row):  # type: ignore[no-untyped-def]
    """One row of the table, for a Newton step: as `binomial_table`, with curvatures by pattern in ``row``.

    ``theta`` is a number, ``shift`` (3, C) holds the shifts with their exponentials both ways, ``total`` (C,);
    subtracts expected events from ``by_shift``, adds curvatures n p (1 - p) to ``curve`` (C,). Returns the value,
    expected events and summed curvature.
    """
    up = math.exp(min(max(theta, -LARGEST), LARGEST))
    down = 1.0 / up
    cost, expected, curvature = 0.0, 0.0, 0.0
    for c in range(total.size):
        eta = theta + shift[0, c]
        small = min(up * shift[1, c], down * shift[2, c])
        log_sum, larger = log_sum_parts(eta, small)
        n = total[c]
        cost += n * log_sum
        events = n * larger * (1.0 if eta >= 0.0 else small)
        expected += events
        by_shift[c] -= events
        one = n * larger * larger * small
        row[c] = one
        curvature += one
        curve[c] += one
    return -cost, expected, curvature


@nb.njit(cache=True, **FAST)
def binomial_cumulants(theta, shift, total, skews):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives of one row's summed total * log(1 + exp(theta + shift)) in ``theta``.

    Fills ``skews`` (C,) with the third derivative of every pattern.
    """
    up = math.exp(min(max(theta, -LARGEST), LARGEST))
    down = 1.0 / up
    third, fourth = 0.0, 0.0
    for c in range(total.size):
        small = min(up * shift[1, c], down * shift[2, c])
        larger = 1.0 / (1.0 + small)
        variance = larger * larger * small
        skew = (1.0 - small) * larger * (-1.0 if theta + shift[0, c] >= 0.0 else 1.0)
        skews[c] = total[c] * variance * skew
        third += skews[c]
        fourth += total[c] * variance * (1.0 - 6.0 * variance)
    return third, fourth
