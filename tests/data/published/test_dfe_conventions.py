"""Files in the form in which the Department for Education publishes them; every number in them is made up."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Binary, Continuous, Count, DfE, collapse, read_panel
from sos_bayes.data.published.dfe_conventions import SYMBOLS

LONG = Binary("two_years", "plans", aim=Aim.FEWER, worthwhile=0.01, label="plans of two years or more")
COLUMNS = ["short", "middle", "two_years"]
PLACES = {  # number, code, name, region
    "840": ("E06000047", "County Durham", "E12000001"),
    "841": ("E06000005", "Darlington", "E12000001"),
    "390": ("E08000037", "Gateshead", "E12000001"),
    "350": ("E08000001", "Bolton", "E12000002"),
    "351": ("E08000002", "Bury", "E12000002"),
}
TRUE = {"840": (30, 60, 3), "841": (14, 40, 8), "390": (55, 21, 11), "350": (9, 33, 2), "351": (25, 61, 40)}
HEAD = {"country_code": "E92000001", "country_name": "England", "category": "Plans by length of time"}


def file(years=(2013, 2014), identifier="Reporting year", hidden=("840", "841", "350"), symbol="c"):
    """National, regional and local rows; ``hidden`` have no count of two years or more, nor its percentage."""
    rows = []
    for year in years:
        when = {"time_period": str(year), "time_identifier": identifier, **HEAD}
        sums = {place: np.zeros(3) for place in ("", "E12000001", "E12000002")}
        local = []
        for number, (code, name, region) in PLACES.items():
            counts = np.array(TRUE[number])
            for place in ("", region):
                sums[place] += counts
            row = dict(zip(COLUMNS, map(str, counts), strict=True)) | {"plans": str(counts.sum())}
            row["two_years_percent"] = f"{100 * counts[2] / counts.sum():.1f}".removesuffix(".0")
            if number in hidden:
                row |= {"two_years": symbol, "two_years_percent": symbol}
            local.append({"geographic_level": "Local authority", "region_code": region, "old_la_code": number,
                          "new_la_code": code, "la_name": name, **row})  # fmt: skip
        above = []
        for place, counts in sums.items():
            level = "Regional" if place else "National"
            numbers = {c: str(int(round(x, -1))) for c, x in zip(COLUMNS, counts, strict=True)}
            above.append({"geographic_level": level, "region_code": place, **numbers, "plans": str(int(counts.sum()))})
        rows += [when | row for row in (*above, *local)]
    return pd.DataFrame(rows).fillna("")


def bounds(cells):
    """(low, high) by code and position of the period."""
    found = cells.intervals
    return {
        (cells.authorities[a], int(t)): (low, high)
        for a, t, low, high in zip(found.authority, found.period, found.low, found.high, strict=True)
    }


def of(frame, dfe=True, outcome=LONG, **named):
    return collapse(read_panel(frame, dfe=dfe, **named), outcome)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The file as a CSV with the byte order mark that Excel writes."""
    at = tmp_path_factory.mktemp("dfe") / "d5.csv"
    at.write_text(file().to_csv(index=False), encoding="utf-8-sig")
    return at


def test_a_file_as_published_needs_nothing_but_its_path(path):
    cells = of(path)
    assert cells.authorities == ("E06000005", "E06000047", "E08000001", "E08000002", "E08000037")
    assert cells.names[1] == "County Durham"
    assert cells.calendar.labels == ("2013", "2014")
    assert cells.calendar.kind == "year"
    np.testing.assert_array_equal(cells.total[1], [[93], [93]])
    np.testing.assert_array_equal(cells.events[4, :, 0], [11, 11])
    assert np.isnan(cells.events).sum() == len(cells.intervals) == 6
    assert any(
        "6 rows of other levels (National, Regional)" in note or "fewer than 10 rows" in note for note in cells.notes
    )


@pytest.mark.parametrize("how", ["pandas", "polars", "numbers where there are only numbers"])
def test_every_kind_of_table_is_read_alike(how, path):
    wanted = of(path)
    frame = file()
    if how == "polars":
        frame = pl.from_pandas(frame)
    elif how != "pandas":
        frame = frame.astype({"time_period": int, "plans": float, "short": int})
    found = of(frame)
    assert bounds(found) == bounds(wanted)
    assert found.events.tobytes() == wanted.events.tobytes()
    assert found.notes == wanted.notes


def test_where_nothing_else_is_suppressed_a_suppressed_count_is_one_to_five():
    found = bounds(of(file(), DfE(secondary=0)))
    assert set(found.values()) == {(1, 5)}


