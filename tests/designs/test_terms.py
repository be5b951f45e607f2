"""Bases and keys: what the columns promise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from sos_bayes.designs import DiD
from sos_bayes.designs.priors import HalfNormal, Normal, Uniform
from sos_bayes.designs.stationary import spread_over
from sos_bayes.designs.terms import centred_walk_basis, zero_sum_basis
from tests.designs.panels import PATTERNS, panel


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_the_zero_sum_basis_is_orthonormal_and_sums_to_zero(size):
    basis = zero_sum_basis(size)
    assert basis.shape == (size, size - 1)
    np.testing.assert_allclose(basis.T @ basis, np.eye(size - 1), atol=1e-12)
    np.testing.assert_allclose(basis.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(basis @ basis.T, np.eye(size) - 1 / size, atol=1e-12)  # no level is the reference


@given(arrays(float, st.integers(1, 8), elements=st.floats(0.1, 50)))
def test_the_centred_walk_has_weighted_mean_zero_and_steps_of_one(weights):
    basis = centred_walk_basis(weights)
    np.testing.assert_allclose(weights @ basis, 0, atol=1e-10)
    np.testing.assert_allclose(np.diff(basis, axis=0), np.eye(len(weights) - 1), atol=1e-12)


@pytest.mark.parametrize("starts", [(2, 2), (1, 3), (4, 2)])
def test_the_lag_profile_averages_zero_over_treated_cells(starts):
    layout = panel(starts=starts)
    (lag,) = (t for t in DiD().model(layout).shared if t.name == "lag")
    np.testing.assert_allclose(lag.columns[layout.treated].sum(axis=0), 0, atol=1e-12)
    assert not lag.columns[~layout.treated].any()
    for a, t in np.argwhere(layout.treated):
        np.testing.assert_array_equal(lag.columns[a, t], lag.basis[layout.lags[a, t]])


def test_the_lag_profile_walks_slower_in_quarters():
    yearly, quarterly = (
        next(t for t in DiD().model(panel(quarters=q)).shared if t.name == "lag") for q in (False, True)
    )
    np.testing.assert_allclose(quarterly.basis, yearly.basis / 2)


def test_one_treated_period_has_no_lag_profile():
    assert "lag" not in [t.name for t in DiD().model(panel(starts=(4, 4))).shared]


def test_leads_sum_to_zero_and_touch_only_adopters_before_their_start():
    layout = panel(starts=(2, 4))
    (lead,) = (t for t in DiD(leads=True).model(layout).shared if t.name == "lead")
    assert lead.labels == ("-4", "-3", "-2", "-1")
    np.testing.assert_allclose(lead.basis.sum(axis=0), 0, atol=1e-12)
    before = (layout.lags < 0) & (np.arange(6) < 2)[:, None]
    assert not lead.columns[~before].any()
    assert lead.columns[before].any(axis=1).all()


def test_variants_exchange_one_part_only():
    layout = panel()
    plain = DiD().model(layout)
    walk, trends, drift = (d.model(layout) for d in (DiD(shocks="random_walk"), DiD(trends=True), DiD(drift=0.03)))
    assert walk.shocks.walk
    assert not plain.shocks.walk
    assert [h.name for h in plain.hypers if h not in walk.hypers] == ["memory"]
    assert [h for h in walk.hypers if h not in plain.hypers] == []
    assert [t.name for t in trends.by_authority] == ["authority", "departure", "trend"]
    (extra,) = drift.shared[len(plain.shared) :]
    assert (extra.name, extra.sd) == ("drift", 0.03)
    assert not extra.columns[layout.comparators].any()
    np.testing.assert_allclose(np.diff(extra.columns[layout.adopters, :, 0]), 1.0)


def test_pattern_coding_does_not_know_the_names_of_levels():
    layout = panel(patterns=PATTERNS)
    renamed = tuple((f"z{age}", sex.upper()) for age, sex in PATTERNS)
    other = replace(layout, cells=replace(layout.cells, patterns=renamed))
    one, two = (DiD(adjust=("age", "sex")).model(x).patterns for x in (layout, other))
    np.testing.assert_array_equal(one.columns, two.columns)
    assert one.columns.shape == (6, 3)
    np.testing.assert_allclose(one.columns.sum(axis=0), 0, atol=1e-12)


def test_prior_coding_of_patterns_is_the_same_whatever_their_order():
    layout = panel(patterns=PATTERNS)
    shuffled = tuple(reversed(PATTERNS))
    other = replace(layout, cells=replace(layout.cells, patterns=shuffled))
    one, two = (DiD().model(x).patterns.columns for x in (layout, other))
    np.testing.assert_allclose(one @ one.T, (two @ two.T)[::-1, ::-1], atol=1e-12)


def test_a_covariate_with_one_level_adds_nothing():
    assert DiD().model(panel(patterns=(("0-4", "f"),))).patterns is None


@given(spread=st.floats(1e-3, 3), innovation=st.floats(1e-3, 3), memory=st.floats(1e-6, 1 - 1e-6))
def test_spread_is_divided_between_levels_and_fading_shocks(spread, innovation, memory):
    level, rho = spread_over(spread, innovation, memory, np)
    slowest = spread / np.hypot(spread, innovation)
    assert rho == pytest.approx(memory * slowest, rel=1e-9)
    assert level**2 + innovation**2 / (1 - rho**2) == pytest.approx(spread**2 + innovation**2, rel=1e-9)


def test_the_ends_of_memory_are_lasting_levels_and_shocks_alone():
    level, rho = spread_over(0.35, 0.13, np.array([0.0, 1.0]), np)
    np.testing.assert_allclose(level, [0.35, 0.0], atol=1e-12)
    np.testing.assert_allclose(rho, [0.0, 0.35 / np.hypot(0.35, 0.13)])


def test_every_name_that_a_term_scales_with_is_a_scalar_of_the_model():
    for design in (DiD(), DiD(shocks="random_walk"), DiD(trends=True, leads=True, drift=0.03)):
        model = design.model(panel(starts=(2, 3)))
        scalars = model.scalars({h.name: np.array(0.5) for h in model.hypers}, np)
        named = {t.sd for t in (*model.shared, *model.by_authority) if isinstance(t.sd, str)}
        assert named | {"rho", "sd_shock", "log_adopter_scale"} <= set(scalars)
        assert len({h.name for h in model.hypers}) == len(model.hypers)


@pytest.mark.parametrize(
    ("prior", "wanted"),
    [
        (HalfNormal(0.3), lambda u: 0.3 * stats.halfnorm.ppf(u)),
        (Normal(0.5), lambda u: 0.5 * stats.norm.ppf(u)),
        (Uniform(), lambda u: u),
    ],
)
def test_scores_carry_the_prior(prior, wanted):
    u = np.array([1e-5, 0.01, 0.3, 0.5, 0.9, 0.999])
    np.testing.assert_allclose(prior.from_score(stats.norm.ppf(u)), wanted(u), rtol=1e-9)


def test_scores_in_the_far_tails_stay_inside_the_prior():
    score = np.array([-30.0, -9.0, 9.0, 30.0])
    half, flat = HalfNormal(0.3).from_score(score), Uniform().from_score(score)
    assert np.isfinite(half).all()
    assert (np.diff(half) >= 0).all()
    assert half[0] > 0  # ratios of two scales are formed
    assert ((flat > 0) & (flat < 1)).all()
