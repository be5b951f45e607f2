"""Maps of evidence and EMMIE records: sources required, gaps shown, nothing claimed of the review that was not read."""

import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.ratings import AREAS, Emmie, EmmieEntry, EvidenceMap, Publication, rate_evidence, signs_of_safety

ONE = Publication("invented (2018)", 2018, ["worker practice", "supervision"], ["effect"], source="invented")


def test_publications_are_counted_where_they_speak():
    found = EvidenceMap("made up", (ONE,))
    table = found.to_frame()
    assert table.shape == (9, 5)
    assert table.to_numpy().sum() == 2
    assert table.loc["supervision", "effect"] == found.count("supervision", "effect") == 1
    assert len(found.empty_areas) == 7


@pytest.mark.parametrize(
    ("given", "said"),
    [((" ", 2018, ["mentoring"], ["effect"], "x"), "needs its citation"),
     (("a", 2018, ["mentoring"], ["effect"], ""), "needs its"),
     (("a", 2018, ["mentorng"], ["effect"], "x"), 'Did you mean "mentoring"'),
     (("a", 2018, [], ["effect"], "x"), "No area"),
     (("a", 2018, ["mentoring"], ["cost"], "x"), "is no dimension")],
)  # fmt: skip
def test_a_publication_that_cannot_be_followed_up_is_refused(given, said):
    with pytest.raises(DataError, match=said) as fault:
        Publication(*given[:4], source=given[4])
    assert fault.value.cure


def test_a_publication_stands_once():
    with pytest.raises(DataError, match="twice"):
        EvidenceMap("made up", (ONE, ONE))


def test_the_map_of_signs_of_safety_claims_no_more_than_was_verified():
    found = signs_of_safety.evidence_map()
    assert found.counted == 38
    assert not any(p.in_review for p in found.publications)
    table = found.list_frame()
    assert (table["source"].str.len() > 5).all()
    assert table["inferred"].str.contains("areas").all()
    said = str(found)
    for wanted in ("38 counted by its source", "its list was not read", "citation was not recovered"):
        assert wanted in said
    assert len(AREAS) == 9


def test_the_published_findings_reach_no_level_and_hide_no_harm():
    rating = rate_evidence(signs_of_safety.published_records())
    assert (rating.level, rating.if_known, rating.n_studies) == ("NL2", "NE", 1)
    assert (rating.harm, rating.harm_if_known) == (False, True)
    assert "has **no level in the Guidebook**" in (signs_of_safety.published_records.__doc__ or "")


def test_an_emmie_record_says_what_is_not_known():
    table = signs_of_safety.emmie().to_frame().set_index("dimension")
    assert table.loc["economics", "finding"] == "not known"
    assert table.loc["effect", "quality"] == "few studies, none of high quality"
    assert Emmie("a", "b").not_known == ("effect", "mechanism", "moderators", "implementation", "economics")
    with pytest.raises(DataError, match="needs a finding and its source"):
        EmmieEntry("works", "")
    with pytest.raises(DataError, match="effect is no EmmieEntry"):
        Emmie("a", "b", effect="works")