def test_where_others_may_be_suppressed_totals_bound_it():
    """Totals are rounded to 10. Region one has 20, of which 11 are printed: at most 25 - 11 - 1. Region two has 40, all
    printed in one row: at most 5. The nation has 60: at most 65 - 51 - 2.
    """
    frame = file()
    found = bounds(of(frame))
    assert found[("E06000047", 0)] == found[("E06000005", 0)] == (1, 12)
    assert found[("E08000001", 0)] == (1, 5)
    regions = bounds(of(frame[frame["geographic_level"] != "National"]))
    assert regions[("E06000047", 0)] == (1, 13)


def test_a_count_above_five_is_suppressed_with_a_chance_only():
    found = of(file()).intervals
    wide = found.high > 5
    assert wide.any()
    assert set(zip(found.sure[wide], found.chance[wide], strict=True)) == {(5, 0.05)}
    assert set(zip(found.sure[~wide], found.chance[~wide], strict=True)) == {(5, 1.0)}
    assert set(of(file(), DfE(secondary=0.3)).intervals.chance[wide]) == {0.3}
    assert set(of(file(), DfE(secondary=1)).intervals.chance) == {1.0}


def test_without_totals_it_may_be_as_large_as_its_denominator():
    local = file()[lambda f: f["geographic_level"] == "Local authority"]
    found = bounds(of(local))
    assert found[("E06000047", 0)] == (1, 93)
    assert found[("E08000001", 1)] == (1, 44)


def test_columns_that_add_up_bound_it_too():
    frame = file()
    frame.loc[frame["la_name"] == "County Durham", "middle"] = "c"
    cells = of(frame, DfE(parts={"plans": tuple(COLUMNS)}))
    assert cells.events[cells.authorities.index("E06000005"), 0, 0] == 8  # 62 less what the row prints: nothing is left
    assert cells.events[cells.authorities.index("E08000001"), 0, 0] == 2
    assert bounds(cells)[("E06000047", 0)] == (1, 4)  # the nation has at most 65; 11, 40, 8 and 2 are taken


def test_rounding_leaves_half_of_it_on_either_side():
    frame = file(hidden=())
    frame["two_years"] = [str(int(round(float(x), -1))) for x in frame["two_years"]]
    cells = of(frame, DfE(rounded=10))
    found = bounds(cells)
    assert found[("E08000002", 0)] == (35, 45)
    assert found[("E08000001", 0)] == (0, 5)
    assert any("rounded to 10" in note for note in cells.notes)
    assert bounds(of(frame.assign(two_years="40"), DfE(rounded=5)))[("E08000002", 0)] == (38, 42)


@pytest.mark.parametrize("symbol", ["k", "low", "~", "[low]"])
def test_what_rounds_to_zero_needs_the_rounding(symbol):
    frame = file(symbol=symbol)
    assert {bounds(of(frame, DfE(rounded=10)))[("E06000047", t)] for t in (0, 1)} == {(1, 5)}
    with pytest.raises(DataError, match="DfE\\(rounded=10\\)") as caught:
        of(frame)
    assert "6 of 10 rows" in str(caught.value)


@pytest.mark.parametrize("symbol", ["z", "x", ":", "..", ".", "u", "X", "[x]"])
def test_what_is_not_there_is_a_missing_cell(symbol):
    cells = of(file(symbol=symbol))
    assert cells.intervals is None
    assert (cells.total == 0).sum() == 6
    assert any("were left out" in note for note in cells.notes)


def test_an_older_release_may_say_that_x_is_suppressed():
    plain, older = of(file(symbol="x")), of(file(symbol="x"), DfE(suppressed=("c", "x")))
    assert bounds(older) == bounds(of(file()))
    assert any('DfE(suppressed=("c", "x"))' in note for note in plain.notes)
    assert not any("Older releases" in note for note in older.notes)


@pytest.mark.parametrize("symbol", ["*", "-", "q", "[w]"])
def test_a_symbol_of_unknown_meaning_is_an_error_with_column_symbol_and_cure(symbol):
    with pytest.raises(DataError) as caught:
        of(file(symbol=symbol))
    text = str(caught.value)
    assert 'column "two_years"' in text
    assert f'"{symbol.strip("[]")}"' in text
    assert "6 of 10 rows" in text
    assert "suppressed=" in text
    assert all(f'"{known}"' in text for known in SYMBOLS)


def test_numbers_with_separators_are_refused_without_being_printed():
    frame = file()
    frame["plans"] = frame["plans"].replace("93", "1,093")
    with pytest.raises(DataError, match="9,999") as caught:
        of(frame)
    assert "1,093" not in str(caught.value)


