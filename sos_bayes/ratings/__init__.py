"""A body of evidence on published scales, by written rules, with what was inferred marked."""

from sos_bayes.ratings import signs_of_safety as signs_of_safety
from sos_bayes.ratings.criteria import StudyCriterion as StudyCriterion
from sos_bayes.ratings.crosswalk import crosswalk as crosswalk
from sos_bayes.ratings.crosswalk import scales as scales
from sos_bayes.ratings.emmie import Emmie as Emmie
from sos_bayes.ratings.emmie import EmmieEntry as EmmieEntry
from sos_bayes.ratings.evidence_map import AREAS as AREAS
from sos_bayes.ratings.evidence_map import EvidenceMap as EvidenceMap
from sos_bayes.ratings.evidence_map import Publication as Publication
from sos_bayes.ratings.rating import Rating as Rating
from sos_bayes.ratings.rating import rate_evidence as rate_evidence
from sos_bayes.ratings.records import StudyRecord as StudyRecord
from sos_bayes.ratings.store import StoreRating as StoreRating

__all__ = [
    "AREAS",
    "Emmie",
    "EmmieEntry",
    "EvidenceMap",
    "Publication",
    "Rating",
    "StoreRating",
    "StudyCriterion",
    "StudyRecord",
    "crosswalk",
    "rate_evidence",
    "scales",
    "signs_of_safety",
]
