"""What checks share that ask whether an answer moves: figures beside it, and how it bears on the effect."""

from __future__ import annotations

from dataclasses import replace

from sos_bayes.checks.result import Bearing, CheckResult
from sos_bayes.estimands.effect import Effect

SURE = 0.95  # of the headline's direction, from which another answer supports it


def with_numbers(found: CheckResult, **numbers: float) -> CheckResult:
    """Put figures beside those that a check has, where it was assessed."""
    return replace(found, numbers=(*found.numbers, *numbers.items())) if found.assessed else found


def with_bearing(found: CheckResult, own: Effect) -> CheckResult:
    """Say how a check that has a probability of the direction bears on the headline, where it was assessed."""
    if not found.assessed:
        return found
    return replace(found, bearing=bearing_of(found.number("p_positive" if own.mean > 0 else "p_negative")))


def bearing_of(p: float) -> Bearing:
    """Read a probability of the headline's direction.

    Examples
    --------
    >>> bearing_of(0.97), bearing_of(0.8), bearing_of(0.02)
    ('supports', 'weakens', 'contradicts')
    """
    if p >= SURE:
        return "supports"
    return "weakens" if p > 1 - SURE else "contradicts"
