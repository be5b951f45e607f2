"""Data frames that may live on a cluster: only cells leave it, and they are those of a table in memory."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import collapse, read_cohort

pytestmark = pytest.mark.cluster

KEYS = {"authority": "la", "period": "quarter"}
ADJUST = ("sex", "age", "disabled")


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql")
    local = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "3",
        "spark.ui.showConsoleProgress": "false",
    }
    session = sql.SparkSession.builder.master("local[2]").config(map=local).getOrCreate()
    yield session
    session.stop()


@pytest.fixture(params=["dask", "pyspark"])
def distributed(request, tmp_path):
    """A function that gives a pandas table as a data frame of several parts."""

    def make(frame):
        path = tmp_path / f"t{len(list(tmp_path.iterdir()))}.parquet"
        frame.to_parquet(path, index=False, coerce_timestamps="us", allow_truncated_timestamps=True)
        if request.param == "dask":
            return pytest.importorskip("dask.dataframe").from_pandas(pd.read_parquet(path), npartitions=3)
        return request.getfixturevalue("spark").read.parquet(str(path)).repartition(3)

    return make


def parts(cells):
    return cells.authorities, cells.calendar, cells.patterns, cells.events.tobytes(), cells.total.tobytes(), cells.notes


def test_cells_are_those_of_a_table_in_memory(children, distributed, again, visits):
    frame = children()
    cohort = read_cohort(distributed(frame), **KEYS)
    assert repr(cohort) == "Cohort(not yet counted)"
    for outcome in (again, visits, replace(visits, among="cla")):
        assert parts(collapse(cohort, outcome, ADJUST)) == parts(collapse(read_cohort(frame, **KEYS), outcome, ADJUST))


def test_text_truth_values_and_floats_are_read_alike(children, distributed, again):
    frame = children()
    expected = parts(collapse(read_cohort(frame, **KEYS), again))
    for kind in (float, bool, str):
        cohort = read_cohort(distributed(frame.astype({"again": kind})), **KEYS)
        assert parts(collapse(cohort, again)) == expected


def test_missing_outcomes_are_refused_or_dropped(children, distributed, again):
    frame = children().astype({"again": float})
    frame.loc[:13, "again"] = np.nan
    cohort = read_cohort(distributed(frame), **KEYS)
    with pytest.raises(DataError, match=r'not recorded.*"again", 14 of 600 rows; to see them, filter'):
        collapse(cohort, again)
    cells = collapse(cohort, replace(again, missing="drop"))
    assert parts(cells) == parts(collapse(read_cohort(frame, **KEYS), replace(again, missing="drop")))


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("visits", -1.0, "negative or infinite"),
        ("visits", 1.5, "not whole"),
        ("years", 0.0, "exposure is zero"),
        ("years", np.inf, "negative or infinite"),
        ("years", np.nan, "not recorded"),
        ("la", None, "cannot be placed"),
        ("sex", None, "A covariate is missing"),
    ],
)
def test_faulty_rows_are_named_by_column_and_count(children, distributed, visits, column, value, words):
    frame = children().astype({"visits": float})
    frame.loc[[3, 400], "visits"] = 2.0
    frame.loc[[3, 400], column] = value
    with pytest.raises(DataError, match=words) as caught:
        collapse(read_cohort(distributed(frame), **KEYS), visits, ("sex",))
    assert f'"{column}", 2 of 600 rows' in str(caught.value)


def test_dates_are_binned_in_the_engine(children, distributed, again):
    rng = np.random.default_rng(2)
    days = pd.to_datetime("2014-01-01") + pd.to_timedelta(rng.integers(0, 900, 600), unit="D")
    frame = children().assign(quarter=days)
    for kind in ("quarter", "month", "financial_year"):
        cohorts = [read_cohort(source, **KEYS, calendar=kind) for source in (frame, distributed(frame))]
        assert parts(collapse(cohorts[0], again)) == parts(collapse(cohorts[1], again))
