"""Caps: what the design and the denominator can bear, whatever the posterior says."""

from __future__ import annotations

from sos_bayes._core.words import counted, number, probability
from sos_bayes.checks.result import State
from sos_bayes.evidence.criteria.judging import Case, Criterion, judged, missing
from sos_bayes.evidence.rule import Steps
from sos_bayes.evidence.strength import Strength


def adopters(case: Case) -> Criterion:
    """Cap by the number of adopters that still count children after their start."""
    k = case.effect.n_adopters
    held = counted(k, "adopting authority", "adopting authorities")
    sentence = f"The effect rests on {held}, however many children they hold."
    return judged("adopters", "Number of adopters", float(k), case.rule.adopters, sentence)


def effective_adopters(case: Case) -> Criterion:
    """Cap by the effective number of adopters under the effect's weights."""
    k = case.effect.k_effective
    sentence = f"Unequal weights make them worth {k:.1f} equal ones."
    return judged("effective_adopters", "Effective number of adopters", k, case.rule.effective_adopters, sentence)


def comparators(case: Case) -> Criterion:
    """Cap by the number of authorities that never adopt and were seen before and after."""
    c = case.effect.n_comparators
    never = counted(c, "authority that never adopted", "authorities that never adopted")
    sentence = f"Compared with {never}, with data before and after."
    return judged("comparators", "Number of comparators", float(c), case.rule.comparators, sentence)


def periods_before(case: Case) -> Criterion:
    """Cap by the periods with data before its start that the adopter with the fewest has."""
    t = case.effect.n_pre
    sentence = f"{counted(t, 'period')} with data before the start, in the adopter with the fewest."
    return judged("periods_before", "Periods before the rollout", float(t), case.rule.periods_before, sentence)


def years_before(case: Case) -> Criterion:
    """Cap by the years of data that these periods stand for."""
    name, title, steps = "years_before", "Years before the rollout", case.rule.years_before
    years = case.effect.years_before
    if years is None:
        return missing(name, title, steps, State.NOT_APPLICABLE, "The length of a period is not known.")
    return judged(name, title, years, steps, f"Together {number(years, 3)} years of data before the start.")


def subgroup(case: Case) -> Criterion:
    """Cap the effect in one of several subgroups, wherever they were looked for."""
    name, title, none = "subgroup", "One of several subgroups", Steps(None, None, None)
    if case.effect.subgroup_of is None:
        return missing(name, title, none, State.NOT_APPLICABLE, "The effect is that over all adopters.")
    cap = case.rule.subgroup
    state = State.PASS if cap is Strength.HIGH else State.FAIL
    sentence = f"Its effect is one of several by {case.effect.subgroup_of}: at most {cap.value}."
    return Criterion(name, title, None, (), cap, state, sentence)


def denominator(case: Case) -> Criterion:
    """Cap where practice decides who is counted, by what happened to that number."""
    name, title = "denominator", "Who is counted"
    none = Steps(None, None, None)
    found = case.checks.get("denominator")
    if not case.effect.selected:
        return missing(name, title, none, State.NOT_APPLICABLE, "Practice does not decide who is counted.")
    flag = "Practice decides who is counted, so this is not the effect on a fixed group of children."
    if found is None or not found.assessed:
        state = State.NOT_ASSESSED if found is None else found.state
        state = State.NOT_ASSESSED if state is State.NOT_APPLICABLE else state
        return missing(name, title, none, state, flag)
    small, large = found.number("p_small"), found.number("p_large")
    if large >= case.rule.denominator_large:
        cap, said = (
            Strength.LOW,
            f"{probability(large)} that the number counted changed by more than 10 %: at most low.",
        )
    elif small < case.rule.denominator_small:
        cap, said = (
            Strength.MODERATE,
            f"{probability(small)} that the number counted changed by less than 5 %: at most moderate.",
        )
    else:
        cap, said = Strength.HIGH, f"{probability(small)} that the number counted changed by less than 5 %."
    state = State.PASS if cap is Strength.HIGH else State.FAIL
    return Criterion(name, title, small, (), cap, state, f"{flag} {said}")
