"""The verdict: its properties, its order, its sentence."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sos_bayes._core.errors import GradeError
from sos_bayes.checks import State
from sos_bayes.data import Aim
from sos_bayes.evidence import Direction, Strength, grade
from sos_bayes.fitting import Health
from tests.evidence.made_up import DIRECTED, OUTCOME, checks, effect, mirrored, mirrored_checks

GATED = (*DIRECTED, "p", "size")
HARD = [0.8, 0.9, 0.94, 0.95, 0.96, 0.975, 0.98, 0.99, 0.995, 0.999]  # around the rule's own thresholds
OFTEN = st.sampled_from([1.0] * 20 + HARD)
PROBABILITY = st.one_of(OFTEN, OFTEN, OFTEN, st.floats(0.5, 1), st.floats(0.97, 1))
STATES = [State.NOT_APPLICABLE, State.NOT_ASSESSED, State.SWITCHED_OFF]
CHECK = st.one_of(*[PROBABILITY] * 24, st.sampled_from(STATES))
CASES = st.fixed_dictionaries(
    dict.fromkeys(DIRECTED, CHECK)
    | {"p": PROBABILITY, "size": PROBABILITY, "within": st.floats(0, 1), "worst": st.floats(0, 1)}
    | {"small": st.floats(0, 1), "large": st.floats(0, 1), "selected": st.sampled_from([False] * 5 + [True])}
    | {name: st.sampled_from([1, 2, 4, 5, *[31] * 12]) for name in ("n_adopters", "n_comparators", "n_pre")}
)
EFFECT = ("p", "size", "selected", "n_adopters", "n_comparators", "n_pre")


def made(case):
    found = effect(**{k: case[k] for k in EFFECT}, k_effective=float(case["n_adopters"]))
    return found, checks(**{k: v for k, v in case.items() if k not in EFFECT})


def fields_of(verdict):
    return verdict.strength, verdict.null_finding, [(c.name, c.value, c.reached, c.state) for c in verdict.criteria]


@settings(max_examples=200)
@given(CASES)
def test_swapping_the_aim_changes_the_direction_only(case):
    found, tried = made(case)
    other = replace(found, outcome=replace(OUTCOME, aim=Aim.FEWER))
    one, two = grade(found, tried), grade(other, tried)
    assert fields_of(one) == fields_of(two)
    turned = {Direction.TOWARDS: Direction.CONTRARY, Direction.CONTRARY: Direction.TOWARDS}
    assert two.direction is turned.get(one.direction, Direction.UNCLEAR)


@settings(max_examples=200)
@given(CASES)
def test_counting_non_events_instead_changes_nothing(case):
    found, tried = made(case)
    assume(found.probability(above=0.0) > 0.5)
    one, two = grade(found, tried), grade(mirrored(found), mirrored_checks(tried))
    assert one.direction is two.direction
    assert one.reasons == two.reasons
    assert [(c.name, c.reached, c.state) for c in one.criteria] == [(c.name, c.reached, c.state) for c in two.criteria]
    assert (one.strength, one.null_finding) == (two.strength, two.null_finding)


@settings(max_examples=200)
@given(CASES, st.sampled_from(GATED), st.floats(0, 1))
def test_raising_one_probability_never_lowers_the_grade(case, name, share):
    case = case | {"within": 0.0}
    value = case[name]
    if isinstance(value, State):
        return
    raised = case | {name: value + share * (1 - value)}
    if name == "p" and not isinstance(raised["size"], State):
        case["size"] = raised["size"] = min(case["size"], case["p"])
    assert grade(*made(raised)).strength >= grade(*made(case)).strength


@settings(max_examples=200)
@given(CASES, st.sampled_from(["n_adopters", "n_comparators", "n_pre"]), st.integers(0, 20))
def test_a_larger_design_never_lowers_the_grade(case, name, more):
    case = case | {"within": 0.0}
    assert grade(*made(case | {name: case[name] + more})).strength >= grade(*made(case)).strength


@settings(max_examples=200)
@given(CASES, st.sampled_from(DIRECTED))
def test_relaxing_a_cap_never_lowers_the_grade(case, name):
    case = case | {"within": 0.0}
    order = [State.SWITCHED_OFF, State.NOT_ASSESSED, State.NOT_APPLICABLE]
    strengths = [grade(*made(case | {name: state})).strength for state in order]
    assert strengths == sorted(strengths)


@settings(max_examples=200)
@given(CASES, st.floats(0, 1))
def test_more_evidence_of_no_change_never_weakens_the_null_finding(case, share):
    more = case | {k: case[k] + share * (1 - case[k]) for k in ("within", "worst")}
    assert grade(*made(more)).null_finding >= grade(*made(case)).null_finding


@settings(max_examples=200)
@given(CASES)
def test_a_null_finding_and_a_strength_exclude_each_other(case):
    verdict = grade(*made(case))
    if verdict.null_finding >= Strength.MODERATE:
        assert verdict.strength is Strength.NONE
        assert "evidence of" in verdict.sentence
    assert verdict.strength <= min(c.reached for c in verdict.criteria)


@pytest.mark.parametrize(
    ("within", "worst", "null"),
    [(0.98, 0.95, "high"), (0.98, 0.85, "moderate"), (0.92, 0.95, "moderate"), (0.85, 0.85, "low"), (0.7, 0.7, "none"),
     (0.98, 0.6, "none")],
)  # fmt: skip
def test_steps_of_the_null_finding(within, worst, null):
    assert grade(effect(0.6, 0.1), checks(0.6, within=within, worst=worst)).null_finding.value == null


def test_the_null_finding_has_the_design_s_caps():
    few = effect(0.6, 0.1, n_adopters=1, k_effective=1.0)
    assert grade(few, checks(0.6, within=0.99)).null_finding is Strength.LOW
    selected = effect(0.6, 0.1, selected=True)
    assert grade(selected, checks(0.6, within=0.99, small=0.5, large=0.1)).null_finding is Strength.MODERATE


@pytest.mark.parametrize(
    ("found", "tried", "said"),
    [
        (effect(), checks(), "high strength evidence of an effect towards the aim"),
        (effect(0.99), checks(), "moderate strength evidence of an effect towards the aim"),
        (effect(0.9999, 0.0), checks(within=0.95), "moderate evidence of a real but smaller-than-worthwhile change"),
        (effect(0.6, 0.1), checks(0.6, within=0.95), "moderate evidence of no important change"),
        (effect(0.6, 0.1), checks(0.6), "no evidence either way; this is not evidence of no effect"),
        (effect(0.6, 0.1), checks(0.6, within=0.85), "and low evidence of no important change"),
    ],
)
def test_the_sentence(found, tried, said):
    verdict = grade(found, tried)
    assert said in verdict.sentence
    assert str(verdict) == verdict.sentence
    assert verdict.sentence.startswith("staying in education: ")


def test_an_effect_contrary_to_the_aim_is_graded_alike():
    verdict = grade(replace(effect(), draws=-effect().draws), mirrored_checks(checks()))
    assert (verdict.strength, verdict.direction) == (Strength.HIGH, Direction.CONTRARY)
    assert "contrary to the aim" in verdict.sentence


def test_an_unhealthy_fit_is_not_graded_rather_than_graded_lower():
    sick = replace(effect(), health=Health(False, ("R-hat of mu_tau is 1.030; the limit is 1.01.",), ()))
    verdict = grade(sick, checks())
    assert (verdict.graded, verdict.strength, verdict.null_finding) == (False, Strength.NONE, Strength.NONE)
    assert "not graded" in str(verdict)
    assert "R-hat of mu_tau" in str(verdict)
    assert verdict.direction is Direction.UNCLEAR
    assert verdict.criteria == ()


def test_a_fast_fit_says_so_first_and_a_sampled_one_does_not():
    fast = grade(effect(), checks())
    assert fast.reasons[0].startswith("Fast route")
    near = grade(effect(0.98), checks())
    assert "provisional" in near.reasons[0]
    far = grade(effect(0.7, 0.2), checks(0.7))
    assert "no probability lies near a threshold" in far.reasons[0]
    sampled = replace(effect(), method="nuts", draws=effect().draws.reshape(4, -1))
    assert not any("Fast route" in r for r in grade(sampled, checks()).reasons)


def test_a_probability_barely_above_a_threshold_is_borderline():
    """P = .9755 from 2,000 draws: the error is .0035, so .975 is not safely reached."""
    few = replace(effect(0.9755), draws=np.sort(effect(0.9755).draws)[:, ::10])
    (direction,) = [c for c in grade(few, checks()).criteria if c.name == "direction"]
    assert direction.borderline
    assert direction.reached is Strength.LOW
    assert "Borderline" in grade(few, checks()).reasons[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"estimand": "patt"}, "patt"),
        ({"estimand": "next_authority"}, "next_authority"),
        ({"scale": "ratio"}, "ratio"),
        ({"scale": "events"}, "events"),
        ({"label": "2"}, "'2'"),
    ],
)
def test_only_the_overall_satt_difference_is_graded(changes, said):
    with pytest.raises(GradeError, match=said):
        grade(replace(effect(), **changes), checks())


def test_drift_never_counts_for_more_than_the_headline():
    verdict = grade(effect(0.96), checks(drift=0.999))
    (drift,) = [c for c in verdict.criteria if c.name == "drift"]
    assert drift.value == pytest.approx(0.96, abs=1e-4)


def test_the_reasons_name_what_binds():
    reasons = grade(effect(), checks(sceptical=0.92)).reasons
    assert any(r.startswith("Sceptical prior") for r in reasons)
    assert not any(r.startswith("Adopters drifting") for r in reasons)
    assert "Every criterion of the rule allows high." in grade(effect(), checks()).reasons
