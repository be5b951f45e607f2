"""What of an effect, of checks and of a grade may leave: no count, and nothing that counts can be worked out of.

Effects over all adopters keep their draws to the bit. Those of parts (an authority, a lag, a level) would tell the
weights of the parts together with them, draw by draw, and weights are denominators; so each part keeps its
distribution alone: its draws in an order of their own, rounded, and of each another few left out.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import FileError, without_counts
from sos_bayes.checks.result import CheckResult
from sos_bayes.disclosure import SAFE, parts, release
from sos_bayes.estimands.effect import Effect, Effects
from sos_bayes.estimands.weights import EVERYBODY
from sos_bayes.evidence import Grade
from sos_bayes.reports.tables import WITHHELD, baseline_in_print, level_tells

MOST_LEFT_OUT = 100


def over_all(effect: Effect) -> bool:
    """Whether an effect is over all adopters, or of an authority that is none of them."""
    return effect.estimand in ("patt", "next_authority") or (effect.estimand == "satt" and effect.label == EVERYBODY)


def released_effect(effect: Effect, name: str | None = None) -> Effect:
    """One effect as it may leave, under the pseudonym of its fit's headline, or its own.

    Raises
    ------
    FileError
        If its draws tell a number of children or a baseline that is withheld.
    """
    if tells(effect):
        raise FileError(
            f"The effect of {effect.label!r} on the scale of {effect.scale!r} is not saved without its cells.",
            where=f"outcome {effect.outcome.label!r}",
            why="Events over the difference are the number of children, and a ratio beside it is a baseline that is "
            "withheld.",
            cure='Save the difference (scale="difference"), or say cells=True inside the secure setting.',
        )
    whole = over_all(effect)
    baseline = effect.baseline if whole else _digits(effect.baseline)
    return replace(
        effect if whole else apart(effect, _place(effect.draws)),
        n_children=SAFE.rounded(effect.n_children) or 0,
        baseline=math.nan if baseline_in_print(effect) == WITHHELD else baseline,
        k_effective=_floored(effect.k_effective),
        choices=told(effect.choices),
        health=replace(effect.health, reasons=told(effect.health.reasons)),
        fingerprint=pseudonym(effect.draws) if name is None else name,
    )


def tells(effect: Effect) -> bool:
    """Whether the draws of an effect, beside those of the difference, tell what is withheld."""
    return effect.scale == "events" or (effect.scale == "ratio" and baseline_in_print(effect) == WITHHELD)


def released_effects(effects: Effects, name: str | None = None) -> Effects:
    """Effects of parts as they may leave; authorities with too few children are left out, as in reports."""
    found = effects.effects
    if effects.by == "authority":
        free = release([e.n_children for e in found])
        found = tuple(e for e, ok in zip(found, free, strict=True) if ok)
    kept = [replace(released_effect(e, name), draws=apart(e, i).draws, points=None) for i, e in enumerate(found)]
    if effects.by in ("level", "day"):
        hidden = level_tells(effects.effects)
        kept = [replace(e, baseline=math.nan) if tells else e for e, tells in zip(kept, hidden, strict=True)]
    return replace(effects, effects=tuple(kept))


def apart(effect: Effect, place: int) -> Effect:
    """The distribution of an effect without the order of its draws, so that no other's can be set beside them.

    They are shuffled and rounded (`disclosure.parts.apart`), and ``place + 1`` of them are left out, so that effects of
    several places are not taken together by mistake.
    """
    mixed = parts.apart(effect.draws).ravel()
    kept = mixed[: max(len(mixed) - 1 - place % MOST_LEFT_OUT, 1)]
    return replace(effect, draws=kept[None], points=None)


def _place(draws: Floats) -> int:
    return hashlib.sha256(np.ascontiguousarray(draws).tobytes()).digest()[0]


def _digits(value: float) -> float:
    """To the five digits that a report prints."""
    return float(f"{value:.5g}")


def _floored(value: float) -> float:
    """To two decimals, downwards: thresholds of the rule have two at most, so that no verdict moves.

    The exact number is a ratio of denominators, and of two adopters it tells both.
    """
    near = round(value, 2)
    return near if not near > value else round(near - 0.01, 2)


def pseudonym(draws: Floats) -> str:
    """What stands for the fingerprint of data and design: the same for all that was made of one fit.

    The fingerprint itself is made of every count, and whoever knows all counts but one could try that one out.
    """
    return hashlib.sha256(b"released" + np.ascontiguousarray(draws).tobytes()).hexdigest()


def released_checks(checks: Iterable[CheckResult], name: str) -> tuple[CheckResult, ...]:
    """Checks as they may leave, under the pseudonym of the headline that they tried."""
    return tuple(_check(one, name) for one in checks)


def _check(one: CheckResult, name: str) -> CheckResult:
    counts = [key for key, _ in one.numbers if "children" in key or key.startswith("events")]
    return replace(
        one,
        numbers=tuple((key, value) for key, value in one.numbers if key not in counts),
        sentence=without_counts(one.sentence),
        series=None if one.series is None else released_effects(one.series, name),
        fingerprint=None if one.fingerprint is None else name,
    )


def released_grade(grade: Grade) -> Grade:
    """A grade as it may leave."""
    lines = (
        replace(
            line,
            value=_floored(line.value) if line.name == "effective_adopters" and line.value is not None else line.value,
            sentence=without_counts(line.sentence),
        )
        for line in grade.criteria
    )
    return replace(
        grade, criteria=tuple(lines), reasons=told(grade.reasons), sentence=without_counts(grade.sentence),
        choices=told(grade.choices),
    )  # fmt: skip


def told(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts without positions of rows and without counts of them."""
    return tuple(without_counts(text) for text in texts)
