import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sos_bayes._core.errors import DataError, RolloutError
from sos_bayes.data import Calendar
from sos_bayes.data.authorities.coverage_notes import future_notes


@pytest.mark.parametrize(
    ("labels", "kind", "printed"),
    [
        ([2016, 2014], "year", ("2014", "2015", "2016")),
        (["2014", "2015"], "year", ("2014", "2015")),
        ([2014.0, np.int64(2015)], "year", ("2014", "2015")),
        (["2014Q4", "2015 Q1", "2015-Q2", "2015q3"], "quarter", ("2014Q4", "2015Q1", "2015Q2", "2015Q3")),
        (["2014-11", "2015-01"], "month", ("2014-11", "2014-12", "2015-01")),
        (["2013-14", "2015/16"], "split_year", ("2013-14", "2014-15", "2015-16")),
        ([201314, 201415], "split_year", ("2013-14", "2014-15")),
        (["1999-00", "2000-01"], "split_year", ("1999-00", "2000-01")),
        (["201001", "201012"], "month", tuple(f"2010-{m:02d}" for m in range(1, 13))),
    ],
)
def test_forms(labels, kind, printed):
    calendar = Calendar.of(labels)
    assert calendar.kind == kind
    assert calendar.labels == printed


@pytest.mark.parametrize(
    "labels", [["2010-11"], ["2009-10", "2010-11", "2011-12"], [201011, 201112], ["2010-11", "2010/11"]]
)
def test_two_readings_are_refused_or_settled_by_the_whole_column(labels):
    if any("/" in str(label) for label in labels):
        assert Calendar.of(labels).kind == "split_year"
        return
    with pytest.raises(DataError, match="calendar="):
        Calendar.of(labels)
    assert Calendar.of(labels, "financial_year").labels[-1] in ("2010-11", "2011-12")
    assert Calendar.of(labels, "month").years == pytest.approx(1 / 12)


def test_one_label_settles_the_column():
    assert Calendar.of(["2010-11", "2013-14"]).kind == "split_year"
    assert Calendar.of(["2010-11", "2010-10"]).kind == "month"


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("month", "2014-03"),
        ("quarter", "2014Q1"),
        ("year", "2014"),
        ("financial_year", "2013-14"),
        ("academic_year", "2013-14"),
    ],
)
def test_days_are_binned_as_told(kind, label):
    for day in (dt.date(2014, 3, 31), dt.datetime(2014, 3, 31, 12), "2014-03-31", "2014-03-31T10:00:00"):
        assert Calendar.of([day], kind).labels == (label,)


def test_the_financial_year_starts_in_april_and_the_academic_year_in_september():
    assert Calendar.of([dt.date(2014, 4, 1)], "financial_year").labels == ("2014-15",)
    assert Calendar.of([dt.date(2014, 8, 31)], "academic_year").labels == ("2013-14",)
    assert Calendar.of([dt.date(2014, 9, 1)], "academic_year").labels == ("2014-15",)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([dt.date(2014, 4, 1)], "The periods are days"),
        (["2018-04-01"], "The periods are days"),
        (["01/04/2018"], "ISO dates"),
        (["01-04-2018"], "ISO dates"),
        (["13-14"], "no known form"),
        ([14, 15], "no known form"),
        ([43191], "no known form"),
        (["2014-13"], "no known form"),
        (["2013-15"], "no known form"),
        ([1850], "1990 to 2100"),
        ([2014, "2014Q1"], "mix"),
        ([dt.date(2014, 1, 1), "2014"], "mixed"),
        ([2014.5], "numbers with decimals"),
        ([True], "missing or no labels"),
        ([None, 2014], "missing or no labels"),
        (["", "2014"], "missing or no labels"),
        ([], "no rows"),
        (["2014", "2014-02-30"], "no known form"),
    ],
)
def test_labels_refused(labels, words):
    with pytest.raises(DataError, match=words):
        Calendar.of(labels)


