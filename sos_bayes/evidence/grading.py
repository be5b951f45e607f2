"""From an effect and its checks to a verdict, by a named and versioned rule."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from sos_bayes._core.errors import GradeError
from sos_bayes._core.handed import handed
from sos_bayes._core.sealed import sealed
from sos_bayes.checks.bearing import direction_of
from sos_bayes.checks.result import CheckResult
from sos_bayes.data.outcomes.possible import impossible
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.weights import EVERYBODY
from sos_bayes.evidence.borderline import other_verdicts
from sos_bayes.evidence.criteria import CRITERIA, Case, Criterion
from sos_bayes.evidence.criteria.judging import named
from sos_bayes.evidence.null_finding import missable, null_finding
from sos_bayes.evidence.rule import SOS_DEFAULT, Rule
from sos_bayes.evidence.sentence import (
    NOT_CAUSAL,
    conditional,
    conditional_sentence,
    ungraded_sentence,
    verdict_sentence,
)
from sos_bayes.evidence.strength import Direction, Strength
from sos_bayes.evidence.surroundings import Surroundings

PROVISIONAL, FAR = 0.01, 0.002  # distance from a threshold, below .99 and above, that the fast route vouches for

SLACK = 1.25  # for the error of a posterior mean: `fit` has refused what the counts themselves rule out


@dataclass(frozen=True, slots=True, repr=False)
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
        What holds the grade where it is, most binding first.
    criteria : tuple of Criterion
    rule : str
        Name and version of the rule; where priors are not the default, which it was calibrated with, or the design is
        one that it was not calibrated with, it says so.
    sentence : str
        The verdict in a few sentences; ``print(grade)`` shows it.
    borderline : bool
        Whether another seed might give another verdict: a figure that decides it lies within the simulation error of
        a threshold.
    contradicted_by, weakened_by : tuple of str
        Titles of the checks that contradict or weaken the effect, the strongest first.
    choices : tuple of str
        What in priors, design, outcome, rollout and checks is not the default.
    """

    graded: bool
    strength: Strength
    direction: Direction
    null_finding: Strength
    reasons: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    rule: str
    sentence: str
    borderline: bool = False
    contradicted_by: tuple[str, ...] = ()
    weakened_by: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<Grade: {self.in_words}>"

    def _repr_html_(self) -> str:
        reasons = "".join(f"<li>{escape(reason)}</li>" for reason in self.reasons)
        return f"<p><strong>{escape(self.in_words)}</strong></p><p>{escape(self.sentence)}</p><ul>{reasons}</ul>"

    @property
    def in_words(self) -> str:
        """Strength, direction and null finding on one line."""
        if not self.graded:
            return "not graded"
        way = "" if self.direction is Direction.UNCLEAR else f", {self.direction.value}"
        return f"{self.strength.value}{way}; evidence of no important change: {self.null_finding.value}"


@sealed
@handed("draws", "estimand", give="what sb.estimate returned, and what sb.check returned of the same fit")
def grade(effect: Effect, checks: tuple[CheckResult, ...], rule: Rule = SOS_DEFAULT) -> Grade:
    """Grade the strength of evidence for an effect, with its direction and the null finding.

    Parameters
    ----------
    effect : Effect
        The SATT difference over all adopters, from `estimate`, or among the children of a subgroup that the design
        lets effects vary by: then at most as strong as ``rule.subgroup`` allows.
    checks : tuple of CheckResult
        From `check` on the same fit, and for a subgroup from ``check(fit, subgroup=(column, level))``.
    rule : Rule
        Thresholds; ``SOS_DEFAULT`` is the calibrated one.

    Returns
    -------
    Grade

    Raises
    ------
    GradeError
        If the effect is neither, the checks tried another effect or another fit, or the worthwhile change cannot
        happen in its direction.

    Examples
    --------
    >>> from sos_bayes.data import Aim, Binary
    >>> from sos_bayes.estimands.effect import effect_from_draws
    >>> import numpy as np
    >>> outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    >>> noise = effect_from_draws(np.random.default_rng(1).normal(0, 0.01, (4, 1000)), outcome)
    >>> grade(noise, ()).strength.value
    'none'
    """
    _refuse_other(effect)
    _refuse_others_checks(effect, checks)
    _refuse_impossible(effect)
    name = f"{rule.name} {rule.version}{_beyond(effect)}"
    said = Surroundings.of(effect, checks)
    if not effect.health.ok:
        return _ungraded(name, effect.health.reasons, ungraded_sentence(effect), said)
    if conditional(effect):
        return _ungraded(name, (NOT_CAUSAL,), conditional_sentence(effect), said)
    return _graded(effect, checks, rule, name, said)


def _beyond(effect: Effect) -> str:
    """What the rule was not calibrated with."""
    if not effect.calibrated:
        return ", not calibrated for this model"
    return " with other priors" if effect.other_priors else ""


