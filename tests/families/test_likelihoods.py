"""Likelihoods: the table's value and derivatives against scipy, finite differences, rows and the sampler's graph."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit

from sos_bayes.families import (
    FAMILIES,
    Binomial,
    Poisson,
    binomial_cumulants,
    binomial_curved,
    binomial_table,
    poisson_cumulants,
    poisson_curved,
    poisson_table,
)

TABLES = {"binomial": binomial_table, "poisson": poisson_table}
CURVED = {"binomial": binomial_curved, "poisson": poisson_curved}
CUMULANTS = {"binomial": binomial_cumulants, "poisson": poisson_cumulants}
ETA = st.floats(-12.0, 12.0)
TOTAL = st.integers(0, 5000)


def log_partition(name, eta):
    return np.logaddexp(0, eta) if name == "binomial" else np.exp(eta)


def log_pmf(name, eta, events, total):
    if name == "binomial":
        return stats.binom.logpmf(events, total, expit(eta))
    return stats.poisson.logpmf(events, total * np.exp(eta))


def table(name, theta, shift, total):
    """Value and both gradients."""
    by_theta, by_shift = np.empty(len(theta)), np.empty(len(shift))
    value = TABLES[name](np.asarray(theta, float), np.asarray(shift, float), total, by_theta, by_shift)
    return value, by_theta, by_shift


def shifts(*values):
    shift = np.asarray(values, float)
    return np.array([shift, np.exp(shift), np.exp(-shift)])


def row(name, theta, shift, total):
    """Value, expected events, curvature, and the arrays that a row adds to."""
    by_shift, curve, each = (np.zeros(len(total)) for _ in range(3))
    numbers = CURVED[name](theta, shifts(*shift), np.asarray(total, float), by_shift, curve, each)
    return numbers, by_shift, curve, each


def cell(name, eta, events, total):
    """Log-likelihood of one cell, its slope and its curvature."""
    (value, expected, curve), *_ = row(name, eta, [0.0], [total])
    return value + events * eta, events - expected, curve


def made_up_table(rng, b=7, c=5):
    total = rng.integers(0, 400, (b, c)).astype(float)
    total[0, :] = 0.0
    total[:, 1] *= rng.random(b) < 0.5
    return rng.normal(-1, 2, b), rng.normal(0, 1, c), total


@pytest.mark.parametrize("name", TABLES)
@given(one=ETA, other=ETA, total=TOTAL, share=st.floats(0, 1))
def test_the_value_is_the_log_pmf_up_to_a_constant(name, one, other, total, share):
    events = float(np.floor(share * total))
    got = cell(name, one, events, float(total))[0] - cell(name, other, events, float(total))[0]
    wanted = log_pmf(name, one, events, total) - log_pmf(name, other, events, total) if total else 0.0
    assert got == pytest.approx(wanted, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("seed", range(4))
def test_a_table_is_the_sum_over_its_cells_to_twelve_digits(name, seed):
    theta, shift, total = made_up_table(np.random.default_rng(seed))
    eta = theta[:, None] + shift
    value, by_theta, by_shift = table(name, theta, shift, total)
    expected = total * FAMILIES[name].mean(eta)
    assert value == pytest.approx(-(total * log_partition(name, eta)).sum(), rel=1e-12)
    np.testing.assert_allclose(by_theta, -expected.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(by_shift, -expected.sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("name", TABLES)
def test_a_row_for_newton_is_that_row_of_the_table(name):
    theta, shift, total = made_up_table(np.random.default_rng(9))
    eta = theta[3] + shift
    mean = FAMILIES[name].mean(eta)
    variance = mean * (1 - mean) if name == "binomial" else mean
    (value, expected, bend), by_shift, curve, each = row(name, theta[3], shift, total[3])
    assert value == pytest.approx(-(total[3] * log_partition(name, eta)).sum(), rel=1e-12)
    assert expected == pytest.approx((total[3] * mean).sum(), rel=1e-12)
    assert bend == pytest.approx((total[3] * variance).sum(), rel=1e-12)
    np.testing.assert_allclose(by_shift, -total[3] * mean, rtol=1e-12)
    np.testing.assert_allclose(curve, total[3] * variance, rtol=1e-12)
    np.testing.assert_array_equal(each, curve)


@pytest.mark.parametrize("name", TABLES)
@given(theta=st.floats(-6, 6), shift=st.floats(-2, 2), total=TOTAL)
def test_cumulants_are_the_derivatives_of_the_curvature(name, theta, shift, total):
    step = 1e-3
    curve = [row(name, theta + d, [shift, 0.0], [total, 3.0])[0][2] for d in (-2 * step, -step, 0, step, 2 * step)]
    skews = np.empty(2)
    third, fourth = CUMULANTS[name](theta, shifts(shift, 0.0), np.array([float(total), 3.0]), skews)
    size = max(1.0, curve[2])
    assert skews.sum() == pytest.approx(third, abs=1e-12 * size)
    assert third == pytest.approx((curve[0] - 8 * curve[1] + 8 * curve[3] - curve[4]) / (12 * step), abs=1e-7 * size)
    assert fourth == pytest.approx((curve[1] - 2 * curve[2] + curve[3]) / step**2, abs=1e-4 * size)


@pytest.mark.parametrize("name", TABLES)
@given(eta=ETA, total=TOTAL, share=st.floats(0, 1))
def test_slope_and_curvature_are_the_derivatives(name, eta, total, share):
    events, step = float(np.floor(share * total)), 1e-4
    below, at, above = (cell(name, eta + d, events, float(total)) for d in (-step, 0.0, step))
    size = max(1.0, abs(at[0]), at[2])
    assert at[1] == pytest.approx((above[0] - below[0]) / (2 * step), abs=1e-7 * size)
    assert at[2] == pytest.approx(-(above[1] - below[1]) / (2 * step), abs=1e-7 * size)
    assert at[2] >= 0.0


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("eta", [-40.0, 40.0])
@pytest.mark.parametrize(("events", "total"), [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (3.0, 10.0)])
def test_extremes_stay_finite(name, eta, events, total):
    value, slope, curve = cell(name, eta, events, total)
    assert np.isfinite([value, slope, curve]).all()
    assert curve >= 0.0
    if total == 0.0:
        assert (value, slope, curve) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("theta", "shift"), [(700.0, -700.0), (-700.0, 700.0), (800.0, 50.0), (-800.0, -50.0)])
def test_a_walk_that_strays_far_meets_no_missing_number(theta, shift):
    value, by_theta, by_shift = table("binomial", [theta, 0.0], [shift, 0.0], np.full((2, 2), 5.0))
    assert np.isfinite([value, *by_theta, *by_shift]).all()


@pytest.mark.parametrize(("eta", "events"), [(40.0, 10.0), (-40.0, 0.0)])
def test_a_certain_outcome_costs_nothing(eta, events):
    value, slope, _ = cell("binomial", eta, events, 10.0)
    assert value == pytest.approx(0.0, abs=1e-14)
    assert slope == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize("eta", [-40.0, 40.0])
def test_a_tiny_risk_and_its_complement_keep_their_digits(eta):
    value, _, curve = cell("binomial", eta, float(eta > 0), 1.0)
    assert curve == pytest.approx(np.exp(-40.0), rel=1e-12)
    if eta < 0:
        assert value == pytest.approx(-np.exp(-40.0), rel=1e-12)


@pytest.mark.parametrize("family", [Binomial(), Poisson()])
def test_the_start_is_finite_at_the_edges_and_close_elsewhere(family):
    edges = family.start(np.array([0.0, 10.0]), np.array([10.0, 10.0]))
    assert np.isfinite(edges).all()
    assert float(family.mean(family.start(2e6, 1e7))) == pytest.approx(0.2, rel=1e-5)


def test_means_are_monotone_and_bounded():
    eta = np.linspace(-40, 40, 401)
    risk, rate = Binomial().mean(eta), Poisson().mean(eta)
    assert (np.diff(risk) >= 0).all()
    assert risk.min() >= 0
    assert risk.max() <= 1
    np.testing.assert_allclose(rate, np.exp(eta))
    assert [FAMILIES[name].code for name in ("binomial", "poisson", "gaussian")] == [0, 1, 2]
