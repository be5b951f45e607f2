"""The first page: a sentence, a strip and a picture for each outcome; what it means for whom; what it cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sos_bayes._core.errors import StudyError
from sos_bayes._core.words import amount, between, chance, change, counted, listed, short
from sos_bayes.estimands.printed import printed
from sos_bayes.evidence import Direction, Strength
from sos_bayes.reports import sentences
from sos_bayes.study.decisions import AUDIENCES, IN_WORDS, decide

if TYPE_CHECKING:
    from sos_bayes.estimands import Effect
    from sos_bayes.evidence import Grade
    from sos_bayes.study import Evaluation, Finding

STEPS = tuple(s.value for s in Strength)
NAMED = 12  # adopters that are named with their start
ARROWS = {Direction.TOWARDS: "towards the aim", Direction.CONTRARY: "contrary to the aim", Direction.UNCLEAR: "unclear"}


def plain_sentence(finding: Finding) -> str:
    """What changed, for whom, how sure, against what worthwhile change, and what contradicts it: in plain words."""
    effect, grade, name = finding.effect, finding.grade, short(finding.label)
    if effect is None:
        return f"Not answered: {short(finding.error or 'no fit was made', 300)}"
    if grade is None:
        return f"{_size(effect)} Not graded: no checks were run."
    if not grade.graded:
        return f"Nothing can be read on {name}: {short(' '.join(grade.reasons) or grade.sentence, 300)}"
    parts = (_found(effect, grade, name), _size(effect), _worthwhile(effect), _against(grade))
    return " ".join(part for part in parts if part)


def _found(effect: Effect, grade: Grade, name: str) -> str:
    if grade.null_finding >= Strength.MODERATE:
        limit = amount(effect.factor * effect.outcome.worthwhile, effect.unit)
        return f"{grade.null_finding.value.capitalize()} evidence that {name} changed by less than {limit}."
    if grade.strength is Strength.NONE:
        return f"No evidence of a change in {name}."
    return f"{grade.strength.value.capitalize()} evidence of a change in {name}, {ARROWS[grade.direction]}."


def _size(effect: Effect) -> str:
    mean, low, high = printed(effect)
    several = effect.n_adopters > 1
    who = f"the {counted(effect.n_adopters, 'authority', 'authorities')}" if several else "the authority"
    size = change(mean, effect.unit)
    than = "" if size == "no change" else " than it would have been without the rollout"
    return (
        f"In {who} that adopted, the best estimate is {size}{than}; anything from "
        f"{between(low, high, effect.unit)} is compatible with the data (95 %)."
    )


def _worthwhile(effect: Effect) -> str:
    limit = float(effect.outcome.worthwhile)
    up, down = effect.probability(above=limit), effect.probability(below=-limit)
    better, worse = (up, down) if effect.outcome.aim.sign > 0 else (down, up)
    size = amount(effect.factor * limit, effect.unit)
    return (
        f"That it is better by {size} or more, which is what was called worthwhile, has a chance of {_bare(better)}; "
        f"that it is worse by as much, of {_bare(worse)}."
    )


def _bare(p: float) -> str:
    return chance(p).removeprefix("about ")


def _against(grade: Grade) -> str:
    if grade.contradicted_by:
        return f"Contradicted by: {listed([t.lower() for t in grade.contradicted_by], 3)}."
    return "Another seed might give another grade." if grade.borderline else ""


def strip(finding: Finding) -> dict[str, object]:
    """The verdict at a glance: which step of four, in words, and the way it points."""
    grade = finding.grade
    if grade is None or not grade.graded:
        said = sentences.strength(finding)
        return {"steps": STEPS, "at": -1, "strength": said, "arrow": "", "direction": "", "null": ""}
    claimed = grade.strength > Strength.NONE
    effect = finding.effect
    arrow = ""
    if claimed and effect is not None:
        arrow = "▲" if effect.mean > 0 else "▼"
    return {
        "steps": STEPS,
        "at": STEPS.index(grade.strength.value),
        "strength": grade.strength.value,
        "arrow": arrow,
        "direction": ARROWS[grade.direction] if claimed else "",
        "null": grade.null_finding.value,
    }


def who(evaluation: Evaluation) -> tuple[str, ...]:
    """Who adopted and when, and against whom they are compared."""
    rollout = evaluation.study.rollout
    starts = {name: str(start) for name, start in rollout.starts if name in rollout.adopters}
    named = [f"{short(name, 60)} ({start})" for name, start in list(starts.items())[:NAMED]]
    more = f" and {len(starts) - NAMED} more" if len(starts) > NAMED else ""
    many = counted(len(starts), "authority adopted", "authorities adopted")
    others = sorted({f.effect.n_comparators for f in evaluation if f.effect is not None})
    against = " or ".join(counted(n, "authority", "authorities") for n in others)
    return (
        f"{many}, with the start in brackets: {', '.join(named)}{more}.",
        *([f"Compared with {against} that did not adopt, before and after."] if others else []),
    )


def meaning(evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    """One answer for each audience: to whom, and what."""
    said: list[tuple[str, str]] = []
    for audience in AUDIENCES:
        try:
            said.append((f"For those {IN_WORDS[audience]}", str(decide(evaluation, audience))))
        except StudyError as fault:
            said.append((f"For those {IN_WORDS[audience]}", fault.what))
    return tuple(said)


def cannot_say(evaluation: Evaluation) -> tuple[str, ...]:
    """What may not be read from the page."""
    graded = [f for f in evaluation if f.grade is not None and f.grade.graded and f.effect is not None]
    open_ones = [f for f in graded if f.grade is not None and f.grade.strength is f.grade.null_finding is Strength.NONE]
    said = [
        "Whether adopters would have moved as the others did without the rollout: no data can show that. The checks "
        "try to break it.",
        "What happened to any one child, or will happen in an authority that is not here.",
    ]
    if open_ones:
        said.append(
            f"That nothing changed in {listed([short(f.label, 60) for f in open_ones], 4)}: no evidence of a change is "
            "not evidence of none."
        )
    stopped = [short(f.label, 60) for f in evaluation if f not in graded]
    if stopped:
        said.append(f"Anything on {listed(stopped, 4)}: not answered or not graded.")
    return tuple(said)
