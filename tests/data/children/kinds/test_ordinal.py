"""Levels counted from rows of children, in every engine, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Binary, Ordinal, collapse, read_cohort, read_panel

KEYS = {"authority": "la", "period": "quarter"}
WORDS = ("none", "some", "high")


def outcome(column="need", levels=WORDS, at_least="some", **more):
    words = {"aim": Aim.FEWER, "worthwhile": 0.01, "label": "need"} | more
    return Ordinal(column, levels=levels, at_least=at_least, **words)


@pytest.fixture
def table(children):
    frame = children()
    rng = np.random.default_rng(9)
    frame["score"] = rng.integers(0, 3, len(frame))
    frame["need"] = np.array(WORDS)[frame["score"]]
    return frame


def counted(frame, levels, column):
    """Children by authority, period, sex and level, by pandas."""
    index = pd.MultiIndex.from_product(
        [sorted(frame["la"].unique()), ["2014Q1", "2014Q2", "2014Q3", "2014Q4"], ["F", "M"], levels]
    )
    found = frame.groupby(["la", "quarter", "sex", column]).size().reindex(index, fill_value=0)
    return found.to_numpy().reshape(4, 4, 2, len(levels)).astype(float)


SOURCES = (
    "pandas", "pandas objects", "pandas nullable", "polars", "polars lazy", "arrow", "duckdb", "parquet", "csv",
)  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_the_same_counts_by_level(table, sources, name):
    source = sources(table)[name]
    words = collapse(read_cohort(source, **KEYS), outcome(), ("sex",))
    numbers = collapse(read_cohort(source, **KEYS), outcome("score", (0, 1, 2), 1), ("sex",))
    expected = counted(table, WORDS, "need")
    np.testing.assert_array_equal(words.levels, expected)
    np.testing.assert_array_equal(numbers.levels, expected)
    np.testing.assert_array_equal(words.events, expected[..., 1:].sum(axis=3))
    np.testing.assert_array_equal(words.total, expected.sum(axis=3))


def test_events_are_those_of_a_binary_recoding(table):
    high = table.assign(high=(table["need"] == "high").astype(int))
    one = collapse(read_cohort(high, **KEYS), outcome(at_least="high"), ("sex",))
    two = collapse(read_cohort(high, **KEYS), Binary("high", aim=Aim.FEWER, worthwhile=0.01, label="n"), ("sex",))
    np.testing.assert_array_equal(one.events, two.events)
    np.testing.assert_array_equal(one.total, two.total)


@pytest.mark.parametrize("name", ["pandas", "polars lazy", "duckdb"])
def test_rows_outside_the_denominator_and_without_a_level_are_left_out(table, sources, name):
    table.loc[table.index[:40], "need"] = None
    source = sources(table)[name]
    asked = outcome(among="cla", missing="drop")
    cells = collapse(read_cohort(source, **KEYS), asked, ("sex",))
    kept = table[(table["cla"] == 1) & table["need"].notna()]
    np.testing.assert_array_equal(cells.levels, counted(kept, WORDS, "need"))
    assert "left out" in cells.notes[-1] or any("left out" in note for note in cells.notes)
    with pytest.raises(DataError, match="not recorded in some rows"):
        collapse(read_cohort(source, **KEYS), outcome(among="cla"), ("sex",))


def test_spaces_are_trimmed_and_a_level_may_be_called_none(table):
    spaced = table.assign(need=" " + table["need"] + "  ")
    cells = collapse(read_cohort(spaced, **KEYS), outcome())
    assert cells.levels[..., 0].sum() == (table["need"] == "none").sum()


def test_numbers_spelt_as_texts_are_numbers(table):
    texts = table.assign(score=table["score"].astype(str) + ".0")
    cells = collapse(read_cohort(texts, **KEYS), outcome("score", ("0", "1", "2"), "1"), ("sex",))
    np.testing.assert_array_equal(cells.levels, counted(table, WORDS, "need"))


@pytest.mark.parametrize(("column", "levels", "at_least", "wrong"), [("need", WORDS, "some", "CANARY"),
                                                                    ("score", (0, 1, 2), 1, 7)])  # fmt: skip
def test_other_values_are_refused_and_not_shown(table, column, levels, at_least, wrong):
    table[column] = table[column].astype(object)
    table.loc[table.index[[3, 8]], column] = wrong
    with pytest.raises(DataError, match="2 of 600 rows") as caught:
        collapse(read_cohort(table, **KEYS), outcome(column, levels, at_least))
    assert "Values other than the levels" in str(caught.value)
    assert str(wrong) not in str(caught.value)


def test_a_level_that_nobody_has_is_refused(table):
    with pytest.raises(DataError, match='No row has the level "severe"'):
        collapse(read_cohort(table, **KEYS), outcome(levels=(*WORDS, "severe")))


def test_authority_rows_are_refused(table):
    panel = read_panel(pd.DataFrame({"la": ["A", "B"], "year": 2014, "need": 1.0}), authority="la", period="year")
    with pytest.raises(DataError, match="counted from rows of children"):
        collapse(panel, outcome())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"levels": ("none",)}, "two or more levels"),
        ({"levels": "none"}, "two or more levels"),
        ({"levels": ("none", 1)}, "texts alone or numbers alone"),
        ({"levels": (0, float("nan"))}, "texts alone or numbers alone"),
        ({"levels": (True, False)}, "texts alone or numbers alone"),
        ({"levels": ("a", "a", "b")}, "names a level twice"),
        ({"levels": ("1", "1.0", "2")}, "names a level twice"),
        ({"at_least": "none"}, "not a level above the lowest"),
        ({"at_least": "hihg"}, 'Did you mean "high"'),
        ({"worthwhile": 1.0}, "not a change in a proportion"),
        ({"among": "need"}, "One column is named as both"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(more, message):
    with pytest.raises(DataError, match=message):
        outcome(**more)


def test_cells_whose_levels_do_not_add_up_are_refused(table):
    from dataclasses import replace

    cells = collapse(read_cohort(table, **KEYS), outcome())
    with pytest.raises(DataError, match="do not add up"):
        replace(cells, events=cells.events * 0)
    with pytest.raises(DataError, match="levels must have shape"):
        replace(cells, levels=None)
    with pytest.raises(DataError, match="Only cells of an Ordinal"):
        replace(cells, outcome=Binary("need", aim=Aim.FEWER, worthwhile=0.01, label="need"))


def test_cells_of_fewer_authorities_patterns_or_periods_keep_their_levels(table):
    cells = collapse(read_cohort(table, **KEYS), outcome(), ("sex",))
    some = cells.of(["Leeds", "NA"])
    np.testing.assert_array_equal(some.levels, cells.levels[:2])
    np.testing.assert_array_equal(cells.without_patterns().levels[:, :, 0], cells.levels.sum(axis=2))
    keep = np.arange(16).reshape(4, 4) % 3 == 0
    np.testing.assert_array_equal(cells.where(keep).levels.sum(axis=(2, 3)), cells.total.sum(axis=2) * keep)
