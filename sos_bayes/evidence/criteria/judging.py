"""How a figure meets the steps of a rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sos_bayes.checks.result import CheckResult, State
from sos_bayes.estimands.effect import Effect
from sos_bayes.evidence.rule import Rule, Steps
from sos_bayes.evidence.strength import Strength

SPREAD = 4.0  # simulation errors around where a line changes its answer: of ten seeds on both sides, all lie within
CAPS = {
    State.NOT_APPLICABLE: Strength.HIGH,
    State.NOT_ASSESSED: Strength.MODERATE,
    State.SWITCHED_OFF: Strength.LOW,
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the rule, judged.

    Attributes
    ----------
    name, title : str
        Stable key and what a reader sees.
    value : float or None
        Figure judged; None where it could not be assessed.
    thresholds : tuple of (Strength, float)
        What each strength asks for.
    reached : Strength
        Highest strength this line allows.
    state : State
        Pass where it allows high, fail where it holds the grade below that.
    sentence : str
    borderline : bool
        Whether a threshold was missed only by counting the simulation error.
    least, most : Strength or None
        What the line would allow were the figure `SPREAD` simulation errors lower, and higher; None where it has no
        such error, and allows ``reached`` whatever the seed.
    """

    name: str
    title: str
    value: float | None
    thresholds: tuple[tuple[Strength, float], ...]
    reached: Strength
    state: State
    sentence: str
    borderline: bool = False
    least: Strength | None = None
    most: Strength | None = None

    @property
    def range(self) -> tuple[Strength, Strength]:
        """Lowest and highest strength that other seeds might let this line allow."""
        return self.least or self.reached, self.most or self.reached


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What is judged: an effect, its checks by name, the rule, and the direction in question.

    ``sign`` is +1 or -1, the side of zero that holds most of the effect's posterior.
    """

    effect: Effect
    checks: dict[str, CheckResult]
    rule: Rule
    sign: int

    @property
    def towards(self) -> str:
        """Key of P(direction) in a check's numbers."""
        return "p_positive" if self.sign > 0 else "p_negative"


def named(criteria: Iterable[Criterion], name: str) -> Criterion:
    """The line of this name."""
    return next(line for line in criteria if line.name == name)


def allowed(value: float, steps: Steps) -> Strength:
    """Highest strength whose threshold, and all below it, ``value`` reaches.

    Examples
    --------
    >>> allowed(0.98, Steps(0.95, 0.975, 0.995))
    <Strength.MODERATE: 'moderate'>
    >>> allowed(0.4, Steps(None, 0.5, 0.95))
    <Strength.LOW: 'low'>
    """
    reached = Strength.NONE
    for strength, step in zip(
        (Strength.LOW, Strength.MODERATE, Strength.HIGH), (steps.low, steps.moderate, steps.high), strict=True
    ):
        if step is not None and value < step:
            break
        reached = strength
    return reached


def thresholds(steps: Steps) -> tuple[tuple[Strength, float], ...]:
    """Steps that ask for something, lowest strength first."""
    pairs = ((Strength.LOW, steps.low), (Strength.MODERATE, steps.moderate), (Strength.HIGH, steps.high))
    return tuple((strength, float(step)) for strength, step in pairs if step is not None)


def judged(name: str, title: str, value: float, steps: Steps, sentence: str, error: float = 0.0) -> Criterion:
    """Judge a figure; within two simulation errors above a threshold counts as below it."""
    plain, reached = allowed(value, steps), allowed(value - 2 * error, steps)
    state = State.PASS if reached is Strength.HIGH else State.FAIL
    borderline = reached < plain
    words = f"{sentence} Borderline: within two simulation errors of a threshold." if borderline else sentence
    least, most = (allowed(value - (2 + away) * error, steps) for away in (SPREAD, -SPREAD))
    return Criterion(name, title, value, thresholds(steps), reached, state, words, borderline, least, most)


def missing(name: str, title: str, steps: Steps, state: State, sentence: str, *, required: bool = False) -> Criterion:
    """Cap a line that has no figure: required ones at low where they were not assessed."""
    cap = CAPS[state]
    if required and state is State.NOT_ASSESSED:
        cap = Strength.LOW
    return Criterion(name, title, None, thresholds(steps), cap, state, sentence)
