from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Binary, Count, collapse, read_cohort, read_panel
from sos_bayes.datasets import england

AGAIN = Binary("again", "n", aim=Aim.FEWER, worthwhile=0.01, label="re-referral", unit="referrals")
PLANS = Count("again", "n", per=10_000, aim=Aim.FEWER, worthwhile=2.0, label="plans")
KEYS = {"authority": "la", "period": "year"}


def table():
    rows = [(la, year) for la in ("E3", "E1", "E2") for year in (2016, 2014, 2015)]
    frame = pd.DataFrame(rows, columns=["la", "year"])
    return frame.assign(again=range(9), n=range(20, 29))


def test_every_source_gives_the_same_bytes(sources):
    for outcome in (AGAIN, PLANS):
        results = set()
        for source in sources(table()).values():
            cells = collapse(read_panel(source, **KEYS), outcome)
            results.add((cells.authorities, cells.calendar, cells.events.tobytes(), cells.total.tobytes(), cells.notes))
        assert len(results) == 1
    assert cells.authorities == ("E1", "E2", "E3")
    np.testing.assert_array_equal(cells.events[..., 0], [[4, 5, 3], [7, 8, 6], [1, 2, 0]])
    assert cells.source == "authorities"


def test_children_and_their_sums_agree(children, again):
    frame = children()
    sums = frame.assign(n=1).groupby(["la", "quarter"], as_index=False)[["again", "n"]].sum()
    rows = collapse(read_cohort(frame, authority="la", period="quarter"), again)
    panel = collapse(read_panel(sums, authority="la", period="quarter"), AGAIN)
    np.testing.assert_array_equal(rows.events, panel.events)
    np.testing.assert_array_equal(rows.total, panel.total)


def test_two_rows_for_one_authority_and_period(sources):
    frame = pd.concat([table(), table().tail(1)])
    for name, source in sources(frame).items():
        lazy = name.startswith(("polars lazy", "parquet", "duckdb"))
        panel = read_panel(source, **KEYS) if lazy else None
        with pytest.raises(DataError, match='"E2" in 2015') as caught:
            _ = collapse(panel, AGAIN) if lazy else read_panel(source, **KEYS)
        assert "2 of 10 rows" in str(caught.value)
        assert ("rows 8 and 9" in str(caught.value)) == (not lazy)
    both = table().astype({"year": str}).assign(year="2013-14")
    both.loc[0, "year"] = "2013/14"
    with pytest.raises(DataError, match="more than one row"):
        read_panel(both, **KEYS)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("again", 30, "more events than trials"),
        ("again", -1, "negative"),
        ("again", 0.5, "not whole"),
        ("n", 20.5, "Denominators are not whole"),
        ("n", 0, "denominator is zero"),
        ("n", -3, "negative"),
        ("n", 2.0**60, "infinite"),
        ("n", None, 'missing="drop"'),
        ("again", float("nan"), 'missing="drop"'),
        ("again", "c", "suppressed because the count is small"),
        ("again", "k", "rounds to zero"),
        ("n", "12,345", "Text stands where numbers belong"),
        ("la", None, "cannot be placed"),
        ("year", None, "cannot be placed"),
    ],
)
def test_faulty_rows(column, value, words):
    frame = table()
    frame[column] = frame[column].astype(object)
    frame.loc[4, column] = value
    for source in (
        frame,
        pl.from_pandas(frame.astype({column: str if isinstance(value, str) else frame[column].infer_objects().dtype})),
    ):
        with pytest.raises(DataError, match=words) as caught:
            collapse(read_panel(source, **KEYS), AGAIN)
        assert f'"{column}", 1 of 9 rows, first at row 4' in str(caught.value)


def test_a_rate_may_exceed_its_exposure():
    assert collapse(read_panel(table().assign(n=2.5), **KEYS), PLANS).total.max() == 2.5


def test_missing_cells_are_dropped_on_request():
    frame = table().astype({"again": object, "n": object})
    frame.loc[0, "again"], frame.loc[1, "n"], frame.loc[2, "n"] = "c", None, ".."
    cells = collapse(read_panel(frame, **KEYS), replace(AGAIN, missing="drop"))
    assert (cells.total > 0).sum() == 6
    assert cells.authorities == ("E1", "E2", "E3")
    assert "fewer than 10" in cells.notes[0]
    assert "3 of 9 pairs" in cells.notes[1]
    assert cells.notes[2] == "1 authority has no observation at all: E3."


