"""Negative binomial counts over an exposure, through the log-rate: Poisson cells whose rates scatter besides.

With mu = exposure * exp(eta) and v the variance of what multiplies a cell's rate (gamma, of mean one), a cell of y
events has the log-likelihood

    y log(mu) - (y + 1 / v) log(1 + v mu) + sum over j < y of log(1 + v j)

up to what no parameter touches. The second term is that of a binomial with y + 1 / v trials at log-odds log(v mu), so
it is concave in eta; the third reads v and the counts alone (`log_rising`). Written so, nothing is lost as v falls to
zero, where it becomes the Poisson.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.binomial import log_sum_parts
from sos_bayes.families.cellwise import CellwiseData, no_cellwise_data
from sos_bayes.families.compiled import FAST, LARGEST, STRICT
from sos_bayes.families.poisson import Poisson
from sos_bayes.families.protocol import Children, Counted, Observed, Overdispersion, Replicate

NEGATIVE_BINOMIAL = 3  # the code of the family
ONE_BY_ONE = 64  # factors of a cell's rising factorial that are taken one by one; the rest is an integral


SCATTER = Overdispersion(
    "overdispersion",
    "overdispersion",
    "Poisson",
    "Counts of the cells of one authority and period are negative binomial: the sd of what multiplies the rate "
    "of a cell, overdispersion, has a half-normal prior of scale {scale}; 0 is Poisson.",
)


@dataclass(frozen=True, slots=True)
class NegativeBinomial(Poisson):
    """Events over exposure that scatter more than Poisson within an authority and period; the mean is a rate.

    Means and their derivatives are those of `Poisson`.

    Examples
    --------
    >>> float(NegativeBinomial().mean(np.array(0.0)))
    1.0
    """

    name: str = "negative_binomial"
    code: int = NEGATIVE_BINOMIAL
    overdispersion: ClassVar[Overdispersion] = SCATTER
    reads_cells: ClassVar[bool] = True

    def cellwise(
        self, events: Floats, total: Floats, children: Children | None, laid_out: Callable[[Floats], Floats]
    ) -> CellwiseData:
        """Events of every cell, logarithms of totals (very low in an empty cell), and how many have how many events."""
        rising = Rising.of(events)
        return no_cellwise_data()._replace(
            events=np.ascontiguousarray(events, dtype=float), logs=np.log(np.maximum(total, 1e-300)),
            more=rising.more, large=rising.large, times=rising.times,
        )  # fmt: skip

    def alone(self, dispersion: Floats, single: CellwiseData) -> Floats:
        """What counts say of their dispersion alone."""
        return np.array([log_rising(v, single.more, single.large, single.times)[0] for v in dispersion])

    def log_constant(self, seen: Observed, dispersion: Floats) -> Floats:
        """That of a Poisson, and the sum over j < events of log(1 + v j)."""
        rising = np.empty((len(dispersion), seen.events.size))
        rising_by_cell(dispersion, seen.events.ravel(), rising)
        return Poisson.log_constant(self, seen, dispersion) + rising.reshape(-1, *seen.events.shape).sum(axis=-1)

    def score(self, eta: Floats, counts: Counted, rows: NDArray[np.intp], root: float) -> tuple[Floats, Floats]:
        """Slope and curvature summed over patterns, at one variance of what multiplies a cell's rate."""
        expected = self.mean(eta) * counts.total[rows]
        slope, curve = score(counts.single.events[rows], expected, root**2)
        return slope.sum(axis=2), curve.sum(axis=2)

    def replicated(self, rng: np.random.Generator, cells: Replicate) -> Floats:
        """Poisson rates around what multiplies the expected ones."""
        assert cells.root is not None
        scatter = np.maximum(cells.root[..., None] ** 2 * cells.joint, 1e-12)
        rate = cells.expected * rng.gamma(1.0 / scatter) * scatter
        return Poisson.replicated(self, rng, cells._replace(expected=rate))


