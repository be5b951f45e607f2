"""From criteria to the level of a study, and from studies to the level of a body of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sos_bayes.ratings.criteria import SOUND, criteria_of
from sos_bayes.ratings.records import StudyRecord

LEVELS = ("NL2", "NE", "2", "2+", "3", "3+", "4", "4+")
AT_LEAST_2 = ("2", "2+", "3")


@dataclass(frozen=True, slots=True)
class StudyLevel:
    """What one study reaches by itself.

    Attributes
    ----------
    level : str
        ``"NL2"``, ``"NE"``, ``"2"``, ``"2+"`` or ``"3"``: levels above are of several studies.
    rigorous : bool
        Whether it is a study from which a cause can be read, whatever it found.
    lasting, independent : bool
    harm : bool
        Whether it is rigorous and credibly found a change for the worse.
    """

    level: str
    rigorous: bool
    lasting: bool
    independent: bool
    harm: bool


@dataclass(frozen=True, slots=True)
class BodyLevel:
    """What a body of evidence reaches: its level without the mark for mixed findings, the mark, and harm."""

    level: str
    mixed: bool
    harm: bool

    @property
    def label(self) -> str:
        """The level as it is printed, with ``*`` where findings are mixed."""
        return f"{self.level}*" if self.mixed else self.level


def study_level(record: StudyRecord, *, unknown: bool = False) -> StudyLevel:
    """Level of one study; what is not known counts as `unknown` says: not met, or met.

    Examples
    --------
    >>> trial = StudyRecord("trial", "invented", design="randomised", outcome="care entry", found="improved")
    >>> study_level(trial).level, study_level(trial, unknown=True).level
    ('NL2', '3')
    """
    met = {c.criterion: unknown if c.met is None else c.met for c in criteria_of(record)}
    sound = all(met[name] for name in SOUND)
    rigorous = sound and met["design that can carry a cause"]
    improved = met["improved, and not by chance alone"]
    if improved and sound:
        level = "3" if rigorous else "2+" if met["comparison group alike"] else "2"
    else:
        level = "NE" if rigorous else "NL2"
    credible = unknown if record.credible is None else record.credible
    harm = rigorous and record.found == "worse" and credible
    return StudyLevel(
        level, rigorous, met["lasting a year or longer"], met["independent of the provider"], harm
    )  # fmt: skip


def one_study(outcomes: Sequence[StudyLevel]) -> StudyLevel:
    """What a study with several outcomes reaches: its best outcome, once, however many of them improved.

    Examples
    --------
    >>> better, same = StudyLevel("3", True, False, True, False), StudyLevel("NE", True, True, True, True)
    >>> one_study([same, better])
    StudyLevel(level='3', rigorous=True, lasting=False, independent=True, harm=True)
    """
    level = max((o.level for o in outcomes), key=("NL2", "2", "2+", "NE", "3").index)
    best = [o for o in outcomes if o.level == level]
    return StudyLevel(
        level, any(o.rigorous for o in best), any(o.lasting for o in best), any(o.independent for o in best),
        any(o.harm for o in outcomes),
    )  # fmt: skip


def level_by_study(records: Sequence[StudyRecord], *, unknown: bool = False) -> list[StudyLevel]:
    """One level a study, of those of its outcomes.

    Examples
    --------
    >>> outcomes = [StudyRecord(name, "invented", design="after_only", study="one") for name in "ab"]
    >>> len(level_by_study(outcomes))
    1
    """
    outcomes: dict[str | None, list[StudyLevel]] = {}
    for record in records:
        outcomes.setdefault(record.study, []).append(study_level(record, unknown=unknown))
    return [one_study(each) for each in outcomes.values()]


def body_level(studies: Sequence[StudyLevel]) -> BodyLevel:
    """Level of a body of evidence: its best evidence, with the modifiers; never an average.

    4+ three rigorous studies that found an improvement or more, one of them lasting a year or longer and one
    independent of the provider; 4 two, one lasting a year or longer; 3+ one, and another study at 2 or higher; 3 one;
    NE none, and a rigorous study without an improvement; 2+ and 2 the best of the others; NL2 nothing of all that.
    ``*`` where rigorous studies with and without an improvement stand beside each other.

    Parameters
    ----------
    studies : sequence of StudyLevel
        One a study: see `one_study`.

    Examples
    --------
    >>> one = StudyLevel("3", True, True, False, False)
    >>> body_level([one]).label, body_level([one, one]).label, body_level([one, one, one]).label
    ('3', '4', '4')
    """
    good = [s for s in studies if s.level == "3"]
    without = [s for s in studies if s.level == "NE"]
    supporting = sum(s.level in AT_LEAST_2 for s in studies)
    lasting, independent = any(s.lasting for s in good), any(s.independent for s in good)
    if len(good) >= 3 and lasting and independent:
        level = "4+"
    elif len(good) >= 2 and lasting:
        level = "4"
    elif good:
        level = "3+" if supporting >= 2 else "3"
    elif without:
        level = "NE"
    else:
        level = max((s.level for s in studies), key=LEVELS.index)
    return BodyLevel(level, bool(good and without), any(s.harm for s in studies))
