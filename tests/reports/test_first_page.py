"""The first page in plain words: no claim beyond the grade, points never called per cent, a verdict at a glance."""

import re
from dataclasses import replace

import pytest

from sos_bayes.data import Rollout
from sos_bayes.evidence import Direction, Strength
from sos_bayes.reports import to_html
from sos_bayes.reports.first_page import cannot_say, plain_sentence, strip, who
from tests.reports.made_up import KINSHIP, PLANS, evaluation, finding

CLAIMS = re.compile(r"\b(caused?|because of|led to|proves?|shows that|works|impact)\b")


def graded(strength, direction=Direction.UNCLEAR, null=Strength.NONE, outcome=KINSHIP):
    one = finding(outcome)
    changed = {"graded": True, "strength": strength, "direction": direction, "null_finding": null}
    return replace(one, grade=replace(one.grade, **changed, contradicted_by=(), borderline=False))


NONE = graded(Strength.NONE)
MODERATE = graded(Strength.MODERATE, Direction.CONTRARY)
NO_CHANGE = graded(Strength.NONE, null=Strength.HIGH)


@pytest.mark.parametrize(("found", "first"), [
    (NONE, "No evidence of a change in kinship placement."),
    (MODERATE, "Moderate evidence of a change in kinship placement, contrary to the aim."),
    (NO_CHANGE, "High evidence that kinship placement changed by less than 3.0 percentage points."),
])  # fmt: skip
def test_a_sentence_claims_what_the_grade_allows(found, first):
    said = plain_sentence(found)
    assert said.startswith(first)
    assert "percentage points fewer" in said
    assert "95 %" in said
    assert not re.search(r"\d %(?! \(|\))", said.replace("(95 %)", ""))
    assert not CLAIMS.search(said)


def test_what_contradicts_stands_in_the_sentence():
    found = replace(MODERATE, grade=replace(MODERATE.grade, contradicted_by=("Departures", "Drift")))
    assert "Contradicted by: departures and drift." in plain_sentence(found)


def test_what_was_not_answered_or_not_graded_is_said():
    stopped = replace(NONE, effect=None, grade=None, error="There is no column.")
    assert plain_sentence(stopped) == "Not answered: There is no column."
    assert plain_sentence(replace(NONE, grade=None)).endswith("Not graded: no checks were run.")
    ill = replace(NONE, grade=replace(NONE.grade, graded=False, reasons=("The chains disagree.",)))
    assert plain_sentence(ill) == "Nothing can be read on kinship placement: The chains disagree."
    assert strip(ill)["at"] == -1
    assert any("kinship placement: not answered" in said for said in cannot_say(evaluation(ill)))


def test_the_strip_marks_one_step_and_the_way_only_where_claimed():
    assert (strip(NONE)["at"], strip(NONE)["arrow"], strip(NONE)["direction"]) == (0, "", "")
    assert (strip(MODERATE)["at"], strip(MODERATE)["arrow"]) == (2, "▼")
    assert strip(MODERATE)["direction"] == "contrary to the aim"


def test_the_first_page_comes_before_all_tables_and_the_rest_is_folded(tmp_path):
    page = to_html(evaluation(MODERATE, graded(Strength.NONE, outcome=PLANS)), tmp_path / "page.html").read_text()
    first, rest = page.split('<details class="part" id="verdicts">')
    assert "<table" not in first
    assert first.count('<article class="card"') == 2
    assert len(re.findall(r"<details", rest)) >= 4
    assert "open>" not in page
    for said in ("For those who use it", "For those who think of starting", "For those who value it as a framework"):
        assert said in first
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


def test_who_adopted_is_named_with_the_start():
    said = who(evaluation(NONE))
    assert re.match(r"\d+ authorit(y|ies) adopted, with the start in brackets: \w+", said[0])
    assert "that did not adopt" in said[1]


def test_an_authority_that_the_rollout_leaves_out_is_no_adopter():
    held = evaluation(NONE)
    starts = dict(held.study.rollout.starts)
    gone = next(iter(starts))
    rollout = Rollout({**starts, "Elsewhere": 2015}, exclude=("Elsewhere",))
    assert "Elsewhere" not in who(replace(held, study=replace(held.study, rollout=rollout)))[0]
    assert gone in who(held)[0]


def test_evidence_of_no_important_change_stands_in_the_strip(tmp_path):
    page = to_html(evaluation(NO_CHANGE), tmp_path / "page.html").read_text()
    first, _ = page.split('<details class="part" id="verdicts">')
    assert "<strong>high evidence of no important change</strong>" in first
