"""Other scales beside the level: what a record of studies says on each, and what does not translate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sos_bayes.ratings.levels import level_by_study
from sos_bayes.ratings.rating import rate_evidence
from sos_bayes.ratings.records import StudyRecord

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Scale:
    """A published scale, as it was read.

    Attributes
    ----------
    name, rates : str
        What is rated: one study, or a body of studies.
    points : tuple of str
        Lowest first, in this library's words.
    source : str
    verified : str
        What of it was read, and what was not.
    does_not_translate : str
    """

    name: str
    rates: str
    points: tuple[str, ...]
    source: str
    verified: str
    does_not_translate: str


GRADE_SCALE = Scale(
    "GRADE",
    "one outcome over a body of studies",
    ("very low", "low", "moderate", "high"),
    "GRADE's criteria as tabled in BMJ Open (highwire markup 254995) and BMC Medicine 2012, 10:33, table 1",
    "starting points, five reasons to rate down, three to rate up, four words: read",
    "Only where a study starts. Rating down (risk of bias, inconsistency, indirectness, imprecision, publication bias) "
    "and up (large effect, dose response, confounding that would work against it) are judgements that a record does "
    "not hold.",
)
MARYLAND = Scale(
    "Maryland SMS",
    "one study",
    (
        "1: with and without, or before and after, nothing adjusted",
        "2: the same, adjusted",
        "3: before and after, beside a comparison group argued to be alike",
        "4: as good as random, by an instrument or a discontinuity",
        "5: randomised",
    ),
    "What Works Centre for Local Economic Growth, The Maryland Scientific Methods Scale, and Guide to scoring evidence "
    "(June 2016)",
    "levels 1 to 3 read in full; which methods score 4 and 5 read in the guide's contents",
    "How well the method was done can lower a score; effects, uncertainty and follow-up are not in it at all.",
)
NESTA = Scale(
    "Nesta standards of evidence",
    "an innovation",
    (
        "1: can say what it does and why it matters",
        "2: data show change, without cause",
        "3: cause shown with a comparison",
        "4: replicated independently",
        "5: done by others, elsewhere and at scale, and still works",
    ),
    "Puttick and Ludlow, Standards of Evidence (Nesta, October 2013), as summed up on wikipreneurship.eu",
    "the five levels read in a summary, not in Nesta's own paper",
    "Level 1 asks for an account of how it works and level 5 for delivery by others at scale: neither is in a record. "
    "Level 4 also asks for a reasonable cost.",
)
TOOLKIT = Scale(
    "EEF Toolkit padlocks",
    "an approach, over all its studies in education",
    ("0", "1", "2", "3", "4", "5"),
    "EEF, Evidence strength (earlier Toolkit); Meols Cop Research School on the Toolkit of 2021",
    "earlier descriptions (numbers of reviews) read; of the Toolkit of 2021 only that padlocks are given by the number "
    "of studies and taken away for threats, and that there may be none",
    "Everything: it counts reviews (earlier) or studies of teaching (since 2021) that a record of a practice in social "
    "care has not, and the numbers it asks for were not read.",
)
TRIAL = Scale(
    "EEF security rating of a trial",
    "one randomised trial",
    ("very low", "low", "moderate to low", "moderate to high", "high", "very high"),
    "EEF, The EEF 'padlocks' security rating",
    "the six words and that two peer reviewers decide: read; the thresholds were not",
    "Everything: peer reviewers judge detectable effect, attrition, balance and threats. It is for randomised trials.",
)
DOES_NOT = "does not translate"
SCALES = (GRADE_SCALE, MARYLAND, NESTA, TOOLKIT, TRIAL)


def scales() -> pd.DataFrame:
    """One row a scale: what it rates, its points, its source, what was read of it, and what does not translate.

    Examples
    --------
    >>> scales()["scale"].tolist()[:2]
    ['GRADE', 'Maryland SMS']
    """
    import pandas as pd

    rows = [(s.name, s.rates, "; ".join(s.points), s.source, s.verified, s.does_not_translate) for s in SCALES]
    return pd.DataFrame(rows, columns=["scale", "rates", "points", "source", "read", "does_not_translate"])


def crosswalk(records: Sequence[StudyRecord]) -> pd.DataFrame:
    """What the same records say on other scales; where nothing translates, the reason.

    Parameters
    ----------
    records : sequence of StudyRecord

    Returns
    -------
    pandas.DataFrame
        One row a scale and study, or a scale and the body: ``scale``, ``of``, ``reading``, ``why``.

    Raises
    ------
    DataError
        As `rate_evidence`.

    Examples
    --------
    >>> matched = StudyRecord("pilots", "invented", design="matched", outcome="care entry", found="no_effect")
    >>> table = crosswalk([matched])
    >>> table.loc[table["scale"] == "Maryland SMS", "reading"].item()
    '3 at most'
    """
    import pandas as pd

    rating = rate_evidence(records)
    rows: list[tuple[str, str, str | None, str]] = [("EIF Guidebook", "body", rating.level, f"by {rating.rule}")]
    for record in records:
        rows.append((GRADE_SCALE.name, record.name, *_grade_start(record)))
        rows.append((MARYLAND.name, record.name, *_maryland(record)))
    rows.append((NESTA.name, "body", *_nesta(records)))
    rows += [(scale.name, "body", None, scale.does_not_translate) for scale in (TOOLKIT, TRIAL)]
    said = [(scale, of, DOES_NOT if reading is None else reading, why) for scale, of, reading, why in rows]
    return pd.DataFrame(said, columns=["scale", "of", "reading", "why"])


def _grade_start(record: StudyRecord) -> tuple[str | None, str]:
    if record.design == "qualitative" or record.outcome is None:
        return None, "no effect on an outcome was estimated"
    start = "high" if record.design == "randomised" else "low"
    return f"starts at {start}", f"{GRADE_SCALE.does_not_translate}"


def _maryland(record: StudyRecord) -> tuple[str | None, str]:
    if record.design in ("after_only", "qualitative"):
        return None, "neither a before nor a comparison group: not on this scale"
    if record.design in ("comparison", "before_after"):
        if record.controls is None:
            return "1 or 2", "whether differences were adjusted for is not known"
        return ("2 at most", "adjusted") if record.controls else ("1", "nothing adjusted")
    best = {"matched": "3", "natural_experiment": "4", "randomised": "5"}[record.design]
    return f"{best} at most", "by design; how well it was done may lower it"


def _nesta(records: Sequence[StudyRecord]) -> tuple[str | None, str]:
    levels = level_by_study(records)
    good = [one for one in levels if one.level == "3"]
    if len(good) >= 2 and any(one.independent for one in good):
        return "4 at most", "replicated, once independently; its reasonable cost is not judged here"
    if good:
        return "3", "one study from which a cause can be read found an improvement"
    if any(one.level in ("2", "2+") for one in levels):
        return "2", "data show an improvement, without a cause"
    return None, "no data of an improvement; level 1 asks for an account of how it works, which is not in a record"
