"""Outcomes on other scales through the same front door: study file, fit, checks, grade and report."""

import pytest

from sos_bayes.reports import to_html, to_text
from sos_bayes.study import evaluate
from sos_bayes.study.reading import read_study
from tests.designs.levels import leveled, rows_of
from tests.designs.values import values_of

HEAD = """
[study]
title = "Synthetic trial"
method = "fast"

[data]
kind = "children"
path = "children.csv"
authority = "la"
period = "year"

[design]
adjust = ["sex"]

[rollout.starts]
"Made-up 00" = 2014
"Made-up 01" = 2014
"Made-up 02" = 2015

[[outcomes]]
"""


@pytest.fixture(scope="module")
def ordinal(tmp_path_factory):
    """The evaluation of a synthetic study file with an ordinal outcome, and its folder."""
    folder = tmp_path_factory.mktemp("ordinal")
    layout, _ = leveled(
        authorities=12, periods=6, starts=(3, 3, 4), size=120, effect=-0.5, patterns=(("0-4", "f"), ("0-4", "m"))
    )  # fmt: skip
    rows_of(layout).to_csv(folder / "children.csv", index=False)
    kind = 'kind = "ordinal"\nlabel = "need"\nevents = "need"\nlevels = [0, 1, 2, 3]\nat_least = 2\naim = "fewer"\n'
    (folder / "study.toml").write_text(HEAD + kind + "worthwhile = 0.02\n")
    return evaluate(read_study(folder / "study.toml")), folder


def test_an_ordinal_outcome_is_fitted_checked_graded_and_reported(ordinal):
    evaluation, folder = ordinal
    (found,) = evaluation.findings
    assert found.error is None
    assert found.grade.graded
    assert found.by_level.labels == ("1", "2", "3")
    assert found.effect.mean < 0
    text = to_text(evaluation)
    assert "share that reaches at least 3" in text
    to_html(evaluation, folder / "report.html")
    assert "at least 3" in (folder / "report.html").read_text()


@pytest.fixture(scope="module")
def continuous(tmp_path_factory):
    """The evaluation of a synthetic study file with a measured outcome, and its folder."""
    folder = tmp_path_factory.mktemp("continuous")
    _, _, rows = values_of(
        authorities=12, periods=6, starts=(3, 3, 4), size=60, effect=-0.4, patterns=(("0-4", "f"), ("0-4", "m"))
    )  # fmt: skip
    rows.to_csv(folder / "children.csv", index=False)
    kind = 'kind = "continuous"\nlabel = "difficulties"\nevents = "score"\nunit = "points"\naim = "fewer"\n'
    (folder / "study.toml").write_text(HEAD + kind + "worthwhile = 0.5\n")
    return evaluate(read_study(folder / "study.toml")), folder


def test_a_measured_outcome_is_fitted_checked_graded_and_reported(continuous):
    evaluation, folder = continuous
    (found,) = evaluation.findings
    assert found.error is None
    assert found.grade.graded
    assert found.effect.mean < 0
    assert {e.scale for e in found.estimates} == {"difference", "ratio"}
    text = " ".join(to_text(evaluation).split())
    assert "Aim: lower; worthwhile from 0.5 points" in text
    assert "times as high" in text
    assert "Priors are in units of the sd of children within a cell" in text
    assert "points fewer" not in text
    page = to_html(evaluation, folder / "report.html") and (folder / "report.html").read_text()
    assert "P(lower)" in page
    assert "P(fewer)" not in page


def test_the_study_file_takes_authority_rows_with_mean_and_sd(continuous):
    _, folder = continuous
    import pandas as pd

    rows = pd.read_csv(folder / "children.csv")
    rows.groupby(["la", "year"])["score"].agg(["mean", "size", "std"]).reset_index().to_csv(folder / "panel.csv")
    text = (folder / "study.toml").read_text().replace('kind = "children"\npath = "children.csv"',
                                                       'kind = "authorities"\npath = "panel.csv"')  # fmt: skip
    text = text.replace('adjust = ["sex"]', "").replace(
        'events = "score"', 'events = "mean"\nnumber = "size"\nsd = "std"'
    )
    (folder / "panel.toml").write_text(text)
    (found,) = evaluate(read_study(folder / "panel.toml")).findings
    assert found.error is None
    whole = continuous[0].findings[0].effect
    assert found.effect.mean == pytest.approx(whole.mean, abs=2 * whole.sd)
