"""The verdict in words."""

from __future__ import annotations

from sos_bayes._core.words import amount, counted, listed, probability
from sos_bayes.checks.bearing import direction_of, towards
from sos_bayes.checks.result import CheckResult
from sos_bayes.estimands.effect import OVER, Effect
from sos_bayes.estimands.printed import size, span
from sos_bayes.evidence.strength import Direction, Strength
from sos_bayes.evidence.surroundings import Surroundings

FEW = 2  # comparators, up to which shocks' size is hardly learnt from them
NOT_CAUSAL = (
    "Practice helps decide who is in the denominator, which compares different children before and after: no "
    "difference there is an effect on anybody. Grade the joint outcome, and read this one as a description."
)


def verdict_sentence(
    effect: Effect,
    strength: Strength,
    direction: Direction,
    null: Strength,
    said: Surroundings,
    others: tuple[str, ...] = (),
) -> str:
    """Say what was found, in the order of the rule: no important change, a direction, or no evidence either way.

    After the figures stand what speaks against it, what the interval's width rests on where comparators are few, the
    verdicts that another seed might give, and what is not the default.
    """
    claimed = direction is not Direction.UNCLEAR and null < Strength.MODERATE
    parts = (
        f"{_whose(effect)}: {_verdict(effect, strength, direction, null)} {_figures(effect)}",
        worthwhile(effect),
        against(effect, said) if claimed else "",
        few_comparators(effect),
        f"Borderline: another seed might say {_or(others)}." if others else "",
        chosen(said.choices),
    )
    return " ".join(part for part in parts if part)


def ungraded_sentence(effect: Effect) -> str:
    """Say that nothing may be said, and why."""
    return f"{_whose(effect)}: not graded. {' '.join(effect.health.reasons)}"


def conditional(effect: Effect) -> bool:
    """Whether an outcome is counted among those to whom something else happened after the start."""
    return effect.outcome.conditional


def conditional_sentence(effect: Effect) -> str:
    """Describe a conditional outcome without calling its difference an effect."""
    return f"{_whose(effect)}: not graded as an effect. {NOT_CAUSAL} {_figures(effect, what='Difference')}"


def worthwhile(effect: Effect) -> str:
    """The worthwhile change, and the probability that the effect exceeds it in its own direction."""
    limit = float(effect.outcome.worthwhile)
    p = effect.probability(above=limit) if direction_of(effect) > 0 else effect.probability(below=-limit)
    return f"Worthwhile from {amount(effect.factor * limit, effect.unit)}: {probability(p)} that the effect exceeds it."


def against(effect: Effect, said: Surroundings) -> str:
    """The checks that contradict or weaken an effect: how many, and the strongest."""
    if not said.bearing:
        return ""
    checks = counted(said.bearing, "check")
    if said.contradicting:
        return f"Contradicted by {len(said.contradicting)} of {checks}{_most(effect, said.contradicting)}."
    if said.weakening:
        weaker = f"{len(said.weakening)} of {checks}{_most(effect, said.weakening)}"
        return f"No check contradicts it; it is weakened by {weaker}."
    return f"None of {checks} contradicts or weakens it."


def _most(effect: Effect, checks: tuple[CheckResult, ...]) -> str:
    p = towards(checks[0], direction_of(effect))
    most = f'{", most" if len(checks) > 1 else ","} by "{checks[0].title}"'
    if p is None:
        return most
    gone_on = ", had the departure gone on" if checks[0].name == "leads" else ""
    return f"{most} ({probability(p)} for the direction{gone_on})"


def few_comparators(effect: Effect) -> str:
    """Say whose the interval's width is where next to nobody is compared with."""
    n = effect.n_comparators
    if n > FEW:
        return ""
    many = counted(n, "comparator") if n else "no authority that never adopted"
    return (
        f"With {many}, the width of the interval is that of the prior on how authorities move by themselves; the data "
        "say next to nothing of it."
    )


def chosen(choices: tuple[str, ...]) -> str:
    """Name what is not the default."""
    return f"Not by default: {'; '.join(choices)}." if choices else ""


def _or(words: tuple[str, ...]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else listed(words)


def _whose(effect: Effect) -> str:
    subgroup = "" if effect.subgroup_of is None else f", {effect.subgroup_of} {effect.label}"
    return f"{effect.outcome.label}{subgroup}"


def _verdict(effect: Effect, strength: Strength, direction: Direction, null: Strength) -> str:
    if null >= Strength.MODERATE:
        sure = max(effect.probability(above=0.0), effect.probability(below=0.0)) >= 0.975
        small = "a real but smaller-than-worthwhile change" if sure else "no important change"
        return f"{null.value} evidence of {small}."
    if strength > Strength.NONE:
        return f"{strength.value} strength evidence of an effect {direction.value}."
    leaning = f", though it leans {direction.value}" if direction is not Direction.UNCLEAR else ""
    some = f" (and {null.value} evidence of no important change)" if null > Strength.NONE else ""
    return f"no evidence either way{leaning}{some}; this is not evidence of no effect."


def _figures(effect: Effect, what: str = "Average effect") -> str:
    p = max(effect.probability(above=0.0), effect.probability(below=0.0))
    return (
        f"{what} in the adopting authorities (SATT, {OVER[effect.weight]}): "
        f"{size(effect)} (95 % interval {span(effect)}; {probability(p)} for the direction)."
    )
