"""The scripts of the published findings on a small setting: one measure, one neighbour of each pilot, few checks."""

import re
from functools import partial

import pytest

import sos_bayes as sb
from tests.examples.test_examples import load

SLOW = (
    "leave_one_out", "random_walk", "trends", "sceptical", "drift", "comparators", "donut", "start_shock",
    "shared_shocks", "imputation", "points", "leads",
)  # fmt: skip
GRADED = re.compile(r"^([^:\n]+): (?:no evidence|none|low|moderate|high)\b", re.MULTILINE | re.IGNORECASE)


@pytest.fixture
def few_checks(monkeypatch):
    monkeypatch.setattr(sb, "check", partial(sb.check, skip=SLOW))


def said_by(checkout, capsys, name, *given, **more):
    load(checkout, name).main(*given, **more)
    return capsys.readouterr().out


@pytest.mark.usefixtures("few_checks")
def test_a_gap_in_level_stands_beside_the_change(checkout, capsys):
    said = said_by(checkout, capsys, "level_gaps", ["cla_at_31_march"], nearest=1)
    rates = re.findall(r"(pilots|neighbours): (2010 .*, 2020 \d+)", said)
    assert [who for who, _ in rates] == ["pilots", "neighbours"]
    assert all(len(row.split(",")) == 11 for _, row in rates)
    assert "A gap in level is not an effect" in said
    assert GRADED.findall(said) == ["looked-after children"]


@pytest.mark.usefixtures("few_checks")
def test_proxies_of_re_referral_are_graded_at_most_moderate(checkout, capsys):
    said = said_by(checkout, capsys, "re_referral", ["children_rereferred_within_12m"], nearest=1)
    assert GRADED.findall(said) == ["children referred again"]
    assert "high strength" not in said


@pytest.mark.usefixtures("few_checks")
def test_medians_are_plain_numbers_and_a_pilot_without_data_is_named(checkout, capsys):
    said = said_by(checkout, capsys, "assessment_duration", start=2020, nearest=1)
    assert "working days" in said
    assert GRADED.findall(said) == ["median duration", "assessed within 45 working days"]
    table = sb.datasets.england("assessments_within_45_days", years=2020)
    second = sb.datasets.pilots().query("round2_2017_19 == 1")
    gone = second[~second["la_code"].isin(table["la_code"])]["la_name"]
    assert re.findall(r"working days: (.+) is left out", said) == gone.tolist() != []


@pytest.mark.usefixtures("few_checks")
def test_with_one_year_before_the_workforce_is_low_at_most(checkout, capsys):
    said = said_by(checkout, capsys, "workforce", ["sw_caseload"], nearest=1)
    assert "Left out of caseload, for want of a year before or after: Brent." in said
    assert re.search(r"^caseload: (no|none|low)\b", said, re.MULTILINE | re.IGNORECASE)


@pytest.mark.usefixtures("few_checks")
def test_proxies_of_kinship_leave_out_pilots_without_data_by_name(checkout, capsys):
    said = said_by(checkout, capsys, "kinship_proxies", ["cla_ceased_special_guardianship"], nearest=1)
    assert "for want of data before or after the start: Wokingham." in said
    assert GRADED.findall(said) == ["special guardianship"]


@pytest.mark.usefixtures("few_checks")
def test_every_choice_of_round_2_stands_beside_the_others(checkout, capsys):
    said = said_by(checkout, capsys, "round_2", ["cpp_at_31_march"], nearest=1)
    lines = re.findall(r"^  (\d{4}, .*?) +[+-]\d+\.\d \(", said, re.MULTILINE)
    ways = ("round 1 left out", "round 1 a dose", "round 1 carried", "both rounds")
    assert lines[:8] == [f"{start}, {way}" for start in (2018, 2019) for way in ways]
    names = sb.datasets.pilots().query("round2_2017_19 == 1")["la_name"]
    assert lines[8:] == [f"2018, left out, without {name}" for name in names]
    assert GRADED.findall(said) == ["plans"]
