"""Estimates of one fit that point both ways say why, wherever they stand beside each other."""

import csv
from dataclasses import replace

from sos_bayes.reports import tables, to_csv, to_html, to_text
from sos_bayes.reports.both_ways import why_both_ways
from tests.reports.made_up import effect, evaluation, finding


def apart():
    one = finding()
    mean = -0.02
    headline = effect(one.outcome, mean, 0.004)
    beside = (
        replace(headline, weight="authorities", draws=-headline.draws),
        replace(headline, scale="ratio", draws=1 + headline.draws / headline.baseline),
        replace(headline, scale="events", draws=-headline.draws * headline.n_children),
    )
    return replace(one, effect=headline, estimates=beside)


def test_estimates_that_agree_say_nothing():
    assert why_both_ways(finding()) == ""
    assert {row["note"] for row in tables.estimates(finding())} == {""}


def test_a_total_against_an_average_says_that_weights_are_of_before_and_events_of_after():
    said = why_both_ways(apart())
    assert "number of events towards more" in said.replace("and number", "number")
    assert "before the start" in said
    assert "after it" in said
    assert "a small one counts as much as a large one" in said
    assert "By themselves 2 adopters towards fewer" in said  # the others are not shown
    assert not any(figure in said for figure in ("0.02", "4803", "96"))


def test_every_report_says_it(tmp_path):
    made = evaluation(apart())
    said = why_both_ways(apart())
    assert " ".join(said.split()) in " ".join(to_text(made).split())
    assert said in to_html(made, tmp_path / "report.html").read_text(encoding="utf-8")
    to_csv(made, tmp_path)
    with (tmp_path / "estimates.csv").open(encoding="utf-8") as held:
        notes = [row["note"] for row in csv.DictReader(held)]
    assert notes.count(said) == 2
