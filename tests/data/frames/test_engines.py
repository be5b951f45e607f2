"""What leaves an engine, how it is asked, and what a long count says."""

import io
import os
import sys
import time
from collections import Counter
from functools import partial

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import collapse, read_cohort
from sos_bayes.data.frames import progress
from sos_bayes.data.frames.sources import open_table
from sos_bayes.data.frames.table import AHEAD

KEYS = {"authority": "la", "period": "quarter"}
LAZY = ("polars lazy", "parquet", "parquet folder", "duckdb", "csv")


@pytest.fixture
def heights(monkeypatch):
    """The number of rows of everything that lazy frames give back."""
    found = []
    collect = nw.LazyFrame.collect

    def counted(self, *args, **options):
        frame = collect(self, *args, **options)
        found.append(len(frame))
        return frame

    monkeypatch.setattr(nw.LazyFrame, "collect", counted)
    return found


@pytest.mark.parametrize("name", LAZY)
def test_only_cells_leave_the_engine(children, sources, again, visits, heights, name):
    source = sources(children())[name]
    for outcome in (again, visits):
        collapse(read_cohort(source, **KEYS, child="child"), outcome, ("sex",))
    assert max(heights) == 4 * 3 * 2
    assert name == "csv" or sorted(heights) == [
        1,
        1,
        4 * 3 * 2,
        4 * 3 * 2,
    ]  # one row of figures on identifiers, and cells


@pytest.mark.parametrize("name", LAZY)
def test_no_rows_leave_the_engine_when_rows_are_faulty(children, sources, again, heights, name):
    frame = children()
    frame.loc[frame.index[:200], "again"] = 2
    with pytest.raises(DataError, match="200 of 600 rows"):
        collapse(read_cohort(sources(frame)[name], **KEYS), again, ("sex",))
    assert max(heights) == 4 * 3 * 2


def calls_below(work):
    """How many Python functions of pandas and narwhals run, by a count that no machine's speed touches."""
    calls = Counter()

    def note(frame, event, _):
        if event == "call":
            calls[str(frame.f_globals.get("__name__", "")).split(".")[0]] += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls["pandas"] + calls["narwhals"]


def groups_of(n, kind):
    rows = pd.DataFrame({"la": np.arange(4_000) % n, "quarter": 2014, "again": 1, "visits": 1, "years": 0.5})
    rows["la"] = "A" + rows["la"].astype(str)
    return rows.astype({"la": kind, "again": "int8"})


@pytest.mark.parametrize("kind", ["category", "str", "object"])
def test_pandas_runs_no_python_for_each_group(again, visits, kind):
    few, many = groups_of(10, kind), groups_of(1_000, kind)
    for outcome in (again, visits):
        _, base, more = (
            calls_below(partial(collapse, read_cohort(frame, **KEYS), outcome)) for frame in (few, few, many)
        )
        assert more < base + 500


def test_the_slow_path_would_be_seen():
    def aggregated(n):
        frame = nw.from_native(groups_of(n, "category"))
        return lambda: frame.group_by("la").agg(nw.col("again").cast(nw.Int64).sum())

    with pytest.warns(UserWarning, match="complex group-by"):
        base = calls_below(aggregated(10))
    with pytest.warns(UserWarning, match="complex group-by"):
        assert calls_below(aggregated(1_000)) > base + 10_000


def test_other_sources_are_refused_with_a_list_of_those_that_are_read():
    for source in (pd.Series([1]), pl.Series([1]), np.zeros(3), {"la": [1]}, duckdb.connect()):
        with pytest.raises(DataError, match="PySpark or Dask"):
            open_table(source)


def test_an_engine_that_fails_shows_no_values(again):
    relation = duckdb.sql(
        "select la, quarter, cast(again as int) again from (values ('A', '2014', 'CANARY')) t(la, quarter, again)"
    )
    with pytest.raises(DataError, match="could not run the query") as caught:
        collapse(read_cohort(relation, **KEYS), again)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_decimals_of_a_database_are_numbers(again):
    relation = duckdb.sql("select 'A' la, 2014 as quarter, (i % 2)::decimal(5, 1) again from range(20) t(i)")
    cells = collapse(read_cohort(relation, **KEYS), again)
    assert (cells.events.item(), cells.total.item()) == (10, 20)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "patience", "said"), [(Terminal(), 0.05, True), (io.StringIO(), 0.05, False), (Terminal(), 60, False)]
)
def test_a_long_count_is_announced_on_a_terminal_only(monkeypatch, stream, patience, said):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "PATIENCE", patience)
    with progress.progress("Counting re-referral by la") as counted:
        time.sleep(0.2)
        counted.rows = 12_345
    expected = "Counting re-referral by la ...\n12,345 rows counted in 0 s\n" if said else ""
    assert stream.getvalue() == expected


def test_an_interrupted_count_leaves_no_last_word(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "PATIENCE", 0.05)

    def interrupted():
        with progress.progress("Counting"):
            time.sleep(0.2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue() == "Counting ...\n"


@pytest.mark.parametrize("own", [None, "5"])
def test_polars_holds_one_row_group_ahead_while_it_counts_unless_the_user_said_how_many(
    monkeypatch, tmp_path, children, again, own
):
    children().to_parquet(tmp_path / "children.parquet")
    if own is None:
        monkeypatch.delenv(AHEAD, raising=False)
    else:
        monkeypatch.setenv(AHEAD, own)
    seen, collect = [], nw.LazyFrame.collect

    def watched(self, *args, **options):
        seen.append(os.environ.get(AHEAD))
        return collect(self, *args, **options)

    monkeypatch.setattr(nw.LazyFrame, "collect", watched)
    collapse(read_cohort(tmp_path / "children.parquet", **KEYS), again)
    assert set(seen) == {own or "1"}
    assert os.environ.get(AHEAD) == own
