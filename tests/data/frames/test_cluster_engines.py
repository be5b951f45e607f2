"""Data frames that may live on a cluster: only cells leave it, and they are those of a table in memory."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Bins, Nested, Rollout, Window, collapse, read_cohort, settled

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


def child_rows(n=900):
    """Synthetic episodes with days, nested events and several rows of a child."""
    rng = np.random.default_rng(3)
    child = rng.integers(0, n // 2, n)
    again = rng.integers(0, 2, n)
    return pd.DataFrame(
        {
            "child": [f"CANARY{i:04d}" for i in child],
            "la": np.array(["A", "B", "C"])[child % 3],
            "quarter": rng.choice(["2014Q1", "2014Q2", "2014Q3"], n),
            "closed": pd.Timestamp("2014-01-01") + pd.to_timedelta(rng.permutation(n), unit="D"),
            "again": again,
            "escalated": np.where(again == 1, rng.integers(0, 2, n), np.nan),
            "weight": np.where(rng.random(n) < 0.1, np.nan, rng.gamma(4, 5, n)),
            "day": rng.permutation(n),
        }
    )


def test_nested_events_windows_and_bands_are_those_of_a_table_in_memory(distributed):
    frame = child_rows()
    within = Window("closed", 6, "2015-06-30", tolerate=0.2)
    frame.loc[frame["closed"] > "2014-12-31", "quarter"] = "2016Q1"
    both = Nested("again", "escalated", aim=Aim.FEWER, worthwhile=0.01, label="both", within=within)
    here, there = read_cohort(frame, **KEYS), read_cohort(distributed(frame), **KEYS)
    covariates = (Bins("weight", quantiles=3, missing="level"),)
    bands = settled(covariates, here, Rollout({"A": "2014Q3"}))
    assert settled(covariates, there, Rollout({"A": "2014Q3"})) == bands
    for outcome in (both.joint, both.conditional):
        assert parts(collapse(there, outcome, bands)) == parts(collapse(here, outcome, bands))
    frame.loc[:1, ["again", "escalated"]] = [0, 1]
    with pytest.raises(DataError, match="2 of 900 rows"):
        collapse(read_cohort(distributed(frame), **KEYS), both.joint)


@pytest.mark.parametrize("episodes", ["first", "all"])
def test_several_rows_of_a_child_are_told_apart_where_the_engine_can(distributed, again, episodes):
    frame = child_rows()
    keys = {**KEYS, "child": "child", "order": "day", "episodes": episodes}
    source = distributed(frame)
    if "dask" in type(source).__module__:
        with pytest.raises(DataError, match="Dask cannot number the rows of a child"):
            read_cohort(source, **keys)
        return
    here, there = (collapse(read_cohort(table, **keys), again) for table in (frame, source))
    assert parts(there)[:5] == parts(here)[:5]
