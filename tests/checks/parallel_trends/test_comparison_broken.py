"""Checks that speak where the comparison itself is broken: a bad last year, another scale, a shock at the start."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.checks import CHECKS, State
from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.checks.parallel_trends import natural_scale
from sos_bayes.checks.parallel_trends.donut import fall, without_last_year
from sos_bayes.checks.parallel_trends.natural_scale import shift_of
from sos_bayes.checks.parallel_trends.year_steps import boundaries, steps_at
from sos_bayes.checks.scheduling import alone
from sos_bayes.checks.sensitivity.model_variants import DRIFT_FACTOR, LEAST_DRIFT, allowance, trends_design
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.simulation import Scenario, made_up_subgroups
from tests.checks.conftest import fast, layout
from tests.checks.worlds import dipped, parallel_in_points, shaken


def by_hand(fit):
    """Difference of the two counterfactuals, from the posterior means of what the headline learnt."""
    draws, found = fit.draws, fit.layout
    period = draws.shared["period"].mean(axis=(0, 1))
    before = found.before[found.adopters]
    aside = (draws.theta - draws.effect).mean(axis=(0, 1)) - period
    level = np.array([row[seen].mean() for row, seen in zip(aside, before, strict=True)])
    own = 1 / (1 + np.exp(-(level[:, None] + period)))
    spread = np.hypot(draws.hyper["spread"].mean(), draws.hyper["sd_shock"].mean())
    many = draws.shared["intercept"].mean() + spread * np.random.default_rng(1).standard_normal(20_000)
    there = (1 / (1 + np.exp(-(many[:, None] + period)))).mean(axis=0)
    total = found.cells.total[found.adopters, :, 0]
    weight = np.array([row[seen].mean() for row, seen in zip(total, before, strict=True)])
    apart = [row[4:].mean() - row[:4].mean() - (there[4:].mean() - there[:4].mean()) for row in own]
    return float(np.average(apart, weights=weight))


def test_what_is_parallel_in_points_is_no_effect_in_points():
    fit = fast(parallel_in_points(seed=1))
    headline, found = estimate(fit), alone(CHECKS["points"], under_test(fit))
    assert headline.probability(above=0.0) > 0.99  # the model's scale makes an effect of it
    assert found.number("mean") == pytest.approx(0.0, abs=2.5 * headline.sd)
    assert found.number("p_positive") < 0.95
    assert found.bearing in ("weakens", "contradicts")
    assert "The two scales disagree by" in found.sentence
    assert shift_of(fit).mean() == pytest.approx(by_hand(fit), abs=0.002)


def test_draws_are_moved_block_by_block_alike(fit, monkeypatch):
    whole = shift_of(fit)
    monkeypatch.setattr(natural_scale, "LARGEST", 10_000)
    np.testing.assert_allclose(shift_of(fit), whole, atol=1e-12)


def test_scales_agree_where_levels_are_alike(checked):
    assert abs(checked["points"].number("moved")) < 0.005
    assert "disagree" not in checked["points"].sentence
    assert checked["points"].bearing == "supports"


def test_points_of_subgroups_are_their_own():
    small = Scenario(authorities=18, adopters=5, periods=6, sd_shock=0.08)
    made = made_up_subgroups(small, effects=(-0.08, 0.0), shares=(0.5, 0.5), sd_stream=0.05, seed=2)
    fit = fast(layout_of(made.cells, made.rollout), DiD(vary_by=("subgroup",)))
    whole, *parts = (shift_of(fit, part).mean() for part in (None, ("subgroup", "a"), ("subgroup", "b")))
    assert min(parts) - 1e-3 <= whole <= max(parts) + 1e-3


def test_counts_are_compared_in_rates():
    fit = fast(layout(Scenario(family="poisson", base=50, per=10_000, effect=-15, size_median=40_000, size_min=5_000,
                               size_max=300_000)))  # fmt: skip
    found = alone(CHECKS["points"], under_test(fit))
    assert found.state is State.REPORTED
    assert "comparators did in rates" in found.sentence


def test_a_bad_last_year_is_what_the_answer_rests_on():
    fit = fast(dipped(seed=3))
    found = alone(CHECKS["donut"], under_test(fit))
    assert estimate(fit).probability(below=0.0) > 0.975
    assert found.number("fall") > 1
    assert found.number("p_negative") < 0.95
    assert found.bearing in ("weakens", "contradicts")


def test_an_effect_does_not_rest_on_the_last_year(checked, fit):
    assert abs(checked["donut"].number("fall")) < 1
    assert checked["donut"].number("sd") > 0.9 * estimate(fit).sd


def test_the_last_year_is_emptied_of_adopters_alone():
    whole = layout(Scenario(starts=(3, 4, 5, 3, 4, 5, 3, 4, 5)))
    kept = without_last_year(whole)
    gone = (whole.cells.total > 0).any(axis=2) & ~(kept.cells.total > 0).any(axis=2)
    np.testing.assert_array_equal(gone, whole.lags == -1)
    quarters = layout(Scenario(period="quarter", periods=16))
    gone = without_last_year(quarters).cells.total.sum(axis=2) == 0
    np.testing.assert_array_equal(gone, (quarters.lags < 0) & (quarters.lags >= -4))


def test_below_two_years_before_nothing_can_be_left_out():
    assert without_last_year(layout(Scenario(starts=1))) is None
    assert without_last_year(layout(Scenario(starts=2))) is not None
    found = alone(CHECKS["donut"], under_test(fast(layout(Scenario(starts=1, effect=-0.05)))))
    assert found.state is State.NOT_APPLICABLE


def test_falling_is_towards_zero_from_either_side(fit):
    own = estimate(fit)
    nearer = replace(own, draws=own.draws + own.sd)
    assert fall(own, nearer) == pytest.approx(1.0)
    assert fall(replace(own, draws=-own.draws), replace(own, draws=-nearer.draws)) == pytest.approx(1.0)


def test_a_shock_of_its_own_size_at_the_start_widens_the_answer():
    fit = fast(shaken(seed=2))
    found = alone(CHECKS["start_shock"], under_test(fit))
    assert found.number("p_shock") > 0.95
    assert 0.2 < found.number("extra") < 0.6
    assert found.number("sd") > 1.2 * estimate(fit).sd


def test_an_ordinary_start_widens_next_to_nothing(checked, fit):
    assert checked["start_shock"].number("p_shock") < 0.5
    assert checked["start_shock"].number("sd") < 1.15 * estimate(fit).sd


def test_years_are_compared_with_years_that_share_no_period():
    at, others = boundaries(layout(Scenario()))
    assert (at.tolist(), others.tolist()) == ([4], [1, 2, 3, 6, 7])
    at, others = boundaries(layout(Scenario(period="quarter", periods=32, starts=16)))
    assert (at.tolist(), others.tolist()) == ([16], [4, 8, 12, 24, 28])


def test_steps_are_counted_around_what_moves_everybody():
    whole = layout(Scenario(size_median=3000, size_min=2000, sd_period=0.5, sd_shock=0.01))
    found = steps_at(whole, np.array([4, 6]))
    assert found.size.shape == (2, 31)
    assert np.abs(np.median(found.size, axis=1)).max() < 1e-9
    assert (found.size**2 / found.variance).mean() == pytest.approx(1.0, abs=0.5)


def test_no_other_year_is_nothing_to_compare_with():
    short = under_test(fast(layout(Scenario(periods=2, starts=1, effect=-0.05))))
    assert alone(CHECKS["start_shock"], short).state is State.NOT_APPLICABLE


def test_the_allowance_for_drift_is_learnt(checked, fit):
    assert checked["drift"].number("allowance") >= LEAST_DRIFT
    calm = fast(layout(Scenario(periods=16, effect=-0.05)), trends_design(fit.design))
    moving = fast(layout(Scenario(periods=16, sd_trend=0.05, effect=-0.05)), trends_design(fit.design))
    assert allowance(calm) < 0.03 < allowance(moving)
    assert allowance(moving) == pytest.approx(DRIFT_FACTOR * 0.05, rel=0.4)
