"""A study that names its comparators: who is fitted, what stands beside, and what the reports say. Synthetic data."""

import csv

import pandas as pd
import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.checks import CHECKS
from sos_bayes.comparators import all_others, features, named, nearest, regions
from sos_bayes.data import Rollout, read_panel
from sos_bayes.designs import DiD
from sos_bayes.plots import balance as love_plot
from sos_bayes.plots import balance_alt
from sos_bayes.reports import to_csv, to_text
from sos_bayes.reports.html import render
from sos_bayes.simulation import made_up_england
from sos_bayes.study import Evaluation, Study, evaluate
from sos_bayes.study.comparison import balances
from sos_bayes.study.reading import read_study

MADE = made_up_england(seed=1)
REGIONS = pd.DataFrame({"authority": MADE.scenario.names, "region": [f"R{i % 10}" for i in range(40)]})


@pytest.fixture(scope="module")
def panel():
    return read_panel(MADE.panel, authority="authority", period="period")


@pytest.fixture(scope="module")
def near(panel):
    return nearest(features(panel, MADE.rollout, MADE.outcome), n=3)


def study(panel, *sets, **changes):
    given = {"title": "Synthetic trial", "data": panel, "rollout": MADE.rollout, "design": DiD(), "method": "fast"}
    return Study(**{**given, "outcomes": (MADE.outcome,), "comparators": sets, **changes})


@pytest.fixture(scope="module")
def evaluation(panel, near):
    """With two checks only, to be quick."""
    same = regions(panel, MADE.rollout, REGIONS)
    with pytest.MonkeyPatch.context() as patch:
        for name in set(CHECKS) - {"weighting", "comparators"}:
            patch.delitem(CHECKS, name)
        return evaluate(study(panel, near, same), progress=False)


def test_the_headline_is_fitted_against_its_own_set(evaluation, near, panel):
    import sos_bayes as sb

    (found,) = evaluation
    assert found.effect.n_comparators == len(near.authorities) < 31
    alone = sb.estimate(sb.fit(panel, near.rollout, MADE.outcome, method="fast"))
    assert found.effect.mean == alone.mean


def test_matched_on_outcomes_it_never_stands_alone(evaluation, panel, near):
    """The other sets, and all candidates, are beside it."""
    found = evaluation.findings[0].by_comparators
    assert found.labels[-2:] == ("same region", "all others")
    assert found["all others"].n_comparators == 31
    assert set(study(panel, near).against) == {"all others"}
    assert study(panel, all_others(panel, MADE.rollout)).against == {}
    assert study(panel).against == {}


def test_without_comparators_nothing_changes(panel):
    plain = study(panel)
    assert plain.compared is plain.rollout
    found = Evaluation(plain, (), 0.0, balance=balances(plain))
    assert found.balance == ()
    assert "Who are the comparators?" not in to_text(found) + render(found)


def test_balance_is_on_every_outcome_s_level_for_every_set(evaluation):
    assert [b.comparators.label for b in evaluation.balance] == ["nearest 3", "same region"]
    assert [row.feature for row in evaluation.balance[0].rows] == [MADE.outcome.label]
    near, same = (abs(b.rows[0].difference) for b in evaluation.balance)
    assert near < abs(evaluation.balance[0].rows[0].difference_before)
    assert near < same


def test_the_reports_say_who_how_and_how_alike(evaluation):
    text, page = to_text(evaluation), render(evaluation)
    for said in (text, page):
        flat = " ".join(said.split())
        for wanted in (
            "Who are the comparators?", "no weight", "the 3 nearest to each adopter", "regression to the mean",
            "against", "all others", "same region",
        ):  # fmt: skip
            assert wanted in flat
    assert page.count("<summary>Who was chosen for whom</summary>") == 2
    assert "adopters minus the others before the rollout" in page


def test_csv_holds_balance_sets_and_the_chosen(evaluation, near, tmp_path):
    to_csv(evaluation, tmp_path)
    read = {p.stem: list(csv.DictReader(p.open(encoding="utf-8"))) for p in tmp_path.iterdir()}
    assert {r["comparators"] for r in read["balance"]} == {"nearest 3", "same region"}
    chosen = [(r["adopter"], r["comparator"]) for r in read["chosen"] if r["comparators"] == "nearest 3"]
    assert chosen == [(a, c) for a, names in near.kept for c in names]
    groups = [r["group"] for r in read["comparators"]]
    assert (groups[0], groups[-1]) == ("nearest 3 (headline)", "all others")


def test_the_love_plot_draws_both_differences_of_every_feature(evaluation):
    axes = love_plot(evaluation.balance[0]).axes[0]
    drawn = {line.get_label(): line.get_xdata() for line in axes.lines if line.get_label()[0] != "_"}
    row = evaluation.balance[0].rows[0]
    assert list(drawn["all candidates"]) == [row.difference_before]
    assert list(drawn["comparators"]) == [row.difference]
    assert "standard deviations of all candidates" in balance_alt(evaluation.balance[0])


