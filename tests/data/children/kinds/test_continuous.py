"""Measured values summed from rows of children, in every engine, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Binary, Continuous, collapse, read_cohort, read_panel
from sos_bayes.data.cells.within_cell_units import pooled

KEYS = {"authority": "la", "period": "quarter"}
QUARTERS = ("2014Q1", "2014Q2", "2014Q3", "2014Q4")
SOURCES = (
    "pandas", "pandas objects", "pandas nullable", "polars", "polars lazy", "arrow", "duckdb", "parquet", "csv",
)  # fmt: skip


def measured(column="score", **more):
    return Continuous(column, **({"unit": "points", "aim": Aim.FEWER, "worthwhile": 0.5, "label": "score"} | more))


@pytest.fixture
def table(children):
    frame = children()
    rng = np.random.default_rng(9)
    frame["score"] = rng.normal(20.0, 5.0, len(frame))
    frame["days"] = rng.integers(-3, 400, len(frame))
    return frame


def by_cell(frame, column):
    """Numbers, sums and squared deviations by authority, period and sex, each from the values themselves."""
    index = pd.MultiIndex.from_product([sorted(frame["la"].unique()), QUARTERS, ["F", "M"]])
    groups = frame.groupby(["la", "quarter", "sex"])[column]
    squares = groups.agg(lambda v: float(((v - v.mean()) ** 2).sum()))
    parts = (groups.size(), groups.sum(), squares)
    return [part.reindex(index, fill_value=0).to_numpy(dtype=float).reshape(4, 4, 2) for part in parts]


def agrees(cells, frame, column, rtol=1e-12):
    total, events, squares = by_cell(frame, column)
    np.testing.assert_array_equal(cells.total, total)
    np.testing.assert_allclose(cells.events, events, rtol=rtol)
    np.testing.assert_allclose(cells.squares, squares, rtol=rtol)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("column", ["score", "days"])
def test_every_source_gives_the_sums_of_the_rows(table, sources, name, column):
    agrees(collapse(read_cohort(sources(table)[name], **KEYS), measured(column), ("sex",)), table, column)


@pytest.mark.parametrize("name", ["polars lazy", "parquet", "duckdb"])
def test_two_looks_at_the_rows_and_nothing_but_cells_leaves_the_engine(table, sources, name, monkeypatch):
    import narwhals as nw

    heights, collect = [], nw.LazyFrame.collect

    def counted(self, *args, **options):
        frame = collect(self, *args, **options)
        heights.append(len(frame))
        return frame

    monkeypatch.setattr(nw.LazyFrame, "collect", counted)
    collapse(read_cohort(sources(table)[name], **KEYS), measured(), ("sex",))
    assert heights == [1, 24]


@pytest.mark.parametrize(
    ("shift", "times", "rtol"), [(1e6, 1.0, 1e-9), (-1e9, 1.0, 1e-5), (0.0, 1e-8, 1e-12), (0.0, 1e12, 1e-12)]
)
def test_nothing_cancels_far_from_zero_or_in_odd_units(table, shift, times, rtol):
    """Squares are compared with those of the values as they are stored; their own rounding is in the bound."""
    table["score"] = times * table["score"] + shift
    agrees(collapse(read_cohort(table, **KEYS), measured(), ("sex",)), table, "score", rtol)


def test_whole_numbers_are_summed_exactly_whatever_their_origin(table):
    table["days"] += 2_000_000_000
    cells = collapse(read_cohort(table, **KEYS), measured("days"), ("sex",))
    total, events, _ = by_cell(table, "days")
    np.testing.assert_array_equal(cells.events, events)
    exact = [sum((int(v) * len(g) - g.sum()) ** 2 for v in g) / len(g) ** 2
             for g in (g.astype(object) for _, g in table.groupby(["la", "quarter", "sex"])["days"])]  # fmt: skip
    np.testing.assert_allclose(cells.squares[total > 0], np.array(exact, dtype=float), rtol=1e-13)


def test_a_child_alone_in_its_cell_deviates_by_nothing():
    """Though the last digits of a value and of its square are cut off, each in its own place."""
    score = np.random.default_rng(3).normal(0.0, 1.0, 800).round(7)
    alone = pd.DataFrame({"la": np.repeat([f"A{i:03d}" for i in range(200)], 4), "quarter": list(QUARTERS) * 200})
    cells = collapse(read_cohort(alone.assign(score=score), **KEYS), measured())
    assert (cells.total == 1).all()
    assert (cells.squares == 0).all()
    np.testing.assert_allclose(cells.events.ravel(), score, rtol=1e-12)


def test_the_order_of_rows_changes_no_bit(table):
    one = collapse(read_cohort(table, **KEYS), measured(), ("sex",))
    two = collapse(read_cohort(table.sample(frac=1, random_state=4), **KEYS), measured(), ("sex",))
    assert one.events.tobytes() == two.events.tobytes()
    assert one.squares.tobytes() == two.squares.tobytes()


@pytest.mark.parametrize("name", ["pandas", "polars lazy", "duckdb"])
@pytest.mark.parametrize("blank", [None, np.nan])
def test_rows_outside_the_denominator_and_without_a_value_are_left_out(table, sources, name, blank):
    table.loc[table.index[:40], "score"] = blank
    source = sources(table)[name]
    cells = collapse(read_cohort(source, **KEYS), measured(among="cla", missing="drop"), ("sex",))
    agrees(cells, table[(table["cla"] == 1) & table["score"].notna()], "score")
    with pytest.raises(DataError, match="not recorded in some rows"):
        collapse(read_cohort(source, **KEYS), measured(among="cla"), ("sex",))


def test_infinite_values_and_words_are_refused_and_not_shown(table):
    table.loc[table.index[5], "score"] = np.inf
    with pytest.raises(DataError, match=r"1 of 600 rows.*") as caught:
        collapse(read_cohort(table, **KEYS), measured())
    assert "Values are infinite" in str(caught.value)
    words = table.assign(score="CANARY")
    with pytest.raises(DataError, match="Text stands where numbers belong") as caught:
        collapse(read_cohort(words, **KEYS), measured())
    assert "CANARY" not in str(caught.value)


def test_patterns_taken_together_are_the_cells_without_them(table):
    adjusted = collapse(read_cohort(table, **KEYS), measured(), ("sex",)).without_patterns()
    plain = collapse(read_cohort(table, **KEYS), measured())
    np.testing.assert_allclose(adjusted.squares, plain.squares, rtol=1e-12)
    np.testing.assert_allclose(adjusted.events, plain.events, rtol=1e-12)
    np.testing.assert_array_equal(plain.of(["Leeds"]).squares, plain.squares[:1])
    keep = np.eye(4, dtype=bool)
    np.testing.assert_array_equal(plain.where(keep).squares[..., 0], plain.squares[..., 0] * keep)


def test_the_pooled_sd_is_that_of_children_around_their_own_cell(table):
    found = pooled(collapse(read_cohort(table, **KEYS), measured(), ("sex",)))
    within = table["score"] - table.groupby(["la", "quarter", "sex"])["score"].transform("mean")
    cells = table.groupby(["la", "quarter", "sex"]).ngroups
    assert found.mean == pytest.approx(table["score"].mean())
    assert found.degrees == len(table) - cells
    assert found.sd == pytest.approx(np.sqrt((within**2).sum() / (len(table) - cells)))


def panel_of(table):
    groups = table.groupby(["la", "quarter"])["score"]
    squares = groups.agg(lambda v: float((v**2).sum()))
    parts = {"mean": groups.mean(), "n": groups.size(), "sd": groups.std(), "sum": groups.sum(), "squares": squares}
    return pd.DataFrame(parts).reset_index()


@pytest.mark.parametrize(
    "outcome",
    [measured("mean", number="n", sd="sd"), measured("sum", number="n", squares="squares")],
    ids=["mean and sd", "sum and squares"],
)
def test_authority_rows_give_the_cells_of_their_children(table, outcome):
    whole = collapse(read_cohort(table, **KEYS), measured())
    cells = collapse(read_panel(panel_of(table), **KEYS), outcome)
    np.testing.assert_array_equal(cells.total, whole.total)
    np.testing.assert_allclose(cells.events, whole.events, rtol=1e-12)
    np.testing.assert_allclose(cells.squares, whole.squares, rtol=1e-10)


def test_one_child_needs_no_sd_and_others_do(table):
    panel = panel_of(table)
    panel.loc[0, ["n", "sd"]] = [1, np.nan]
    cells = collapse(read_panel(panel, **KEYS), measured("mean", number="n", sd="sd"))
    assert cells.squares[0, 0, 0] == 0
    panel.loc[1, "sd"] = np.nan
    with pytest.raises(DataError, match="not recorded in some rows"):
        collapse(read_panel(panel, **KEYS), measured("mean", number="n", sd="sd"))
    dropped = collapse(read_panel(panel, **KEYS), measured("mean", number="n", sd="sd", missing="drop"))
    assert (dropped.total == 0).sum() == (cells.total == 0).sum() + 1


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("n", -1.0, "not whole"),
        ("n", 2.5, "not whole"),
        ("sd", -0.1, "is negative"),
        ("mean", np.inf, "infinite"),
    ],
)
def test_panels_that_no_children_can_have_are_refused(table, column, value, message):
    panel = panel_of(table).astype({"n": float})
    panel.loc[2, column] = value
    with pytest.raises(DataError, match=message):
        collapse(read_panel(panel, **KEYS), measured("mean", number="n", sd="sd"))


def test_squares_below_those_of_the_mean_are_refused(table):
    panel = panel_of(table)
    panel.loc[2, "squares"] = 1.0
    with pytest.raises(DataError, match="too small for the sums"):
        collapse(read_panel(panel, **KEYS), measured("sum", number="n", squares="squares"))


def test_columns_of_authority_rows_are_named_and_those_of_children_not(table):
    with pytest.raises(DataError, match="need how much children vary"):
        collapse(read_panel(panel_of(table), **KEYS), measured("mean", number="n"))
    with pytest.raises(DataError, match="need a denominator"):
        collapse(read_panel(panel_of(table), **KEYS), measured("mean", sd="sd"))
    with pytest.raises(DataError, match="are for authority rows"):
        collapse(read_cohort(table, **KEYS), measured(number="days"))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"unit": " "}, "needs the unit"),
        ({"sd": "a", "squares": "b"}, "Both sd and squares"),
        ({"number": "score"}, "One column is named as both"),
        ({"worthwhile": -1.0}, "not a positive number"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(more, message):
    with pytest.raises(DataError, match=message):
        measured(**more)


def test_cells_with_impossible_squares_are_refused(table):
    from dataclasses import replace

    cells = collapse(read_cohort(table, **KEYS), measured())
    for squares, message in ((None, "must have shape"), (-cells.squares, "negative"), (cells.squares + 1, "fewer")):
        with pytest.raises(DataError, match=message):
            replace(cells, squares=squares)
    with pytest.raises(DataError, match="Only cells of a Continuous"):
        replace(cells, outcome=Binary("x", aim=Aim.FEWER, worthwhile=0.01, label="x"), events=cells.total)
