"""Signs of Safety as it is published: a map of the publications that could be verified, and the review in EMMIE."""

from __future__ import annotations

from sos_bayes.ratings.emmie import Emmie, EmmieEntry
from sos_bayes.ratings.evidence_map import EvidenceMap, Publication
from sos_bayes.ratings.records import StudyRecord

REVIEW = "Sheehan and others (2018), as summed up by whatworks-csc.org.uk and basw.co.uk"
ROUND_2 = (
    "Baginsky, Hickman, Harris, Manthorpe, Sanders, O'Higgins, Schoenwald and Clayton (2020). Evaluation of MTM's "
    "Signs of Safety pilots. Department for Education"
)


def evidence_map() -> EvidenceMap:
    """Return the publications on Signs of Safety that could be verified, on the map of nine areas.

    The review of 2018 counted 38 publications. Its list was not read, and none of these could be verified to be on it:
    the map holds few and says so.

    Examples
    --------
    >>> found = evidence_map()
    >>> len(found.publications), found.counted
    (6, 38)
    """
    both = ("areas", "speaks_to")
    whole, practice = ("worker practice", "system change"), ("worker practice",)
    publications = (
        Publication(
            "Bunn, A. (2013). Signs of Safety in England: an NSPCC commissioned report on the Signs of Safety model in "
            "child protection. NSPCC",
            2013, practice, ("implementation",), source="its title page and contents, studylib.net", inferred=both,
        ),
        Publication(
            "Wilder Research. Signs of Safety in Minnesota: early indicators of successful implementation in child "
            "protection agencies",
            None, practice, ("implementation",), source="its first page, documentine.com", inferred=both,
        ),
        Publication(
            "Baginsky, M., Moriarty, J., Manthorpe, J., Beecham, J. and Hickman, B. (2017). Evaluation of Signs of "
            "Safety in 10 pilots. Department for Education",
            2017, whole, ("effect", "implementation", "economics"), source="kcl.ac.uk and basw.co.uk", inferred=both,
        ),
        Publication(
            "Sheehan, L., O'Donnell, C., Brand, S. L., Forrester, D., Addis, S., El-Banna, A., Kemp, A. and Nurmatov, "
            "U. (2018). Signs of Safety: findings from a mixed-methods systematic review focussed on reducing the need "
            "for children to be in care. What Works Centre for Children's Social Care",
            2018, practice, ("effect", "mechanism", "moderators", "implementation"),
            source="whatworks-csc.org.uk", in_review=False, inferred=("areas",),
        ),
        Publication(
            "Baginsky, M., Moriarty, J. and Manthorpe, J. (2019). Signs of Safety: lessons learnt from evaluations. "
            "Journal of Children's Services 14(2), 107-123, doi 10.1108/JCS-11-2018-0028",
            2019, practice, ("effect",), source="emerald.com", in_review=False, inferred=both,
        ),
        Publication(
            ROUND_2, 2020, whole, ("effect", "implementation", "economics"),
            source="kclpure.kcl.ac.uk", in_review=False, inferred=both,
        ),
    )  # fmt: skip
    notes = (
        "The review counted 38 publications; its list was not read, so that no publication here is said to be on it.",
        "The one paper of 2009 in which the review saw lower care entry is not here: its citation was not recovered.",
    )
    return EvidenceMap("Signs of Safety", publications, counted=38, notes=notes)


def emmie() -> Emmie:
    """Return the review of 2018 as an EMMIE record, in this library's words.

    Examples
    --------
    >>> emmie().not_known
    ('economics',)
    """
    return Emmie(
        "Signs of Safety",
        "need for children to be in care",
        effect=EmmieEntry(
            "little or no evidence that it reduces the need for care, which is not evidence that it does not",
            REVIEW,
            "few studies, none of high quality",
        ),
        mechanism=EmmieEntry(
            "a shared understanding of risk and shared responsibility for safety, through safety plans and networks",
            REVIEW,
        ),
        moderators=EmmieEntry("parents' trust in and work with their social workers", REVIEW),
        implementation=EmmieEntry("barriers and enablers are named in the review; they were not read here", REVIEW),
    )


def published_records() -> tuple[StudyRecord, ...]:
    """Return the child-level findings of the round-2 evaluation as study records, with all that is not known left open.

    Signs of Safety has **no level in the Guidebook**. What `rate_evidence` makes of these records is this library's
    reading of one evaluation; standard errors, samples and balance were not recovered.

    Examples
    --------
    >>> [record.found for record in published_records()]
    ['no_effect', 'no_effect', 'no_effect', 'worse']
    """
    outcomes = (
        ("duration of assessments", "no_effect"),
        ("re-referred within six months", "no_effect"),
        ("re-referred and escalated", "no_effect"),
        ("kinship rather than other placement", "worse"),
    )
    return tuple(
        StudyRecord(
            f"round 2: {outcome}", ROUND_2, design="matched", outcome=outcome, found=found,  # type: ignore[arg-type]
            independent=True, validated=True, study="round 2", inferred=("independent", "validated"),
        )
        for outcome, found in outcomes
    )  # fmt: skip