def test_comparators_of_another_rollout_are_refused(panel, near):
    with pytest.raises(StudyError, match="chosen for another rollout"):
        study(panel, near, rollout=near.rollout)
    with pytest.raises(StudyError, match="Two sets of comparators are called 'nearest 3'"):
        study(panel, near, near)
    with pytest.raises(StudyError, match="Set 1 of 1 in comparators is a str"):
        study(panel, "nearest")
    assert study(panel, comparators=near).comparators == (near,)


FILE = """
[study]
title = "Synthetic trial"
method = "fast"

[data]
kind = "authorities"
path = "panel.csv"
authority = "authority"
period = "period"

[rollout]
path = "starts.csv"
authority = "authority"
start = "start"

{comparators}

[[outcomes]]
kind = "binary"
label = "re-referral"
events = "events"
trials = "trials"
aim = "fewer"
worthwhile = 0.01
"""
SETS = """
[[comparators]]
kind = "all"

[[comparators]]
kind = "nearest"
on = ["re-referral"]
n = 3

[[comparators]]
kind = "nearest"
on = ["size"]
path = "regions.csv"
n = 1
reuse = false
label = "nearest in size"

[[comparators]]
kind = "regions"
path = "regions.csv"

[[comparators]]
kind = "neighbours"
path = "neighbours.csv"
n = 1

[[comparators]]
kind = "named"
authorities = ["Caxby"]
"""


@pytest.fixture
def folder(tmp_path):
    names = MADE.scenario.names
    MADE.panel.to_csv(tmp_path / "panel.csv", index=False)
    pd.DataFrame(MADE.rollout.starts, columns=["authority", "start"]).to_csv(tmp_path / "starts.csv", index=False)
    REGIONS.assign(size=range(40)).to_csv(tmp_path / "regions.csv", index=False)
    near = pd.DataFrame({"authority": names[:9], "neighbour": names[20:29], "rank": 1})
    near.to_csv(tmp_path / "neighbours.csv", index=False)
    return tmp_path


def read(folder, comparators):
    (folder / "study.toml").write_text(FILE.format(comparators=comparators.replace("Caxby", MADE.scenario.names[30])))
    return read_study(folder / "study.toml")


def test_a_study_file_chooses_its_sets(folder, near):
    sets = read(folder, SETS).comparators
    labels = ["all others", "nearest 3", "nearest in size", "same region", "statistical neighbours", "named"]
    assert [s.label for s in sets] == labels
    assert sets[1].kept == near.kept
    assert sets[1].rule.startswith("the 3 nearest to each adopter on “re-referral”")
    assert len(sets[2].authorities) == 9
    assert sets[4].of(MADE.scenario.names[0]) == (MADE.scenario.names[20],)
    one = read(folder, '[comparators]\nkind = "named"\nauthorities = ["Caxby"]\nlabel = "one"')
    assert [s.label for s in one.comparators] == ["one"]
    assert read(folder, "").comparators == ()


@pytest.mark.parametrize(
    ("comparators", "said"),
    [
        ('[comparators]\nkind = "neerest"', 'Did you mean "nearest"'),
        ('[comparators]\nkind = "nearest"\non = ["re-referral"]\nm = 3', "There is no key 'm'"),
        (
            '[comparators]\nkind = "nearest"\non = ["re-referral"]\ndistance = "mahalonobis"',
            'Did you mean "mahalanobis"',
        ),
        ('[comparators]\nkind = "nearest"\nn = 3', "has no 'on', which it needs"),
        ('[comparators]\nkind = "regions"\npath = "regoins.csv"', 'Did you mean "regions.csv"'),
        ('[comparators]\nkind = "regions"', "has no 'path', which it needs"),
    ],
)
def test_faults_of_the_file_are_told_plainly(folder, comparators, said):
    with pytest.raises(StudyError, match=said):
        read(folder, comparators)


def test_a_word_that_is_no_outcome_of_children_is_refused(folder):
    MADE.children().to_csv(folder / "children.csv", index=False)
    text = FILE.replace('kind = "authorities"\npath = "panel.csv"', 'kind = "children"\npath = "children.csv"')
    text = text.replace('trials = "trials"\n', "")
    (folder / "study.toml").write_text(text.format(comparators='[comparators]\nkind = "nearest"\non = ["re-referal"]'))
    with pytest.raises(StudyError, match=r'no label of an outcome\. Did you mean "re-referral"'):
        read_study(folder / "study.toml")


def test_the_rollout_of_the_study_stays_as_given(panel, near):
    assert study(panel, near).rollout == MADE.rollout
    assert isinstance(study(panel, near).compared, Rollout)
    assert named(panel, MADE.rollout, near.authorities).rollout == near.rollout
