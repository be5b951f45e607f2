"""Caps: what the design and the denominator can bear, whatever the posterior says."""

from __future__ import annotations

from sos_bayes._core.words import counted, number, probability
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.evidence.criteria.judging import Case, Criterion, judged, missing
from sos_bayes.evidence.rule import Rule, Steps
from sos_bayes.evidence.strength import Strength


def adopters(case: Case) -> Criterion:
    """Cap by the number of adopters that still count children after their start."""
    k, name, title = case.effect.n_adopters, "adopters", "Number of adopters"
    held = counted(k, "adopting authority", "adopting authorities")
    sentence = f"The effect rests on {held}, however many children they hold"
    worth = float(k) if case.effect.sharing is None else min(float(k), case.effect.sharing.adopters)
    return judged(name, title, worth, case.rule.adopters, f"{sentence}{_worth(worth, k)}.")


def effective_adopters(case: Case) -> Criterion:
    """Cap by the effective number of adopters under the effect's weights."""
    k = case.effect.k_effective
    sentence = f"Unequal weights make them worth {k:.1f} equal ones."
    return judged("effective_adopters", "Effective number of adopters", k, case.rule.effective_adopters, sentence)


def comparators(case: Case) -> Criterion:
    """Cap by the number of authorities that never adopt and were seen before and after."""
    c = case.effect.n_comparators
    never = counted(c, "authority that never adopted", "authorities that never adopted")
    worth = float(c) if case.effect.sharing is None else min(float(c), case.effect.sharing.comparators)
    sentence = f"Compared with {never}, with data before and after{_worth(worth, c)}."
    return judged("comparators", "Number of comparators", worth, case.rule.comparators, sentence)


def _worth(worth: float, number_of: int) -> str:
    """What they are worth where clusters share shocks, if that is less."""
    return f", worth {worth:.1f} independent ones for the shocks that their clusters share" if worth < number_of else ""


def clusters(case: Case) -> Criterion:
    """Cap where it was not said whose shocks authorities share, and more so where they were seen to share some."""
    name, title, none = "clusters", "Shocks that authorities share", Steps(None, None, None)
    belonging, looked = case.effect.sharing, case.checks.get("shared_shocks")
    if belonging is None:
        return missing(name, title, none, State.NOT_APPLICABLE, "Not asked of this effect.")
    p = dict(looked.numbers).get("p_value") if looked is not None and looked.assessed else None
    if p is not None and p <= case.rule.shared_from:
        cap, said = case.rule.shared_shocks, "Authorities move together and it was not said whose shocks they share"
    elif looked is not None and looked.state is State.SWITCHED_OFF and not belonging.stated:
        cap, said = Strength.LOW, "It was not said what authorities belong to (cluster=), and not looked at either"
    elif not belonging.stated:
        cap, said = case.rule.unclustered, "It was not said what authorities belong to (cluster=)"
    else:
        cap, said = Strength.HIGH, "It was said what authorities belong to"
    state = State.PASS if cap is Strength.HIGH else State.FAIL
    held = "" if cap is Strength.HIGH else f": at most {cap.value}"
    return Criterion(name, title, p, (), cap, state, f"{said}{held}.")


def periods_before(case: Case) -> Criterion:
    """Cap by the periods with data before its start that the adopter with the fewest has."""
    t = case.effect.n_pre
    sentence = f"{counted(t, 'period')} with data before the start, in the adopter with the fewest."
    return judged("periods_before", "Periods before the rollout", float(t), case.rule.periods_before, sentence)


def supplied(case: Case) -> Criterion:
    """Cap where zeros may mean numbers that were not supplied: no grade rests on those."""
    name, title = "supplied", "Zeros that may mean not supplied"
    adopters, comparators = case.effect.unsupplied
    if not adopters + comparators:
        return missing(
            name, title, Steps(None, None, None), State.NOT_APPLICABLE, "No zeros that chance cannot explain."
        )
    many = 10 * comparators >= case.effect.n_comparators
    theirs = case.rule.zeros_comparators if many else case.rule.zeros_few
    cap = case.rule.zeros_adopters if adopters else theirs
    state = State.PASS if cap is Strength.HIGH else State.FAIL
    who = " and ".join(
        [counted(adopters, "adopter")] * bool(adopters) + [counted(comparators, "comparator")] * bool(comparators)
    )
    sentence = f"Chance cannot explain the zeros of {who}: at most {cap.value} while they stand in the counts."
    return Criterion(name, title, float(adopters + comparators), (), cap, state, sentence)


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