def test_a_suppressed_denominator_is_a_missing_cell():
    frame = file()
    frame.loc[frame["la_name"] == "County Durham", "plans"] = "c"
    cells = of(frame)
    durham = cells.authorities.index("E06000047")
    assert (cells.total[durham] == 0).all()
    assert len(cells.intervals) == 4


def test_a_blank_follows_the_outcome_and_a_symbol_does_not():
    frame = file()
    frame.loc[frame["la_name"] == "Bury", "two_years"] = ""
    with pytest.raises(DataError, match="is not recorded in some rows"):
        of(frame)
    cells = of(frame, outcome=replace(LONG, missing="drop"))
    assert (cells.total[cells.authorities.index("E08000002")] == 0).all()


def test_a_published_percentage_bounds_a_withheld_count():
    frame = file()
    durham = frame["la_name"] == "County Durham"
    frame.loc[durham, "two_years_percent"] = "3.2"  # of 93
    frame.loc[frame["la_name"] == "Darlington", "two_years_percent"] = "13"  # 12.9 and one decimal elsewhere
    cells = of(frame, DfE(percent={"two_years": "two_years_percent"}))
    assert cells.events[cells.authorities.index("E06000047"), 0, 0] == 3
    only = of(frame.drop(columns="two_years"), DfE(percent={"two_years": "two_years_percent"}))
    assert only.events[only.authorities.index("E08000002"), 0, 0] == 40


def test_a_percentage_that_rounds_to_zero_is_above_nothing_and_below_half_a_unit():
    frame = file(hidden=()).assign(two_years_percent="k", two_years="x", plans="1000")
    frame.loc[frame["la_name"] == "Bury", "two_years_percent"] = "4"
    found = bounds(of(frame, DfE(percent={"two_years": "two_years_percent"})))
    assert found[("E06000047", 0)] == (1, 5)
    assert found[("E08000002", 0)] == (35, 45)


def test_rows_of_measures_become_columns():
    frame = file(hidden=("840",))
    rows = frame.melt(
        [c for c in frame.columns if c not in (*COLUMNS, "plans", "two_years_percent")],
        [*COLUMNS, "plans"], var_name="measure", value_name="children_count",
    )  # fmt: skip
    with pytest.raises(DataError, match="several rows") as caught:
        of(rows)
    assert '"measure" holds' in str(caught.value)
    assert "spread=" in str(caught.value)
    found = of(rows, DfE(spread=("measure", "children_count")))
    assert bounds(found) == bounds(of(frame))


def test_rows_are_chosen_by_the_values_of_columns():
    frame = pd.concat([file(), file(hidden=()).assign(category="By age")])
    with pytest.raises(DataError, match='"category" holds "By age", "Plans by length of time"'):
        of(frame)
    chosen = of(frame, DfE(where={"category": "Plans by length of time"}))
    assert bounds(chosen) == bounds(of(file()))
    with pytest.raises(DataError, match='Did you mean "By age"'):
        of(frame, DfE(where={"category": "By ages"}))


@pytest.mark.parametrize(
    ("identifier", "years", "kind", "labels"),
    [
        ("Reporting year", (2018, 2019), "year", ("2018", "2019")),
        ("Financial year", (201112, 201213), "financial_year", ("2011-12", "2012-13")),
        ("Academic year", (201112, 201213), "academic_year", ("2011-12", "2012-13")),
    ],
)
def test_periods_are_what_the_file_says_they_are(identifier, years, kind, labels):
    calendar = of(file(years, identifier)).calendar
    assert (calendar.kind, calendar.labels) == (kind, labels)


@pytest.mark.parametrize(
    ("identifiers", "year", "labels"),
    [
        (("December", "January"), ("2017", "2018"), ("2017-12", "2018-01")),
        (("Financial year Q3", "Financial year Q4"), ("201718", "201718"), ("2017Q4", "2018Q1")),
    ],
)
def test_months_and_quarters_stand_in_the_column_beside(identifiers, year, labels):
    frame = file((1, 2))
    second = frame["time_period"] == "2"
    frame["time_identifier"] = np.where(second, identifiers[1], identifiers[0])
    frame["time_period"] = np.where(second, year[1], year[0])
    found = of(frame)
    assert found.calendar.labels == labels
    assert bounds(found)[("E06000047", 1)] == bounds(of(file()))[("E06000047", 1)]