def _ungraded(name: str, reasons: tuple[str, ...], sentence: str, said: Surroundings) -> Grade:
    return Grade(
        False, Strength.NONE, Direction.UNCLEAR, Strength.NONE, reasons, (), name, sentence, choices=said.choices
    )


def _graded(effect: Effect, checks: tuple[CheckResult, ...], rule: Rule, name: str, said: Surroundings) -> Grade:
    sign = direction_of(effect)
    case = Case(effect, {c.name: c for c in checks}, rule, sign)
    criteria = tuple(judge(case) for judge in CRITERIA.values())
    strength = min((c.reached for c in criteria), key=lambda s: s.rank)
    null = null_finding(case, criteria)
    small = null >= Strength.MODERATE
    strength = Strength.NONE if small else strength
    direction = _direction(effect, sign, named(criteria, "direction").reached)
    others = other_verdicts(case, criteria)
    sentence = verdict_sentence(effect, strength, direction, null, said, others)
    return Grade(
        True, strength, direction, null, _reasons(case, criteria, strength, small), criteria, name, sentence,
        bool(others), said.contradicted_by, said.weakened_by, said.choices,
    )  # fmt: skip


def _refuse_other(effect: Effect) -> None:
    whose = effect.label == EVERYBODY or effect.subgroup_of is not None
    if not whose or (effect.estimand, effect.scale, effect.dose, effect.at) != ("satt", "difference", None, None):
        raise GradeError(
            f"This effect is the {effect.estimand} {effect.scale} of {effect.label!r}; only the SATT difference over "
            "all adopters, or in a subgroup that the design lets effects vary by, is graded.",
            why="The rule's thresholds were calibrated for that estimand.",
            cure="Grade estimate(fit), and report the others beside it.",
        )


def _refuse_others_checks(effect: Effect, checks: tuple[CheckResult, ...]) -> None:
    tried = {c.subgroup for c in checks}
    if tried - {None if effect.subgroup_of is None else effect.label}:
        whose = "all adopters" if effect.subgroup_of is None else f"{effect.subgroup_of} {effect.label!r}"
        level = "" if effect.subgroup_of is None else f", subgroup=({effect.subgroup_of!r}, {effect.label!r})"
        raise GradeError(
            f"These checks tried another effect than that of {whose}.",
            why="A check says nothing about an effect that it did not try.",
            cure=f"Give check(fit{level}).",
        )

    known = [c.fingerprint for c in checks if c.fingerprint is not None]
    foreign = [one for one in known if effect.fingerprint is not None and one != effect.fingerprint]
    if foreign:
        raise GradeError(
            f"{len(foreign)} of {len(checks)} checks were made of another fit than this effect.",
            where=f"effect on {effect.outcome.label!r}",
            why="A check of other data or of another design says nothing about this effect.",
            cure="Give check(fit) of the fit that estimate(fit) was asked of.",
        )


def _refuse_impossible(effect: Effect) -> None:
    """Refuse a worthwhile change beyond the adopters' level; a level of zeros not supplied tells nothing of that."""
    if effect.unsupplied[0]:
        return
    fault = impossible(effect.outcome, effect.baseline, SLACK)
    if fault is not None:
        where = f"outcome {effect.outcome.label!r}"
        raise GradeError(fault.what, where=where, why=fault.why, cure=fault.cure)


def _direction(effect: Effect, sign: int, reached: Strength) -> Direction:
    if reached is Strength.NONE:
        return Direction.UNCLEAR
    return Direction.TOWARDS if sign == effect.outcome.aim.sign else Direction.CONTRARY


def _reasons(case: Case, criteria: tuple[Criterion, ...], strength: Strength, small: bool) -> tuple[str, ...]:
    """Route first, then what binds."""
    reasons = [_route(case.effect, criteria)] if case.effect.method == "fast" else []
    if not missable(case):
        reasons.append(
            "No finding of no important change: by the default prior a change as large as the worthwhile one was next "
            "to impossible before looking."
        )
    if small:
        reasons.append("Evidence of no important change comes first: the effect is smaller than the worthwhile change.")
    binding = [c for c in criteria if c.reached == min((x.reached for x in criteria), key=lambda s: s.rank)]
    if strength is not Strength.HIGH:
        reasons += [f"{c.title}: {c.sentence}" for c in binding if c.reached is not Strength.HIGH]
    else:
        reasons.append("Every criterion of the rule allows high.")
    return tuple(reasons)


def _route(effect: Effect, criteria: tuple[Criterion, ...]) -> str:
    """Say that a fast fit is provisional, or why it need not be."""
    near = [
        c.title
        for c in criteria
        if c.value is not None
        and any(abs(c.value - step) < (FAR if step >= 0.99 else PROVISIONAL) for _, step in c.thresholds if step <= 1)
    ]
    if near:
        which = f"these lie within .01 of a threshold (.002 from .99 up): {', '.join(near)}"
        return f"Fast route: provisional until sampled by NUTS, because {which}."
    return "Fast route (an approximation of the same model): no probability lies near a threshold."
