"""What a study file says of child rows: windows, nested outcomes, bands, several rows a child."""

import datetime as dt

import pandas as pd
import pytest

from sos_bayes._core.errors import DataError, StudyError
from sos_bayes.data import Bins, Category, Window
from sos_bayes.study.reading import read_study

GOOD = """
[study]
title = "Synthetic trial"

[data]
kind = "children"
path = "children.csv"
authority = "la"
period = "closed"
calendar = "quarter"
child = "child"
episodes = "all"
order = ["closed", "number"]

[rollout.starts]
Ashford = "2015Q1"

[design]
adjust = [
  "sex",
  {column = "age", edges = [1, 5.5, 10], missing = "level"},
  {column = "weight", quantiles = 4},
  {column = "ethnicity", missing = "level"},
]

[[outcomes]]
kind = "binary"
label = "re-referral within six months"
events = "again"
aim = "fewer"
worthwhile = 0.01
[outcomes.within]
since = "closed"
months = 6
cut_off = 2019-03-31

[[outcomes]]
kind = "nested"
label = "re-referred and escalated"
first = "again"
then = "escalated"
aim = "fewer"
worthwhile = 0.01
worthwhile_conditional = 0.05
within = {since = "closed", months = 6, cut_off = "2019-03-31", crossing = "keep"}
"""


def read(folder, text):
    rows = {"la": ["Ashford"], "closed": ["2014-01-02"], "number": [1], "child": ["c1"]}
    pd.DataFrame(rows).to_csv(folder / "children.csv", index=False)
    (folder / "study.toml").write_text(text)
    return read_study(folder / "study.toml")


def test_windows_bands_and_nested_outcomes_become_those_of_the_library(tmp_path):
    study = read(tmp_path, GOOD)
    assert (study.data.episodes, study.data.order) == ("all", ("closed", "number"))
    assert study.design.adjust == (
        "sex",
        Bins("age", edges=(1, 5.5, 10), missing="level"),
        Bins("weight", quantiles=4),
        Category("ethnicity", missing="level"),
    )
    single, joint, conditional = study.outcomes
    assert single.within == Window("closed", 6, dt.date(2019, 3, 31))
    assert joint.within == conditional.within == Window("closed", 6, dt.date(2019, 3, 31), crossing="keep")
    assert (joint.events, joint.after, joint.worthwhile, joint.selected) == ("escalated", "again", 0.01, False)
    assert (conditional.worthwhile, conditional.selected) == (0.05, True)
    assert len(set(study.labels)) == 3


def test_one_of_the_two_questions_may_be_asked(tmp_path):
    asked = GOOD.replace("worthwhile_conditional = 0.05", 'questions = ["joint"]')
    assert [outcome.conditional for outcome in read(tmp_path, asked).outcomes] == [False, False]


def test_one_column_of_order_is_a_text(tmp_path):
    assert read(tmp_path, GOOD.replace('["closed", "number"]', '"closed"')).data.order == ("closed",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("months = 6\ncut", "month = 6\ncut", 'Did you mean "months"'),
        ("months = 6\ncut", 'months = "6"\ncut', "valid integer"),
        ('then = "escalated"', "", "has no 'then'"),
        ("worthwhile_conditional = 0.05", 'questions = ["jiont"]', 'Did you mean "joint"'),
        ("worthwhile_conditional = 0.05", "questions = []", "at least 1 item"),
        ('crossing = "keep"', 'crossing = "kept"', 'Did you mean "keep"'),
        ('episodes = "all"', 'episodes = "al"', 'Did you mean "all"'),
        ('{column = "weight", quantiles = 4}', "{quantiles = 4}", "'column'"),
        (
            'missing = "level"},\n  {column = "weight"',
            'missing = "lvl"},\n  {column = "weight"',
            'Did you mean "level"',
        ),
        ('calendar = "quarter"', 'calendar = "quater"', 'Did you mean "quarter"'),
    ],
)
def test_a_fault_is_named_with_what_is_allowed(tmp_path, old, new, said):
    assert old in GOOD
    with pytest.raises(StudyError) as fault:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert said in str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cut_off = 2019-03-31", 'cut_off = "31/03/2019"', "not a day"),
        ("edges = [1, 5.5, 10]", "edges = [5, 1]", "ascending"),
        ("quantiles = 4", "quantiles = 1", "quantiles=1"),
        ('child = "child"\n', "", "whose rows they are"),
        ('then = "escalated"', 'then = "again"', "both first and then"),
    ],
)
def test_what_the_library_refuses_a_file_cannot_ask(tmp_path, old, new, said):
    assert old in GOOD
    with pytest.raises(DataError, match=said):
        read(tmp_path, GOOD.replace(old, new, 1))


COUNTED = """

[[outcomes]]
kind = "count"
label = "contacts"
events = "contacts"
exposure = "years"
per = 100
overdispersed = true
aim = "fewer"
worthwhile = 1.0
"""


def test_a_file_says_that_counts_are_overdispersed(tmp_path):
    assert read(tmp_path, GOOD + COUNTED).outcomes[-1].overdispersed
    assert not read(tmp_path, GOOD + COUNTED.replace("overdispersed = true\n", "")).outcomes[-1].overdispersed
    with pytest.raises(StudyError, match="overdispersed"):
        read(tmp_path, GOOD + COUNTED.replace("= true", '= "negative binomial"'))


SHARED = COUNTED.replace('kind = "count"', 'kind = "binary"').replace('exposure = "years"\nper = 100\n', "")


def test_a_file_says_that_shares_are_overdispersed(tmp_path):
    text = SHARED.replace("worthwhile = 1.0", "worthwhile = 0.01")
    assert read(tmp_path, GOOD + text).outcomes[-1].likelihood == "beta_binomial"
    assert not read(tmp_path, GOOD + text.replace("overdispersed = true\n", "")).outcomes[-1].overdispersed


MEASURED = """

[[outcomes]]
kind = "continuous"
label = "days"
events = "days"
unit = "days"
tails = "t"
degrees = 5.0
aim = "fewer"
worthwhile = 1.0
"""


def test_a_file_says_that_tails_are_long(tmp_path):
    found = read(tmp_path, GOOD + MEASURED).outcomes[-1]
    assert (found.tails, found.degrees) == ("t", 5.0)
    plain = read(tmp_path, GOOD + MEASURED.replace('tails = "t"\ndegrees = 5.0\n', "")).outcomes[-1]
    assert (plain.tails, plain.degrees) == ("normal", 4.0)
    with pytest.raises(StudyError, match=r"tails = .long. in"):
        read(tmp_path, GOOD + MEASURED.replace('tails = "t"', 'tails = "long"'))


def test_a_number_with_one_slope_and_numbers_of_authorities_are_read(tmp_path):
    text = GOOD.replace("quantiles = 4", "quantiles = 50, scored = true")
    study = read(tmp_path, text.replace("[design]\n", '[design]\nbaseline = ["poverty"]\n'))
    assert Bins("weight", quantiles=50, scored=True) in study.design.adjust
    assert study.design.baseline == ("poverty",)
