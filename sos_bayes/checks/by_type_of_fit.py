"""Which checks a fit answers that brings a model of its own: a table by type of fit; other checks do not apply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sos_bayes.checks.fit_under_test import inapplicable
from sos_bayes.checks.result import CheckResult, State

NOT_ASKED = "fits of this kind have no answer to it."


@dataclass(frozen=True, slots=True)
class Answered:
    """What fits of one type answer; nothing by default.

    Attributes
    ----------
    checks : mapping from str to function of a fit
        Checks of `CHECKS` that they have an answer to, by name.
    reasons : mapping from str to str
        Why other checks do not apply, by name.
    own : mapping from str to function of a fit
        Checks that only fits of this type have.
    """

    checks: Mapping[str, Callable[[Any], CheckResult]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Callable[[Any], CheckResult]] = field(default_factory=dict)

    def tried(self, fit: object, names: Iterable[str], skip: tuple[str, ...]) -> tuple[CheckResult, ...]:
        """Try a fit on the checks of these names, in their order, then on its own."""
        return tuple(switched_off(name) if name in skip else self._one(name, fit) for name in (*names, *self.own))

    def _one(self, name: str, fit: object) -> CheckResult:
        asked = self.checks.get(name) or self.own.get(name)
        if asked is None:
            return inapplicable(name, name.replace("_", " "), self.reasons.get(name, NOT_ASKED))
        return asked(fit)


ANSWERED: dict[type, Answered] = {}  # by type of fit; filled where their checks are


def answered_by(kind: type) -> Answered:
    """What fits of a type answer, as the table says of it or of the nearest type that it derives from."""
    return next((ANSWERED[one] for one in kind.__mro__ if one in ANSWERED), Answered())


def switched_off(name: str) -> CheckResult:
    """Say that a check was not wanted."""
    return CheckResult(name, name.replace("_", " "), State.SWITCHED_OFF, (), "Switched off by the analyst.")
