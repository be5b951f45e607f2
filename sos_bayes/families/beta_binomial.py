"""Events out of trials whose cells scatter more than binomial: every cell has a beta-distributed risk of its own.

With mean risk p, q = 1 - p and dispersion v, the odds of the correlation between two trials of a cell, y events among n
trials have, but for the binomial coefficient, the log-likelihood

    sum over j < y of log(p + v j) + sum over j < n - y of log(q + v j) - sum over j < n of log(1 + v j)

(Skellam 1948). A cell's share has the variance p q (1 + (n - 1) r) / n, r = v / (1 + v). Written with v nothing cancels
as it falls to zero, which is the binomial. Everything by eta follows from sums of powers of t = p / (p + v j): with D
the derivative by eta, D p = p q and D t = q t (1 - t). It is not concave in eta where a cell lies far from its risk.
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
from sos_bayes.families.binomial import Binomial
from sos_bayes.families.cellwise import CellwiseData, no_cellwise_data
from sos_bayes.families.compiled import LARGEST, STRICT
from sos_bayes.families.negative_binomial import Rising, log_rising, rising_by_cell
from sos_bayes.families.protocol import Children, Counted, Observed, Overdispersion, Replicate

BETA_BINOMIAL = 5  # the code of the family
ONE_BY_ONE = 16  # terms of a sum that are taken one by one; the rest is an integral
FINITE = 1e15  # a ratio below which their product is finite
FLOOR = 0.25  # of a cell's expected information, below which its curvature is not taken
SCATTER = Overdispersion(
    "overdispersion",
    "extra_binomial",
    "binomial",
    "Shares of the cells of one authority and period are beta-binomial: overdispersion, the root of the odds of the "
    "correlation between two trials of a cell, has a half-normal prior of scale {scale}; 0 is binomial.",
)


@dataclass(frozen=True, slots=True)
class BetaBinomial(Binomial):
    """Events out of trials that scatter more than binomial within an authority and period; the mean is a risk.

    Means and their derivatives are those of `Binomial`.

    Examples
    --------
    >>> float(BetaBinomial().mean(np.array(0.0)))
    0.5
    """

    name: str = "beta_binomial"
    code: int = BETA_BINOMIAL
    overdispersion: ClassVar[Overdispersion] = SCATTER
    reads_cells: ClassVar[bool] = True

    def cellwise(
        self, events: Floats, total: Floats, children: Children | None, laid_out: Callable[[Floats], Floats]
    ) -> CellwiseData:
        """Events of every cell, and how many cells have how many trials."""
        trials, events = Rising.of(total), np.ascontiguousarray(events, dtype=float)
        return no_cellwise_data()._replace(
            events=events, logs=np.zeros_like(events), more=trials.more, large=trials.large, times=trials.times
        )

    def alone(self, dispersion: Floats, single: CellwiseData) -> Floats:
        """Minus the sum over cells and j < n of log(1 + v j), for every v."""
        return np.array([-log_rising(v, single.more, single.large, single.times)[0] for v in dispersion])

    def log_constant(self, seen: Observed, dispersion: Floats) -> Floats:
        """That of a binomial, less the sum over j < n of log(1 + v j)."""
        rising = np.empty((len(dispersion), seen.total.size))
        rising_by_cell(dispersion, seen.total.ravel(), rising)
        return Binomial.log_constant(self, seen, dispersion) - rising.reshape(-1, *seen.total.shape).sum(axis=-1)

    def score(self, eta: Floats, counts: Counted, rows: NDArray[np.intp], root: float) -> tuple[Floats, Floats]:
        """Slope and curvature summed over patterns, at one dispersion."""
        slope, curve = np.empty(eta.shape), np.empty(eta.shape)
        beta_binomial_scores(eta, counts.single.events[rows], counts.total[rows], root**2, slope, curve)
        return slope.sum(axis=2), curve.sum(axis=2)

    def replicated(self, rng: np.random.Generator, cells: Replicate) -> Floats:
        """Binomial shares around the risks that cells have for themselves."""
        assert cells.root is not None
        odds = np.maximum(cells.root[..., None] ** 2, 1e-12)
        # patterns scatter apart: their mean has the variance of one cell, times the sum of squared shares
        size = (1.0 + 1.0 / odds) / cells.joint - 1.0
        mean = np.clip(cells.expected, 1e-12, 1.0 - 1e-12)
        return Binomial.replicated(self, rng, cells._replace(expected=rng.beta(size * mean, size * (1.0 - mean))))


@nb.njit(cache=True, inline="always", **STRICT)
def _end(ratio, x):  # type: ignore[no-untyped-def]
    """What one end adds to the sums of `urn_sums` beyond an integral and half a term (Euler and Maclaurin).

    Returns t there, then the five additions: sums over k of B_2k / (2k)! times the (2k - 1)-th derivative, signs aside.
    """
    t = 1.0 / (1.0 + ratio * x)
    u = ratio * t
    w = u * u
    log_end = u * (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w * (1.0 / 1680.0 - w / 1188.0))))
    one = t * u * (1.0 / 12.0 - w * (1.0 / 120.0 - w * (1.0 / 252.0 - w * (1.0 / 240.0 - w / 132.0))))
    two = t**2 * u * (1.0 / 6.0 - w * (1.0 / 30.0 - w * (1.0 / 42.0 - w * (1.0 / 30.0 - w * 5.0 / 66.0))))
    three = t**3 * u * (1.0 / 4.0 - w * (1.0 / 12.0 - w * (1.0 / 12.0 - w * (3.0 / 20.0 - w * 5.0 / 12.0))))
    four = t**4 * u * (1.0 / 3.0 - w * (1.0 / 6.0 - w * (2.0 / 9.0 - w * (1.0 / 2.0 - w * 5.0 / 3.0))))
    return t, log_end, one, two, three, four


@nb.njit(cache=True, **STRICT)
def urn_sums(ratio, number):  # type: ignore[no-untyped-def]
    """Sums over j < ``number`` of log(1 + ratio j) and of the first four powers of t = 1 / (1 + ratio j).

    ``ratio`` is above zero, ``number`` whole.

    Examples
    --------
    >>> [round(x, 4) for x in urn_sums(1.0, 2.0)]
    [0.6931, 1.5, 1.25, 1.125, 1.0625]
    """
    # the first terms one by one; the rest by the Euler-Maclaurin formula: integral, half of both ends, and `_end`
    until = min(number, ONE_BY_ONE)
    value, product, one, two, three, four = 0.0, 1.0, 0.0, 0.0, 0.0, 0.0
    for j in range(int(until)):
        grown = 1.0 + ratio * j
        if ratio < FINITE:
            product *= grown
        else:
            value += math.log(grown)
        t = 1.0 / grown
        one += t
        two += t * t
        three += t * t * t
        four += t * t * t * t
    value += math.log(product)
    if number > until:
        a, log_a, one_a, two_a, three_a, four_a = _end(ratio, until)
        b, log_b, one_b, two_b, three_b, four_b = _end(ratio, number)
        far, both = number - until, a * b
        log_grown = math.log1p(ratio * a * far)
        held = log_grown / ratio  # the integral of t
        value += far * math.log1p(ratio * until) + far * log_grown + (held / a - far) - 0.5 * log_grown + log_b - log_a
        one += held + 0.5 * (a - b) + one_a - one_b
        two += far * both + 0.5 * (a**2 - b**2) + two_a - two_b
        three += far * both * (a + b) / 2.0 + 0.5 * (a**3 - b**3) + three_a - three_b
        four += far * both * (a * a + both + b * b) / 3.0 + 0.5 * (a**4 - b**4) + four_a - four_b
    return value, one, two, three, four


@nb.njit(cache=True, inline="always", **STRICT)
def _risk(eta):  # type: ignore[no-untyped-def]
    """log(1 + exp(eta)), the risk and its complement."""
    small = math.exp(-min(abs(eta), LARGEST))
    larger = 1.0 / (1.0 + small)
    smaller = small * larger
    p, q = (larger, smaller) if eta >= 0.0 else (smaller, larger)
    return max(eta, 0.0) + math.log1p(small), p, q


@nb.njit(cache=True, **STRICT)
def beta_binomial_cell(eta, total, events, variance):  # type: ignore[no-untyped-def]
    """One cell's log-likelihood less events times eta, its slope and curvature by eta, its derivative by log variance.

    Without what no predictor touches (`BetaBinomial.alone`). The curvature is at least `FLOOR` of the information
    expected, so that Newton's steps are those of a concave function.
    """
    log_sum, p, q = _risk(eta)
    value, one, two, _, _ = urn_sums(variance / p, events)
    other, by_one, by_two, _, _ = urn_sums(variance / q, total - events)
    slope = q * one - p * by_one
    curve = q * (p * one - q * (one - two)) + p * (q * by_one - p * (by_one - by_two))
    expected = total * p * q * (1.0 + variance) / (1.0 + total * variance)
    return value + other - total * log_sum, slope, max(curve, FLOOR * expected), total - one - by_one


@nb.njit(cache=True, **STRICT)
def _higher(p, q, one, two, three, four):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives by eta of the sum over j of log(p + v j), from the sums of powers of t."""
    third = q * ((q * q - 4.0 * p * q + p * p) * one - 3.0 * q * (q - p) * two + 2.0 * q * q * three)
    fourth = q * (
        (q**3 - 11.0 * p * q * q + 11.0 * p * p * q - p**3) * one
        - q * (7.0 * q * q - 22.0 * p * q + 7.0 * p * p) * two
        + 12.0 * q * q * (q - p) * three
        - 6.0 * q**3 * four
    )
    return third, fourth


