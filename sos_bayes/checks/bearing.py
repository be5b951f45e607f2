"""How a finding bears on the effect as stated: one rule for every check, read in the direction of the headline.

P is the probability, in the check, that the effect has the headline's direction.

- supports: P >= .9
- weakens: .5 <= P < .9
- contradicts: P < .5

Departures before the start bear only where they stand out beyond what nineteen in twenty data sets without departures
show; P is then that of an effect beyond what the departure would have come to, had it gone on: below .5 they
contradict, else they weaken. Where nothing stands out they support, if a steady departure would have been seen more
often than not. The finding of no important change says how large and not which way: it supports where P(within) is at
most .1, weakens from .5 and never contradicts. The number counted supports where P(change below 5 %) is .9 or more
and weakens where P(change above 10 %) is .5 or more and the change is seen, its direction having P .975. A placebo
test supports up to a share of .1, weakens up to .5 and contradicts above. Shocks that authorities were seen to share
weaken, unless it was said whose they are; so do cells that the model does not expect. A gap in level, and the fit
before the start of donors' weights, bear neither way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sos_bayes.checks.result import Bearing, CheckResult

if TYPE_CHECKING:
    from sos_bayes.estimands.effect import Effect

SURE, EVEN, UNLIKELY = 0.9, 0.5, 0.1
SEEN = 0.975  # P of its direction, from which on a change of the number counted is seen and not merely possible
NEITHER = ("level_gap", "before")
ORDER: tuple[Bearing, ...] = ("contradicts", "weakens", "supports")


def direction_of(effect: Effect) -> int:
    """The side of zero that holds most of an effect's posterior, +1 or -1."""
    return 1 if effect.probability(above=0.0) >= effect.probability(below=0.0) else -1


def bearing_of(result: CheckResult, sign: int) -> Bearing | None:
    """Say how a check bears on a headline effect of this direction; None where it bears neither way.

    Parameters
    ----------
    result : CheckResult
    sign : int
        +1 or -1, from `direction_of` the headline.

    Examples
    --------
    >>> from sos_bayes.checks.result import State
    >>> drift = CheckResult("drift", "Drift", State.REPORTED, (("p_positive", 0.3), ("p_negative", 0.7)), "...")
    >>> bearing_of(drift, 1), bearing_of(drift, -1)
    ('contradicts', 'weakens')
    """
    if not result.assessed or result.name in NEITHER:
        return None
    numbers = dict(result.numbers)
    if "p_beyond" in numbers:
        return _of_leads(numbers, sign)
    if "p_within" in numbers and "worst_within" in numbers:
        return "supports" if numbers["p_within"] <= UNLIKELY else "weakens" if numbers["p_within"] >= EVEN else None
    if "p_small" in numbers and "p_large" in numbers:
        seen = numbers.get("p_changed", 1.0) >= SEEN
        return "weakens" if seen and numbers["p_large"] >= EVEN else "supports" if numbers["p_small"] >= SURE else None
    p = towards(result, sign)
    return None if p is None else _by_probability(p)


def towards(result: CheckResult, sign: int) -> float | None:
    """P of the headline's direction in a check, the smaller the stronger it speaks against it; None without one."""
    numbers = dict(result.numbers)
    side = "positive" if sign > 0 else "negative"
    if "p_beyond" in numbers:
        return numbers.get(f"p_net_{side}")
    if result.name == "placebo_in_space" and "p" in numbers:  # a share of .5 by chance is as bad as even odds
        return 1.0 - numbers["p"]
    return numbers.get(f"p_{side}")


def _by_probability(p: float) -> Bearing:
    return "supports" if p >= SURE else "weakens" if p >= EVEN else "contradicts"


def stand_out(numbers: Mapping[str, float]) -> bool:
    """Whether departures before the start are beyond what nineteen in twenty data sets without any show."""
    return "expected_top" in numbers and numbers["p_beyond"] > numbers["expected_top"]


def _of_leads(numbers: dict[str, float], sign: int) -> Bearing | None:
    """Judge departures before the start."""
    if not stand_out(numbers):
        return "supports" if "expected_top" in numbers and numbers["power"] >= EVEN else None
    return "contradicts" if numbers[f"p_net_{'positive' if sign > 0 else 'negative'}"] < EVEN else "weakens"
