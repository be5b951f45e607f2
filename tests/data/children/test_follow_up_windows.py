"""Follow-up windows: synthetic episodes with a day on which each ends."""

import calendar
import datetime as dt
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError, DesignError
from sos_bayes.data import Aim, Binary, Nested, Rollout, Window, collapse, read_cohort, read_panel
from sos_bayes.data.frames.day_columns import days_of, number_of
from sos_bayes.data.frames.sources import open_table
from sos_bayes.data.frames.table import collected
from sos_bayes.designs import layout_of

CUT_OFF = dt.date(2016, 9, 30)
WINDOW = Window("closed", 6, CUT_OFF)
BACK = Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="re-referral within six months", within=WINDOW)
DATED = replace(BACK, events="again_on", within=replace(WINDOW, dated=True))


def months_later(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@pytest.fixture
def episodes():
    """Episodes closed in 2014 to the cut-off, and the day of a new referral where there was one."""

    def make(n=900, seed=3):
        rng = np.random.default_rng(seed)
        closed = pd.Timestamp("2014-01-01") + pd.to_timedelta(rng.integers(0, 1_003, n), unit="D")
        gap = rng.integers(0, 500, n)
        again_on = pd.Series(closed + pd.to_timedelta(gap, unit="D")).where(rng.random(n) < 0.5)
        again_on = again_on.where(again_on <= pd.Timestamp(CUT_OFF))
        frame = pd.DataFrame(
            {"la": rng.choice(["Leeds", "York", "Wakefield"], n), "closed": closed, "again_on": again_on}
        )
        frame["quarter"] = frame["closed"].dt.year.astype(str) + "Q" + frame["closed"].dt.quarter.astype(str)
        late = [months_later(day.date(), 6) for day in frame["closed"]]
        frame["again"] = [int(a is not pd.NaT and a.date() <= d) for a, d in zip(frame["again_on"], late, strict=True)]
        frame["complete"] = [d <= CUT_OFF for d in late]
        return frame

    return make


def kept(frame):
    """Rows of quarters in which every window is complete."""
    return frame[frame.groupby("quarter")["complete"].transform("all")]


def expected(frame, cells):
    counts = np.zeros((2, *cells.total.shape))
    for row in frame.itertuples():
        place = cells.authorities.index(row.la), cells.calendar.position(row.quarter), 0
        counts[0][place] += row.again
        counts[1][place] += 1
    return counts


def every_form(frame, sources, tmp_path):
    """The forms of the sources, and days as text and as dates of each library."""
    text = frame.assign(**{c: frame[c].dt.strftime("%Y-%m-%d") for c in ("closed", "again_on")})
    frame.assign(closed=frame["closed"].dt.date).to_parquet(tmp_path / "d.parquet")
    return {
        **sources(frame),
        "text": text,
        "text lazy": pl.from_pandas(text).lazy(),
        "text duckdb": duckdb.from_df(text),
        "text with times": text.assign(closed=text["closed"] + " 09:30"),
        "categories": text.astype({"closed": "category"}),
        "python dates": frame.assign(closed=frame["closed"].dt.date),
        "dates in parquet": tmp_path / "d.parquet",
        "time zone": frame.assign(closed=frame["closed"].dt.tz_localize("Europe/London")),
    }


def test_periods_that_were_not_followed_to_the_end_are_left_out_of_every_source(episodes, sources, tmp_path):
    frame = episodes()
    open_rows = int((frame["quarter"] >= "2016Q2").sum())
    results = {}
    for name, source in every_form(frame, sources, tmp_path).items():
        cohort = read_cohort(source, authority="la", period="quarter")
        for outcome in (BACK, DATED) if name in ("pandas", "text lazy", "arrow", "duckdb", "csv") else (DATED,):
            cells = collapse(cohort, outcome)
            results[name, outcome.events] = cells.events.tobytes(), cells.total.tobytes(), cells.notes
            assert cells.calendar.labels[-1] == "2016Q1", name
            np.testing.assert_array_equal([cells.events, cells.total], expected(kept(frame), cells), err_msg=name)
    assert len(set(results.values())) == 1, [name for name, r in results.items() if r != results["pandas", "again"]]
    assert any(f"2 periods (2016Q2, 2016Q3) were left out, about {round(open_rows, -1)} rows" in n for n in cells.notes)


def test_rows_placed_by_the_days_of_the_window_may_keep_complete_rows(episodes, sources, tmp_path):
    frame = episodes()
    window = replace(WINDOW, partial="keep", cut_off=dt.date(2016, 8, 15))
    complete = frame[[months_later(day.date(), 6) <= window.last_day for day in frame["closed"]]]
    for name, source in every_form(frame, sources, tmp_path).items():
        if "text" in name or "csv" in name or "categories" in name:
            continue  # periods are dates here
        cohort = read_cohort(source, authority="la", period="closed", calendar="quarter")
        cells = collapse(cohort, replace(BACK, within=window))
        assert cells.total.sum() == len(complete), name
        assert (cells.calendar.labels[-1], cells.total[:, -1].sum() > 0) == ("2016Q1", True)
    assert any("left out of 1 periods that are counted" in note for note in cells.notes)
    with pytest.raises(DataError, match="short episodes"):
        collapse(read_cohort(frame, authority="la", period="quarter"), replace(BACK, within=window))


def test_a_stray_row_closes_its_period_unless_it_is_tolerated(episodes):
    frame = episodes()
    frame.loc[frame.index[frame["quarter"] == "2014Q2"][0], "closed"] = pd.Timestamp("2016-09-01")
    cohort = read_cohort(frame, authority="la", period="quarter")
    assert collapse(cohort, BACK).total[:, 1].sum() == 0
    cells = collapse(cohort, replace(BACK, within=replace(WINDOW, tolerate=0.05)))
    assert cells.total[:, 1].sum() == (frame["quarter"] == "2014Q2").sum() - 1
    assert any(note.startswith("fewer than 10 rows whose window") for note in cells.notes)


def test_an_early_event_in_an_open_window_is_not_counted_before_the_noes_are_known(episodes):
    frame = episodes()
    sure = frame["quarter"].isin(["2016Q2", "2016Q3"])
    cells = collapse(
        read_cohort(frame.assign(again=frame["again"].where(~sure, 1)), authority="la", period="quarter"), BACK
    )
    assert cells.events.sum() == kept(frame)["again"].sum()


def test_open_windows_may_have_no_outcome_yet_and_complete_ones_may_not(episodes, sources):
    frame = episodes().astype({"again": float})
    frame.loc[~frame["complete"], "again"] = np.nan
    for source in sources(frame).values():
        cells = collapse(read_cohort(source, authority="la", period="quarter"), BACK)
        assert cells.total.sum() == len(kept(frame))
    frame.loc[frame.index[frame["complete"]][:3], "again"] = np.nan
    for source in sources(frame).values():
        with pytest.raises(DataError, match=r'not recorded.*"again", 3 of 900'):
            collapse(read_cohort(source, authority="la", period="quarter"), BACK)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("closed", "01/04/2014", r"cannot be read.*2 of 900 rows.*ISO dates"),
        ("closed", "2014-02-30", "cannot be read"),
        ("closed", "2015-02-29", "cannot be read"),
        ("closed", "1900-01-01", "cannot be read"),
        ("closed", "41730", "cannot be read"),
        ("closed", None, r'window runs is missing.*"closed", 2 of 900'),
        ("closed", "", "window runs is missing"),
        ("again_on", "31.12.2014", "cannot be read"),
        ("again_on", "2013-01-01", r'before their window opens \("closed"\).*"again_on", 2 of 900'),
    ],
)
def test_days_that_cannot_be_used_are_named_by_column_and_rows(episodes, lazy, column, value, words):
    frame = episodes()
    frame = frame.assign(**{c: frame[c].dt.strftime("%Y-%m-%d") for c in ("closed", "again_on")})
    frame.loc[[3, 40], column] = value
    source = pl.from_pandas(frame).lazy() if lazy else frame
    outcome = DATED if column == "again_on" else BACK
    with pytest.raises(DataError, match=words) as caught:
        collapse(read_cohort(source, authority="la", period="quarter"), outcome)
    assert value is None or len(value) < 5 or value not in str(caught.value)
    assert ("first at rows 3 and 40" in str(caught.value)) != lazy


