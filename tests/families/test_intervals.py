"""Counts known by bounds: the kernel against exact fractions, finite differences and its two limits."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit

from sos_bayes.families import Binomial, binomial_cumulants, poisson_cumulants
from sos_bayes.families.intervals import interval_cumulants, interval_draw

CODES = {"binomial": 0, "poisson": 1}
CASES = [
    (family, eta, total, low, high, *more)
    for family in CODES
    for eta in (-9.0, -4.0, -1.3, 0.4)
    for total, low, high, *more in (
        (7, 1, 5), (40, 1, 5), (400, 1, 5), (400, 1, 37), (150, 0, 150), (60, 12, 12),
        (40, 1, 30, 5, 0.05), (400, 1, 399, 5, 1e-3), (400, 1, 37, 20, 0.5), (60, 1, 9, 0, 0.25),
    )
]  # fmt: skip


def cumulants(family, eta, total, low, high, sure=None, chance=1.0):
    """The kernel's answer; by default every count within the bounds is withheld alike."""
    sure = high if sure is None else sure
    return interval_cumulants(CODES[family], *map(float, (eta, total, low, high, sure, chance)))


def drawn(family, eta, total, low, high, uniform, sure=None, chance=1.0):
    sure = high if sure is None else sure
    return interval_draw(CODES[family], *map(float, (eta, total, low, high, sure, chance, uniform)))


def exactly(family, eta, total, low, high, sure=None, chance=1.0):
    """Log sum and first four cumulants in whole numbers over one denominator: no rounding but that of the last step."""
    (p, q), (c, d) = math.exp(eta).as_integer_ratio(), chance.as_integer_ratio()
    sure = high if sure is None else sure
    binomial = family == "binomial"

    def weight(y):
        ways = math.comb(total, y) if binomial else total**y * math.perm(high, high - y)
        return ways * p**y * q ** (high - y) * (c if y > sure else d)

    weights = {y: weight(y) for y in range(low, high + 1)}
    whole, *sums = (sum(w * y**k for y, w in weights.items()) for k in range(5))
    m1, m2, m3, m4 = (Fraction(s, whole) for s in sums)
    second, third = m2 - m1**2, m3 - 3 * m1 * m2 + 2 * m1**3
    fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4 - 3 * second**2
    log_sum = math.log(whole) - math.log(q**high * d * (1 if binomial else math.factorial(high)))
    return log_sum, *(float(x) for x in (m1, second, third, fourth))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_log_sum_and_four_derivatives_are_those_of_exact_fractions(case):
    np.testing.assert_allclose(cumulants(*case), exactly(*case), rtol=1e-10, atol=1e-10)


