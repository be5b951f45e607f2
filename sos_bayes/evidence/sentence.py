"""The verdict in words."""

from __future__ import annotations

from sos_bayes._core.words import between, change, probability
from sos_bayes.estimands.effect import OVER, Effect
from sos_bayes.evidence.strength import Direction, Strength


def verdict_sentence(effect: Effect, strength: Strength, direction: Direction, null: Strength) -> str:
    """Say what was found, in the order of the rule: no important change, a direction, or no evidence either way."""
    return f"{_whose(effect)}: {_verdict(effect, strength, direction, null)} {_figures(effect)}"


def ungraded_sentence(effect: Effect) -> str:
    """Say that nothing may be said, and why."""
    return f"{_whose(effect)}: not graded. {' '.join(effect.health.reasons)}"


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


def _figures(effect: Effect) -> str:
    low, high = effect.interval(0.95)
    f = effect.factor
    p = max(effect.probability(above=0.0), effect.probability(below=0.0))
    interval = between(f * low, f * high, effect.unit)
    return (
        f"Average effect in the adopting authorities (SATT, {OVER[effect.weight]}): "
        f"{change(f * effect.mean, effect.unit)} (95 % interval {interval}; {probability(p)} for the direction)."
    )
