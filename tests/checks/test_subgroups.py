"""Checks of the effect in one subgroup. All data are synthetic."""

import numpy as np
import pytest

from sos_bayes._core.errors import DesignError
from sos_bayes.checks import CHECKS, State, check
from sos_bayes.checks.fit_under_test import members
from sos_bayes.checks.sensitivity.denominator import counted
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_subgroups

TRIED = ("patt", "weighting", "random_walk", "imputation", "drift")


@pytest.fixture(scope="module")
def apart():
    """One of two subgroups has an effect of eight points."""
    small = Scenario(authorities=18, adopters=5, periods=6, sd_shock=0.08)
    made = made_up_subgroups(small, effects=(-0.08, 0.0), shares=(0.5, 0.5), sd_stream=0.05, seed=2)
    return fit_layout(layout_of(made.cells, made.rollout), DiD(vary_by=("subgroup",)), seed=2, n_draws=2000)


@pytest.fixture(scope="module")
def tried(apart):
    """Some checks of either subgroup."""
    skip = tuple(name for name in CHECKS if name not in (*TRIED, "leads", "denominator", "comparators"))
    return {level: {c.name: c for c in check(apart, skip=skip, subgroup=("subgroup", level))} for level in "ab"}


@pytest.mark.parametrize("name", TRIED)
def test_each_check_looks_at_the_subgroup_that_was_asked_for(tried, name):
    assert tried["a"][name].number("mean") == pytest.approx(-0.08, abs=0.03)
    assert tried["b"][name].number("mean") == pytest.approx(0.0, abs=0.03)
    assert tried["a"][name].number("p_negative") > 0.95
    assert tried["a"][name].subgroup == "a"


def test_other_comparators_are_tried_for_the_subgroup(tried):
    for level, truth in (("a", -0.08), ("b", 0.0)):
        means = [e.mean for e in tried[level]["comparators"].series]
        assert means == pytest.approx([truth] * 3, abs=0.05)


def test_what_is_looked_at_for_all_children_together_says_so(tried):
    assert tried["a"]["leads"].state is State.NOT_APPLICABLE
    assert "all children together" in tried["a"]["leads"].sentence


def test_the_verdict_on_a_subgroup_is_by_its_own_checks(apart, tried):
    effect = estimate(apart, by="subgroup")["a"]
    assert grade(effect, tuple(tried["a"].values())).direction.value == "towards the aim"


def test_counting_who_is_counted_stays_inside_the_subgroup(apart):
    layout = counted(apart.layout, ("subgroup", "b"))
    np.testing.assert_array_equal(layout.cells.events[..., 0], apart.layout.cells.total[..., 1])
    assert members(apart.layout.cells, ("subgroup", "b")).tolist() == [0.0, 1.0]


def test_a_subgroup_that_the_design_does_not_have_is_refused(apart):
    with pytest.raises(DesignError, match="There is no subgroup 'c'"):
        check(apart, subgroup=("subgroup", "c"))
    with pytest.raises(DesignError, match="vary_by"):
        check(apart, subgroup=("sex", "f"))