@nb.njit(cache=True, **STRICT)
def beta_binomial_table(theta, shift, total, events, variance, by_theta, by_shift):  # type: ignore[no-untyped-def]
    """Sum of `beta_binomial_cell` over a table, with its gradients and its derivative by the log variance.

    ``theta`` (B,), ``shift`` (C,), ``total`` and ``events`` (B, C); fills ``by_theta`` and ``by_shift``, events by
    margins aside, as `binomial_table` does.
    """
    by_shift[:] = 0.0
    value, by_log = 0.0, 0.0
    for b in range(theta.size):
        by_theta[b] = 0.0
        for c in range(shift.size):
            if total[b, c] > 0.0:
                one, slope, _, more = beta_binomial_cell(theta[b] + shift[c], total[b, c], events[b, c], variance)
                value += one
                by_log += more
                by_theta[b] += slope - events[b, c]
                by_shift[c] += slope - events[b, c]
    return value, by_log


@nb.njit(cache=True, **STRICT)
def beta_binomial_curved(theta, shift, total, events, variance, by_shift, curve, row):  # type: ignore[no-untyped-def]
    """One row of the table, for a Newton step; arguments as in `binomial_curved`."""
    value, expected, curvature = 0.0, 0.0, 0.0
    for c in range(total.size):
        row[c] = 0.0
        if total[c] > 0.0:
            one, slope, row[c], _ = beta_binomial_cell(theta + shift[0, c], total[c], events[c], variance)
            value += one
            expected += events[c] - slope
            by_shift[c] += slope - events[c]
            curvature += row[c]
            curve[c] += row[c]
    return value, expected, curvature


@nb.njit(cache=True, **STRICT)
def beta_binomial_cumulants(theta, shift, total, events, variance, skews):  # type: ignore[no-untyped-def]
    """Third and fourth derivatives of minus one row's log-likelihood; ``skews`` as in `binomial_cumulants`."""
    third, fourth = 0.0, 0.0
    for c in range(total.size):
        _, p, q = _risk(theta + shift[0, c])
        _, one, two, three, four = urn_sums(variance / p, events[c])
        up, most = _higher(p, q, one, two, three, four)
        _, one, two, three, four = urn_sums(variance / q, total[c] - events[c])
        down, more = _higher(q, p, one, two, three, four)
        skews[c] = down - up
        third += skews[c]
        fourth -= most + more
    return third, fourth


@nb.njit(cache=True, nogil=True, **STRICT)
def beta_binomial_scores(eta, events, total, variance, slope, curve):  # type: ignore[no-untyped-def]
    """Fill slope and curvature by eta of every cell; all arrays are (K, T, C)."""
    for place in np.ndindex(eta.shape):
        _, slope[place], curve[place], _ = beta_binomial_cell(eta[place], total[place], events[place], variance)
