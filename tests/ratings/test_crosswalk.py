"""Other scales: what is said of each, what does not translate, and what was read."""

import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.ratings import StoreRating, crosswalk, scales
from tests.ratings.made_up import study

NO = "does not translate"


def reading(record, scale):
    table = crosswalk([record])
    return table.loc[table["scale"] == scale, "reading"].item()


@pytest.mark.parametrize(
    ("changes", "maryland", "start"),
    [({}, "5 at most", "starts at high"), ({"design": "natural_experiment"}, "4 at most", "starts at low"),
     ({"design": "matched"}, "3 at most", "starts at low"), ({"design": "comparison"}, "2 at most", "starts at low"),
     ({"design": "before_after", "controls": False}, "1", "starts at low"),
     ({"design": "before_after", "controls": None}, "1 or 2", "starts at low"),
     ({"design": "after_only"}, NO, "starts at low"),
     ({"design": "qualitative", "outcome": None, "found": "not_measured"}, NO, NO)],
)  # fmt: skip
def test_maryland_goes_by_design_and_grade_gives_a_start_alone(changes, maryland, start):
    assert reading(study(**changes), "Maryland SMS") == maryland
    assert reading(study(**changes), "GRADE") == start


@pytest.mark.parametrize(
    ("records", "level"),
    [([study("a"), study("b")], "4 at most"), ([study("a", independent=False), study("b", independent=False)], "3"),
     ([study()], "3"), ([study(design="before_after")], "2"), ([study(found="no_effect")], NO),
     ([study("a", study="one"), study("b", study="one")], "3")],
)  # fmt: skip
def test_nesta_s_levels_reach_to_replication_and_never_to_scale(records, level):
    table = crosswalk(records)
    assert table.loc[table["scale"].str.startswith("Nesta"), "reading"].item() == level


def test_padlocks_do_not_translate_and_the_reason_is_given():
    table = crosswalk([study()])
    padlocks = table[table["scale"].str.startswith("EEF")]
    assert (padlocks["reading"] == NO).all()
    assert padlocks["why"].str.startswith("Everything").all()


def test_every_scale_has_a_source_and_says_what_was_read():
    table = scales()
    assert table["scale"].tolist() == [
        "GRADE", "Maryland SMS", "Nesta standards of evidence", "EEF Toolkit padlocks",
        "EEF security rating of a trial",
    ]  # fmt: skip
    assert (table[["source", "read", "does_not_translate"]].map(len) > 20).all().all()


@pytest.mark.parametrize(
    ("changes", "said"), [({"source": ""}, "no source"), ({"effect": "positive"}, "not one of the words"),
                          ({"strength": "very hihg"}, "not one of the words"),
                          ({"effect_points": 6}, "none of 1 to 5")],
)  # fmt: skip
def test_the_store_is_quoted_or_refused(changes, said):
    with pytest.raises(DataError, match=said) as fault:
        StoreRating("care entry", **{"source": "invented", **changes})
    assert fault.value.cure
    assert str(StoreRating("care", source="invented", effect_points=3)) == "effect 3 of 5; strength not known"
