import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.errors import DataError, RolloutError
from sos_bayes.data import Aim, Binary, Rollout, collapse, comparable, read_panel, read_rollout, starts_on

AGAIN = Binary("again", "n", aim=Aim.FEWER, worthwhile=0.01, label="re-referral", missing="drop")


def cells(calendar=None, years=(2014, 2015, 2016, 2017), empty=()):
    names = {"E1": "Leeds", "E2": "Wakefield", "E3": "St Helens", "E4": "Suffolk"}
    rows = [(la, names[la], year) for la in names for year in years]
    frame = pd.DataFrame(rows, columns=["la", "name", "year"]).assign(again=3.0, n=20)
    frame.loc[frame["la"].isin(empty), "again"] = np.nan
    return collapse(read_panel(frame, authority="la", period="year", name="name", calendar=calendar), AGAIN)


def named():
    frame = pd.DataFrame({"la": ["Leeds", "Wakefield", "St Helens"] * 2, "year": [2014] * 3 + [2015] * 3})
    return collapse(read_panel(frame.assign(again=3, n=20), authority="la", period="year"), AGAIN)


def test_starts_become_indices():
    rollout = Rollout({"E2": 2016, "E1": "2015", "E4": dt.date(2017, 6, 1)})
    starts = starts_on(rollout, cells())
    np.testing.assert_array_equal(starts, [1, 2, 4, 3])
    assert starts.dtype == np.int64


def test_rollouts_are_values():
    one = Rollout({"B": 2016, "A": "2015"}, exclude=["Z", "Y"])
    assert one.starts == (("A", "2015"), ("B", "2016"))
    assert one.exclude == ("Y", "Z")
    assert one == Rollout({"A": 2015, "B": np.int64(2016)}, exclude=("Y", "Z"))
    assert hash(one) == hash(pickle.loads(pickle.dumps(one)))
    assert Rollout({"A": 2015, "B": 2016}, exclude=["A"]).adopters == ("B",)
    assert Rollout({380: 2015}).adopters == ("380",)


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        ({}, "No authority adopts"),
        ([("A", 2015)], "not a mapping"),
        ({"A": None}, 'start of "A" is missing'),
        ({"A": float("nan")}, 'start of "A" is missing'),
        ({"A": ""}, 'start of "A" is missing'),
        ({" ": 2015}, "not the name"),
        ({None: 2015}, "not the name"),
    ],
)
def test_rollouts_refused(starts, words):
    with pytest.raises(RolloutError, match=words):
        Rollout(starts)


def test_exclude_is_no_bare_text():
    with pytest.raises(RolloutError, match=r'exclude=\("Leeds",\)'):
        Rollout({"A": 2015}, exclude="Leeds")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("St. Helens", 'The data write it "St Helens"'),
        ("st helens", 'The data write it "St Helens"'),
        ("St Helens ", 'The data write it "St Helens"'),
        ("St\N{NO-BREAK SPACE}Helens", 'The data write it "St Helens"'),
        ("Wakefeild", 'Did you mean "Wakefield"'),
    ],
)
def test_misspelt_authorities_are_told_the_nearest_name(name, hint):
    for rollout in (Rollout({name: 2015}), Rollout({"Leeds": 2015}, exclude=[name])):
        with pytest.raises(RolloutError, match=hint):
            starts_on(rollout, comparable(named(), rollout))


def test_a_name_where_the_data_have_codes():
    with pytest.raises(RolloutError, match='by the code "E2"'):
        starts_on(Rollout({"Wakefield": 2015}), cells())


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (2013, "before the first period"),
        (2018, "after the last period"),
        (2014, "treated from the first period"),
        ("2015Q1", "not one of the data's years"),
    ],
)
def test_starts_off_the_calendar(start, words):
    with pytest.raises(RolloutError, match=words) as caught:
        starts_on(Rollout({"E2": start}), cells())
    assert '"E2"' in str(caught.value)


def test_excluded_authorities_leave():
    rollout = Rollout({"E1": 2015, "E2": 2013}, exclude=["E2"])
    kept = comparable(cells(), rollout)
    assert kept.authorities == ("E1", "E3", "E4")
    np.testing.assert_array_equal(starts_on(rollout, kept), [1, 4, 4])


def test_authorities_without_observations():
    rollout = Rollout({"E1": 2015})
    kept = comparable(cells(empty=["E4"]), rollout)
    assert kept.authorities == ("E1", "E2", "E3")
    assert "1 comparators have no observation" in kept.notes[-1]
    with pytest.raises(RolloutError, match='"E1" adopts the practice but has no observation'):
        comparable(cells(empty=["E1"]), rollout)


def test_rollouts_are_read_from_tables(sources):
    frame = pd.DataFrame({"la": ["E1", "E2", "NA"], "start": ["2015", None, "2016"]})
    for source in sources(frame).values():
        assert read_rollout(source, authority="la", start="start").starts == (("E1", "2015"), ("NA", "2016"))
    numbers = pd.DataFrame({"la": ["E1", "E2"], "start": [2015.0, np.nan]})
    assert read_rollout(numbers, authority="la", start="start") == Rollout({"E1": 2015})
    days = pd.DataFrame({"la": ["E1"], "start": pd.to_datetime(["2015-05-01"])})
    assert starts_on(read_rollout(days, authority="la", start="start"), cells())[0] == 1
    doubled = pd.concat([frame, frame.head(1)])
    with pytest.raises(RolloutError, match='"E1" appears more than once'):
        read_rollout(doubled, authority="la", start="start")
    with pytest.raises(DataError, match="no column"):
        read_rollout(frame, authority="la", start="begin")
    with pytest.raises(RolloutError, match="blank"):
        read_rollout(frame.assign(la=None), authority="la", start="start")
