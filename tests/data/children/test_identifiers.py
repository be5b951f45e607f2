"""Identifiers of children that cannot tell children apart."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import collapse, read_cohort

KEYS = {"authority": "la", "period": "quarter", "child": "child"}


def rows(children):
    n = len(children)
    la = ["Leeds", "York"] * (n // 2)
    return pd.DataFrame(
        {"child": children, "la": la, "quarter": "2014Q1", "again": [0, 1] * (n // 2), "day": "2014-01-01"}
    )


def counted(source, again):
    return collapse(read_cohort(source, **KEYS, order="day"), again).total.sum()


@pytest.mark.parametrize(
    "children",
    [
        2.0**53 + 2.0 * np.arange(40),
        (2.0**24 + 2.0 * np.arange(40)).astype("float32"),
        [f"{2.0**53 + 2 * i}" for i in range(40)],
        [f"{12345678901234567 + 100_000 * i:.5E}" for i in range(40)],
    ],
)
def test_identifiers_that_were_rounded_are_refused_in_every_source(children, sources, again):
    for name, source in sources(rows(children)).items():
        if name == "pandas nullable" and not isinstance(children, list):
            continue  # whole numbers by then
        if np.asarray(children).dtype == np.float32 and ("csv" in name or "objects" in name):
            continue  # text, or wider floats: nothing is left to tell it by
        with pytest.raises(DataError, match="rounded as floats") as caught:
            counted(source, again)
        assert "9007199" not in str(caught.value), name


def test_floats_that_are_exact_and_long_whole_numbers_are_read(sources, again):
    for children in (2.0**53 - 1e13 - np.arange(40.0), 2**53 + np.arange(40), [f"{2**60 + i}" for i in range(40)]):
        for name, source in sources(rows(children)).items():
            assert counted(source, again) == 40, name


@pytest.mark.parametrize(
    "other", [lambda i: f"{i}", lambda i: f"{i}.0", lambda i: f"00{i}"], ids=["bare", "decimal", "longer"]
)
def test_one_child_written_in_two_ways_is_refused_in_every_source(other, sources, again):
    children = [f"0{100 + i}" for i in range(20)] + [other(100 + i) for i in range(20)]
    for name, source in sources(rows(children)).items():
        with pytest.raises(DataError, match="written in two ways") as caught:
            counted(source, again)
        assert "101" not in str(caught.value), name


def test_identifiers_of_two_lengths_that_never_meet_are_read(sources, again):
    children = [f"0{100 + i}" for i in range(20)] + [f"{500 + i}" for i in range(20)]
    for name, source in sources(rows(children)).items():
        assert counted(source, again) == 40, name


def test_both_faults_are_in_one_message(again):
    children = ["0101", "101", "1.23457E+17", "1.23458E+17"]
    for source in (rows(children), pl.from_pandas(rows(children)).lazy()):
        with pytest.raises(DataError, match=r"rounded as floats.*written in two ways"):
            counted(source, again)