@pytest.mark.parametrize("value", [41_730, 41_730.0, True])
def test_columns_of_other_types_hold_no_days(episodes, value):
    with pytest.raises(DataError, match=r'A column of days is needed.*"closed"'):
        collapse(read_cohort(episodes().assign(closed=value), authority="la", period="quarter"), BACK)


def test_days_without_one_are_dropped_on_request_and_counted(episodes):
    frame = episodes()
    frame.loc[frame.index[frame["quarter"] == "2014Q1"][:12], "closed"] = pd.NaT
    cells = collapse(read_cohort(frame, authority="la", period="quarter"), replace(BACK, missing="drop"))
    assert cells.notes[0].startswith("12 of 900 rows")
    frame = frame.assign(closed=frame["closed"].dt.strftime("%d/%m/%Y"))
    with pytest.raises(DataError, match="cannot be read"):
        collapse(read_cohort(frame, authority="la", period="quarter"), replace(BACK, missing="drop"))


def test_nothing_followed_to_the_end_is_an_error(episodes):
    cohort = read_cohort(episodes(), authority="la", period="quarter")
    with pytest.raises(DataError, match="No period was followed to the end"):
        collapse(cohort, replace(BACK, within=replace(WINDOW, cut_off="2014-02-01")))


def test_a_cut_off_that_has_not_come_is_noted(episodes):
    """Windows that are still open would count as a no."""
    cohort = read_cohort(episodes(), authority="la", period="quarter")
    tomorrow = dt.date.today() + dt.timedelta(days=1)
    for day, noted in ((CUT_OFF, False), (dt.date.today(), False), (tomorrow, True), (dt.date(2099, 12, 31), True)):
        notes = collapse(cohort, replace(BACK, within=replace(WINDOW, cut_off=day))).notes
        assert any(note.startswith(f"The cut-off of the windows ({day.isoformat()})") for note in notes) is noted


