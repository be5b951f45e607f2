"""Invented study records for tests."""

from sos_bayes.ratings import StudyRecord

KNOWN = {
    "outcome": "care entry", "credible": True, "sample": 400, "validated": True, "attrition": 0.1,
    "follow_up_months": 18.0, "independent": True, "equivalence": True, "controls": True,
}  # fmt: skip


def study(name="trial", design="randomised", found="improved", **changes):
    return StudyRecord(name, "invented", design=design, found=found, **{**KNOWN, **changes})
