"""The beta-binomial's loops against polygamma functions, sums one by one and differences; see `test_overdispersed`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, polygamma

from sos_bayes.families import binomial_cumulants, binomial_curved
from sos_bayes.families.beta_binomial import (
    FLOOR,
    ONE_BY_ONE,
    beta_binomial_cell,
    beta_binomial_cumulants,
    beta_binomial_curved,
    beta_binomial_table,
    urn_sums,
)
from tests.families.overdispersed import shares

SIZES = [1, 2, ONE_BY_ONE, ONE_BY_ONE + 1, 60, 3000]


def by_polygamma(eta, n, y, v):
    """Derivatives by eta of one cell's log-likelihood, orders 1 to 4: polygamma functions and the chain rule."""
    p = expit(eta)
    a, b, pq = p / v, (1 - p) / v, p * (1 - p)
    one, two, three, four = (
        v**-k * (polygamma(k - 1, a + y) - polygamma(k - 1, a)
                 + (-1) ** k * (polygamma(k - 1, b + n - y) - polygamma(k - 1, b)))
        for k in (1, 2, 3, 4)
    )  # fmt: skip
    d1, d2, d3, d4 = pq, pq * (1 - 2 * p), pq * (1 - 6 * pq), pq * (1 - 2 * p) * (1 - 12 * pq)
    return [
        d1 * one,
        d2 * one + d1**2 * two,
        d3 * one + 3 * d1 * d2 * two + d1**3 * three,
        d4 * one + (4 * d1 * d3 + 3 * d2**2) * two + 6 * d1**2 * d2 * three + d1**4 * four,
    ]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("variance", [1e-3, 0.07, 1.5])
def test_all_derivatives_of_a_cell_are_those_of_polygamma_functions(n, variance):
    rng = np.random.default_rng(n)
    eta = rng.normal(-1, 1)
    y = float(rng.binomial(n, expit(eta)))
    slope, curve, third, fourth = by_polygamma(eta, n, y, variance)
    _, by, bent, _ = beta_binomial_cell(eta, float(n), y, variance)
    expected = n * expit(eta) * expit(-eta) * (1 + variance) / (1 + n * variance)
    assert by == pytest.approx(slope, rel=1e-9, abs=1e-9)
    assert bent == pytest.approx(max(-curve, FLOOR * expected), rel=1e-8)
    shifts, skews = np.array([[0.0], [1.0], [1.0]]), np.empty(1)
    found = beta_binomial_cumulants(eta, shifts, np.array([float(n)]), np.array([y]), variance, skews)
    assert found == pytest.approx((-third, -fourth), rel=1e-5, abs=1e-6 * n)
    assert skews[0] == found[0]


@given(log_variance=st.floats(-12.0, 2.0), eta=st.floats(-6.0, 6.0), share=st.floats(0.0, 1.0))
def test_steps_are_those_of_a_concave_function(log_variance, eta, share):
    """And slopes are the differences of values."""
    n, variance, step = 40.0, np.exp(log_variance), 1e-5
    y = np.rint(n * share)
    _, slope, curve, _ = beta_binomial_cell(eta, n, y, variance)
    up, down = (beta_binomial_cell(eta + s, n, y, variance)[0] + y * s for s in (step, -step))
    assert slope == pytest.approx((up - down) / (2 * step), abs=1e-6)
    assert curve > 0.0


@pytest.mark.parametrize("number", [0, 1, ONE_BY_ONE, ONE_BY_ONE + 1, 500])
@pytest.mark.parametrize("ratio", [1e-12, 0.3, 50.0, 1e17])
def test_sums_over_draws_from_an_urn_are_those_one_by_one(number, ratio):
    j = np.arange(number)
    t = 1.0 / (1.0 + ratio * j)
    wanted = [np.log1p(ratio * j).sum(), *((t**k).sum() for k in (1, 2, 3, 4))]
    np.testing.assert_allclose(urn_sums(ratio, float(number)), wanted, rtol=1e-11, atol=1e-12 * number)


@pytest.mark.parametrize("size", [2.0, 3000.0])
def test_without_scatter_it_is_the_binomial(size):
    theta, shift, total, events = shares(6, mean=size)
    shifts = np.array([shift, np.exp(shift), np.exp(-shift)])
    for loop, known in ((beta_binomial_curved, binomial_curved), (beta_binomial_cumulants, binomial_cumulants)):
        ours, theirs = ([np.zeros(len(shift)) for _ in range(3)] for _ in range(2))
        rest = 3 if loop is beta_binomial_curved else 1
        one = loop(theta[2], shifts, total[2], events[2], 1e-18, *ours[:rest])
        two = known(theta[2], shifts, total[2], *theirs[:rest])
        np.testing.assert_allclose(one, two, rtol=1e-11, atol=1e-12 * total[2].sum())
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12 * total[2].sum())


def test_a_row_for_newton_is_that_row_of_the_table():
    theta, shift, total, events = shares(4)
    by_shift, bent, row = (np.zeros(len(shift)) for _ in range(3))
    shifts = np.array([shift, np.exp(shift), np.exp(-shift)])
    found = beta_binomial_curved(theta[3], shifts, total[3], events[3], 0.1, by_shift, bent, row)
    by_theta, other = np.empty(1), np.empty(len(shift))
    value, _ = beta_binomial_table(theta[3:4], shift, total[3:4], events[3:4], 0.1, by_theta, other)
    assert found == (pytest.approx(value), pytest.approx(-by_theta[0]), pytest.approx(row.sum()))
    np.testing.assert_allclose(by_shift, other, rtol=1e-12)
    np.testing.assert_array_equal(bent, row)
    assert row[2] == 0.0
