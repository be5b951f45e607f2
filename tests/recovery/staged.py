"""The rule in stages: what a fit says first, and checks one by one only while moderate can still be reached.

Which lines of the rule wait for which checks is seen from what they ask for, so that a new line or check needs no
change here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sos_bayes.checks import CHECKS, CheckResult, State
from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.checks.scheduling import alone
from sos_bayes.estimands import Effect
from sos_bayes.evidence import SOS_DEFAULT, Strength
from sos_bayes.evidence.criteria import CRITERIA, Case, Criterion
from sos_bayes.evidence.rule import Rule

# cheap and telling first; any check not named here is tried after these, in the battery's order
ORDER = ("patt", "weighting", "points", "shared_shocks", "drift", "donut", "denominator", "sceptical")
LAST = ("trends", "random_walk", "imputation", "leave_one_out")
UNRUN = CheckResult("unrun", "unrun", State.NOT_APPLICABLE, (), "Not run yet.")


class Asked(dict[str, CheckResult]):
    """Results so far; a check that has not run is not applicable, which caps nothing, and is noted when asked for."""

    def __init__(self, found: dict[str, CheckResult]) -> None:
        super().__init__(found)
        self.waiting: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        if key in self.keys():
            return self[key]
        if key not in CHECKS:
            return default
        self.waiting.add(key)
        return UNRUN

    def __missing__(self, key: str) -> CheckResult:
        if key not in CHECKS:
            raise KeyError(key)
        self.waiting.add(key)
        return UNRUN

    def __contains__(self, key: object) -> bool:
        return key in self.keys() or key in CHECKS


@dataclass(frozen=True, slots=True)
class Stages:
    """How far the rule came: `held_by` are the lines that keep the grade below moderate, `tried` the checks run."""

    strength: Strength
    held_by: tuple[str, ...]
    tried: tuple[str, ...]


def staged(fit: Any, effect: Effect, rule: Rule = SOS_DEFAULT) -> Stages:
    """Grade in stages: the strength of the whole rule where it is moderate or better, else a strength below that.

    The null finding is not looked for: it needs most draws within the worthwhile change, moderate half of them beyond.
    """
    found: dict[str, CheckResult] = {}
    tested = None
    while True:
        bounds, waiting = bounded(effect, found, rule)
        strength = min((bound for bound, _ in bounds.values()), key=lambda s: s.rank)
        if strength < Strength.MODERATE or not waiting:
            held = tuple(name for name, (bound, _) in bounds.items() if bound < Strength.MODERATE)
            return Stages(strength, held, tuple(found))
        tested = tested or under_test(fit)
        name = min(waiting, key=_turn)
        found[name] = alone(CHECKS[name], tested)


def bounded(
    effect: Effect, found: dict[str, CheckResult], rule: Rule
) -> tuple[dict[str, tuple[Strength, Criterion]], set[str]]:
    """Highest strength that each line can still allow, and the checks that some line waits for."""
    sign = 1 if effect.probability(above=0.0) >= effect.probability(below=0.0) else -1
    bounds, waiting = {}, set()
    for name, judge in CRITERIA.items():
        asked = Asked(found)
        line = judge(Case(effect, asked, rule, sign))
        open_ended = asked.waiting and line.value is None
        bounds[name] = (Strength.HIGH if open_ended else line.reached, line)
        waiting |= asked.waiting
    return bounds, waiting


def _turn(name: str) -> tuple[int, int]:
    if name in ORDER:
        return 0, ORDER.index(name)
    if name in LAST:
        return 2, LAST.index(name)
    return 1, list(CHECKS).index(name)