def test_arguments_refused():
    panel = read_panel(table(), **KEYS)
    with pytest.raises(DataError, match="cannot be adjusted"):
        collapse(panel, AGAIN, ("region",))
    with pytest.raises(DataError, match=r'adjust=\("region",\)'):
        collapse(panel, AGAIN, "region")
    with pytest.raises(DataError, match="among"):
        collapse(panel, replace(AGAIN, among="x"))
    with pytest.raises(DataError, match="need a denominator"):
        collapse(panel, replace(AGAIN, trials=None))
    with pytest.raises(DataError, match='Did you mean "again"'):
        collapse(panel, replace(AGAIN, events="agein"))
    with pytest.raises(DataError, match="No row has an observation"):
        collapse(read_panel(table().assign(again=np.nan), **KEYS), replace(AGAIN, missing="drop"))
    with pytest.raises(DataError, match="no column"):
        read_panel(table(), authority="la", period="yr")


def test_sources_refused(tmp_path):
    (tmp_path / "a.parquet").write_text("not parquet")
    (tmp_path / "a.txt").write_text("la,year\n")
    (tmp_path / "empty").mkdir()
    for source, words in (
        (tmp_path / "none.csv", "is not there"),
        (tmp_path / "empty", "is a folder without .parquet files"),
        (tmp_path, "cannot be read"),
        (tmp_path / "a.txt", "ending"),
        (tmp_path / "a.parquet", "cannot be read"),
        ([1, 2], "not a table"),
        (None, "not a table"),
        ({"la": [1]}, "not a table"),
        (pd.Series([1]), "not a table"),
    ):
        with pytest.raises(DataError, match=words):
            read_panel(source, **KEYS)
    with pytest.raises(DataError, match="no rows"):
        read_panel(table().head(0), **KEYS)


@pytest.mark.parametrize("text", [b"la,year,again,n\nA\xe9,2014,1,2\n", b"la,year,again,n\nA,2014,1,2\nB,2014,1,2,3\n"])
def test_broken_files_are_refused_without_their_contents(tmp_path, text):
    (tmp_path / "t.csv").write_bytes(text)
    with pytest.raises(DataError, match="UTF-8"):
        collapse(read_panel(tmp_path / "t.csv", **KEYS), AGAIN)
    with pytest.raises(DataError, match="UTF-8"):
        collapse(read_cohort(tmp_path / "t.csv", **KEYS), replace(AGAIN, trials=None))


def test_columns_without_plain_names():
    for frame in (pd.DataFrame({0: [1], 1: [2]}), pd.DataFrame({("a", "x"): [1], ("la", ""): ["A"]})):
        with pytest.raises(DataError, match='no column "la"'):
            read_panel(frame, **KEYS)
    doubled = pd.DataFrame([["A", 2014, 1, 2]], columns=["la", "year", "n", "n"])
    with pytest.raises(DataError, match=r"cannot be read|not a table"):
        read_panel(doubled, **KEYS)


def test_display_names():
    names = {"E1": ["Dorset"] * 3, "E2": ["Dorset"] * 3, "E3": ["Bristol", "Bristol, City of", "Bristol"]}
    frame = table().sort_values(["la", "year"])
    frame["name"] = [name for code in ("E1", "E2", "E3") for name in names[code]]
    frame.iloc[-1, -1] = "Bristol UA"
    cells = collapse(read_panel(frame, name="name", **KEYS), AGAIN)
    assert cells.names == ("Dorset (E1)", "Dorset (E2)", "Bristol UA")
    assert any("change of boundaries: Dorset" in note for note in cells.notes)
    assert any("several names" in note for note in cells.notes)
    assert collapse(read_panel(table(), **KEYS), AGAIN).names == ("E1", "E2", "E3")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_english_panel(library):
    wide = england(years=range(2013, 2020))
    table = wide if library == "pandas" else pl.from_pandas(wide)
    panel = read_panel(table, authority="la_code", period="year", name="la_name")
    measure = "rereferrals_within_12m"
    outcome = Binary(
        measure,
        f"{measure}_of",
        aim=Aim.FEWER,
        worthwhile=0.01,
        label="re-referral within 12 months",
        unit="referrals",
    )
    with pytest.raises(DataError, match='missing="drop"'):
        collapse(panel, outcome)
    cells = collapse(panel, replace(outcome, missing="drop"))
    a = cells.authorities.index("E08000036")
    assert cells.names[a] == "Wakefield"
    assert cells.calendar.labels == tuple(str(year) for year in range(2013, 2020))
    percent = np.round(100 * cells.events[a, :5, 0] / cells.total[a, :5, 0])
    np.testing.assert_array_equal(percent, [17, 32, 46, 68, 27])
    norfolk = cells.total[cells.authorities.index("E10000020"), :, 0]
    assert (norfolk[:2] == 0).all()
    assert (norfolk[2:] > 0).all()
    assert any("Bournemouth" in note for note in cells.notes)
    assert cells.events.sum() == wide[measure].sum()
    assert cells.total.sum() == wide[f"{measure}_of"].sum()


def test_a_long_english_panel_is_refused():
    counts = ["cin_at_31_march", "cla_at_31_march"]
    long = england(counts).melt(["la_code", "year"], counts, "measure", "numerator")
    with pytest.raises(DataError, match="pivot or filter"):
        read_panel(long, authority="la_code", period="year")
