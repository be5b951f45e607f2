"""Several rows of one child: synthetic episodes with identifiers that must stay where they are."""

import pickle
from dataclasses import replace

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sos_bayes._core.cores import Parcel
from sos_bayes._core.errors import DataError
from sos_bayes.data import Bins, Count, Window, collapse, read_cohort
from sos_bayes.data.children.design_effect import Clusters, design_effects, likeness

KEYS = {"authority": "la", "period": "quarter", "child": "child"}
LAZY = ("polars lazy", "parquet", "parquet folder", "duckdb", "csv")


@pytest.fixture
def episodes(children):
    """Rows of children of whom some have several in a quarter, each on a day of its own."""

    def make(n=600, seed=1):
        frame = children(n, seed)
        rng = np.random.default_rng(seed + 7)
        child = rng.integers(0, n // 3, n)
        frame["child"] = [f"CANARY{i:05d}" for i in child]
        frame["la"] = np.array(["NA", "St Helens", "Wakefield", "Leeds"])[child % 4]
        frame["day"] = pd.Timestamp("2014-01-01") + pd.to_timedelta(rng.permutation(n), unit="D")
        return frame

    return make


def parts(cells):
    return cells.patterns, cells.events.tobytes(), cells.total.tobytes(), cells.notes


def same(results):
    """Notes aside that say of lazy sources what was not looked for."""
    kept = {
        name: (*parts(c)[:3], tuple(n for n in c.notes if "not looked for" not in n)) for name, c in results.items()
    }
    first = next(iter(kept.values()))
    return [name for name, value in kept.items() if value != first]


def test_one_row_a_child_authority_and_period_by_day_in_every_source(episodes, sources, again, visits):
    frame = episodes()
    first = frame.sort_values("day").drop_duplicates(["child", "la", "quarter"])
    plain = [c for c in first.columns if c != "child"]
    for outcome in (again, visits):
        results = {
            name: collapse(read_cohort(source, **KEYS, order="day"), outcome, ("sex",))
            for name, source in sources(frame).items()
        }
        assert same(results) == []
        expected = collapse(read_cohort(first[plain], authority="la", period="quarter"), outcome, ("sex",))
        np.testing.assert_array_equal(results["duckdb"].events, expected.events)
        np.testing.assert_array_equal(results["duckdb"].total, expected.total)
        later = round(len(frame) - len(first), -1)
        said = " ".join(results["duckdb"].notes)
        assert f'the first by "day": about {later} later rows of the same child were left out' in said


def test_without_a_column_of_order_the_table_decides_where_it_has_an_order(episodes, sources, again):
    frame = episodes()
    first = frame.drop_duplicates(["child", "la", "quarter"])
    for name, source in sources(frame).items():
        cohort = read_cohort(source, **KEYS)
        if name.startswith(("polars lazy", "parquet", "duckdb")):
            with pytest.raises(DataError, match=r'nothing says which comes first.*order="..."') as caught:
                collapse(cohort, again)
            assert "CANARY" not in str(caught.value)
            continue
        cells = collapse(cohort, again)
        assert (cells.events.sum(), cells.total.sum()) == (first["again"].sum(), len(first)), name
        assert "the first in the order of the table" in " ".join(cells.notes)


def test_arrow_in_many_pieces_keeps_each_row_with_its_child(episodes, again):
    """Joined on several threads, pieces come back in another order."""
    frame = pd.concat([episodes()] * 40, ignore_index=True)
    pieces = pa.Table.from_pandas(frame, preserve_index=False).to_batches(max_chunksize=100)
    one, two = (
        collapse(read_cohort(source, **KEYS), again, ("sex",)) for source in (frame, pa.Table.from_batches(pieces))
    )
    assert one.events.tobytes() == two.events.tobytes()
    assert one.total.tobytes() == two.total.tobytes()


def test_order_of_rows_changes_no_byte_where_days_decide(episodes, again):
    frame = episodes()
    frame["day"] = frame["day"].where(frame.index % 3 > 0, pd.Timestamp("2014-01-01"))
    frame["number"] = np.arange(600.0)[::-1]
    mixed = frame.sample(frac=1, random_state=2)
    first = frame.sort_values(["day", "number"]).drop_duplicates(["child", "la", "quarter"])
    forms = [form for f in (frame, mixed) for form in (f, pl.from_pandas(f).lazy(), duckdb.from_df(f))]
    results = [collapse(read_cohort(form, **KEYS, order=("day", "number")), again) for form in forms]
    assert len({parts(cells)[:3] for cells in results}) == 1
    assert (results[0].events.sum(), results[0].total.sum()) == (first["again"].sum(), len(first))
    assert 'the first by "day" and "number"' in " ".join(results[0].notes)


def test_rows_of_one_day_are_an_error_where_the_source_has_no_order(episodes, sources, again):
    frame = episodes().assign(day="2014-01-01")
    for name in ("polars lazy", "parquet", "duckdb"):
        with pytest.raises(DataError, match=r'"day" puts them in the same place.*order=\(...\)'):
            collapse(read_cohort(sources(frame)[name], **KEYS, order="day"), again)
    expected = collapse(read_cohort(frame, **KEYS), again)
    for name in ("pandas", "arrow", "csv"):
        cells = collapse(read_cohort(sources(frame)[name], **KEYS, order="day"), again)
        assert parts(cells)[:3] == parts(expected)[:3]


def test_days_as_text_and_numbers_put_rows_in_order(episodes, again):
    frame = episodes()
    expected = parts(collapse(read_cohort(frame, **KEYS, order="day"), again))
    for day in (
        frame["day"].dt.strftime("%Y-%m-%d"),
        frame["day"].dt.date,
        frame["day"].dt.dayofyear + 366.5 * (frame["day"].dt.year - 2014),
    ):
        for f in (frame.assign(day=day), pl.from_pandas(frame.assign(day=day)).lazy()):
            cells = collapse(read_cohort(f, **KEYS, order="day"), again)
            assert parts(cells)[:3] == expected[:3]


def test_the_first_row_inside_the_denominator_counts(episodes, sources, again):
    frame = episodes()
    inside = frame[frame["cla"] == 1].sort_values("day").drop_duplicates(["child", "la", "quarter"])
    for name in ("pandas", "arrow", "duckdb", "csv"):
        cells = collapse(read_cohort(sources(frame)[name], **KEYS, order="day"), replace(again, among="cla"))
        assert (cells.events.sum(), cells.total.sum()) == (inside["again"].sum(), len(inside)), name


def test_dates_are_periods_before_children_are_told_apart(episodes, sources, again):
    frame = episodes()
    frame["q"] = frame["day"].dt.to_period("Q").astype(str)
    first = frame.sort_values("day").drop_duplicates(["child", "la", "q"])
    for name in ("pandas", "polars", "polars lazy", "arrow", "duckdb", "parquet"):
        keys = {"authority": "la", "period": "day", "calendar": "quarter", "child": "child"}
        cells = collapse(read_cohort(sources(frame)[name], **keys, order="day"), again)
        assert (cells.events.sum(), cells.total.sum()) == (first["again"].sum(), len(first)), name


def test_windows_and_firsts_go_together(episodes, sources, again):
    frame = episodes()
    frame["closed"] = frame["day"] - pd.Timedelta(days=1)
    outcome = replace(again, within=Window("closed", 6, "2018-01-01"))
    first = frame.sort_values("day").drop_duplicates(["child", "la", "quarter"])
    for name in ("pandas", "arrow", "duckdb", "csv"):
        cells = collapse(read_cohort(sources(frame)[name], **KEYS, order="day"), outcome)
        assert (cells.events.sum(), cells.total.sum()) == (first["again"].sum(), len(first)), name


def plain_likeness(frame):
    """One-way analysis of variance of children within authority and quarter, written out."""
    between = within = 0.0
    rows = children = cells = 0
    squares = 0.0
    for _, cell in frame.groupby(["la", "quarter"]):
        sizes = cell.groupby("child")["again"].size()
        means = cell.groupby("child")["again"].mean()
        between += (sizes * (means - cell["again"].mean()) ** 2).sum()
        within += ((cell["again"] - cell["child"].map(means)) ** 2).sum()
        squares += (sizes**2).sum() / len(cell)
        rows, children, cells = rows + len(cell), children + len(sizes), cells + 1
    msb, msw = between / (children - cells), within / (rows - children)
    size = (rows - squares) / (children - cells)
    return (msb - msw) / (msb + (size - 1) * msw)


@pytest.fixture
def alike(episodes):
    """Rows of which those of a child often agree."""
    frame = episodes(1_200)
    rng = np.random.default_rng(9)
    own = frame["child"].str[-5:].astype(int) % 2
    return frame.assign(again=np.where(rng.random(len(frame)) < 0.4, own, frame["again"]))


def test_counts_of_all_rows_are_divided_by_the_design_effect_in_every_source(alike, sources, again):
    results = {
        name: collapse(read_cohort(source, **KEYS, episodes="all"), again, ("sex",))
        for name, source in sources(alike).items()
    }
    assert same(results) == []
    cells = results["duckdb"]
    r = plain_likeness(alike)
    assert 0.05 < r < 0.5
    for (la, quarter), rows in alike.groupby(["la", "quarter"]):
        place = cells.authorities.index(la), cells.calendar.position(quarter)
        sizes = rows.groupby("child").size()
        effect = 1 + ((sizes**2).sum() / len(rows) - 1) * r
        assert cells.design_effect[place] == pytest.approx(effect, rel=1e-12)
        np.testing.assert_allclose(cells.total[place].sum(), len(rows) / effect, rtol=1e-12)
        np.testing.assert_allclose(cells.events[place].sum(), rows["again"].sum() / effect, rtol=1e-12)
    assert cells.counted.sum() == len(alike)
    assert cells.of(["Leeds"]).counted.sum() == (alike["la"] == "Leeds").sum()
    assert f"estimated as r = {r:.2f}" in " ".join(cells.notes)


def test_the_design_effect_is_that_of_the_outcomes_own_rows(alike, again, visits):
    among = replace(again, among="cla")
    cells = collapse(read_cohort(alike, **KEYS, episodes="all"), among)
    assert f"r = {plain_likeness(alike[alike['cla'] == 1]):.2f}" in " ".join(cells.notes)
    counts = collapse(read_cohort(alike, **KEYS, episodes="all"), visits)
    np.testing.assert_allclose(counts.counted.sum(), alike["years"].sum())
    closed = alike.assign(closed=alike["day"])
    open_ones = closed["quarter"] == "2014Q4"
    closed.loc[open_ones, "closed"] = pd.Timestamp("2020-01-01")
    within = replace(again, within=Window("closed", 6, "2019-12-31"))
    found = collapse(read_cohort(closed, **KEYS, episodes="all"), within)
    assert f"r = {plain_likeness(alike[~open_ones]):.2f}" in " ".join(found.notes)
    assert found.design_effect.shape == found.total.shape[:2]


def test_few_repeated_rows_are_taken_for_one_and_none_changes_nothing(children, again):
    frame = pd.concat([children(), children().head(20)])
    cells = collapse(read_cohort(frame, **KEYS, episodes="all"), again)
    assert "taken as r = 1" in " ".join(cells.notes)
    assert cells.total.sum() < 620
    plain = collapse(read_cohort(children(), **KEYS, episodes="all"), again)
    np.testing.assert_array_equal(plain.total, collapse(read_cohort(children(), **KEYS), again).total)


def test_likeness_is_found_in_rows_made_with_it():
    rng = np.random.default_rng(0)
    for r in (0.0, 0.3, 0.8):
        own = rng.random(20_000) < 0.3
        rows = np.where(rng.random((2, 20_000)) < np.sqrt(r), own, rng.random((2, 20_000)) < 0.3)
        ones = np.ones(20_000, dtype=np.int64)
        s = rows.sum(axis=0)
        made = Clusters(0 * ones, 2 * ones, s, s, ones, 1)
        assert likeness(made) == pytest.approx(r, abs=0.02)
        assert design_effects(made, likeness(made)) == pytest.approx(1 + r, abs=0.02)


@pytest.mark.parametrize("name", LAZY)
@pytest.mark.parametrize("episodes_", ["first", "all"])
def test_only_counts_leave_the_engine(episodes, sources, again, monkeypatch, name, episodes_):
    found = []
    collect = nw.LazyFrame.collect

    def counted(self, *args, **options):
        frame = collect(self, *args, **options)
        found.append(frame)
        return frame

    source = sources(episodes(3_000))[name]
    monkeypatch.setattr(nw.LazyFrame, "collect", counted)
    collapse(read_cohort(source, **KEYS, order="day", episodes=episodes_), again)
    assert all("CANARY" not in str(frame.to_dict(as_series=False)) for frame in found)
    assert max(len(frame) for frame in found) < 300
    assert all("child" not in frame.columns and "__child" not in frame.columns for frame in found)


def test_identifiers_in_memory_are_numbers_at_once(episodes, again):
    for source in (episodes(), pl.from_pandas(episodes()), pl.from_pandas(episodes()).to_arrow()):
        cohort = read_cohort(source, **KEYS, order="day")
        assert "CANARY" not in str(cohort.table.frame.to_dict(as_series=False))
        assert b"CANARY" not in pickle.dumps(Parcel(collapse(cohort, again)))
        with pytest.raises(DataError, match='no column "child"'):
            collapse(cohort, again, ("child",))


@pytest.mark.parametrize("name", ["pandas", "arrow", "polars lazy", "duckdb", "csv"])
@pytest.mark.parametrize("episodes_", ["first", "all"])
def test_rows_without_a_child_are_refused(episodes, sources, again, name, episodes_):
    frame = episodes()
    frame.loc[[3, 40], "child"] = None
    with pytest.raises(DataError, match=r'name no child.*"child", 2 of 600 rows') as caught:
        collapse(read_cohort(sources(frame)[name], **KEYS, order="day", episodes=episodes_), again)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("name", ["pandas", "arrow", "polars lazy", "duckdb", "csv"])
def test_rows_without_a_place_in_the_order_are_refused(episodes, sources, again, name):
    frame = episodes()
    frame.loc[[3, 40], "day"] = pd.NaT
    with pytest.raises(DataError, match=r'comes first is not known.*"day", 2 of 600 rows'):
        collapse(read_cohort(sources(frame)[name], **KEYS, order="day"), again)


def test_values_of_later_rows_are_checked_too(episodes, again):
    frame = episodes().sort_values("day")
    later = frame.index[frame.duplicated(["child", "la", "quarter"])][:2]
    frame.loc[later, "again"] = 2
    with pytest.raises(DataError, match=r"0/1 column.*2 of 600"):
        collapse(read_cohort(frame, **KEYS, order="day"), again)


def test_arguments_refused(episodes, again):
    frame = episodes()
    with pytest.raises(DataError, match='Did you mean "first"'):
        read_cohort(frame, **KEYS, episodes="frist")
    with pytest.raises(DataError, match="whose rows they are"):
        read_cohort(frame, authority="la", period="quarter", episodes="all")
    with pytest.raises(DataError, match="whose rows they are"):
        read_cohort(frame, authority="la", period="quarter", order="day")
    with pytest.raises(DataError, match="key column"):
        read_cohort(frame, **KEYS, order="la")
    with pytest.raises(DataError, match='Did you mean "day"'):
        read_cohort(frame, **KEYS, order="dya")
    with pytest.raises(DataError, match="days or numbers"):
        collapse(read_cohort(frame.assign(day=True), **KEYS, order="day"), again)
    with pytest.raises(DataError, match=r"not known.*600 of 600.*ISO dates"):
        collapse(read_cohort(frame.assign(day="01/02/2014"), **KEYS, order="day"), again)
    cells = collapse(read_cohort(frame, **KEYS, episodes="all"), again)
    with pytest.raises(DataError, match="design effect"):
        replace(cells, design_effect=cells.design_effect * 0.5)


def test_counts_of_a_child_with_several_spells(episodes, again):
    frame = episodes()
    spells = Count("visits", "years", per=1, aim=again.aim, worthwhile=0.1, label="visits", among="cla")
    first = frame[frame["cla"] == 1].drop_duplicates(["child", "la", "quarter"])
    cells = collapse(read_cohort(frame, **KEYS), spells)
    assert cells.events.sum() == first["visits"].sum()
    np.testing.assert_allclose(cells.total.sum(), first["years"].sum())


def test_a_column_may_put_rows_in_order_and_be_a_covariate(episodes, again):
    frame = episodes().assign(number=np.arange(600)[::-1])
    first = frame.sort_values("number").drop_duplicates(["child", "la", "quarter"])
    cells = collapse(read_cohort(frame, **KEYS, order="number"), again, (Bins("number", edges=(300,)),))
    assert (cells.events.sum(), cells.total.sum()) == (first["again"].sum(), len(first))
    assert cells.total[:, :, 0].sum() == (first["number"] < 300).sum()
