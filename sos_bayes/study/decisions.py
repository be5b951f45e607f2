"""What an evaluation says to those who use the practice, who think of starting, and who value it as a framework."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sos_bayes._core.errors import StudyError, nearest
from sos_bayes._core.handed import handed
from sos_bayes._core.words import chance, counted, listed, short
from sos_bayes.evidence import Direction, Strength
from sos_bayes.study.evaluation import Evaluation, Finding

if TYPE_CHECKING:
    import pandas as pd

    from sos_bayes.estimands import Effect

Audience = Literal["using", "considering", "framework"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
NOT_THE_TYPE = (
    "Not the right type of evidence. Whether a framework's values are worth holding is not a question about the "
    "outcomes counted here: they can neither support it nor speak against it."
)


@dataclass(frozen=True, slots=True)
class Losses:
    """How bad each mistake is, for one outcome, in units of the first.

    Parameters
    ----------
    harm : float
        Having the practice while it makes the outcome worse by a worthwhile change or more. Default 1.
    missed : float
        Not having it while it would make the outcome better by a worthwhile change or more. Default 1.
    effort : float
        Stopping for those who use it, starting for those who do not: what the change of practice costs by itself.
        Default .25.

    Raises
    ------
    StudyError
        If one of them is negative or no number.

    Examples
    --------
    >>> Losses(harm=3).harm
    3
    """

    harm: float = 1.0
    missed: float = 1.0
    effort: float = 0.25

    def __post_init__(self) -> None:
        for name in ("harm", "missed", "effort"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                raise StudyError(f"{name}={value!r} is not a loss.", where="Losses", cure="Give numbers from 0.")


@dataclass(frozen=True, slots=True)
class Line:
    """What one outcome says to an audience.

    Attributes
    ----------
    label : str
    p_better, p_worse : float
        Probability of a change of at least the worthwhile size, towards the aim and contrary to it.
    p_little : float
        Probability of any smaller change.
    strength : str
        As graded, with its direction.
    loss_with, loss_without : float
        Expected loss of having the practice and of not having it, the effort of changing on the side that changes.
    watch : bool
        Whether the outcome is to be watched: graded contrary to the aim, or contrary with a probability of .95.
    """

    label: str
    p_better: float
    p_worse: float
    p_little: float
    strength: str
    loss_with: float
    loss_without: float
    watch: bool


@dataclass(frozen=True, slots=True, repr=False)
class Decision:
    """One answer for one audience.

    Attributes
    ----------
    audience : {"using", "considering", "framework"}
    answer : str
        In a few words: ``"no reason to stop"``, ``"reason to stop and look"``, ``"pause for thought"``,
        ``"reason to try it where it is watched"`` or ``"not the right type of evidence"``.
    sentence : str
    lines : tuple of Line
        One for each graded outcome; none for a framework.
    losses : Losses
    """

    audience: Audience
    answer: str
    sentence: str
    lines: tuple[Line, ...]
    losses: Losses

    def __repr__(self) -> str:
        return f"<Decision for those {IN_WORDS[self.audience]}: {self.answer}>"

    def __str__(self) -> str:
        return self.sentence

    def to_frame(self) -> pd.DataFrame:
        """Put one row for each outcome.

        Returns
        -------
        pandas.DataFrame
            Probabilities and expected losses (in units of `Losses`), with the grade in words.
        """
        import pandas as pd

        return pd.DataFrame([{name: getattr(line, name) for name in Line.__slots__} for line in self.lines])


IN_WORDS: dict[Audience, str] = {
    "using": "who use it",
    "considering": "who think of starting",
    "framework": "who value it as a framework",
}


@handed("findings", "study", give="what sb.evaluate returned; of one fit make a Study first")
def decide(evaluation: Evaluation, audience: Audience, *, losses: Losses | None = None) -> Decision:
    """Say what an evaluation means for one audience.

    The grade, not the loss, decides what may be claimed. Those who use a practice have no reason to stop unless most
    outcomes are graded moderate or high against the aim and none for it; an outcome that points against the aim is to
    be watched. Those who think of starting have a reason to try it where an outcome is graded moderate or high for it
    and none against. Expected losses stand beside it, so that a reader whose mistakes cost otherwise can see whether
    the answer would turn.

    Parameters
    ----------
    evaluation : Evaluation
    audience : {"using", "considering", "framework"}
    losses : Losses, optional

    Returns
    -------
    Decision

    Raises
    ------
    StudyError
        If the audience is not known, or no outcome was graded.

    Examples
    --------
    >>> decide(evaluation, "considering").answer  # doctest: +SKIP
    'pause for thought'
    """
    if audience not in AUDIENCES:
        raise StudyError(
            f"audience={audience!r} is not known.{nearest(str(audience), AUDIENCES)}",
            cure='Use one of "using", "considering" and "framework".',
        )
    asked = losses or Losses()
    if audience == "framework":
        return Decision(audience, "not the right type of evidence", NOT_THE_TYPE, (), asked)
    graded = [f for f in evaluation if f.effect is not None and f.grade is not None and f.grade.graded]
    if not graded:
        raise StudyError(
            "No outcome of this evaluation was graded, so there is nothing to decide by.",
            cure="Evaluate with checks=True, and mend what stopped the outcomes.",
        )
    lines = tuple(_line(f, audience, asked) for f in graded)
    answer, said = (_using if audience == "using" else _considering)(graded, lines)
    return Decision(audience, answer, f"{said} {_losses_said(lines, audience, asked)}", lines, asked)


def _line(finding: Finding, audience: Audience, losses: Losses) -> Line:
    effect, grade = finding.effect, finding.grade
    assert effect is not None
    assert grade is not None
    limit = float(effect.outcome.worthwhile)
    up, down = effect.probability(above=limit), effect.probability(below=-limit)
    better, worse = (up, down) if effect.outcome.aim.sign > 0 else (down, up)
    unclear = grade.direction is Direction.UNCLEAR
    return Line(
        label=finding.label,
        p_better=better,
        p_worse=worse,
        p_little=max(0.0, 1.0 - better - worse),
        strength=grade.strength.value if unclear else f"{grade.strength.value}, {grade.direction.value}",
        loss_with=losses.harm * worse + (losses.effort if audience == "considering" else 0.0),
        loss_without=losses.missed * better + (losses.effort if audience == "using" else 0.0),
        watch=_contrary(effect) or (grade.direction is Direction.CONTRARY and grade.strength > Strength.NONE),
    )


def _contrary(effect: Effect) -> bool:
    away = effect.probability(below=0.0) if effect.outcome.aim.sign > 0 else effect.probability(above=0.0)
    return away >= 0.95


def _strong(findings: list[Finding], direction: Direction) -> list[str]:
    """Labels of outcomes graded moderate or high in a direction."""
    grades = [(f.label, f.grade) for f in findings if f.grade is not None]
    return [short(n, 60) for n, g in grades if g.strength >= Strength.MODERATE and g.direction is direction]


def _using(findings: list[Finding], lines: tuple[Line, ...]) -> tuple[str, str]:
    harmed, helped = _strong(findings, Direction.CONTRARY), _strong(findings, Direction.TOWARDS)
    watched = [short(line.label, 60) for line in lines if line.watch]
    watch = f" Watch {listed(watched)} closely: the change there points against the aim." if watched else ""
    if 2 * len(harmed) > len(lines) and not helped:
        return (
            "reason to stop and look",
            f"Moderate or stronger evidence against the aim on {listed(harmed)}, most of the outcomes, and none for it "
            "on any: a reason to stop and find out why before going on.",
        )
    if helped:
        said = f"No reason to stop: moderate or stronger evidence for it on {listed(helped)}.{watch}"
        return "no reason to stop", said
    return (
        "no reason to stop",
        f"No reason to stop on this evidence, and none that it works: on none of {counted(len(lines), 'outcome')} is "
        f"there moderate or stronger evidence of a change towards the aim.{watch}",
    )


def _considering(findings: list[Finding], lines: tuple[Line, ...]) -> tuple[str, str]:
    harmed, helped = _strong(findings, Direction.CONTRARY), _strong(findings, Direction.TOWARDS)
    if helped and not harmed:
        return (
            "reason to try it where it is watched",
            f"Moderate or stronger evidence of a change towards the aim on {listed(helped)}: a reason to try it where "
            "the outcomes are watched.",
        )
    against = f" There is moderate or stronger evidence against the aim on {listed(harmed)}." if harmed else ""
    if helped:
        return (
            "pause for thought",
            f"Pause for thought: evidence against the aim on {listed(harmed)} and for it on {listed(helped)}.",
        )
    return (
        "pause for thought",
        f"Pause for thought: none of {counted(len(lines), 'outcome')} gives moderate or stronger evidence that "
        f"starting would bring a change towards the aim.{against}",
    )


def _losses_said(lines: tuple[Line, ...], audience: Audience, losses: Losses) -> str:
    """Which of both has the smaller expected loss over the outcomes, each counted once; with its probabilities."""
    with_it, without = sum(x.loss_with for x in lines), sum(x.loss_without for x in lines)
    keep, change = ("going on", "stopping") if audience == "using" else ("starting", "waiting")
    less = keep if with_it < without else change
    most = max(lines, key=lambda line: line.p_worse)
    return (
        f"If harm counts {losses.harm:g}, a missed benefit {losses.missed:g} and the change of practice "
        f"{losses.effort:g} on each outcome, {less} has the smaller expected loss ({min(with_it, without):.2f} against "
        f"{max(with_it, without):.2f}, {counted(len(lines), 'outcome')} together). A worthwhile worsening is likeliest "
        f"on {short(most.label, 60)}: {chance(most.p_worse)}."
    )
