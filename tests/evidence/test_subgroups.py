"""The verdict on a subgroup: the same rule, and the cap that the rule holds for it."""

from dataclasses import replace

import pytest

from sos_bayes._core.errors import GradeError
from sos_bayes.evidence import SOS_DEFAULT, Strength, grade
from tests.evidence.made_up import checks, effect


def on(level, **changes):
    """Effect among the children of one age band."""
    return effect(label=level, subgroup_of="age_band", **changes)


def of(level, **changes):
    """Checks of that effect."""
    return tuple(replace(c, subgroup=level) for c in checks(**changes))


def test_what_is_high_over_all_adopters_is_moderate_in_a_subgroup():
    assert grade(effect(), checks()).strength is Strength.HIGH
    verdict = grade(on("0-4"), of("0-4"))
    assert verdict.strength is Strength.MODERATE
    assert any("at most moderate" in reason for reason in verdict.reasons)
    assert "age_band 0-4" in verdict.sentence


@pytest.mark.parametrize("cap", list(Strength))
def test_the_rule_holds_the_cap(cap):
    assert grade(on("0-4"), of("0-4"), replace(SOS_DEFAULT, subgroup=cap)).strength is min(cap, Strength.HIGH)


def test_the_cap_holds_for_no_important_change_too():
    nothing = {"p": 0.6, "within": 0.99, "worst": 0.99}
    assert grade(effect(p=0.6), checks(**nothing)).null_finding is Strength.HIGH
    assert grade(on("0-4", p=0.6), of("0-4", **nothing)).null_finding is Strength.MODERATE


def test_a_weak_subgroup_is_graded_by_the_same_lines():
    assert grade(on("0-4", p=0.9), of("0-4", p=0.9)).strength is Strength.NONE
    assert grade(on("0-4", p=0.96), of("0-4", p=0.96)).strength is Strength.LOW


def test_the_overall_effect_is_not_capped():
    line = next(c for c in grade(effect(), checks()).criteria if c.name == "subgroup")
    assert line.reached is Strength.HIGH
    assert line.state.value == "not applicable"


@pytest.mark.parametrize("level", ["5-9", None])
def test_checks_of_another_effect_are_refused(level):
    with pytest.raises(GradeError, match=r"subgroup=\('age_band', '0-4'\)"):
        grade(on("0-4"), of(level))


def test_checks_of_a_subgroup_say_nothing_over_all_adopters():
    with pytest.raises(GradeError, match="all adopters"):
        grade(effect(), of("0-4"))


@pytest.mark.parametrize("changes", [{"label": "2"}, {"estimand": "contrast"}, {"estimand": "gap"}])
def test_other_parts_and_contrasts_are_still_refused(changes):
    with pytest.raises(GradeError, match="only the SATT difference"):
        grade(effect(**changes), checks())
