"""Whether the effect grows, against weighted least squares and made-up truths. All data are synthetic."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.data import Aim
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import growth
from sos_bayes.estimands.growth import _prior_slope, _slope_weights
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england
from tests.designs.panels import panel


def fitted(seed=2, **settings):
    made = made_up_england(Scenario(**settings), seed=seed)
    return fit_layout(layout_of(made.cells, made.rollout), DiD(), seed=seed, n_draws=4000)


@pytest.fixture(scope="module")
def growing():
    """Six points fewer on average, a third of it at first."""
    return fitted(effect=-0.06, shape="grow")


def test_the_slope_is_weighted_least_squares(shares):
    """Weights are treated cells with data at each lag: adopters start at 2, 3 and 3 of 5, and one saw nothing in 3."""
    weights = _slope_weights(shares)
    profile = np.array([0.3, -0.1, 0.4])
    count = np.array([2.0, 3.0, 1.0])
    slope = np.polynomial.polynomial.polyfit(np.arange(3), profile, 1, w=np.sqrt(count))[1]
    assert weights @ profile == pytest.approx(slope)


def test_a_quarter_is_a_quarter_of_a_year():
    layout = panel(periods=9, quarters=True, starts=(4, 4))
    fit = fit_layout(layout, DiD(), seed=1, n_draws=50)
    assert _slope_weights(fit) @ np.arange(5.0) == pytest.approx(4.0)


def test_the_prior_of_the_slope_has_its_own_variance(growing):
    weights = _slope_weights(growing)
    basis = next(t for t in growing.problem.model.shared if t.name == "lag").basis
    wanted = 0.15**2 * ((basis.T @ weights) ** 2).sum()
    assert _prior_slope(growing, weights).var() == pytest.approx(wanted, rel=0.05)


def test_growth_is_found_and_the_other_aim_turns_it_round(growing):
    found = growth(growing)
    assert found.verdict == "grows"
    assert found.p_grows == np.mean(growing.draws.shared["lag"] @ _slope_weights(growing) < 0)
    outcome = replace(growing.outcome, aim=Aim.MORE)
    turned = replace(growing, layout=replace(growing.layout, cells=replace(growing.layout.cells, outcome=outcome)))
    other = growth(turned)
    assert other.verdict == "falls away"
    assert other.p_grows == pytest.approx(1 - found.p_grows)
    assert other.per_year == found.per_year


def test_a_fading_effect_falls_away():
    assert growth(fitted(effect=-0.08, shape="fade", sd_shock=0.05)).verdict == "falls away"


def test_a_constant_effect_is_not_said_to_grow():
    assert growth(fitted(effect=-0.05)).verdict == "not settled"


def test_one_lag_cannot_tell():
    found = growth(fit_layout(panel(periods=4, starts=(3, 3)), DiD(), seed=1, n_draws=200))
    assert (found.verdict, found.slope, found.p_grows) == ("cannot be told", None, None)
    assert "one period after the start" in found.sentence


def test_one_adopter_cannot_tell():
    found = growth(fitted(adopters=1, effect=-0.06, shape="grow"))
    assert found.verdict == "cannot be told"
    assert "one quantity" in found.sentence


def test_few_children_cannot_tell():
    """Two adopters of three children a year: the posterior is the prior."""
    found = growth(fit_layout(panel(size=3.0, starts=(2, 2)), DiD(), seed=1, n_draws=2000))
    assert found.slope.contraction < 0.25
    assert found.verdict == "cannot be told"
    assert "hardly moved" in found.sentence


def test_it_says_how_many_adopters_inform_each_lag(shares):
    found = growth(shares)
    assert found.informed_by == ((0, 2), (1, 3), (2, 1))
    assert "rest on fewer than all 3 adopters" in found.sentence
    table = found.to_frame()
    assert table["event_time"].tolist() == [0, 1, 2]
    assert set(table["estimand"]) == {"satt"}
    assert set(table["weight"]) == {"children"}
