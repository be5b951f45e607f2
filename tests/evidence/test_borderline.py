"""Near a threshold the verdict says so: ten seeds agree, or all of them say borderline."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.evidence.criteria.judging import judged
from sos_bayes.evidence.rule import Steps
from sos_bayes.evidence.strength import Strength
from tests.designs.panels import panel
from tests.evidence.made_up import checks, effect
from tests.fitting.made_up import made_up_fit

STEPS = Steps(0.95, 0.975, 0.995)


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [(0.9760, "low", "moderate"), (0.9740, "low", "moderate"), (0.9771, "low", "moderate"), (0.9650, "low", "low"),
     (0.9850, "moderate", "moderate"), (0.9990, "moderate", "high"), (0.9995, "moderate", "high")],
)  # fmt: skip
def test_both_sides_of_a_threshold_are_near_it(value, least, most):
    line = judged("direction", "Direction", value, STEPS, "So sure.", error=0.001)
    assert tuple(s.value for s in line.range) == (least, most)


@settings(max_examples=50)
@given(st.floats(0.93, 1.0), st.floats(0.0001, 0.004), st.integers(0, 1000))
def test_ten_seeds_agree_or_all_say_borderline(p, error, seed):
    drawn = np.clip(p + np.clip(np.random.default_rng(seed).standard_normal(10), -2, 2) * error, 0, 1)
    lines = [judged("direction", "Direction", x, STEPS, "", error=error) for x in drawn]
    assert len({c.reached for c in lines}) == 1 or all(len(set(c.range)) > 1 for c in lines)


def test_a_grade_near_a_threshold_is_borderline_on_both_sides():
    for p in (0.9745, 0.9780):
        verdict = grade(effect(p), checks())
        assert verdict.borderline
        assert "Borderline: another seed might say low strength or moderate strength." in verdict.sentence
    assert not grade(effect(0.985), checks()).borderline
    assert "Borderline" not in grade(effect(0.985), checks()).sentence


def test_a_line_that_does_not_decide_makes_nothing_borderline():
    """P of the direction lies near .995, and the number of comparators holds the grade at low."""
    assert grade(effect(0.9955), checks()).borderline
    assert not grade(effect(0.9955, n_comparators=2), checks()).borderline


def test_a_check_near_its_threshold_decides_too():
    found = tuple(
        replace(c, numbers=(*c.numbers, ("p_error", 0.003))) if c.name == "drift" else c for c in checks(drift=0.952)
    )
    assert grade(effect(0.985), found).borderline
    assert not grade(effect(0.985), checks(drift=0.952)).borderline  # it says no error


def test_a_null_finding_near_its_threshold():
    near = tuple(
        replace(c, numbers=(*c.numbers, ("within_error", 0.004))) if c.name == "no_change" else c
        for c in checks(0.6, within=0.905)
    )
    verdict = grade(effect(0.6, 0.1), near)
    assert verdict.null_finding is Strength.MODERATE
    assert verdict.borderline
    assert "low evidence of no important change or moderate evidence of no important change" in verdict.sentence


def test_draws_that_share_a_point_of_hyperparameters_err_together():
    few = effect(0.95)
    shared = replace(few, points=(few.draws > 0).astype(int))  # each point is all on one side
    assert shared.probability_error(above=0.0) > 20 * few.probability_error(above=0.0)
    apart = replace(few, points=np.arange(few.draws.size).reshape(few.draws.shape))
    assert apart.probability_error(above=0.0) == pytest.approx(few.probability_error(above=0.0))


def test_an_effect_of_the_fast_route_knows_its_points():
    fit = made_up_fit(panel(), 40)
    points = np.repeat(np.arange(8), 5)[None]
    omega = np.linspace(0.1, 0.2, 8)[points]
    fit = replace(fit, draws=replace(fit.draws, hyper={"omega": omega}))
    np.testing.assert_array_equal(estimate(fit).points, points)
    assert estimate(replace(fit, method="nuts")).points is None