@dataclass(frozen=True, slots=True, eq=False)
class Rising:
    """How many cells have how many events: all that `log_rising` reads of them.

    Attributes
    ----------
    more : ndarray
        Number of cells with more than 0, 1, 2, ... events, at most `ONE_BY_ONE` of them.
    large, times : ndarray
        Numbers of events above `ONE_BY_ONE`, and how many cells have each.

    Examples
    --------
    >>> Rising.of(np.array([0.0, 2.0, 2.0, 100.0])).more[:3].tolist()
    [3.0, 3.0, 1.0]
    """

    more: Floats
    large: Floats
    times: Floats

    def __repr__(self) -> str:
        return shapes_only(self)

    @classmethod
    def of(cls, events: Floats) -> Rising:
        """Count the cells of a table of whole numbers."""
        flat = events.ravel()
        top = int(min(flat.max(initial=0.0), ONE_BY_ONE))
        below = np.searchsorted(np.sort(flat), np.arange(top), side="right")
        large, times = np.unique(flat[flat > ONE_BY_ONE], return_counts=True)
        return cls((flat.size - below).astype(float), large.astype(float), times.astype(float))


def score(events: Floats, mean: Floats, variance: Floats | float) -> tuple[Floats, Floats]:
    """Slope and curvature of cells' log-likelihood by eta, at their expected events.

    Examples
    --------
    >>> [float(x) for x in score(np.array(3.0), np.array(2.0), 0.5)]
    [0.5, 1.25]
    """
    inverse = 1.0 / (1.0 + variance * mean)
    return np.asarray((events - mean) * inverse), np.asarray((1.0 + variance * events) * mean * inverse**2)


@nb.njit(cache=True, **FAST)
def negative_binomial_table(theta, shift, total, events, logs, variance, by_theta, by_shift):  # type: ignore[no-untyped-def]
    """Minus the sum of (events + 1 / variance) * log(1 + variance * mu) over a table, in one pass.

    ``theta`` (B,), ``shift`` (C,), ``total`` (B, C) with its logarithms ``logs``, ``events`` (B, C); fills ``by_theta``
    and ``by_shift``. Returns the value and its derivative by the log variance.
    """
    grown = np.exp(np.minimum(np.maximum(shift, -LARGEST), LARGEST))
    # log(1 + v mu) is that of a binomial at log-odds log(v mu) = theta + shift + log total + log v
    size, log_variance = 1.0 / variance, math.log(variance)
    by_shift[:] = 0.0
    value, by_log = 0.0, 0.0
    for b in range(theta.size):
        up = math.exp(min(max(theta[b], -LARGEST), LARGEST))
        t = theta[b] + log_variance
        cost, expected, by_variance = 0.0, 0.0, 0.0
        for c in range(shift.size):
            mean = total[b, c] * grown[c] * up
            odds = variance * mean
            small = odds if odds <= 1.0 else 1.0 / odds
            log_sum, larger = log_sum_parts(t + shift[c] + logs[b, c], small)
            y = events[b, c]
            cost += (y + size) * log_sum
            held = (1.0 + variance * y) * mean * larger * (1.0 if odds <= 1.0 else small)  # (1 + v y) mu / (1 + v mu)
            expected += held
            by_shift[c] -= held
            by_variance += size * log_sum - held
        by_theta[b] = -expected
        value -= cost
        by_log += by_variance
    return value, by_log


