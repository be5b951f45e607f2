"""Outcomes on other scales through the same front door: study file, fit, checks, grade and report."""

import pytest

from sos_bayes.reports import to_html, to_text
from sos_bayes.study import evaluate
from sos_bayes.study.protocol import read_study
from tests.designs.levels import leveled, rows_of

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