@given(
    st.sampled_from(list(CODES)), st.floats(-7.0, 3.0), st.integers(1, 3000), st.integers(0, 3000),
    st.integers(0, 3000), st.sampled_from([1.0, 0.3, 0.01]),
)  # fmt: skip
def test_each_derivative_is_the_slope_of_the_one_before(family, eta, total, one, other, chance):
    low, high = sorted((min(one, total), min(other, total)))

    def at(shift):
        return np.array(cumulants(family, eta + shift, total, low, high, low + (high - low) // 3, chance))

    def slopes(step):
        return (at(step) - at(-step))[:4] / (2 * step)

    here = at(0.0)
    found = (4 * slopes(1e-4) - slopes(2e-4)) / 3  # errors of fourth order
    scale = (1 + np.sqrt(here[2]) * np.abs(here[1:]).max()) * np.arange(1, 5)
    np.testing.assert_allclose(found, here[1:], atol=1e-6 * scale.max())
    assert here[2] >= 0


@pytest.mark.parametrize("events", [0, 1, 17, 400])
def test_bounds_that_meet_are_a_known_count_up_to_a_constant(events):
    for family in CODES:
        for eta in (-5.0, -0.2, 2.0):
            log_sum, *rest = cumulants(family, eta, 400, events, events)
            at_zero = cumulants(family, 0.0, 400, events, events)[0]
            assert log_sum - at_zero == pytest.approx(events * eta, abs=1e-9)
            assert rest == [events, 0.0, 0.0, 0.0]


@given(st.floats(-12.0, 12.0), st.integers(1, 100_000))
def test_bounds_that_exclude_nothing_are_the_log_partition_itself(eta, total):
    found = np.array(cumulants("binomial", eta, total, 0, total))
    wanted = total * Binomial().derivatives(np.array(eta))[:5]
    scale = max(wanted[2], 1.0)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-10 * scale**2)


def test_bounds_that_exclude_nothing_have_the_cumulants_of_a_table():
    n, eta = 900.0, -2.1
    shift = np.array([[0.0], [1.0], [1.0]])
    assert cumulants("binomial", eta, n, 0, n)[3:] == pytest.approx(
        binomial_cumulants(eta, shift, np.array([n]), np.empty(1)), rel=1e-8
    )
    assert cumulants("poisson", eta, n, 0, 9000)[3:] == pytest.approx(
        poisson_cumulants(eta, shift, np.array([n]), np.empty(1)), rel=1e-8
    )


@pytest.mark.parametrize(("family", "high"), [("binomial", 90_000), ("poisson", 400_000)])
def test_wide_bounds_are_accurate_in_every_part_of_them(family, high):
    """Counts in the tens of thousands: the logarithm of a probability, against scipy's distribution function."""
    total, low = 100_000.0, 2_000.0
    for eta in (-5.5, -4.0, -3.8, -2.0, 1.0):
        log_sum, mean, variance, *_ = cumulants(family, eta, total, low, high)
        if family == "binomial":
            law, cost = stats.binom(total, expit(eta)), total * np.logaddexp(0, eta)
        else:
            law, cost = stats.poisson(total * np.exp(eta)), total * np.exp(eta)
        inside = law.cdf(high) - law.cdf(low - 1)
        assert low <= mean <= high
        assert 0 < variance <= law.var() * (1 + 1e-9)
        if inside > 1e-6:
            assert log_sum - cost == pytest.approx(math.log(inside), abs=2e-9)
        else:
            near = low if law.mean() < low else float(high)
            assert log_sum - cost >= law.logpmf(near) - 1e-6


def test_predictors_beyond_reason_stay_finite():
    for eta in (-1e6, -800.0, 800.0, 1e6):
        for family in CODES:
            assert np.isfinite(cumulants(family, eta, 50, 1, 5)).all()
            assert np.isfinite(cumulants(family, eta, 50, 1, 50, 5, 1e-9)).all()


@pytest.mark.parametrize("family", CODES)
@pytest.mark.parametrize(("sure", "chance"), [(9, 1.0), (5, 0.2)])
def test_draws_have_the_law_within_the_bounds(family, sure, chance):
    what = (family, -3.0, 120, 1, 9)
    found = np.array([drawn(*what, u, sure, chance) for u in (np.arange(20_000) + 0.5) / 20_000])
    _, mean, variance, *_ = cumulants(*what, sure, chance)
    assert (found.min(), found.max()) == (1, 9)
    assert found.mean() == pytest.approx(mean, abs=1e-3)
    assert found.var() == pytest.approx(variance, abs=5e-3)


def test_draws_far_from_what_the_bounds_allow_lie_at_the_nearer_one():
    assert drawn("binomial", 9.0, 50, 1, 5, 0.5) == 5.0
    assert drawn("poisson", -20.0, 50, 2, 5, 0.5) == 2.0


def test_counts_that_are_seldom_withheld_count_as_seldom():
    """One chance in twenty above five: what is withheld is nearly sure to be small where the rate says either."""
    log_sum, mean, *_ = cumulants("binomial", -4.0, 400, 1, 60, 5, 0.05)
    small = exactly("binomial", -4.0, 400, 1, 5)
    large = exactly("binomial", -4.0, 400, 6, 60)
    odds = math.exp(small[0] - large[0]) / 0.05
    assert mean == pytest.approx((odds * small[1] + large[1]) / (odds + 1), rel=1e-12)
    assert log_sum == pytest.approx(np.logaddexp(small[0], large[0] + math.log(0.05)), rel=1e-12)