@nb.njit(cache=True, **FAST)
def negative_binomial_curved(theta, shift, total, events, logs, variance, by_shift, curve, row):  # type: ignore[no-untyped-def]
    """One row of the table, for a Newton step; arguments as in `binomial_curved` and `negative_binomial_table`."""
    up = math.exp(min(max(theta, -LARGEST), LARGEST))
    size, t = 1.0 / variance, theta + math.log(variance)
    cost, expected, curvature = 0.0, 0.0, 0.0
    for c in range(total.size):
        mean = total[c] * shift[1, c] * up
        odds = variance * mean
        small = odds if odds <= 1.0 else 1.0 / odds
        log_sum, larger = log_sum_parts(t + shift[0, c] + logs[c], small)
        y = events[c]
        cost += (y + size) * log_sum
        left = larger * (1.0 if odds <= 1.0 else small)  # 1 / (1 + v mu)
        held = (1.0 + variance * y) * mean * left
        expected += held
        by_shift[c] -= held
        one = held * left  # curvature: (1 + v y) mu / (1 + v mu)^2
        row[c] = one
        curvature += one
        curve[c] += one
    return -cost, expected, curvature


@nb.njit(cache=True, **FAST)
def negative_binomial_cumulants(theta, shift, total, events, variance, skews):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives of one row's cost in ``theta``; fills ``skews`` as `binomial_cumulants` does.

    With q = 1 / (1 + v mu) and p = 1 - q the cost's second derivative is (y + 1 / v) p q, the variance of a binomial.
    """
    up = math.exp(min(max(theta, -LARGEST), LARGEST))
    third, fourth = 0.0, 0.0
    for c in range(total.size):
        mean = total[c] * shift[1, c] * up
        left = 1.0 / (1.0 + variance * mean)
        share = variance * mean * left
        one = (1.0 + variance * events[c]) * mean * left * left
        skews[c] = one * (left - share)
        third += skews[c]
        fourth += one * (1.0 - 6.0 * left * share)
    return third, fourth


@nb.njit(cache=True, **STRICT)
def _integrated(variance, x):  # type: ignore[no-untyped-def]
    """Sum of log(1 + variance * j), j < x, but for a constant, and its slope by log variance.

    Euler-Maclaurin: the integral, half of the last term, and derivatives with B_2 / 2!, B_4 / 4! and B_6 / 6!.
    """
    log_one, left = math.log1p(variance * x), 1.0 / (1.0 + variance * x)
    u = variance * left
    value = x * log_one + log_one / variance - x - 0.5 * log_one + u / 12.0 - u**3 / 360.0 + u**5 / 1260.0
    slope = x - log_one / variance - 0.5 * x * u + left * (u / 12.0 - u**3 / 120.0 + u**5 / 252.0)
    return value, slope


@nb.njit(cache=True, nogil=True, **STRICT)
def log_rising(variance, more, large, times):  # type: ignore[no-untyped-def]
    """Sum over cells and j < events of log(1 + variance * j), and its derivative by the log variance.

    Counts as in `Rising`.
    """
    value, slope = 0.0, 0.0
    for j in range(1, more.size):
        value += more[j] * math.log1p(variance * j)
        slope += more[j] * variance * j / (1.0 + variance * j)
    if large.size:
        start, start_slope = _integrated(variance, float(ONE_BY_ONE))
        for i in range(large.size):
            end, end_slope = _integrated(variance, large[i])
            value += times[i] * (end - start)
            slope += times[i] * (end_slope - start_slope)
    return value, slope


@nb.njit(cache=True, nogil=True, **STRICT)
def rising_by_cell(variances, numbers, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (N, m) with the sum over j < number of log(1 + variance * j), for N variances and m numbers.

    Examples
    --------
    >>> out = np.empty((1, 2))
    >>> rising_by_cell(np.array([1.0]), np.array([3.0, 0.0]), out)
    >>> out.round(4).tolist()
    [[1.7918, 0.0]]
    """
    for i in range(variances.size):
        variance = variances[i]
        start, _ = _integrated(variance, float(ONE_BY_ONE))
        for m in range(numbers.size):
            value = 0.0
            for j in range(1, min(numbers[m], ONE_BY_ONE)):
                value += math.log1p(variance * j)
            if numbers[m] > ONE_BY_ONE:
                value += _integrated(variance, numbers[m])[0] - start
            out[i, m] = value
