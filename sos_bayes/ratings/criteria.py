"""What a study must meet for a level: each criterion by itself, with what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sos_bayes.ratings.records import StudyRecord

Basis = Literal["published", "inferred"]
Value = Literal["given", "inferred", "not known"]
FEWEST, MOST_LOST, A_YEAR = 20, 0.40, 12.0


@dataclass(frozen=True, slots=True)
class StudyCriterion:
    """One criterion of the rule, applied to one study.

    Attributes
    ----------
    study, criterion : str
    level : str
        The level from which it is asked.
    met : bool or None
        None where the record does not say.
    why : str
    rule : {"published", "inferred"}
        Whether the Guidebook's pages say that this is asked, or this library inferred it.
    value : {"given", "inferred", "not known"}
        Whether the record's own value was read, inferred, or is not there.
    """

    study: str
    criterion: str
    level: str
    met: bool | None
    why: str
    rule: Basis
    value: Value


@dataclass(frozen=True, slots=True)
class _Asked:
    criterion: str
    level: str
    fields: tuple[str, ...]
    rule: Basis
    judge: Callable[[StudyRecord], tuple[bool | None, str]]


def _outcome(record: StudyRecord) -> tuple[bool | None, str]:
    measured = record.outcome is not None
    return measured, "a child outcome was measured" if measured else "no child outcome was measured"


def _validated(record: StudyRecord) -> tuple[bool | None, str]:
    said = {True: "validated measures or records", False: "measures not validated", None: "measures not described"}
    return record.validated, said[record.validated]


def _sample(record: StudyRecord) -> tuple[bool | None, str]:
    if record.sample is None:
        return None, "how many were analysed is not known"
    enough = record.sample >= FEWEST
    return enough, f"{'at least' if enough else 'fewer than'} {FEWEST} analysed"


def _retained(record: StudyRecord) -> tuple[bool | None, str]:
    if record.attrition is None:
        return None, "how many were lost is not known"
    kept = record.attrition <= MOST_LOST
    return kept, f"{'at most' if kept else 'more than'} {MOST_LOST:.0%} lost"


def _improved(record: StudyRecord) -> tuple[bool | None, str]:
    if record.found != "improved":
        said = {"no_effect": "no effect", "worse": "a change for the worse", "not_measured": "nothing measured"}
        return False, f"{said[record.found]} found"
    said_of = {True: "set apart from no effect", False: "not set apart from no effect", None: "uncertainty not known"}
    return record.credible, f"an improvement, {said_of[record.credible]}"


def _alike(record: StudyRecord) -> tuple[bool | None, str]:
    if not record.has_group:
        return False, "no comparison group"
    if record.design == "randomised" and record.equivalence is None:
        return True, "groups made alike by lot"
    said = {True: "groups shown to be alike before", False: "groups not alike before", None: "whether alike not known"}
    return record.equivalence, said[record.equivalence]


def _causal(record: StudyRecord) -> tuple[bool | None, str]:
    if record.design in ("randomised", "natural_experiment"):
        return True, f"design: {record.design.replace('_', ' ')}"
    if record.design == "matched":
        return record.equivalence, f"matched; {_alike(record)[1]}"
    return False, f"design: {record.design.replace('_', ' ')}, from which no cause can be read"


def _lasting(record: StudyRecord) -> tuple[bool | None, str]:
    if record.follow_up_months is None:
        return None, "how long it lasted is not known"
    long = record.follow_up_months >= A_YEAR
    return long, f"seen {'a year or longer' if long else 'for less than a year'}"


def _independent(record: StudyRecord) -> tuple[bool | None, str]:
    said = {True: "evaluators independent of the provider", False: "not independent", None: "independence not known"}
    return record.independent, said[record.independent]


ASKED = (
    _Asked("a child outcome", "2", ("outcome",), "published", _outcome),
    _Asked("improved, and not by chance alone", "2", ("found", "credible"), "published", _improved),
    _Asked("measures", "2", ("validated",), "inferred", _validated),
    _Asked("sample", "2", ("sample",), "inferred", _sample),
    _Asked("retention", "2", ("attrition",), "inferred", _retained),
    _Asked("comparison group alike", "2+", ("design", "equivalence"), "inferred", _alike),
    _Asked("design that can carry a cause", "3", ("design", "equivalence"), "published", _causal),
    _Asked("lasting a year or longer", "4", ("follow_up_months",), "published", _lasting),
    _Asked("independent of the provider", "4+", ("independent",), "published", _independent),
)
SOUND = ("a child outcome", "measures", "sample", "retention")


def criteria_of(record: StudyRecord) -> tuple[StudyCriterion, ...]:
    """Every criterion of the rule, applied to one study.

    Examples
    --------
    >>> trial = StudyRecord("trial", "invented", design="randomised", outcome="care entry", found="improved", sample=12)
    >>> [(c.criterion, c.met) for c in criteria_of(trial)][3:5]
    [('sample', False), ('retention', None)]
    """
    found = []
    for asked in ASKED:
        met, why = asked.judge(record)
        touched = any(name in record.inferred for name in asked.fields)
        value: Value = "not known" if met is None else "inferred" if touched else "given"
        found.append(StudyCriterion(record.name, asked.criterion, asked.level, met, why, asked.rule, value))
    return tuple(found)
