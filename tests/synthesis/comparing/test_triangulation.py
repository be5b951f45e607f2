"""Designs beside each other, and what the rule makes of them."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.checks import CHECKS, CheckResult
from sos_bayes.simulation import Scenario, made_up_england
from sos_bayes.synthesis import Comparison

NUMBERS = (("p_positive", 0.001), ("p_negative", 0.999), ("p_small", 1.0), ("p_large", 0.0), ("p_within", 0.0),
           ("worst_within", 0.0))  # fmt: skip


@pytest.fixture(scope="module")
def fits():
    made = made_up_england(Scenario(periods=12, effect=-0.05, starts=9), seed=3)
    panel = sb.read_panel(made.panel, authority="authority", period="period")
    designs = (sb.DiD(), sb.DiD(trends=True))
    return [sb.fit(panel, made.rollout, made.outcome, design, method="fast") for design in designs]


def test_differences_stand_with_their_interval_and_direction(fits):
    found = sb.compare(*fits, names=("DiD", "own trends"))
    (difference,) = found.differences
    a, b = (e.mean for e in found.effects)
    assert difference.mean == pytest.approx(b - a)
    assert difference.low < difference.mean < difference.high
    assert 0 < difference.overlap <= 1
    assert found.agrees
    assert "All point the same way" in str(found)
    assert list(found.to_frame()["design"]) == ["DiD", "own trends"]
    assert list(found.differences_frame()["second"]) == ["own trends"]


def test_a_fit_agrees_with_itself(fits):
    found = sb.compare(fits[0], fits[0], names=("a", "b"))
    assert found.differences[0].overlap == pytest.approx(1.0)
    assert found.differences[0].mean == 0


def test_other_outcomes_or_adopters_are_not_compared(fits):
    made = made_up_england(Scenario(periods=12, starts=6), seed=3)
    panel = sb.read_panel(made.panel, authority="authority", period="period")
    other = sb.fit(panel, made.rollout, made.outcome, method="fast")
    with pytest.raises(sb.SosBayesError, match="differ in their outcome, their adopters or their starts"):
        sb.compare(fits[0], other)
    with pytest.raises(sb.SosBayesError, match="two fits or more"):
        sb.compare(fits[0])


def held(*, without=()):
    return {n: CheckResult(n, n, sb.State.REPORTED, NUMBERS, "") for n in CHECKS if n not in without}


def test_other_designs_stand_in_for_a_specification_that_was_not_assessed(fits):
    effect = sb.estimate(fits[0])
    checks = held()
    checks["trends"] = CheckResult("trends", "trends", sb.State.NOT_ASSESSED, (), "No healthy fit.")
    alone = {c.name: c for c in sb.grade(effect, tuple(checks.values())).criteria}["specification"]
    beside = sb.compare(*fits).check()
    joined = {c.name: c for c in sb.grade(effect, (*checks.values(), beside)).criteria}["specification"]
    assert alone.reached is sb.Strength.MODERATE
    assert joined.value == pytest.approx(min(0.999, beside.number("p_negative")))
    assert joined.reached >= alone.reached


def test_another_design_that_points_elsewhere_holds_the_grade_down(fits):
    effect = sb.estimate(fits[0])
    away = CheckResult("triangulation", "t", sb.State.REPORTED, (("p_positive", 0.6), ("p_negative", 0.4)), "")
    checks = (*held().values(), away)
    judged = {c.name: c for c in sb.grade(effect, checks).criteria}["specification"]
    assert judged.reached is sb.Strength.LOW
    assert judged.value == 0.4


def test_designs_join_a_grade_from_eight_periods_before_the_start_on(fits):
    made = made_up_england(Scenario(effect=-0.05), seed=3)
    panel = sb.read_panel(made.panel, authority="authority", period="period")
    few = sb.fit(panel, made.rollout, made.outcome, method="fast")
    found = sb.compare(few, few, names=("a", "b"))
    assert isinstance(found, Comparison)
    assert found.check().state is sb.State.NOT_APPLICABLE
    assert sb.compare(*fits).check().state is sb.State.REPORTED
    assert np.isfinite(sb.compare(*fits).check().number("p_error"))
