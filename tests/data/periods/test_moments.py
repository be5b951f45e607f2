"""Days kept as moments: a zone is said, or it is an error, in every engine."""

import datetime as dt
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError, RolloutError
from sos_bayes.data import Binary, Calendar, Exposure, Rollout, Window, collapse, read_cohort, read_panel, read_rollout

LONDON = "Europe/London"


@pytest.fixture
def days():
    """Rows on the first of every month of two financial years, as local days."""
    months = pd.date_range("2014-04-01", "2016-03-01", freq="MS")
    frame = pd.DataFrame({"la": "Leeds", "day": months, "again": [0, 1] * 12})
    return pd.concat([frame, frame.assign(la="York")], ignore_index=True)


def in_utc(frame, column="day"):
    return frame.assign(
        **{column: frame[column].dt.tz_localize(LONDON).dt.tz_convert("UTC").astype("datetime64[us, UTC]")}
    )


@pytest.fixture
def in_every_engine(tmp_path):
    def make(frame):
        frame.to_parquet(tmp_path / "u.parquet", index=False)
        text = frame.assign(day=frame["day"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        text.to_csv(tmp_path / "u.csv", index=False)
        eager = pl.from_pandas(frame)
        return {
            "pandas": frame,
            "pandas objects": frame.astype({"day": object}),
            "offset": frame.assign(day=frame["day"].dt.tz_convert("+01:00")),
            "polars": eager,
            "polars lazy": eager.lazy(),
            "arrow": eager.to_arrow(),
            "duckdb": duckdb.read_parquet(str(tmp_path / "u.parquet")),
            "parquet": tmp_path / "u.parquet",
            "csv": tmp_path / "u.csv",
            "text": text,
            "text with an offset": frame.assign(day=frame["day"].astype(str)),
            "text lazy": pl.from_pandas(text).lazy(),
        }

    return make


def test_moments_in_utc_are_refused_until_a_zone_is_said(days, in_every_engine, again):
    keys = {"authority": "la", "period": "day", "calendar": "financial_year"}
    for name, source in in_every_engine(in_utc(days)).items():
        with pytest.raises(DataError, match="time zone") as caught:
            collapse(read_cohort(source, **keys), again)
        assert 'timezone="Europe/London"' in str(caught.value), name
    for name, source in in_every_engine(in_utc(days)).items():
        cells = collapse(read_cohort(source, **keys, timezone=LONDON), again)
        assert cells.calendar.labels == ("2014-15", "2015-16"), name
        assert cells.total.sum(axis=2).tolist() == [[12, 12], [12, 12]], name


def test_the_session_of_a_database_says_nothing_of_the_zone(days, tmp_path, again):
    in_utc(days).to_parquet(tmp_path / "u.parquet")
    session = duckdb.connect()
    session.sql("set timezone = 'America/New_York'")
    relation = session.read_parquet(str(tmp_path / "u.parquet"))
    with pytest.raises(DataError, match="time zone"):
        read_cohort(relation, authority="la", period="day", calendar="month")
    cells = collapse(read_cohort(relation, authority="la", period="day", calendar="month", timezone=LONDON), again)
    assert (cells.calendar.labels[0], len(cells.calendar), cells.total.min()) == ("2014-04", 24, 1)


def test_a_type_that_names_a_place_says_its_zone(days, again):
    frame = days.assign(day=days["day"].dt.tz_localize(LONDON))
    for source in (frame, pl.from_pandas(frame), pl.from_pandas(frame).lazy(), frame.astype({"day": object})):
        cells = collapse(read_cohort(source, authority="la", period="day", calendar="financial_year"), again)
        assert cells.calendar.labels == ("2014-15", "2015-16")


def test_rows_of_authorities_and_starts_need_a_zone_too(again):
    table = pd.DataFrame({"la": ["Leeds"] * 2, "day": pd.to_datetime(["2014-04-01", "2015-04-01"]), "y": 1, "n": 9})
    keys = {"authority": "la", "period": "day", "calendar": "financial_year"}
    for source in (in_utc(table), pl.from_pandas(in_utc(table)), pl.from_pandas(in_utc(table)).lazy()):
        with pytest.raises(DataError, match="time zone"):
            read_panel(source, **keys)
        cells = collapse(
            read_panel(source, **keys, timezone=LONDON),
            Binary("y", "n", aim=again.aim, worthwhile=0.01, label="y"),
        )
        assert cells.calendar.labels == ("2014-15", "2015-16")
        with pytest.raises(DataError, match="time zone"):
            read_rollout(source, authority="la", start="day")
    starts = pl.from_pandas(in_utc(table)).head(1)
    assert read_rollout(starts, authority="la", start="day", timezone=LONDON).starts == (
        ("Leeds", dt.date(2014, 4, 1)),
    )


@pytest.mark.parametrize(
    "start", [dt.datetime(2014, 3, 31, 23, tzinfo=dt.UTC), "2014-03-31T23:00:00Z", "2014-03-31 23:00:00+00:00"]
)
def test_a_start_as_a_moment_is_refused(start):
    for make in (lambda: Rollout({"Leeds": start}), lambda: Exposure(ends={"Leeds": start})):
        with pytest.raises(RolloutError, match="moment with a time zone"):
            make()
    with pytest.raises(DataError, match="moment with a time zone"):
        Window("closed", 6, start)
    with pytest.raises(DataError, match="moments with a time zone"):
        Calendar.of([start], "month")


def test_a_start_in_the_time_of_a_place_is_its_day():
    start = dt.datetime(2014, 4, 1, tzinfo=ZoneInfo(LONDON))
    assert Rollout({"Leeds": start}).starts == (("Leeds", dt.date(2014, 4, 1)),)


def test_days_of_windows_need_a_zone(days, again, in_every_engine):
    frame = in_utc(days).assign(quarter=days["day"].dt.to_period("Q").astype(str))
    outcome = Binary("again", aim=again.aim, worthwhile=0.01, label="again", within=Window("day", 6, "2015-10-01"))
    for name, source in in_every_engine(frame).items():
        with pytest.raises(DataError, match="time zone"):
            collapse(read_cohort(source, authority="la", period="quarter"), outcome)
        if "text" in name or name in ("csv", "pandas objects"):
            continue
        cells = collapse(read_cohort(source, authority="la", period="quarter", timezone=LONDON), outcome)
        assert (cells.calendar.labels[-1], cells.total.sum()) == ("2015Q1", 24), name


def test_evenings_without_a_zone_are_seen(days, again, tmp_path):
    frame = in_utc(days)
    frame = frame.assign(day=frame["day"].dt.tz_localize(None))
    frame.to_parquet(tmp_path / "n.parquet")
    text = frame.assign(day=frame["day"].dt.strftime("%Y-%m-%d %H:%M:%S"))
    for source in (frame, pl.from_pandas(frame).lazy(), tmp_path / "n.parquet", text):
        with pytest.raises(DataError, match="midnight or 23:00"):
            collapse(read_cohort(source, authority="la", period="day", calendar="financial_year"), again)
    for clock in ("00:00", "09:30"):  # local midnights, and days with a time of day of their own
        fine = days.assign(day=days["day"] + pd.to_timedelta(clock + ":00"))
        fine.loc[3, "day"] += pd.Timedelta("23:00:00" if clock == "09:30" else "0h")
        assert collapse(read_cohort(fine, authority="la", period="day", calendar="year"), again).total.sum() == 48


def test_a_zone_that_is_none_is_refused(days):
    for zone in ("Europe/Lodnon", 3):
        with pytest.raises(DataError, match="is not a time zone"):
            read_cohort(days, authority="la", period="day", calendar="month", timezone=zone)
