"""Numbers of authorities beside the outcome: placed, read leniently where official, refused where they are none."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import read_panel
from sos_bayes.data.authorities.panel_numbers import panel_numbers

NAMES = ("Kent", "Leeds", "York")


def table(**columns):
    rows = {"la": np.repeat(["Leeds", "York", "Kent"], 2), "year": [2015, 2014] * 3, "poor": [2.0, 1, 4, 3, 6, 5]}
    return pd.DataFrame(rows | columns)


def read(frame, columns=("poor",), names=NAMES):
    return panel_numbers(read_panel(frame, authority="la", period="year"), columns, names)


@pytest.mark.parametrize("engine", [lambda t: t, lambda t: pl.from_pandas(t), lambda t: pl.from_pandas(t).lazy()])
def test_numbers_stand_by_authority_and_period(engine):
    found = read(engine(table(size=np.arange(6))), ("size", "poor"))
    np.testing.assert_array_equal(found[..., 1], [[5, 6], [1, 2], [3, 4]])
    np.testing.assert_array_equal(found[..., 0], [[5, 4], [1, 0], [3, 2]])


def test_only_these_authorities_in_this_order():
    np.testing.assert_array_equal(read(table(), names=("York", "Kent"))[..., 0], [[3, 4], [5, 6]])


def test_what_is_not_there_is_not_known():
    found = read(table(poor=["2", "c", "", "3", None, "x"]).drop(index=1))
    np.testing.assert_array_equal(np.isnan(found[..., 0]), [[True, True], [True, False], [False, True]])


@pytest.mark.parametrize(
    ("frame", "columns", "said"),
    [
        (table(), ("rich",), 'no column "rich"'),
        (table(), ("la",), "key of the table"),
        (table(), ("year",), "key of the table"),
        (table(poor=["many"] * 6), ("poor",), "Text stands where numbers belong"),
        (table(poor=[1.0, np.inf, 2, 3, 4, 5]), ("poor",), "infinite"),
        (table(poor=pd.Timestamp("2015-01-01")), ("poor",), "column of numbers is needed"),
    ],
)
def test_what_is_no_number_is_refused(frame, columns, said):
    with pytest.raises(DataError, match=said) as fault:
        read(frame, columns)
    assert fault.value.cure


def test_all_faults_stand_in_one_message():
    with pytest.raises(DataError) as fault:
        read(table(a=["many"] * 6, b=["few"] * 6), ("a", "b"))
    assert len(fault.value.faults) == 2