def test_a_stated_kind_must_fit_and_be_known():
    with pytest.raises(DataError, match="1 of 2 labels are not quarters"):
        Calendar.of(["2014Q1", "2014"], "quarter")
    with pytest.raises(DataError, match='Did you mean "quarter"'):
        Calendar.of(["2014Q1"], "quater")


def test_values_stay_out_of_messages():
    with pytest.raises(DataError) as caught:
        Calendar.of(["CHILD-9912345", "2014"])
    assert "9912345" not in str(caught.value)


def test_positions():
    calendar = Calendar.of([2014, 2018])
    assert [calendar.position(label) for label in (2014, "2016", 2018.0, dt.date(2017, 5, 1))] == [0, 2, 4, 3]
    with pytest.raises(RolloutError, match="before the first period"):
        calendar.position(2013)
    with pytest.raises(RolloutError, match="after the last period"):
        calendar.position("2019")
    for label in ("2014Q1", "nonsense", None, True):
        with pytest.raises(RolloutError, match="not one of the data's years"):
            calendar.position(label)


def test_a_day_on_split_years_needs_the_kind():
    with pytest.raises(RolloutError, match="academic_year"):
        Calendar.of(["2013-14", "2014-15"]).position(dt.date(2014, 6, 1))
    told = Calendar.of(["2013-14", "2014-15"], "financial_year")
    assert told.position(dt.date(2014, 6, 1)) == 1
    assert told.position("2014/15") == 1


@given(st.lists(st.integers(1990 * 12, 2100 * 12), min_size=1, max_size=30), st.randoms())
def test_any_order_of_months_gives_consecutive_periods(numbers, random):
    labels = [f"{n // 12}-{n % 12 + 1:02d}" for n in numbers]
    calendar = Calendar.of(labels, "month")
    random.shuffle(labels)
    assert Calendar.of(labels, "month") == calendar
    assert len(calendar) == max(numbers) - min(numbers) + 1 == len(calendar.labels)
    for n, label in zip(numbers, [f"{n // 12}-{n % 12 + 1:02d}" for n in numbers], strict=True):
        assert calendar.position(label) == n - min(numbers)
        assert calendar.labels[calendar.position(label)] == label


@pytest.mark.parametrize(
    ("labels", "kind", "printed"),
    [
        (["2017/2018", "2018/2019"], "split_year", ("2017-18", "2018-19")),
        (["2017-2018", "2018\N{EN DASH}2019"], "split_year", ("2017-18", "2018-19")),
        (["2017\N{EN DASH}18", "1999\N{EN DASH}2000", "2000-01"], "split_year", None),
        (["Q1 2018", "q2-2018", "Q3/2018"], "quarter", ("2018Q1", "2018Q2", "2018Q3")),
        (["2018/Q4", "2018\N{EN DASH}Q3"], "quarter", ("2018Q3", "2018Q4")),
    ],
)
def test_other_ways_to_write_periods_are_read(labels, kind, printed):
    calendar = Calendar.of(labels)
    assert calendar.kind == kind
    assert printed is None or calendar.labels == printed
    assert calendar.position(labels[-1]) >= 0


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([2018.0, 2018.25, 2018.5], "decimals"),
        (["2018", "2018.25"], "decimals"),
        (["2018.0833"], "decimals"),
        ([1, 2, 3], "Running numbers"),
        (["2017/2019"], "no known form"),
        (["Q1 2017-18"], "no known form"),
    ],
)
def test_periods_that_say_no_date_are_refused_with_a_true_sentence(labels, words):
    with pytest.raises(DataError, match=words) as caught:
        Calendar.of(labels)
    assert "missing" not in str(caught.value)


def test_periods_that_have_not_begun_are_noted():
    today = dt.date(2025, 4, 1)
    assert future_notes(Calendar.of(["2025-26"], "financial_year"), today) == []
    assert future_notes(Calendar.of(["2025Q2"]), today) == []
    for calendar in (Calendar.of(["2025-26"], "academic_year"), Calendar.of(["2014Q1", "2025Q3"]), Calendar.of([2026])):
        assert "after today (2025-04-01)" in future_notes(calendar, today)[0]
