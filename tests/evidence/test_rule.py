"""Steps, strengths and single criteria."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sos_bayes._core.errors import GradeError, SosBayesError
from sos_bayes.checks import State
from sos_bayes.data import Aim
from sos_bayes.evidence import CRITERIA, SOS_DEFAULT, SOS_DEFAULT_1, Strength, grade
from sos_bayes.evidence.criteria.judging import allowed, judged, missing
from sos_bayes.evidence.rule import Steps
from tests.evidence.made_up import OUTCOME, checks, effect

LOW, MODERATE, HIGH, NONE = Strength.LOW, Strength.MODERATE, Strength.HIGH, Strength.NONE
PROBABILITY = st.floats(0, 1)


def test_strengths_are_ordered():
    ordered = [NONE, LOW, MODERATE, HIGH]
    assert sorted([HIGH, LOW, NONE, MODERATE]) == ordered == list(Strength)
    assert NONE < LOW <= LOW < MODERATE < HIGH > LOW >= LOW
    assert [s.value for s in ordered] == ["none", "low", "moderate", "high"]


@pytest.mark.parametrize("steps", [(0.9, 0.8, 0.95), (0.9, None, 0.8), (None, 0.9, 0.8)])
def test_a_higher_strength_must_not_ask_for_less(steps):
    with pytest.raises(SosBayesError, match="must not ask for less"):
        Steps(*steps)


def test_the_default_rule_is_named_and_nested():
    assert (SOS_DEFAULT.name, bool(SOS_DEFAULT.version)) == ("sos_default", True)
    steps = [getattr(SOS_DEFAULT, f.name) for f in fields(SOS_DEFAULT) if f.name not in ("name", "version")]
    assert sum(isinstance(s, Steps) for s in steps) >= 19
    assert SOS_DEFAULT.drift == Steps(None, 0.95, 0.975)
    assert SOS_DEFAULT.direction == Steps(0.95, 0.975, 0.995)


@given(value=PROBABILITY, other=PROBABILITY, steps=st.lists(PROBABILITY, min_size=3, max_size=3).map(sorted))
def test_what_is_allowed_rises_with_the_value(value, other, steps):
    low, high = sorted([value, other])
    assert allowed(low, Steps(*steps)) <= allowed(high, Steps(*steps))


@given(value=PROBABILITY, steps=st.lists(PROBABILITY, min_size=3, max_size=3).map(sorted), cut=PROBABILITY)
def test_what_is_allowed_rises_as_a_step_is_relaxed(value, steps, cut):
    for i in range(3):
        relaxed = [min(s, cut * steps[i]) if j <= i else s for j, s in enumerate(steps)]
        assert allowed(value, Steps(*relaxed)) >= allowed(value, Steps(*steps))


@pytest.mark.parametrize(
    ("value", "reached", "borderline"),
    [(0.9760, LOW, True), (0.9771, MODERATE, False), (0.9740, LOW, False), (0.9521, LOW, False), (0.9511, NONE, True),
     (0.9960, MODERATE, True)],
)  # fmt: skip
def test_within_two_errors_of_a_threshold_counts_as_below_it(value, reached, borderline):
    criterion = judged("direction", "Direction", value, Steps(0.95, 0.975, 0.995), "So sure.", error=0.001)
    assert (criterion.reached, criterion.borderline) == (reached, borderline)
    assert ("Borderline" in criterion.sentence) is borderline
    assert criterion.state is State.FAIL


@pytest.mark.parametrize(
    ("state", "required", "cap"),
    [
        (State.NOT_APPLICABLE, True, HIGH),
        (State.NOT_APPLICABLE, False, HIGH),
        (State.NOT_ASSESSED, False, MODERATE),
        (State.NOT_ASSESSED, True, LOW),
        (State.SWITCHED_OFF, False, LOW),
        (State.SWITCHED_OFF, True, LOW),
    ],
)
def test_caps_of_what_has_no_figure(state, required, cap):
    criterion = missing("x", "X", Steps(None, 0.5, 0.9), state, "Why.", required=required)
    assert (criterion.reached, criterion.value, criterion.state) == (cap, None, state)


def test_everything_in_order_is_high():
    verdict = grade(effect(), checks())
    assert verdict.strength is HIGH
    assert tuple(c.name for c in verdict.criteria) == tuple(CRITERIA)
    assert all(c.state in (State.PASS, State.NOT_APPLICABLE) for c in verdict.criteria)


REQUIRED, OTHERS = ("patt", "drift", "imputation"), ("sceptical", "weighting", "random_walk", "trends", "leave_one_out")


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("state", [None, State.NOT_ASSESSED, State.SWITCHED_OFF])
def test_a_required_check_without_figures_caps_at_low(name, state):
    assert grade(effect(), checks(**{name: state})).strength is LOW


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize(
    ("state", "cap"), [(None, MODERATE), (State.NOT_ASSESSED, MODERATE), (State.SWITCHED_OFF, LOW)]
)
def test_another_check_without_figures_caps(name, state, cap):
    assert grade(effect(), checks(**{name: state})).strength is cap


@pytest.mark.parametrize("name", ["patt", "weighting", "leave_one_out", "denominator", "leads", "level_gap"])
def test_a_check_that_does_not_apply_caps_nothing(name):
    assert grade(effect(), checks(**{name: State.NOT_APPLICABLE})).strength is HIGH


def test_a_check_that_was_not_assessed_does_not_hide_a_worse_one():
    """Imputation leaves nothing of the effect: failing to assess another specification must not help."""
    assert grade(effect(), checks(imputation=0.5, leave_one_out=State.NOT_ASSESSED)).strength is LOW
    assert grade(effect(), checks(imputation=0.5, trends=None)).strength is LOW


def test_no_checks_at_all_is_at_most_low():
    assert grade(effect(), ()).strength is LOW


@pytest.mark.parametrize(
    ("name", "p", "cap"),
    [
        ("patt", 0.96, MODERATE), ("patt", 0.9, LOW),
        ("drift", 0.96, MODERATE), ("drift", 0.94, LOW),
        ("sceptical", 0.94, MODERATE), ("sceptical", 0.85, LOW),
        ("weighting", 0.75, LOW),
        ("random_walk", 0.85, MODERATE), ("trends", 0.7, LOW), ("imputation", 0.85, MODERATE),
        ("leave_one_out", 0.75, LOW),
    ],
)  # fmt: skip
def test_each_check_can_hold_the_grade(name, p, cap):
    verdict = grade(effect(), checks(**{name: p}))
    assert verdict.strength is cap
    assert len(verdict.reasons) >= 2


@pytest.mark.parametrize(("p", "strength"), [(0.9999, HIGH), (0.99, MODERATE), (0.96, LOW), (0.94, NONE)])
def test_the_direction_s_own_probability(p, strength):
    assert grade(effect(p), checks()).strength is strength


@pytest.mark.parametrize(("size", "strength"), [(0.97, HIGH), (0.9, MODERATE), (0.4, LOW)])
def test_the_size(size, strength):
    assert grade(effect(size=size), checks()).strength is strength


@pytest.mark.parametrize(
    ("numbers", "strength"),
    [
        ({"n_adopters": 1, "k_effective": 1.0}, LOW), ({"n_adopters": 2, "k_effective": 2.0}, MODERATE),
        ({"n_adopters": 4, "k_effective": 4.0}, MODERATE), ({"n_adopters": 5, "k_effective": 5.0}, HIGH),
        ({"k_effective": 1.7}, LOW), ({"k_effective": 4.4}, MODERATE), ({"n_comparators": 4}, LOW),
        ({"n_comparators": 9}, MODERATE), ({"n_pre": 1}, LOW), ({"n_pre": 2}, MODERATE), ({"n_pre": 3}, HIGH),
    ],
)  # fmt: skip
def test_what_the_design_can_bear(numbers, strength):
    assert grade(effect(**numbers), checks()).strength is strength


@pytest.mark.parametrize(
    ("small", "large", "strength"), [(0.95, 0.01, HIGH), (0.85, 0.1, MODERATE), (0.3, 0.6, LOW), (0.95, 0.5, LOW)]
)
def test_a_denominator_that_practice_decides(small, large, strength):
    selected = effect(selected=True)
    assert grade(selected, checks(small=small, large=large)).strength is strength
    assert grade(effect(), checks(small=small, large=large)).strength is strength  # not said: as if it did
    assert grade(effect(), checks(small=small, large=large), SOS_DEFAULT_1).strength is HIGH


@pytest.mark.parametrize("said", ["population", "before_start"])
@pytest.mark.parametrize(
    ("small", "large", "strength"),
    [(0.95, 0.01, HIGH), (0.25, 0.2, HIGH), (0.15, 0.3, MODERATE), (0.05, 0.45, MODERATE), (0.05, 0.5, LOW)],
)
def test_a_denominator_that_is_said_to_be_the_populations(said, small, large, strength):
    """Capped only where the data speak against what was said, and the verdict says so."""
    declared = effect(outcome=replace(OUTCOME, denominator=said))
    verdict = grade(declared, checks(small=small, large=large))
    assert verdict.strength is strength
    (line,) = [c for c in verdict.criteria if c.name == "denominator"]
    assert ("which contradicts that" in line.sentence) is (strength is not HIGH)


@pytest.mark.parametrize(("small", "large"), [(0.85, 0.1), (0.3, 0.6), (0.04, 0.96)])
def test_a_change_of_the_number_counted_that_is_not_seen_is_never_low(small, large):
    """Numbers that wander far look changed by more than a tenth to whoever asks about size alone."""
    lost = checks(small=small, large=large, changed=0.9)
    for whose in (effect(), effect(selected=True)):
        verdict = grade(whose, lost)
        (line,) = [c for c in verdict.criteria if c.name == "denominator"]
        assert verdict.strength is MODERATE
        assert "cannot be told" in line.sentence
    assert grade(effect(outcome=replace(OUTCOME, denominator="population")), lost).strength is HIGH
    (line,) = [c for c in grade(effect(), checks(small=0.3, large=0.6)).criteria if c.name == "denominator"]
    assert "seen to change" in line.sentence
    first = grade(effect(selected=True), lost, SOS_DEFAULT_1).strength
    assert first is (MODERATE if large < 0.5 else LOW)


@pytest.mark.parametrize(("state", "cap"), [(State.NOT_ASSESSED, HIGH), (None, MODERATE), (State.SWITCHED_OFF, LOW)])
def test_a_declared_denominator_is_looked_at_all_the_same(state, cap):
    """Where the data cannot say, what was declared stands; whoever switches the look off is capped as always."""
    declared = effect(outcome=replace(OUTCOME, denominator="population"))
    assert grade(declared, checks(denominator=state)).strength is cap
    assert grade(effect(), checks(denominator=State.NOT_ASSESSED)).strength is MODERATE


@pytest.mark.parametrize(
    ("state", "cap"),
    [(None, MODERATE), (State.NOT_ASSESSED, MODERATE), (State.NOT_APPLICABLE, MODERATE), (State.SWITCHED_OFF, LOW)],
)
def test_a_selected_denominator_that_was_not_looked_at(state, cap):
    assert grade(effect(selected=True), checks(denominator=state)).strength is cap


def test_a_stricter_rule_is_another_rule():
    strict = replace(SOS_DEFAULT, name="strict", direction=Steps(0.99, 0.999, 0.99999))
    verdict = grade(effect(), checks(), strict)
    assert (verdict.strength, verdict.rule) == (MODERATE, f"strict {SOS_DEFAULT.version}")


@pytest.mark.parametrize(
    ("zeros", "cap"), [((0, 0), HIGH), ((2, 0), NONE), ((1, 3), NONE), ((0, 1), MODERATE), ((0, 4), LOW)]
)
def test_no_grade_rests_on_zeros_that_chance_cannot_explain(zeros, cap):
    doubtful = replace(effect(), unsupplied=zeros)
    verdict = grade(doubtful, checks())
    assert verdict.strength is cap
    assert grade(doubtful, checks(), SOS_DEFAULT_1).strength is HIGH  # the first version did not ask
    if cap is NONE:
        assert verdict.null_finding is NONE
        assert any(reason.startswith("Zeros that may mean not supplied") for reason in verdict.reasons)


def test_a_level_of_zeros_not_supplied_is_held_and_not_taken_for_an_impossible_wish():
    """Adopters that never have an event: nothing of their level is known, so no worthwhile change is impossible."""
    fewer = replace(OUTCOME, aim=Aim.FEWER, worthwhile=0.01)
    empty = effect(outcome=fewer, baseline=0.0002)
    with pytest.raises(GradeError, match="worthwhile"):
        grade(empty, checks())
    verdict = grade(replace(empty, unsupplied=(4, 0)), checks())
    assert (verdict.strength, verdict.null_finding) == (NONE, NONE)


def moved(found, name, **numbers):
    """Checks with one of them saying something else."""
    return tuple(replace(c, numbers=tuple(numbers.items())) if c.name == name else c for c in found)


@pytest.mark.parametrize(
    ("fall", "p", "reached"),
    [(0.4, 0.85, MODERATE), (0.4, 0.75, LOW), (0.6, 0.98, LOW), (0.6, 0.992, MODERATE), (0.6, 0.999, HIGH),
     (0.4, 0.95, HIGH)],
)  # fmt: skip
def test_more_is_asked_where_the_answer_rests_on_the_last_year(fall, p, reached):
    found = moved(checks(), "donut", p_positive=p, p_negative=1 - p, fall=fall)
    assert grade(effect(), found).strength is reached


@pytest.mark.parametrize(
    ("beyond", "net", "reached"),
    [(0.3, 0.84, LOW), (0.3, 0.87, MODERATE), (0.3, 0.95, HIGH), (0.9, 0.4, LOW), (0.9, 0.9, LOW),
     (0.9, 0.96, MODERATE), (0.9, 0.98, HIGH)],
)  # fmt: skip
def test_an_effect_must_outlast_departures_before_the_start(beyond, net, reached):
    """Adopters that fall throughout, far beyond what drift is allowed, were high: their departures said so."""
    numbers = {"p_beyond": beyond, "expected_top": 0.6, "power": 0.1, "p_net_positive": net, "p_net_negative": 1 - net}
    found = moved(checks(), "leads", **numbers)
    assert grade(effect(), found).strength is reached
    assert grade(effect(), found, SOS_DEFAULT_1).strength is HIGH  # the first version did not ask


@pytest.mark.parametrize(("p", "reached"), [(0.93, LOW), (0.96, MODERATE), (0.99, HIGH)])
def test_the_scale_that_is_parallel_holds_the_grade(p, reached):
    assert grade(effect(), checks(points=p)).strength is reached


@pytest.mark.parametrize(
    ("shock", "p", "reached"), [(0.1, 0.96, MODERATE), (0.9, 0.96, LOW), (0.9, 0.98, MODERATE), (0.1, 0.90, LOW)]
)
def test_a_shock_at_the_start_asks_for_more(shock, p, reached):
    found = moved(checks(), "start_shock", p_positive=p, p_negative=1 - p, p_shock=shock)
    assert grade(effect(), found).strength is reached


@pytest.mark.parametrize("name", ["donut", "points", "start_shock"])
def test_the_first_version_asks_nothing_of_later_checks(name):
    assert grade(effect(), checks(**{name: 0.2}), SOS_DEFAULT_1).strength is HIGH
    assert grade(effect(), checks(**{name: None}), SOS_DEFAULT_1).strength is HIGH
    assert grade(effect(), checks(**{name: None})).strength is MODERATE
