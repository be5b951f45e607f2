"""Criteria read off the effect's own posterior and the checks' probabilities of the same direction."""

from __future__ import annotations

from dataclasses import replace

from sos_bayes._core.words import probability
from sos_bayes.checks.bearing import stand_out
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.evidence.criteria.judging import Case, Criterion, allowed, judged, missing
from sos_bayes.evidence.rule import NOTHING, Steps

SPECIFICATIONS = ("random_walk", "trends", "imputation", "leave_one_out")
TRIANGULATION = "triangulation"  # other designs on the same estimand, from `compare`: joins where it is given


def direction(case: Case) -> Criterion:
    """P(direction) of the SATT."""
    bound = {"above": 0.0} if case.sign > 0 else {"below": 0.0}
    p, error = case.effect.probability(**bound), case.effect.probability_error(**bound)
    sentence = f"{probability(p)} that the effect has this direction."
    return judged("direction", "Direction of the effect (SATT)", p, case.rule.direction, sentence, error)


def size(case: Case) -> Criterion:
    """P(effect beyond the worthwhile change), same direction."""
    limit = case.sign * float(case.effect.outcome.worthwhile)
    bound = {"above": limit} if case.sign > 0 else {"below": limit}
    p, error = case.effect.probability(**bound), case.effect.probability_error(**bound)
    sentence = f"{probability(p)} that the effect exceeds the worthwhile change."
    return judged("size", "Beyond the worthwhile change", p, case.rule.size, sentence, error)


def population(case: Case) -> Criterion:
    """P(direction) in the population that adopters stand for."""
    return _from_check(case, "patt", "Direction in the population (PATT)", case.rule.population, required=True)


def sceptical(case: Case) -> Criterion:
    """P(direction) under the sceptical prior."""
    return _from_check(case, "sceptical", "Sceptical prior", case.rule.sceptical)


def weighting(case: Case) -> Criterion:
    """P(direction) with adopters weighted equally."""
    return _from_check(case, "weighting", "Authorities weighted equally", case.rule.weighting)


def donut(case: Case) -> Criterion:
    """P(direction) without the last year before the start: more is asked where the answer rests on that year."""
    fallen = _said(case, "donut", "fall") >= case.rule.donut_fall
    steps = case.rule.donut_fallen if fallen else case.rule.donut
    return _from_check(case, "donut", "Without the last year before the start", steps)


def points(case: Case) -> Criterion:
    """P(direction) had adopters changed as comparators did on the outcome's own scale."""
    return _from_check(case, "points", "Parallel in points", case.rule.points)


def leads(case: Case) -> Criterion:
    """P(direction) of what is left had departures before the start gone on: more is asked where these stand out."""
    title, check = "Departures before the rollout", case.checks.get("leads")
    numbers = dict(check.numbers) if check is not None else {}
    apart = stand_out(numbers)
    steps = case.rule.leads_apart if apart else case.rule.leads
    p = numbers.get(case.towards.replace("p_", "p_net_"))
    if steps == NOTHING or check is None or not check.assessed:
        return _from_check(case, "leads", title, steps)
    if p is None:
        return missing("leads", title, steps, State.NOT_APPLICABLE, "They say nothing of the direction.")
    which = "They stand out" if apart else "They do not stand out"
    return judged("leads", title, p, steps, f"{which}; had they gone on, {probability(p)} for the direction.")


def start_shock(case: Case) -> Criterion:
    """P(direction) had adopters stepped as comparators did at the start: more is asked if more than otherwise."""
    shaken = _said(case, "start_shock", "p_shock") >= case.rule.shaken_from
    steps = case.rule.start_shaken if shaken else case.rule.start_shock
    return _from_check(case, "start_shock", "A shock of its own size at the start", steps)


def drift(case: Case) -> Criterion:
    """P(direction) if adopters may drift apart anyway, never above the headline's own."""
    bound = {"above": 0.0} if case.sign > 0 else {"below": 0.0}
    ceiling = case.effect.probability(**bound)
    return _from_check(case, "drift", "Adopters drifting apart", case.rule.drift, ceiling=ceiling, required=True)


def specification(case: Case) -> Criterion:
    """Lowest P(direction) over other specifications, left-out adopters and, where given, other designs.

    Other designs stand in for specifications that could not be assessed; those that were still bind.
    """
    name, title, steps = "specification", "Other specifications", case.rule.specification
    beside = case.checks.get(TRIANGULATION)
    stands_in = beside is not None and beside.assessed
    keys = (*SPECIFICATIONS, TRIANGULATION) if stands_in else SPECIFICATIONS
    checks = {key: case.checks.get(key) for key in keys}
    values = {key: c.number(case.towards) for key, c in checks.items() if c is not None and c.assessed}
    worst = min(values, key=values.__getitem__, default="")
    off = [key for key, c in checks.items() if c is not None and c.state is State.SWITCHED_OFF]
    absent = [key for key, c in checks.items() if c is None or c.state is State.NOT_ASSESSED]
    absent = [] if stands_in else absent
    if off:
        held = missing(name, title, steps, State.SWITCHED_OFF, f"Switched off: {', '.join(off)}.")
    elif absent or not values:
        why = "; ".join(c.sentence for c in checks.values() if c is not None and c.state is State.NOT_ASSESSED)
        if not absent:
            why = "None applies to this design by itself; fit others, and lay them beside it with compare."
        required = "imputation" in absent or not values
        held = missing(name, title, steps, State.NOT_ASSESSED, why or "Not run.", required=required)
    else:
        said = f"At worst {probability(values[worst])} for the direction ({worst.replace('_', ' ')})."
        return judged(name, title, values[worst], steps, said, _error(checks[worst]))
    # those that were assessed still bind
    return replace(held, reached=min(held.reached, allowed(values[worst], steps))) if values else held


def _from_check(
    case: Case, key: str, title: str, steps: Steps, *, ceiling: float = 1.0, required: bool = False
) -> Criterion:
    check: CheckResult | None = case.checks.get(key)
    if steps == NOTHING:
        return missing(key, title, steps, State.NOT_APPLICABLE, "This rule asks nothing of it.")
    if check is None:
        return missing(key, title, steps, State.NOT_ASSESSED, "The check was not run.", required=required)
    if not check.assessed:
        return missing(key, title, steps, check.state, check.sentence, required=required)
    p = min(check.number(case.towards), ceiling)
    return judged(key, title, p, steps, f"{probability(p)} for the direction.", _error(check))


def _said(case: Case, key: str, number: str) -> float:
    """One figure of a check; zero where it says none."""
    check = case.checks.get(key)
    return dict(check.numbers).get(number, 0.0) if check is not None else 0.0


def _error(check: CheckResult | None) -> float:
    """Monte Carlo error of a check's probability; zero where it says none."""
    return dict(check.numbers).get("p_error", 0.0) if check is not None else 0.0
