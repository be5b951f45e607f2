"""What authorities belong to, as tables say it."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Binary, collapse, read_cohort, read_panel

OUTCOME = Binary("again", "all", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
CHILD = Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")


def table(**columns):
    rows = {"la": np.repeat(["Leeds", "York", "Kent"], 2), "year": [2014, 2015] * 3, "again": 12, "all": 90}
    return pd.DataFrame(rows | {"region": np.repeat(["North", "North", "South"], 2)} | columns)


def test_a_panel_says_what_its_authorities_belong_to():
    cells = collapse(read_panel(table(), authority="la", period="year", cluster="region"), OUTCOME)
    assert cells.authorities == ("Kent", "Leeds", "York")
    assert cells.clusters == ("South", "North", "North")
    assert cells.of(("York",)).clusters == ("North",)
    assert collapse(read_panel(table(), authority="la", period="year"), OUTCOME).clusters is None


@pytest.mark.parametrize("engine", [lambda t: t, lambda t: pl.from_pandas(t), lambda t: pl.from_pandas(t).lazy()])
def test_children_say_it_too_in_every_engine(engine):
    children = table(again=[0, 1] * 3).loc[np.repeat(np.arange(6), 20)].reset_index(drop=True)
    cohort = read_cohort(engine(children), authority="la", period="year", cluster="region")
    assert collapse(cohort, CHILD).clusters == ("South", "North", "North")


def test_published_regions_stand_in_for_a_column():
    own = table().drop(columns="region")
    cells = collapse(read_panel(own, authority="la", period="year", cluster="region"), OUTCOME)
    assert cells.clusters == ("South East", "Yorkshire and The Humber", "Yorkshire and The Humber")
    coded = own.assign(la=np.repeat(["E08000035", "E06000014", "E10000016"], 2))
    assert set(collapse(read_panel(coded, authority="la", period="year", cluster="region"), OUTCOME).clusters) == set(
        cells.clusters
    )
    with pytest.raises(DataError, match="not known as English ones"):
        collapse(read_panel(own.replace("Kent", "Gotham"), authority="la", period="year", cluster="region"), OUTCOME)


@pytest.mark.parametrize(
    ("regions", "said"),
    [
        (["North", "South", "North", "North", "South", "South"], "more than one cluster"),
        ([None, None, "North", "North", "South", "South"], "no cluster"),
    ],
)
def test_every_authority_has_one(regions, said):
    with pytest.raises(DataError, match=said):
        collapse(read_panel(table(region=regions), authority="la", period="year", cluster="region"), OUTCOME)


def test_a_cluster_is_a_column_of_its_own():
    with pytest.raises(DataError, match="column of authorities"):
        read_panel(table(), authority="la", period="year", cluster="la")
    with pytest.raises(DataError, match='no column "areas"'):
        read_panel(table(), authority="la", period="year", cluster="areas")
