"""From an effect and its checks to a verdict, by a named and versioned rule."""

from __future__ import annotations

from dataclasses import dataclass

from sos_bayes.checks.result import State
from sos_bayes.evidence.strength import Direction, Strength


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the rule, judged.

    Attributes
    ----------
    name, title : str
        Stable key and what a reader sees.
    value : float or None
        The figure judged; None where it could not be assessed.
    thresholds : tuple of (Strength, float)
        What each strength asks for.
    reached : Strength
        The highest strength this line allows.
    state : State
    sentence : str
    """

    name: str
    title: str
    value: float | None
    thresholds: tuple[tuple[Strength, float], ...]
    reached: Strength
    state: State
    sentence: str


@dataclass(frozen=True, slots=True)
class Grade:
    """A verdict: strength, direction and the null finding are three separate fields.

    Attributes
    ----------
    graded : bool
        False where the fit failed its health gate; ``strength`` is then NONE and means nothing.
    strength : Strength
    direction : Direction
    null_finding : Strength
        Evidence of *no important change*.
    reasons : tuple of str
    criteria : tuple of Criterion
    rule : str
        Name and version of the rule.
    sentence : str
        The verdict in one sentence; ``print(grade)`` shows it.
    """

    graded: bool
    strength: Strength
    direction: Direction
    null_finding: Strength
    reasons: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    rule: str
    sentence: str

    def __str__(self) -> str:
        return self.sentence