def calibration(case: Case) -> Criterion:
    """Cap a design for which nobody has measured how often this rule is wrong."""
    name, title, none = "calibration", "Design that was not calibrated", Steps(None, None, None)
    if case.effect.calibrated:
        return missing(name, title, none, State.NOT_APPLICABLE, "The design is one of the library's own.")
    cap = case.rule.uncalibrated
    state = State.PASS if cap is Strength.HIGH else State.FAIL
    sentence = (
        "Not calibrated: the model is the analyst's own, and how often the rule is wrong with it was not measured: at "
        f"most {cap.value}."
    )
    return Criterion(name, title, None, (), cap, state, sentence)


def denominator(case: Case) -> Criterion:
    """Cap by what happened to the number counted: strictly unless it is said to be the population's."""
    name, title, none = "denominator", "Who is counted", Steps(None, None, None)
    declared, rule = case.effect.outcome.denominator, case.rule
    selected = case.effect.selected or declared == "by_practice"
    if not selected and rule.denominator_contradicted is None:
        return missing(name, title, none, State.NOT_APPLICABLE, "Practice does not decide who is counted.")
    flag = SELECTED if selected else NOT_SAID if declared is None else DECLARED
    check = case.checks.get("denominator")
    if not selected and check is not None and check.state is State.NOT_APPLICABLE:
        return missing(name, title, none, State.NOT_APPLICABLE, check.sentence)
    if check is None or not check.assessed:
        state = State.NOT_ASSESSED if check is None else check.state
        state = State.NOT_ASSESSED if state is State.NOT_APPLICABLE else state
        if flag == DECLARED and check is not None and state is State.NOT_ASSESSED:
            return Criterion(name, title, None, (), Strength.HIGH, state, f"{flag} The data were not able to say.")
        return missing(name, title, none, state, f"{flag} The data were not asked.")
    cap, said = _contradicted(check, rule) if flag == DECLARED else _unsettled(check, rule)
    state = State.PASS if cap is Strength.HIGH else State.FAIL
    return Criterion(name, title, check.number("p_small"), (), cap, state, f"{flag} {said}")


SELECTED = "Practice decides who is counted, so this is not the effect on a fixed group of children."
NOT_SAID = "It is not said who decides who is counted: taken as decided by practice until the data show that it is not."
DECLARED = "Practice is said not to decide who is counted."


def _unsettled(check: CheckResult, rule: Rule) -> tuple[Strength, str]:
    """Of a number that practice may have moved: what shows that it did not."""
    small, large, changed = _of(check)
    seen = changed >= rule.denominator_seen
    which = "It is seen to change" if seen else "Whether it changed cannot be told"
    said = f"{which} ({probability(changed)} for the direction): {probability(large)} that it did by more than 10 %"
    if seen and large >= rule.denominator_large:
        return Strength.LOW, f"{said}: at most low."
    if small >= rule.denominator_small:
        return Strength.HIGH, f"{probability(small)} that the number counted changed by less than 5 %."
    less = f"{probability(small)} by less than 5 %, where {rule.denominator_small:.2f} is asked"
    return Strength.MODERATE, f"{said}, {less}: at most moderate."


def _contradicted(check: CheckResult, rule: Rule) -> tuple[Strength, str]:
    """Of a number that is said not to depend on practice: what speaks against that."""
    small, large, changed = _of(check)
    limit = 1.0 if rule.denominator_contradicted is None else rule.denominator_contradicted
    seen = changed >= rule.denominator_seen
    if seen and large >= rule.denominator_large:
        said = "the number counted changed by more than 10 %, which contradicts that: at most low."
        return Strength.LOW, f"{probability(large)} that {said}"
    if seen and 1 - small >= limit:
        said = "the number counted changed by more than 5 %, which contradicts that: at most moderate."
        return Strength.MODERATE, f"{probability(1 - small)} that {said}"
    return Strength.HIGH, f"The data do not contradict that: {probability(1 - small)} that it changed by more than 5 %."


def _of(check: CheckResult) -> tuple[float, float, float]:
    """P(change below 5 %), P(above 10 %) and P of its direction, which a check that does not say it counts as seen."""
    return check.number("p_small"), check.number("p_large"), dict(check.numbers).get("p_changed", 1.0)
