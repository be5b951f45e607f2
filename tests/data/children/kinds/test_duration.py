"""Episodes counted by band: who is at risk, who is done, and what an open episode may tell."""

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Duration, collapse, read_cohort

WORDS = {"aim": Aim.MORE, "worthwhile": 0.02, "label": "done in time (synthetic)"}
ASSESSMENT = Duration("days", done="closed", bands=(10, 45, 65), by_day=45, unit="assessments", **WORDS)


def counted(rows, outcome=ASSESSMENT, **columns):
    table = pd.DataFrame(rows, columns=["days", "closed"]).assign(la="A", year=2014, **columns)
    other = table.assign(la="B", year=2015)
    return collapse(read_cohort(pd.concat([table, other]), authority="la", period="year"), outcome)


def test_an_episode_counts_in_every_band_it_reaches_and_ends_in_one():
    cells = counted([(0, 1), (10, 1), (11, 1), (45, 1), (46, 1), (65, 1), (66, 1), (400, 1)])
    bands = cells.bands[0, 0, 0]
    assert bands[:, 0].tolist() == [2, 2, 2]
    assert bands[:, 1].tolist() == [8, 6, 4]
    assert (cells.events[0, 0, 0], cells.total[0, 0, 0]) == (4, 8)


def test_an_open_episode_counts_in_the_bands_it_has_lived_through():
    """Open on day 9 in none, on day 10 in the first, on day 50 in two, on day 65 in all three."""
    cells = counted([(9, 0), (10, 0), (50, 0), (65, 0), (20, 1)])
    bands = cells.bands[0, 0, 0]
    assert bands[:, 0].tolist() == [0, 1, 0]
    assert bands[:, 1].tolist() == [4, 3, 1]
    assert (cells.events[0, 0, 0], cells.total[0, 0, 0]) == (1, 3)


def test_rows_and_cells_have_the_same_likelihood_up_to_a_constant():
    rng = np.random.default_rng(1)
    rows = list(zip(rng.integers(0, 90, 60).tolist(), rng.integers(0, 2, 60).tolist(), strict=True))
    bands = counted(rows).bands[0, 0, 0]
    for hazard in (np.array([0.1, 0.4, 0.7]), np.array([0.3, 0.2, 0.5])):
        by_row = 0.0
        for days, closed in rows:
            for b, (first, last) in enumerate(((0, 10), (11, 45), (46, 65))):
                if closed and first <= days <= last:
                    by_row += np.log(hazard[b])
                    break
                if days >= last if not closed else days > last:
                    by_row += np.log(1 - hazard[b])
        cells = (bands[:, 0] * np.log(hazard) + (bands[:, 1] - bands[:, 0]) * np.log(1 - hazard)).sum()
        assert cells == pytest.approx(by_row, rel=1e-12)


def test_without_a_column_of_ends_all_are_done():
    outcome = Duration("days", bands=(10, 45), by_day=10, **WORDS)
    cells = counted([(3, 0), (50, 0)], outcome)
    assert cells.bands[0, 0, 0].tolist() == [[1, 2], [0, 1]]


def test_who_is_outside_the_denominator_reaches_no_band():
    outcome = Duration("days", done="closed", bands=(10, 45), by_day=45, among="inside", **WORDS)
    cells = counted([(3, 1), (4, 1), (50, 0)], outcome, inside=[1, 0, 1])
    assert cells.bands[0, 0, 0].tolist() == [[1, 2], [0, 1]]
    assert outcome.selected


@pytest.mark.parametrize("engine", ["polars", "arrow", "lazy"])
def test_engines_agree(engine):
    import polars as pl
    import pyarrow as pa

    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {"la": rng.choice(["A", "B"], 500), "year": rng.integers(2014, 2017, 500), "days": rng.integers(0, 90, 500),
         "closed": rng.integers(0, 2, 500)}
    )  # fmt: skip
    made = {"polars": pl.from_pandas, "arrow": pa.Table.from_pandas, "lazy": lambda t: pl.from_pandas(t).lazy()}
    one, two = (
        collapse(read_cohort(source, authority="la", period="year"), ASSESSMENT)
        for source in (table, made[engine](table))
    )
    np.testing.assert_array_equal(one.bands, two.bands)
    np.testing.assert_array_equal(one.total, two.total)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(5, 1), (-1, 1)], "Days are negative"),
        ([(5, 1), (float("inf"), 1)], "Days are negative or infinite"),
        ([(5, 1), (6, 2)], "says whether an episode ended"),
        ([(5, 1), (None, 1)], "not recorded"),
        ([(5, 1), (6, None)], "not recorded"),
    ],
)
def test_faulty_rows_are_refused(rows, words):
    with pytest.raises(DataError, match=words):
        counted(rows)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"bands": (45, 10)}, "rising days"),
        ({"bands": ()}, "rising days"),
        ({"bands": tuple(range(1, 10))}, "rising days"),
        ({"by_day": 44}, "not the last day of a band"),
        ({"done": "days"}, "named as both"),
        ({"worthwhile": 2.0}, "not a change in a proportion"),
    ],
)
def test_what_cannot_be_is_refused(given, words):
    with pytest.raises(DataError, match=words):
        Duration("days", **({"bands": (10, 45), "by_day": 45} | WORDS | given))


def test_authority_rows_have_no_durations():
    from sos_bayes.data import read_panel

    panel = read_panel(
        pd.DataFrame({"la": ["A", "B"], "year": [2014, 2015], "days": [3, 4]}), authority="la", period="year"
    )
    with pytest.raises(DataError, match="counted from rows of episodes"):
        collapse(panel, ASSESSMENT)
