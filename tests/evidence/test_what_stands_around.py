"""What a verdict says beside its grade: contradictions, the worthwhile change, choices, few comparators."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import DesignError, GradeError
from sos_bayes.checks import State
from sos_bayes.checks.bearing import bearing_of
from sos_bayes.data import Aim, Binary, Count, Nested, Rollout, Window, read_panel
from sos_bayes.data.outcomes.possible import could_be_missed, impossible
from sos_bayes.designs import DiD, Priors
from sos_bayes.estimands import estimate
from sos_bayes.estimands.choices import changed_priors, choices_of
from sos_bayes.evidence import SOS_DEFAULT, SOS_DEFAULT_1, Strength, grade
from sos_bayes.evidence.rule import Steps
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.runs.cache_key import question_of
from sos_bayes.fitting.runs.methods import prepare_layout
from tests.designs.panels import panel
from tests.evidence.made_up import OUTCOME, checks, effect


def borne(found, sign=1):
    """The checks with their bearing on an effect of this sign, as `check` gives them."""
    return tuple(replace(c, bearing=bearing_of(c, sign)) for c in found)


def test_the_strongest_contradiction_stands_in_the_sentence():
    verdict = grade(effect(), borne(checks(drift=0.3, trends=0.45, sceptical=0.8)))
    assert verdict.contradicted_by == ("drift", "trends")
    assert verdict.weakened_by == ("sceptical",)
    assert 'Contradicted by 2 of 13 checks, most by "drift" (P = 0.30 for the direction).' in verdict.sentence


def test_what_weakens_is_said_where_nothing_contradicts():
    assert 'No check contradicts it; it is weakened by 1 of 13 checks, by "drift"' in str(
        grade(effect(), borne(checks(drift=0.8)))
    )
    assert "None of 13 checks contradicts or weakens it." in str(grade(effect(), borne(checks())))
    assert "contradict" not in str(grade(effect(), ()))


def test_a_departure_that_would_explain_the_effect_is_named_as_such():
    numbers = (
        ("p_beyond", 0.999),
        ("expected_top", 0.5),
        ("power", 0.9),
        ("p_net_positive", 0.1),
        ("p_net_negative", 0.9),
    )
    found = tuple(replace(c, numbers=numbers, title="Departures") if c.name == "leads" else c for c in checks())
    said = str(grade(effect(), borne(found)))
    assert 'by "Departures" (P = 0.10 for the direction, had the departure gone on)' in said


def test_where_nothing_is_claimed_nothing_contradicts_it():
    assert "ontradict" not in str(grade(effect(0.6, 0.1), borne(checks(0.4))))


def test_the_worthwhile_change_stands_in_the_sentence():
    assert "Worthwhile from 1.0 percentage points: P = 0.90 that the effect exceeds it." in str(
        grade(effect(size=0.9), checks())
    )


@pytest.mark.parametrize(
    ("n", "said"), [(0, "no authority that never adopted"), (1, "1 comparator"), (2, "2 comparators")]
)
def test_with_one_or_two_comparators_the_width_is_the_prior_s(n, said):
    sentence = grade(effect(n_comparators=n), checks()).sentence
    assert f"With {said}, the width of the interval is that of the prior" in sentence
    assert "width of the interval" not in grade(effect(n_comparators=3), checks()).sentence


def test_a_grade_names_what_is_not_the_default():
    made = effect(choices=("prior effect_sd 1.5 (default 0.5)", "2 authorities excluded"), other_priors=True)
    verdict = grade(made, checks(trends=State.SWITCHED_OFF))
    assert verdict.choices == (*made.choices, "switched off: trends")
    assert "Not by default: prior effect_sd 1.5 (default 0.5); 2 authorities excluded; switched off: trends." in str(
        verdict
    )
    assert verdict.rule == f"sos_default {SOS_DEFAULT.version} with other priors"
    assert grade(effect(), checks()).rule == f"sos_default {SOS_DEFAULT.version}"


def test_choices_of_a_fit():
    layout = replace(panel(size=300), excluded=2)
    design = DiD(priors=Priors(effect_sd=1.5, shock=0.1), trends=True)
    fit = fit_layout(layout, design, method="fast", seed=1, n_draws=500, fall_back=False)
    assert choices_of(fit) == (
        "prior effect_sd 1.5 (default 0.5)", "prior shock 0.1 (default 0.3)", "trends=True", "2 authorities excluded"
    )  # fmt: skip
    found = estimate(fit)
    assert (found.choices, found.other_priors) == (choices_of(fit), True)
    assert changed_priors(DiD(trends=True)) == ()


def test_checks_of_another_fit_are_refused():
    own, other, unknown = effect(fingerprint="a"), effect(fingerprint="b"), effect()
    tried = tuple(replace(c, fingerprint="a") for c in checks())
    assert grade(own, tried).strength is Strength.HIGH
    assert grade(unknown, tried).strength is Strength.HIGH
    with pytest.raises(GradeError, match="another fit"):
        grade(other, tried)
    with pytest.raises(GradeError, match=r"1 of \d+ checks were made of another fit"):
        grade(own, (*tried[1:], replace(tried[0], fingerprint="b")))


@pytest.mark.parametrize("changed", ["data", "design", "outcome"])
def test_the_fingerprint_follows_data_outcome_and_design(changed):
    layout, design = panel(size=300), DiD()
    made = fit_layout(layout, design, method="fast", seed=1, n_draws=500, fall_back=False)
    if changed == "data":
        layout = panel(size=300, seed=2)
    if changed == "outcome":
        outcome = replace(layout.cells.outcome, worthwhile=0.02)
        layout = replace(layout, cells=replace(layout.cells, outcome=outcome))
    if changed == "design":
        design = DiD(priors=Priors(shock=0.2))
    other = fit_layout(layout, design, method="fast", seed=1, n_draws=500, fall_back=False)
    again = fit_layout(panel(size=300), DiD(), method="fast", seed=2, n_draws=600, fall_back=False)
    assert estimate(made).fingerprint == estimate(again).fingerprint != estimate(other).fingerprint


def test_a_window_with_a_day_has_a_fingerprint():
    layout = panel(size=300)
    plain = layout.cells.outcome
    followed = [
        Binary("y", aim=plain.aim, worthwhile=0.01, label=plain.label, within=Window("day", 6, end))
        for end in (dt.date(2015, 12, 31), dt.date(2016, 12, 31))
    ]
    found = {question_of(replace(layout, cells=replace(layout.cells, outcome=o)), DiD()) for o in (plain, *followed)}
    assert len(found) == 3


def test_the_conditional_outcome_of_two_events_is_never_graded_as_an_effect():
    both = Nested("first", "then", aim=Aim.MORE, worthwhile=0.01, label="first and then")
    for rule in (SOS_DEFAULT, SOS_DEFAULT_1):
        verdict = grade(effect(outcome=both.conditional, selected=True), checks(), rule)
        assert (verdict.graded, verdict.strength, verdict.null_finding) == (False, Strength.NONE, Strength.NONE)
        assert "not graded as an effect" in verdict.sentence
        assert "Average effect" not in verdict.sentence
        assert grade(effect(outcome=both.joint), checks(), rule).graded


SLIP = Binary("y", "n", aim=Aim.FEWER, worthwhile=0.5, label="re-referral")


def test_a_worthwhile_change_that_cannot_happen_is_refused_with_both_readings():
    with pytest.raises(GradeError, match=r"0.5 is read as 50.0 percentage points; if 0.5 percentage points.*=0.005"):
        grade(effect(outcome=SLIP, baseline=0.2), checks(0.5, within=0.99))
    assert impossible(replace(SLIP, worthwhile=0.19), 0.2) is None
    assert impossible(replace(SLIP, aim=Aim.MORE), 0.2) is None
    assert impossible(replace(SLIP, aim=Aim.MORE), 0.6) is not None
    assert impossible(SLIP, float("nan")) is None
    rate = Count("y", "n", per=10_000, aim=Aim.FEWER, worthwhile=50.0, label="plans")
    assert "50 % of that level" in impossible(rate, 40.0).cure
    assert impossible(replace(rate, aim=Aim.MORE), 40.0) is None


def test_it_is_refused_before_anything_is_fitted():
    import pandas as pd

    rng = np.random.default_rng(1)
    rows = [(f"A{a}", 2010 + t, rng.binomial(300, 0.2), 300) for a in range(6) for t in range(4)]
    table = read_panel(pd.DataFrame(rows, columns=["la", "year", "y", "n"]), authority="la", period="year")
    rollout = Rollout({"A0": 2012, "A1": 2012}, exclude=("A5",))
    with pytest.raises(DesignError, match=r"worthwhile=0.5 means 50.0 percentage points fewer.*worthwhile=0.005"):
        prepare_layout(table, rollout, SLIP, DiD())
    assert prepare_layout(table, rollout, replace(SLIP, worthwhile=0.005), DiD()).excluded == 1


def test_a_null_finding_needs_a_change_that_could_be_missed():
    huge = replace(OUTCOME, worthwhile=0.5)
    sure = effect(0.6, 0.1, outcome=huge, baseline=0.2)
    verdict = grade(sure, checks(0.6, within=0.999))
    assert verdict.null_finding is Strength.NONE
    assert any("next to impossible before looking" in reason for reason in verdict.reasons)
    assert grade(effect(0.6, 0.1, baseline=0.2), checks(0.6, within=0.999)).null_finding is Strength.HIGH
    assert not could_be_missed(huge, 0.2, 0.5)
    assert could_be_missed(replace(OUTCOME, worthwhile=0.05), 0.2, 0.5)


@pytest.mark.parametrize(("years", "strength"), [(0.75, "low"), (2.0, "moderate"), (3.0, "high"), (None, "high")])
def test_years_cap_as_well_as_periods(years, strength):
    made = effect(n_pre=12, years_before=years)
    assert grade(made, checks()).strength.value == strength
    assert grade(made, checks(), SOS_DEFAULT_1).strength is Strength.HIGH
    assert SOS_DEFAULT_1.years_before == Steps(None, None, None)