def test_periods_of_other_kinds_are_refused_by_name():
    with pytest.raises(DataError, match="autumn term"):
        read_panel(file(identifier="Autumn term"), dfe=True)
    with pytest.raises(DataError, match="mixes 2 kinds"):
        read_panel(pd.concat([file(), file(identifier="Financial year")]), dfe=True)


def test_an_authority_whose_code_changed_but_not_its_number_is_one_series():
    frame = file((2022, 2023, 2024))
    early = (frame["old_la_code"] == "390") & (frame["time_period"] == "2022")
    frame.loc[early, ["new_la_code", "la_name"]] = ["E08000020", "Gateshead (old)"]
    cells = of(frame)
    assert "E08000020" not in cells.authorities
    assert cells.names[cells.authorities.index("E08000037")] == "Gateshead"
    assert (cells.total > 0).all()
    assert any("stood under" in note or "latest code" in note for note in cells.notes)


def test_two_areas_at_one_time_are_never_joined():
    frame = file((2022, 2023))
    more = frame[frame["old_la_code"] == "390"].assign(new_la_code="E08000020")
    assert "E08000020" in of(pd.concat([frame, more])).authorities


def test_rows_without_a_code_are_set_aside_by_name():
    frame = file()
    frame.loc[frame["la_name"] == "Bury", "new_la_code"] = "x"
    cells = of(frame)
    assert len(cells.authorities) == 4
    assert any("Bury" in note and "set aside" in note for note in cells.notes)


def test_a_file_without_local_authorities_says_so():
    frame = file()
    with pytest.raises(DataError, match='"National", "Regional"'):
        read_panel(frame[frame["geographic_level"] != "Local authority"], dfe=True)


def test_totals_that_contradict_their_parts_are_not_used():
    frame = file()
    frame.loc[frame["geographic_level"] != "Local authority", "two_years"] = "0"
    cells = of(frame)
    assert bounds(cells)[("E06000047", 0)] == (1, 93)
    assert any("contradict" in note for note in cells.notes)


def test_rates_take_the_same_bounds_from_totals():
    plans = Count("two_years", "plans", per=100, aim=Aim.FEWER, worthwhile=1.0, label="long plans")
    assert bounds(of(file(), outcome=plans)) == bounds(of(file()))


def test_more_events_than_children_are_still_an_error():
    frame = file()
    frame["two_years"] = frame["two_years"].replace("40", "4000")
    frame.loc[frame["geographic_level"] != "Local authority", "two_years"] = "x"
    with pytest.raises(DataError, match="more events than trials"):
        of(frame)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"suppressed": "c"}, "tuple of symbols"),
        ({"primary": (5, 1)}, "in order"),
        ({"rounded": 2.5}, "whole number"),
        ({"secondary": 1.5}, "not a chance"),
        ({"where": "category"}, "mapping"),
        ({"parts": {"plans": ()}}, "mapping"),
    ],
)
def test_a_release_that_cannot_be_is_refused(arguments, words):
    with pytest.raises(DataError, match=words):
        DfE(**arguments)


def test_columns_named_in_vain_are_errors():
    for dfe in (DfE(where={"nothing": "x"}), DfE(parts={"all": ("two_years", "short")}), DfE(spread=("a", "b")),
                DfE(percent={"two_years": "nothing"})):  # fmt: skip
        with pytest.raises(DataError, match="There is no column"):
            of(file(), dfe)
    with pytest.raises(DataError, match="neither True nor a DfE"):
        read_panel(file(), dfe="yes")
    with pytest.raises(DataError, match="authority or period is not given"):
        read_panel(file())


def test_the_how_to_names_every_symbol_and_argument(checkout):
    page = (checkout / "docs" / "how-to" / "dfe_files.md").read_text(encoding="utf-8")
    assert all(f"`{symbol}`" in page for symbol in SYMBOLS)
    assert all(f"{field.name}=" in page for field in fields(DfE))


def test_no_note_error_or_repr_tells_a_small_count_or_where_it_is():
    panel = read_panel(file(), dfe=True)
    cells = collapse(panel, LONG)
    said = " ".join([*cells.notes, repr(cells), repr(panel), repr(panel.published), repr(cells.intervals)])
    assert not any(name in said for name in ("Durham", "Darlington", "Bolton"))
    assert "fewer than 10 of 10 counts" in said
    assert DfE().primary == (1, 5)


def test_a_measured_outcome_is_not_read_from_such_a_file():
    percent = Continuous("two_years_percent", unit="%", aim=Aim.FEWER, worthwhile=1.0, label="share of long plans")
    with pytest.raises(DataError, match="not read from a file of the Department"):
        collapse(read_panel(file(), dfe=True), percent)
