"""The evidence level of a practice by the scale of the EIF Guidebook, from records of studies, by a written rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sos_bayes._core.errors import DataError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import counted, listed, short
from sos_bayes.evidence import Grade
from sos_bayes.ratings.criteria import StudyCriterion, criteria_of
from sos_bayes.ratings.levels import StudyLevel, body_level, level_by_study, study_level
from sos_bayes.ratings.records import StudyRecord
from sos_bayes.ratings.store import StoreRating

if TYPE_CHECKING:
    import pandas as pd

RULE = "sos_bayes ratings 1"
MEANING = {
    "NL2": "the best study does not reach level 2",
    "NE": "a rigorous study found no improvement of a child outcome",
    "2": "preliminary evidence of improving a child outcome; no cause can be read from it",
    "2+": "preliminary evidence, with a comparison group that is alike",
    "3": "one rigorous study found an improvement",
    "3+": "a rigorous study found an improvement, and another study reaches level 2 or higher",
    "4": "rigorous studies found an improvement, in one of them for a year or longer",
    "4+": "three rigorous studies or more found an improvement, one for a year or longer, one independent",
}


@dataclass(frozen=True, slots=True)
class Rating:
    """Evidence level of a body of studies. It rates the best evidence with modifiers, and is no meta-analysis.

    Attributes
    ----------
    level : str
        ``"NL2"`` to ``"4+"``, with ``*`` where rigorous studies disagree. What is not known counts as not met.
    if_known : str
        The level that would stand if everything that is not known were met.
    harm, harm_if_known : bool
        Whether a rigorous study credibly found a change for the worse, for which the scale has no level; and whether
        one would have, if everything that is not known were met.
    records : tuple of (str, StudyLevel, StudyLevel)
        Name, level, and level if everything not known were met.
    n_studies : int
        Studies among the records: several outcomes of one study count once.
    criteria : tuple of StudyCriterion
        Every criterion of every study, with what it rests on.
    cost_band : int or None
        1 to 5, or None: NA.
    rule : str

    Examples
    --------
    >>> rate_evidence([StudyRecord("survey", "invented", design="after_only")]).level
    'NL2'
    """

    level: str
    if_known: str
    harm: bool
    harm_if_known: bool
    records: tuple[tuple[str, StudyLevel, StudyLevel], ...]
    n_studies: int
    criteria: tuple[StudyCriterion, ...]
    cost_band: int | None
    rule: str = RULE

    @property
    def reasons(self) -> tuple[str, ...]:
        """One sentence a record, criterion by criterion: met, not met, not known; what was inferred is marked."""
        return tuple(self._reason(name, one) for name, one, _ in self.records)

    def to_frame(self) -> pd.DataFrame:
        """One tidy row a study and criterion: from which level, met, why, and whether rule and value were inferred."""
        import pandas as pd

        names = list(StudyCriterion.__dataclass_fields__)
        table = pd.DataFrame([{name: getattr(c, name) for name in names} for c in self.criteria], columns=names)
        return table.astype({"met": "boolean"})

    def by_record(self) -> pd.DataFrame:
        """One tidy row a record: its level, and its level if everything not known were met."""
        import pandas as pd

        rows = [(name, one.level, other.level, one.harm) for name, one, other in self.records]
        return pd.DataFrame(rows, columns=["record", "level", "if_known", "harm"])

    def beside(self, grade: Grade | None = None, store: StoreRating | None = None) -> pd.DataFrame:
        """Set other scales beside the level, each in its own words. Nothing is converted.

        Parameters
        ----------
        grade : Grade, optional
            Of one effect, from `grade`.
        store : StoreRating, optional
            As the Evidence Store published it.
        """
        import pandas as pd

        rows = [("EIF Guidebook, by " + self.rule, self.level, "the best evidence on child outcomes")]
        if grade is not None:
            strength = grade.strength.value if grade.graded else "not graded"
            rows.append((grade.rule, f"{strength}, {grade.direction.value}", "one effect of one evaluation"))
        if store is not None:
            rows.append(("WWCSC Evidence Store, quoted", str(store), "one outcome over the studies of a review"))
        return pd.DataFrame(rows, columns=["scale", "rating", "rates"])

    def __str__(self) -> str:
        base = self.level.removesuffix("*")
        mixed = "; rigorous studies disagree" if self.level.endswith("*") else ""
        parts = [f"Level {self.level}: {MEANING[base]}{mixed} ({counted(self.n_studies, 'study', 'studies')})."]
        if self.if_known != self.level:
            parts.append(f"If everything that is not known were met it would be {self.if_known}.")
        if self.harm_if_known and not self.harm:
            parts.append("A change for the worse was found; whether credibly and by a rigorous study is not known.")
        if self.harm:
            parts.append("A rigorous study credibly found a change for the worse, for which the scale has no level.")
        band = "NA" if self.cost_band is None else self.cost_band
        parts.append(f"Cost band {band}.")
        inferred = sorted({c.criterion for c in self.criteria if c.rule == "inferred"})
        parts.append(
            f"By {self.rule}, not by the Guidebook: it asks for {listed(inferred)} as this library inferred them."
        )
        return " ".join(parts)

    def _reason(self, name: str, one: StudyLevel) -> str:
        said = []
        for c in self.criteria:
            if c.study == name:
                mark = {True: "met", False: "not met", None: "not known"}[c.met]
                marks = [f"{c.rule} criterion"] if c.rule == "inferred" else []
                marks += ["inferred value"] if c.value == "inferred" else []
                said.append(f"{c.criterion} {mark}: {c.why}" + (f" [{', '.join(marks)}]" if marks else ""))
        return f"{short(name, 60)}: level {one.level}. {'; '.join(said)}."


@sealed
def rate_evidence(records: Sequence[StudyRecord], *, cost_band: int | None = None) -> Rating:
    """Rate a body of evidence by the scale of the EIF Guidebook (now of Foundations), by a written rule.

    The Guidebook's panels judge against 34 criteria and by experts; this rule has nine, of which those that its pages
    do not state are marked as inferred. A level from it is this library's, never the Guidebook's.

    Parameters
    ----------
    records : sequence of StudyRecord
        All studies that were looked at, those that found nothing among them.
    cost_band : int, optional
        From `costs.cost_band` or ``Costs.band``; None is NA.

    Returns
    -------
    Rating

    Raises
    ------
    DataError
        If there is no record, two have one name, or the band is none.

    Notes
    -----
    Source: EIF Guidebook, EIF evidence standards, for levels 2, 3, 4, NL2 and NE. Thresholds of sample (20) and
    retention (60 %), validated measures and what makes a 2+ are inferred.

    Examples
    --------
    >>> known = dict(outcome="care entry", validated=True, attrition=0.1, sample=400, credible=True)
    >>> trial = StudyRecord("trial", "invented", design="randomised", found="improved", follow_up_months=6, **known)
    >>> other = StudyRecord("pilot", "invented", design="before_after", found="improved", **known)
    >>> rate_evidence([trial]).level, rate_evidence([trial, other]).level, rate_evidence([other]).level
    ('3', '3+', '2')
    """
    given = tuple(records) if isinstance(records, Sequence) else ()
    if not given or not all(isinstance(r, StudyRecord) for r in given):
        raise DataError(
            "There is no study record." if not given else "One of the records is no StudyRecord.",
            where="records",
            cure='Write [ratings.StudyRecord("name", "citation", design="matched", ...)].',
        )
    names = [r.name for r in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            f'Two records are called "{short(twice[0], 60)}".',
            where="records",
            why="One study counted twice would pass for a replication.",
            cure='Give one record an outcome, named apart, and study="..." where several are of one study.',
        )
    if cost_band is not None and cost_band not in (1, 2, 3, 4, 5):
        raise DataError("cost_band is none of 1 to 5.", where="cost_band", cure="Give costs.cost_band(unit_cost).")
    both = [(r.name, study_level(r), study_level(r, unknown=True)) for r in given]
    body, other = body_level(level_by_study(given)), body_level(level_by_study(given, unknown=True))
    criteria = tuple(c for r in given for c in criteria_of(r))
    n = len({r.study for r in given})
    return Rating(body.label, other.label, body.harm, other.harm, tuple(both), n, criteria, cost_band)