def test_nested_events_by_their_days(episodes):
    frame = episodes()
    frame["plan_on"] = frame["again_on"] + pd.to_timedelta(5, unit="D")
    both = Nested(
        "again_on", "plan_on", aim=Aim.FEWER, worthwhile=0.01, label="and plan", within=replace(WINDOW, dated=True)
    )
    cohort = read_cohort(frame, authority="la", period="quarter")
    joint, conditional = collapse(cohort, both.joint), collapse(cohort, both.conditional)
    assert joint.total.sum() == len(kept(frame))
    assert conditional.total.sum() == kept(frame)["again"].sum()
    assert joint.events.sum() == conditional.events.sum() <= kept(frame)["again"].sum()


def test_the_last_day_with_a_complete_window_is_that_of_a_plain_calendar():
    for cut_off in (dt.date(2019, 2, 28), dt.date(2020, 2, 29), dt.date(2019, 3, 30), dt.date(2019, 12, 31)):
        for months in (1, 6, 12, 18):
            latest = number_of(*Window("closed", months, cut_off).latest)
            for back in range(600):
                day = cut_off - dt.timedelta(days=back)
                number = number_of(day.year, day.month, day.day)
                assert (number <= latest) == (months_later(day, months) <= cut_off), (cut_off, months, day)


