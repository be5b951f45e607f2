"""What checks share that ask whether an answer moves: figures beside it, and how it bears on the effect."""

from __future__ import annotations

from dataclasses import replace

from sos_bayes.checks.bearing import bearing_of, direction_of
from sos_bayes.checks.result import CheckResult
from sos_bayes.estimands.effect import Effect


def with_numbers(result: CheckResult, **numbers: float) -> CheckResult:
    """Put figures beside those that a check has, where it was assessed."""
    return replace(result, numbers=(*result.numbers, *numbers.items())) if result.assessed else result


def with_bearing(result: CheckResult, own: Effect) -> CheckResult:
    """Say how a check that has a probability of the direction bears on the headline, by the one rule (`bearing`)."""
    return replace(result, bearing=bearing_of(result, direction_of(own)))
