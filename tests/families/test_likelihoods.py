"""Likelihoods: value, slope and curvature against scipy, finite differences and the sampler's graph."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit

from sos_bayes.families import FAMILIES, Binomial, Poisson, binomial_cell, poisson_cell

CELLS = {"binomial": binomial_cell, "poisson": poisson_cell}
ETA = st.floats(-12.0, 12.0)
TOTAL = st.integers(0, 5000)


def log_pmf(name, eta, events, total):
    if name == "binomial":
        return stats.binom.logpmf(events, total, expit(eta))
    return stats.poisson.logpmf(events, total * np.exp(eta))


@pytest.mark.parametrize("name", CELLS)
@given(one=ETA, other=ETA, total=TOTAL, share=st.floats(0, 1))
def test_the_value_is_the_log_pmf_up_to_a_constant(name, one, other, total, share):
    events = float(np.floor(share * total))
    got = CELLS[name](one, events, float(total))[0] - CELLS[name](other, events, float(total))[0]
    wanted = log_pmf(name, one, events, total) - log_pmf(name, other, events, total) if total else 0.0
    assert got == pytest.approx(wanted, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("name", CELLS)
@given(eta=ETA, total=TOTAL, share=st.floats(0, 1))
def test_slope_and_curvature_are_the_derivatives(name, eta, total, share):
    events, step = float(np.floor(share * total)), 1e-4
    below, at, above = (CELLS[name](eta + d, events, float(total)) for d in (-step, 0.0, step))
    size = max(1.0, abs(at[0]), at[2])
    assert at[1] == pytest.approx((above[0] - below[0]) / (2 * step), abs=1e-7 * size)
    assert at[2] == pytest.approx(-(above[1] - below[1]) / (2 * step), abs=1e-7 * size)
    assert at[2] >= 0.0


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("eta", [-40.0, 40.0])
@pytest.mark.parametrize(("events", "total"), [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (3.0, 10.0)])
def test_extremes_stay_finite(name, eta, events, total):
    value, slope, curve = CELLS[name](eta, events, total)
    assert np.isfinite([value, slope, curve]).all()
    assert curve >= 0.0
    if total == 0.0:
        assert (value, slope, curve) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("eta", "events"), [(40.0, 10.0), (-40.0, 0.0)])
def test_a_certain_outcome_costs_nothing(eta, events):
    value, slope, _ = binomial_cell(eta, events, 10.0)
    assert value == pytest.approx(0.0, abs=1e-14)
    assert slope == pytest.approx(0.0, abs=1e-14)


def test_a_tiny_risk_keeps_its_digits():
    value, _, curve = binomial_cell(-40.0, 0.0, 1.0)
    assert value == pytest.approx(-np.exp(-40.0), rel=1e-12)
    assert curve == pytest.approx(np.exp(-40.0), rel=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_the_sampler_s_graph_has_the_same_value_and_slope(name):
    import pytensor
    import pytensor.tensor as pt

    rng = np.random.default_rng(5)
    eta = np.concatenate([rng.normal(0, 3, 12), [-40.0, 40.0, 0.0]])
    total = np.concatenate([rng.integers(1, 500, 12), [7.0, 7.0, 0.0]]).astype(float)
    events = np.floor(total * rng.random(15))
    x = pt.dvector("x")
    graph = FAMILIES[name].graph(x, events, total)
    value, slope = pytensor.function([x], [graph, pytensor.grad(graph, x)], mode="FAST_COMPILE")(eta)
    by_hand = np.array([CELLS[name](*row) for row in zip(eta, events, total, strict=True)])
    assert value == pytest.approx(by_hand[:, 0].sum(), rel=1e-12)
    np.testing.assert_allclose(slope, by_hand[:, 1], rtol=1e-9, atol=1e-9)


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
    assert [FAMILIES[name].code for name in ("binomial", "poisson")] == [0, 1]