def test_days_are_read_alike_whatever_their_type():
    days = pd.date_range("1990-01-01", "2100-12-31", freq="37D").append(pd.to_datetime(["1992-02-29", "2000-02-29"]))
    frames = [pd.DataFrame({"d": days}), pd.DataFrame({"d": days.strftime("%Y-%m-%d")})]
    frames += [pl.from_pandas(f).lazy() for f in frames]
    numbers = [number_of(day.year, day.month, day.day) for day in days]
    for frame in frames:
        table = open_table(frame)
        read = days_of(table, "d")
        found = collected(table.frame.select(n=read.number, blank=read.blank, odd=read.odd))
        assert found["n"].to_list() == numbers
        assert not any(found["blank"].to_list())
        assert not any(found["odd"].to_list())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"months": 0}, "months=0"),
        ({"months": 6.0}, "months=6.0"),
        ({"months": True}, "months=True"),
        ({"cut_off": "31/03/2019"}, "not a day"),
        ({"cut_off": 2019}, "not a day"),
        ({"cut_off": "1019-03-31"}, "not a day"),
        ({"since": ""}, "since"),
        ({"partial": "kep"}, 'Did you mean "keep"'),
        ({"crossing": "no"}, "crossing"),
        ({"tolerate": 0.5}, "0 to 0.2"),
        ({"tolerate": True}, "0 to 0.2"),
        ({"dated": 1}, "dated=1"),
    ],
)
def test_refusals(changes, words):
    with pytest.raises(DataError, match=words):
        replace(WINDOW, **changes)


def test_windows_are_for_child_rows(episodes):
    with pytest.raises(DataError, match="for child rows"):
        replace(BACK, trials="n")
    with pytest.raises(DataError, match="both events and since"):
        replace(BACK, events="closed")
    with pytest.raises(DataError, match=r'no column "closed" for within'):
        collapse(read_cohort(episodes().drop(columns="closed"), authority="la", period="quarter"), BACK)
    panel = pd.DataFrame({"la": ["A"], "year": [2014], "again": [1]})
    with pytest.raises(DataError, match="need a denominator"):
        collapse(read_panel(panel, authority="la", period="year"), BACK)


def crossing_layout(kind, outcome, months, start="2015-07-01"):
    """Two authorities, an episode a week in each, one of them adopting."""
    days = pd.date_range("2013-01-01", "2016-09-30", freq="7D")
    frame = pd.DataFrame({"la": ["A", "B"] * len(days), "closed": np.repeat(days, 2), "again": [0, 1] * len(days)})
    window = replace(outcome.within, months=months)
    cohort = read_cohort(frame, authority="la", period="closed", calendar=kind)
    cells = collapse(cohort, replace(outcome, within=window))
    return layout_of(cells, Rollout({"A": dt.date.fromisoformat(start)}))


@pytest.mark.parametrize(
    ("kind", "months", "left"), [("quarter", 6, 2), ("month", 6, 6), ("quarter", 7, 3), ("quarter", 1, 1)]
)
def test_half_treated_windows_are_left_out_before_the_start_of_adopters_only(kind, months, left):
    layout = crossing_layout(kind, BACK, months)
    start = int(layout.starts[0])
    empty = layout.cells.total[:, :, 0] == 0
    assert empty[0, start - left : start].all()
    assert empty[0].sum() == left
    assert not empty[1].any()
    assert layout.n_pre == start - left
    assert f"Adopters' last {'period' if left == 1 else f'{left} periods'}" in layout.cells.notes[-1]
    assert "half treated" in layout.cells.notes[-1]


def test_half_treated_windows_are_kept_on_request_with_a_warning():
    outcome = replace(BACK, within=replace(WINDOW, crossing="keep"))
    layout = crossing_layout("quarter", outcome, 6)
    assert (layout.cells.total > 0).all()
    assert layout.n_pre == int(layout.starts[0])
    assert "drawn towards nothing" in layout.cells.notes[-1]


def test_a_start_too_early_for_the_window_says_so():
    with pytest.raises(DesignError, match=r'no data before their start.*crossing="keep"'):
        crossing_layout("year", BACK, 6, start="2014-01-01")
