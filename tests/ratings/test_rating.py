"""The written rule: every level reached and just missed, unknown never taken for yes, and what is inferred marked."""

from itertools import product

import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DataError
from sos_bayes.ratings.levels import LEVELS
from tests.ratings.made_up import study

SHORT = {"follow_up_months": 6.0}
WEAK = study("weak", "before_after")


def level(*records):
    return sb.rate_evidence(records).level


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "3"),
        ({"design": "natural_experiment"}, "3"),
        ({"design": "matched"}, "3"),
        ({"design": "matched", "equivalence": False}, "2"),
        ({"design": "comparison"}, "2+"),
        ({"design": "comparison", "equivalence": False}, "2"),
        ({"design": "before_after"}, "2"),
        ({"sample": 20}, "3"),
        ({"sample": 19}, "NL2"),
        ({"attrition": 0.4}, "3"),
        ({"attrition": 0.41}, "NL2"),
        ({"validated": False}, "NL2"),
        ({"credible": False}, "NE"),
        ({"found": "no_effect"}, "NE"),
        ({"found": "worse"}, "NE"),
        ({"found": "no_effect", "design": "comparison"}, "NL2"),
        ({"found": "not_measured", "outcome": None, "design": "qualitative"}, "NL2"),
    ],
)
def test_one_study_reaches_its_level(changes, wanted):
    assert level(study(**changes)) == wanted


@pytest.mark.parametrize("fact", ["sample", "validated", "attrition"])
def test_what_is_not_known_is_never_taken_for_yes_and_the_other_level_is_said(fact):
    rating = sb.rate_evidence([study(**{fact: None})])
    assert (rating.level, rating.if_known) == ("NL2", "3")
    assert "If everything that is not known were met it would be 3." in str(rating)
    assert "not known" in rating.reasons[0]


def test_a_study_without_a_standard_error_improves_nothing():
    rating = sb.rate_evidence([study(credible=None)])
    assert (rating.level, rating.if_known) == ("NE", "3")


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ([study(), WEAK], "3+"),
        ([study("a", **SHORT), study("b", **SHORT)], "3+"),
        ([study("a", **SHORT), study("b")], "4"),
        ([study("a"), study("b", **SHORT), study("c", **SHORT, independent=False)], "4+"),
        ([study(n, independent=False) for n in "abc"], "4"),
        ([study(n, **SHORT) for n in "abc"], "3+"),
        ([WEAK, study("null", found="no_effect")], "NE"),
        ([study(), study("null", found="no_effect")], "3*"),
        ([study("a"), study("b"), study("null", found="worse")], "4*"),
        ([WEAK, study("group", "comparison")], "2+"),
    ],
)
def test_a_body_is_its_best_evidence_with_modifiers(records, wanted):
    assert level(*records) == wanted
    assert level(*reversed(records)) == wanted


def test_several_outcomes_of_one_study_are_no_replication():
    outcomes = [study(n, study="one trial") for n in "abc"]
    rating = sb.rate_evidence(outcomes)
    assert (rating.level, rating.n_studies, len(rating.records)) == ("3", 1, 3)
    assert level(*outcomes, study("null", found="no_effect", study="one trial")) == "3"


def test_harm_has_no_level_and_is_said():
    rating = sb.rate_evidence([study(found="worse")])
    assert (rating.level, rating.harm) == ("NE", True)
    assert "for the worse, for which the scale has no level" in str(rating)
    doubtful = sb.rate_evidence([study(found="worse", credible=None)])
    assert (doubtful.harm, doubtful.harm_if_known) == (False, True)
    assert "whether credibly and by a rigorous study is not known" in str(doubtful)


def test_more_that_is_met_never_lowers_the_level_of_an_improvement():
    order = [*LEVELS]
    facts = ("validated", "equivalence", "credible")
    for design, values in product(("randomised", "matched", "comparison", "before_after"), product([0, 1], repeat=3)):
        have = {fact: bool(v) for fact, v in zip(facts, values, strict=True)}
        for fact in [f for f in facts if not have[f] and f != "credible"]:
            before, after = level(study(design=design, **have)), level(study(design=design, **{**have, fact: True}))
            assert order.index(before) <= order.index(after), (design, have, fact)


def test_reasons_and_table_mark_what_was_inferred():
    rating = sb.rate_evidence([study(inferred=("validated",))], cost_band=2)
    assert "measures met: validated measures or records [inferred criterion, inferred value]" in rating.reasons[0]
    table = rating.to_frame().set_index("criterion")
    assert table["rule"].value_counts().to_dict() == {"published": 5, "inferred": 4}
    assert table.loc["measures", "value"] == "inferred"
    assert table.loc["sample", "value"] == "given"
    said = str(rating)
    assert "not by the Guidebook" in said
    assert "sample as this library inferred them" in said
    assert "Cost band 2." in said
    assert "Cost band NA." in str(sb.rate_evidence([study()]))


def test_a_small_sample_is_never_printed():
    rating = sb.rate_evidence([study(sample=17)])
    shown = " ".join([str(rating), *rating.reasons, repr(rating), rating.to_frame().to_string()])
    assert "17" not in shown
    assert "fewer than 20 analysed" in shown


@pytest.mark.parametrize(
    ("records", "changes", "said"),
    [([], {}, "no study record"), (["trial"], {}, "is no StudyRecord"), ([study(), study()], {}, "Two records"),
     ([study()], {"cost_band": 6}, "none of 1 to 5")],
)  # fmt: skip
def test_what_cannot_be_rated_is_refused(records, changes, said):
    with pytest.raises(DataError, match=said) as fault:
        sb.rate_evidence(records, **changes)
    assert fault.value.cure


def test_other_scales_stand_beside_and_nothing_is_converted():
    from tests.reports.made_up import finding

    quoted = sb.ratings.StoreRating("care entry", strength="low", source="invented")
    table = sb.rate_evidence([study()]).beside(finding().grade, quoted)
    assert table["rating"].tolist()[0] == "3"
    assert table["rating"].tolist()[2] == "effect not known; strength low"
    assert "sos_default" in table["scale"].tolist()[1]
    assert table["rates"].nunique() == 3
