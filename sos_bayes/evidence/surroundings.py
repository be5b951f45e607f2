"""What stands around a verdict: checks that speak against it, and what was not left at its default."""

from __future__ import annotations

from dataclasses import dataclass

from sos_bayes._core.words import counted, listed
from sos_bayes.checks.bearing import direction_of, towards
from sos_bayes.checks.result import Bearing, CheckResult, State
from sos_bayes.estimands.effect import Effect


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Checks by how they bear on an effect, the strongest first, and the choices that were made.

    Attributes
    ----------
    contradicting, weakening : tuple of CheckResult
    bearing : int
        Number of checks that bear one way or the other.
    choices : tuple of str
    """

    contradicting: tuple[CheckResult, ...]
    weakening: tuple[CheckResult, ...]
    bearing: int
    choices: tuple[str, ...]

    @classmethod
    def of(cls, effect: Effect, checks: tuple[CheckResult, ...]) -> Surroundings:
        """Sort an effect's checks, and name what is not the default."""
        sign = direction_of(effect)
        return cls(
            ranked(checks, "contradicts", sign), ranked(checks, "weakens", sign),
            sum(c.bearing is not None for c in checks), (*effect.choices, *_switched_off(checks)),
        )  # fmt: skip

    @property
    def contradicted_by(self) -> tuple[str, ...]:
        """Titles of the checks that contradict the effect."""
        return tuple(c.title for c in self.contradicting)

    @property
    def weakened_by(self) -> tuple[str, ...]:
        """Titles of the checks that weaken it."""
        return tuple(c.title for c in self.weakening)


def ranked(checks: tuple[CheckResult, ...], bearing: Bearing, sign: int) -> tuple[CheckResult, ...]:
    """Checks of one bearing, that which leaves least of the direction first."""

    def left(check: CheckResult) -> float:
        p = towards(check, sign)
        return 1.0 if p is None else p

    return tuple(sorted((c for c in checks if c.bearing == bearing), key=left))


def _switched_off(checks: tuple[CheckResult, ...]) -> tuple[str, ...]:
    off = [c.title for c in checks if c.state is State.SWITCHED_OFF]
    if len(off) > 3:
        return (f"{counted(len(off), 'check')} of {len(checks)} switched off",)
    return (f"switched off: {listed(off)}",) if off else ()
