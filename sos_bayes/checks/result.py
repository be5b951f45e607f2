"""What one falsification check found: numbers, a state and a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from sos_bayes.estimands.effect import Effects

Bearing = Literal["supports", "weakens", "contradicts"]


class State(Enum):
    """How a check or a criterion ended.

    ``NOT_APPLICABLE`` carries no cap on the grade, ``NOT_ASSESSED`` caps it at moderate and
    ``SWITCHED_OFF`` (by the analyst) at low. ``REPORTED`` has numbers, of which the rule reads some.
    """

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    NOT_ASSESSED = "not assessed"
    SWITCHED_OFF = "switched off"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True, repr=False)
class CheckResult:
    """One check of a fit.

    Attributes
    ----------
    name : str
        Stable key, such as ``"random_walk"``.
    title : str
        What a reader sees.
    state : State
        ``REPORTED`` where numbers stand; the rule decides pass or fail from them.
    numbers : tuple of (str, float)
        Probabilities and estimates on the outcome's natural scale.
    sentence : str
        The finding in words.
    series : Effects or None
        Leads and lags of an event study, or effects against other comparators, in order, where the check makes them.
    subgroup : str or None
        The subgroup whose effect was tried; None for that over all adopters.
    bearing : {"supports", "weakens", "contradicts"} or None
        What the finding does to the effect as stated (`bearing_of`); None where it bears neither way or was not
        assessed.
    fingerprint : str or None
        Of the data and the design that were checked; `grade` refuses those of another fit.

    Examples
    --------
    >>> CheckResult("patt", "Other adopters", State.REPORTED, (("p_positive", 0.98),), "...").number("p_positive")
    0.98
    """

    name: str
    title: str
    state: State
    numbers: tuple[tuple[str, float], ...]
    sentence: str
    series: Effects | None = None
    subgroup: str | None = None
    bearing: Bearing | None = None
    fingerprint: str | None = field(default=None, repr=False)

    @property
    def assessed(self) -> bool:
        """Whether there are numbers to judge."""
        return self.state in (State.REPORTED, State.PASS, State.FAIL)

    def __repr__(self) -> str:
        bearing = "" if self.bearing is None else f", {self.bearing}"
        return f"<CheckResult {self.name}: {self.state.value}{bearing}>"

    def number(self, key: str) -> float:
        """Return one number by its key.

        Raises
        ------
        KeyError
            If the check has no such number; the message lists those it has.
        """
        numbers = dict(self.numbers)
        if key not in numbers:
            raise KeyError(f"check {self.name!r} has {sorted(numbers)}, not {key!r}")
        return numbers[key]
