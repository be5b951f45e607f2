"""One study as a rating reads it: what was done, on whom, what was found, and what of that was inferred."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import Literal, get_args

from sos_bayes._core.errors import DataError, nearest
from sos_bayes._core.words import short

Design = Literal[
    "randomised", "natural_experiment", "matched", "comparison", "before_after", "after_only", "qualitative"
]
Found = Literal["improved", "no_effect", "worse", "not_measured"]
DESIGNS: tuple[Design, ...] = get_args(Design)
FOUND: tuple[Found, ...] = get_args(Found)
FACTS = (
    "credible", "sample", "follow_up_months", "independent", "validated", "attrition", "equivalence", "controls",
)  # fmt: skip
FLAGS = ("credible", "independent", "validated", "equivalence", "controls")


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """One study of a practice. None always means *not known*, and is never taken for yes.

    Parameters
    ----------
    name : str
    citation : str
        Where it is published; a record without one is refused. Say ``"invented"`` of a record that is.
    design : str
        ``"randomised"``; ``"natural_experiment"`` (instrument, discontinuity); ``"matched"`` (before and after beside a
        comparison group argued to be alike, such as matched difference-in-differences); ``"comparison"`` (a comparison
        group, not shown to be alike or after only); ``"before_after"`` without one; ``"after_only"``;
        ``"qualitative"``.
    outcome : str or None
        The child outcome that was measured, or None where there was none.
    found : {"improved", "no_effect", "worse", "not_measured"}
        The direction for that outcome.
    credible : bool, optional
        Whether its interval or test sets the direction apart from no effect.
    sample : int, optional
        Children or families analysed. Never printed.
    follow_up_months : float, optional
        How long after the start, or the end where it ends, the outcome was still seen.
    independent : bool, optional
        Whether the evaluators were independent of the provider.
    validated : bool, optional
        Whether measures were validated, or came from administrative records.
    attrition : float, optional
        Share lost between the start and the measurement, 0 to 1.
    equivalence : bool, optional
        Whether groups were shown to be alike before.
    controls : bool, optional
        Whether other differences were adjusted for.
    study : str, optional
        Which study this is an outcome of; a study of its own by default. Several outcomes of one study count once.
    inferred : tuple of str
        Which of these were inferred by whoever entered the record, and not read in the publication.

    Raises
    ------
    DataError
        If a value is not one of those allowed, or the parts contradict each other.

    Examples
    --------
    >>> StudyRecord("trial", "invented", design="randomised", outcome="care entry", found="improved").sample is None
    True
    """

    name: str
    citation: str
    _: KW_ONLY
    design: Design
    outcome: str | None = None
    found: Found = "not_measured"
    credible: bool | None = None
    sample: int | None = None
    follow_up_months: float | None = None
    independent: bool | None = None
    validated: bool | None = None
    attrition: float | None = None
    equivalence: bool | None = None
    controls: bool | None = None
    study: str | None = None
    inferred: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        where = f'study "{short(str(self.name), 60)}"'
        object.__setattr__(self, "inferred", tuple(self.inferred))
        if self.study is None:
            object.__setattr__(self, "study", self.name)
        _check_words(self, where)
        _check_numbers(self, where)
        if (self.found == "not_measured") != (self.outcome is None):
            raise DataError(
                "A finding without a child outcome, or an outcome without a finding.",
                where=where,
                cure='Name the outcome and what was found of it, or leave both out: found="not_measured".',
            )

    @property
    def has_group(self) -> bool:
        """Whether there is a comparison group."""
        return self.design in ("randomised", "natural_experiment", "matched", "comparison")

    def __repr__(self) -> str:
        return f"<StudyRecord {short(self.name, 60)!r}: {self.design}, {self.found}>"


def _check_words(record: StudyRecord, where: str) -> None:
    if not str(record.citation).strip():
        raise DataError("The study has no citation.", where=where, cure='Say where it is published, or "invented".')
    for field, value, allowed in (("design", record.design, DESIGNS), ("found", record.found, FOUND)):
        if value not in allowed:
            raise DataError(
                f"{field}={value!r:.40} is not allowed.{nearest(str(value), allowed)}",
                where=where,
                cure=f"Use one of {', '.join(allowed)}.",
            )
    known = (*FACTS, "design", "outcome", "found")
    unknown = [name for name in record.inferred if name not in known]
    if unknown:
        raise DataError(
            f"inferred names {unknown[0]!r:.40}, which is no field of a study.{nearest(str(unknown[0]), known)}",
            where=where,
            cure=f"Use names of {', '.join(known)}.",
        )
    for field in FLAGS:
        if getattr(record, field) not in (None, True, False):
            raise DataError(f"{field} is neither yes, no nor None.", where=where, cure="Write True, False or None.")


def _check_numbers(record: StudyRecord, where: str) -> None:
    lost, n, months = record.attrition, record.sample, record.follow_up_months
    for name, value in (("attrition", lost), ("follow_up_months", months)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise DataError(f"{name}={value!r:.40} is no number.", where=where, cure="Give a number, or None.")
    if lost is not None and not 0 <= lost <= 1:
        said = f"Write attrition={lost / 100:g}." if 1 < lost <= 100 else "Give a share from 0 to 1."
        raise DataError(f"attrition={lost:g} is not a share.", where=where, cure=said)
    if n is not None and (isinstance(n, bool) or not hasattr(n, "__index__") or n < 1):
        raise DataError(
            "The sample is no whole number above 0.", where=where, cure="Give children or families, or None."
        )
    if months is not None and not (months >= 0 and math.isfinite(months)):
        raise DataError("follow_up_months is below 0 or no number.", where=where, cure="Give months, or None.")
