import copy
import pickle
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from sos_bayes._core.cores import Parcel
from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Binary, Count, collapse, read_cohort

KEYS = {"authority": "la", "period": "quarter", "child": "child"}
UNSEEN = "Children in more than one authority were not looked for: the source is lazy."
ADJUST = ("sex", "age", "disabled")


def bytes_of(cells):
    return (
        cells.authorities,
        cells.names,
        cells.calendar,
        cells.columns,
        cells.patterns,
        cells.events.tobytes(),
        cells.total.tobytes(),
        tuple(note for note in cells.notes if note != UNSEEN),
    )


def test_every_source_gives_the_same_bytes(children, sources, again, visits):
    for outcome in (again, visits, replace(visits, among="cla")):
        results = {
            name: bytes_of(collapse(read_cohort(source, **KEYS), outcome, ADJUST))
            for name, source in sources(children()).items()
        }
        assert all(result == results["pandas"] for result in results.values()), [
            name for name, result in results.items() if result != results["pandas"]
        ]


def test_counts_are_those_of_a_plain_loop(children, again):
    frame = children()
    cells = collapse(read_cohort(frame, **KEYS), again, ADJUST)
    assert cells.authorities == ("Leeds", "NA", "St Helens", "Wakefield")
    assert cells.calendar.labels == ("2014Q1", "2014Q2", "2014Q3", "2014Q4")
    assert cells.patterns == tuple(sorted(cells.patterns, key=lambda p: (p[0], int(p[1]), p[2])))
    events, total = np.zeros(cells.events.shape), np.zeros(cells.events.shape)
    for row in frame.itertuples():
        place = (
            cells.authorities.index(row.la),
            cells.calendar.position(row.quarter),
            cells.patterns.index((row.sex, str(row.age), str(row.disabled))),
        )
        events[place] += row.again
        total[place] += 1
    np.testing.assert_array_equal(cells.events, events)
    np.testing.assert_array_equal(cells.total, total)
    assert total[:, 2].sum() == 0
    assert (cells.source, cells.events.flags.c_contiguous, cells.events.dtype) == ("children", True, np.float64)


def test_exposures_are_summed_exactly(children, visits):
    from fractions import Fraction

    frame = children()
    cells = collapse(read_cohort(frame, **KEYS), visits)
    for (la, quarter), group in frame.groupby(["la", "quarter"]):
        place = cells.authorities.index(la), cells.calendar.position(quarter), 0
        exact = sum((Fraction(x) for x in group["years"]), Fraction(0))
        assert cells.total[place] == pytest.approx(float(exact), rel=1e-15)
        assert cells.events[place] == group["visits"].sum()


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), n=st.integers(1, 80))
def test_order_of_rows_and_columns_changes_no_byte(children, again, visits, seed, n):
    frame = children(n, seed)
    rng = np.random.default_rng(seed)
    mixed = frame.iloc[rng.permutation(n)][list(rng.permutation(frame.columns))]
    plain, *others = (read_cohort(source, **KEYS) for source in (frame, mixed, pl.from_pandas(mixed).lazy()))
    for outcome in (again, visits):
        expected = bytes_of(collapse(plain, outcome, ADJUST))
        assert [bytes_of(collapse(other, outcome, ADJUST)) for other in others] == [expected, expected]


def test_rows_and_cells_have_the_same_likelihood(children, again, visits):
    frame = children(2_000)
    rng = np.random.default_rng(4)
    binary = collapse(read_cohort(frame, **KEYS), again, ADJUST)
    counts = collapse(read_cohort(frame, **KEYS), visits, ADJUST)
    place = tuple(
        np.array(index)
        for index in zip(
            *(
                (
                    binary.authorities.index(row.la),
                    binary.calendar.position(row.quarter),
                    binary.patterns.index((row.sex, str(row.age), str(row.disabled))),
                )
                for row in frame.itertuples()
            ),
            strict=True,
        )
    )
    y, k, x = (frame[c].to_numpy() for c in ("again", "visits", "years"))

    def bernoulli_rows(eta):
        p = expit(eta[place])
        return float(np.sum(y * np.log(p) + (1 - y) * np.log1p(-p)))

    def bernoulli_cells(eta):
        return float(np.sum(binary.events * eta - binary.total * np.logaddexp(0, eta)))

    def poisson_rows(eta):
        return float(np.sum(k * (eta[place] + np.log(x)) - x * np.exp(eta[place])))

    def poisson_cells(eta):
        return float(np.sum(counts.events * eta - counts.total * np.exp(eta)))

    draws = rng.normal(size=(5, *binary.events.shape))
    for rows, cells in ((bernoulli_rows, bernoulli_cells), (poisson_rows, poisson_cells)):
        differences = [(rows(a) - rows(b)) - (cells(a) - cells(b)) for a, b in pairwise(draws)]
        np.testing.assert_allclose(differences, 0, atol=1e-10 * abs(rows(draws[0])))


def test_among_narrows_the_denominator(children, again):
    frame = children()
    frame.loc[frame["cla"] == 0, "again"] = 99
    cells = collapse(read_cohort(frame, **KEYS), replace(again, among="cla"))
    assert cells.total.sum() == (frame["cla"] == 1).sum()
    assert cells.events.sum() == frame.loc[frame["cla"] == 1, "again"].sum()


def test_a_group_whose_only_outcome_is_missing_is_no_cell(again, sources):
    frame = pd.DataFrame(
        {"la": ["A"] * 20 + ["B"], "quarter": ["2014Q1"] * 10 + ["2014Q2"] * 11, "again": [1.0] * 20 + [None]}
    )
    for name, source in sources(frame).items():
        cohort = read_cohort(source, authority="la", period="quarter")
        with pytest.raises(DataError, match=r"not recorded.*1 of 21 rows") as caught:
            collapse(cohort, again)
        unordered = name.startswith(("polars lazy", "parquet", "duckdb"))
        assert ("row 20" in str(caught.value)) != unordered, name
        cells = collapse(cohort, replace(again, missing="drop"))
        assert cells.total[1].sum() == 0, name
        assert "fewer than 10 of 21 rows" in cells.notes[0]
        assert cells.calendar.labels == ("2014Q1", "2014Q2")


def test_dropped_rows_are_counted_from_ten_upwards(children, again):
    frame = children().astype({"again": float})
    frame.loc[:13, "again"] = np.nan
    cells = collapse(read_cohort(frame, **KEYS), replace(again, missing="drop"))
    assert cells.notes[0].startswith('14 of 600 rows have no recorded "re-referral"')
    assert cells.total.sum() == 586


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("again", 2, r"0/1 column.*\"again\", 2 of 600 rows"),
        ("again", 0.5, "0/1 column"),
        ("again", float("inf"), "0/1 column"),
        ("visits", -1, "negative or infinite"),
        ("visits", float("inf"), "negative or infinite"),
        ("visits", 1.5, "not whole"),
        ("years", -0.1, "Exposures are negative"),
        ("years", float("inf"), "Exposures are negative or infinite"),
        ("years", 0.0, "exposure is zero"),
        ("cla", 3, "column of `among`"),
        ("cla", float("nan"), "not recorded"),
        ("years", float("nan"), "not recorded"),
        ("sex", None, "A covariate is missing"),
        ("sex", "  ", "A covariate is missing"),
        ("la", None, "cannot be placed"),
        ("la", " ", "cannot be placed"),
        ("quarter", None, "cannot be placed"),
        ("age", 9.5, "fractions"),
        ("again", "c", 'suppressed because the count is small.*missing="drop"'),
        ("again", "1,234", r"Text stands where numbers belong \(shapes 9,999"),
        ("again", "yes", "Text stands"),
    ],
)
def test_faulty_rows_are_named_by_column_and_count(children, column, value, words, eager):
    frame = children()
    if isinstance(value, float) and column != "age":
        frame = frame.astype({column: float})
    if isinstance(value, str) and column == "again":
        frame["again"] = frame["again"].astype(str)
    if column == "age":
        frame = frame.astype({"age": float})
    frame.loc[[3, 400], "visits"] = 2
    frame.loc[[3, 400], "cla"] = 1
    frame.loc[[3, 400], column] = value
    outcome = (
        Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="a", among="cla")
        if column == "again"
        else Count("visits", "years", per=1, aim=Aim.FEWER, worthwhile=0.1, label="v", among="cla")
    )
    source = frame if eager else pl.from_pandas(frame).lazy()
    with pytest.raises(DataError, match=words) as caught:
        collapse(read_cohort(source, **KEYS), outcome, ("sex", "age"))
    message = str(caught.value)
    assert f'"{column}"' in message
    assert "CANARY" not in message
    if column != "age":
        assert "2 of 600 rows" in message
        assert ("first at rows 3 and 400" in message) == eager
        assert ("to see them, filter" in message) == (not eager)


def test_bools_numbers_as_text_and_words_for_missing(again):
    base = {"la": ["A"] * 12, "quarter": ["2014"] * 12}
    for values in (
        [True, False] * 6,
        [1.0, 0.0] * 6,
        ["1", "0"] * 6,
        ["True", "false"] * 6,
        [" 1", "0.0"] * 6,
        pd.Series([True, False] * 6, dtype=object),
    ):
        cells = collapse(read_cohort(pd.DataFrame({**base, "again": values}), authority="la", period="quarter"), again)
        assert (cells.events.item(), cells.total.item()) == (6, 12)
    table = pd.DataFrame({**base, "again": ["1", "0", "", "NA", None, "nan", "x", "z", ":", "..", "k", "c"]})
    cells = collapse(read_cohort(table, authority="la", period="quarter"), replace(again, missing="drop"))
    assert (cells.events.item(), cells.total.item()) == (1, 2)


def test_a_code_of_na_is_a_name(tmp_path, again):
    (tmp_path / "t.csv").write_text("la,quarter,again\nNA,2014,1\nNA,2014,0\n007,2014,1\n", encoding="utf-8-sig")
    cells = collapse(read_cohort(tmp_path / "t.csv", authority="la", period="quarter"), again)
    assert cells.authorities == ("007", "NA")


def test_integer_codes_of_authorities_are_printed(again):
    table = pd.DataFrame({"la": [380, 201], "quarter": [2014, 2015], "again": [1, 0]})
    cells = collapse(read_cohort(table, authority="la", period="quarter"), again)
    assert cells.authorities == ("201", "380")


def test_two_spellings_of_one_authority_are_refused(again):
    for twin in ("St. Helens", "St Helens ", "St\N{NO-BREAK SPACE}Helens", "ST HELENS"):
        table = pd.DataFrame({"la": ["St Helens", twin], "quarter": [2014, 2015], "again": [1, 0]})
        with pytest.raises(DataError, match="written in two ways"):
            collapse(read_cohort(table, authority="la", period="quarter"), again)


@pytest.mark.parametrize("kind", ["year", "quarter", "month", "financial_year", "academic_year"])
def test_dates_are_binned_alike_in_every_source(sources, again, kind):
    rng = np.random.default_rng(2)
    days = pd.to_datetime("2014-01-01") + pd.to_timedelta(rng.integers(0, 900, 300), unit="D")
    frame = pd.DataFrame({"la": rng.choice(["A", "B"], 300), "quarter": days, "again": rng.integers(0, 2, 300)})
    results = {}
    for name, source in {**sources(frame), "dates": frame.assign(quarter=frame["quarter"].dt.date)}.items():
        cells = collapse(read_cohort(source, authority="la", period="quarter", calendar=kind), again)
        results[name] = bytes_of(cells)
        assert cells.total.sum() == 300
    assert len(set(results.values())) == 1
    for source in (frame, pl.from_pandas(frame)):
        with pytest.raises(DataError, match="The periods are days"):
            read_cohort(source, authority="la", period="quarter")
    with pytest.raises(DataError, match="The periods are days"):
        collapse(read_cohort(pl.from_pandas(frame).lazy(), authority="la", period="quarter"), again)


def test_pandas_periods_are_read(again):
    table = pd.DataFrame({"la": ["A", "A"], "q": pd.PeriodIndex(["2014Q1", "2014Q3"], freq="Q"), "again": [1, 0]})
    cells = collapse(read_cohort(table, authority="la", period="q"), again)
    assert cells.calendar.labels == ("2014Q1", "2014Q2", "2014Q3")


def test_lazy_sources_are_not_run_on_reading(children, again):
    ran = []
    lazy = pl.from_pandas(children()).lazy().map_batches(lambda frame: ran.append(1) or frame)
    cohort = read_cohort(lazy, **KEYS)
    assert not ran
    assert repr(cohort) == "Cohort(not yet counted)"
    collapse(cohort, again, ("sex",))
    assert len(ran) == 2  # identifiers of children are looked at in a pass of their own, which gives one row of figures


def test_tables_are_left_as_they_are(children, again, visits):
    frame = children()
    before = copy.deepcopy(frame)
    for outcome in (again, visits):
        collapse(read_cohort(frame, **KEYS), outcome, ADJUST)
    pd.testing.assert_frame_equal(frame, before)
    assert list(frame.columns) == list(before.columns)


def test_children_stay_at_the_door(children, again):
    cohort = read_cohort(children(), **KEYS)
    cells = collapse(cohort, again, ADJUST)
    assert "child" not in cohort.table.frame.collect_schema().names()
    for noun in (cohort, cells, cohort.table):
        assert "CANARY" not in repr(noun)
    assert b"CANARY" not in pickle.dumps(Parcel(cells))
    for noun in (cohort, cells, cohort.table):
        with pytest.raises(DataError, match="neither saved nor sent"):
            pickle.dumps(noun)
    with pytest.raises(DataError, match="no column") as caught:
        collapse(cohort, again, ("child",))
    assert "CANARY" not in str(caught.value)
    assert repr(read_cohort(children(7), **KEYS)) == "Cohort(fewer than 10 rows)"
    assert "fewer than 10 children" in repr(collapse(read_cohort(children(7), **KEYS), again))


def test_columns_of_identifiers_are_refused(children, again):
    frame = children()
    nameless = read_cohort(frame, authority="la", period="quarter")
    swapped = read_cohort(frame, authority="child", period="quarter")
    for cohort, adjust in ((nameless, ("child",)), (nameless, ("sex", "child")), (swapped, ())):
        with pytest.raises(DataError, match='"child", 600 distinct values in 600 rows') as caught:
            collapse(cohort, again, adjust)
        assert "CANARY" not in str(caught.value)


def test_repeated_children_are_noted(children, again):
    frame = pd.concat([children(), children().head(25)])
    assert "about 20 later rows of the same child" in collapse(read_cohort(frame, **KEYS), again).notes[0]
    moved = pd.concat([children(), children().head(3).assign(la="Elsewhere")])
    assert "fewer than 10 times a child appears in a further authority" in read_cohort(moved, **KEYS).notes[0]
    assert read_cohort(children(), **KEYS).notes == ()
    assert read_cohort(pl.from_pandas(moved).lazy(), **KEYS).notes == (UNSEEN,)


def test_arguments_refused(children, again, visits):
    cohort = read_cohort(children(), **KEYS)
    with pytest.raises(DataError, match=r'adjust=\("sex",\)'):
        collapse(cohort, again, "sex")
    with pytest.raises(DataError, match='Did you mean "sex"'):
        collapse(cohort, again, ("sx",))
    with pytest.raises(DataError, match="twice"):
        collapse(cohort, again, ("sex", "sex"))
    for column in ("la", "quarter", "again"):
        with pytest.raises(DataError, match="already the authority"):
            collapse(cohort, again, (column,))
    with pytest.raises(DataError, match="trials is for authority rows"):
        collapse(cohort, Binary("again", "years", aim=Aim.FEWER, worthwhile=0.01, label="a"))
    with pytest.raises(DataError, match="read_cohort or read_panel"):
        collapse(children(), again)
    with pytest.raises(DataError, match="not an outcome"):
        collapse(cohort, "again")
    with pytest.raises(DataError, match="names a key column"):
        collapse(cohort, replace(again, events="la"))
    with pytest.raises(DataError, match=r'no column "agian".*Did you mean "again"'):
        collapse(cohort, replace(again, events="agian"))
    with pytest.raises(DataError, match="No row has an observation"):
        collapse(read_cohort(children().assign(cla=0), **KEYS), replace(again, among="cla"))


def test_a_table_too_wide_to_hold_is_refused(again):
    many = pd.DataFrame({"la": [str(i) for i in range(3_000)], "quarter": ["2014", "2015"] * 1_500, "again": 1})
    many["wide"] = range(3_000)
    cohort = read_cohort(pd.concat([many, many.assign(quarter="2030")]), authority="la", period="quarter")
    with pytest.raises(DataError, match="GiB"):
        collapse(cohort, again, ("wide",))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("rows", ["a", "b"] * 6),
        ("events", [1, 2] * 6),
        ("high", [True, False] * 6),
        ("=cmd|' /C calc'!A0", ["<script>", "\u202eb"] * 6),
    ],
)
def test_names_of_columns_do_not_clash(again, column, values):
    table = pd.DataFrame({"la": ["A"] * 12, "quarter": [2014] * 12, "again": [1, 0] * 6, column: values})
    for source in (table, pl.from_pandas(table).lazy()):
        cells = collapse(read_cohort(source, authority="la", period="quarter"), again, (column,))
        assert cells.patterns == tuple((str(v),) for v in sorted(set(values)))
        assert cells.total.sum() == 12


def test_constant_covariates_are_noted(children, again):
    notes = " ".join(collapse(read_cohort(children().assign(same="x"), **KEYS), again, ("same",)).notes)
    assert '"same" has one level only' in notes


@pytest.mark.parametrize(("levels", "warned"), [(20, False), (21, True)])
def test_a_warning_where_cells_are_hardly_fewer_than_rows(again, levels, warned):
    outside = pd.DataFrame({"la": "A", "quarter": 2014, "again": 0, "cla": 0, "band": "0"}, index=range(1_000))
    inside = outside.head(40).assign(cla=1, band=[str(min(i, levels - 1)) for i in range(40)])
    cohort = read_cohort(pd.concat([outside, inside]), authority="la", period="quarter")
    notes = " ".join(collapse(cohort, replace(again, among="cla"), ("band",)).notes)
    assert (f"{levels} cells hold 40 rows: {levels} patterns" in notes) == warned
    assert ("coarser bands or fewer covariates" in notes) == warned


def test_restricting_and_summing_cells(children, again):
    cells = collapse(read_cohort(children(), **KEYS), again, ADJUST)
    some = cells.of(["Wakefield", "Leeds"])
    assert some.authorities == ("Leeds", "Wakefield")
    np.testing.assert_array_equal(some.events, cells.events[[0, 3]])
    flat = cells.without_patterns()
    assert (flat.patterns, flat.columns) == (((),), ())
    np.testing.assert_array_equal(flat.total[..., 0], cells.total.sum(axis=2))
    assert bytes_of(flat)[:7] == bytes_of(collapse(read_cohort(children(), **KEYS), again))[:7]
    with pytest.raises(DataError, match='Did you mean "Leeds"'):
        cells.of(["Leds"])
    for changes in (
        {"events": cells.total + 1},
        {"events": -cells.events},
        {"total": cells.total[:1]},
        {"authorities": cells.authorities[::-1]},
    ):
        with pytest.raises(DataError):
            replace(cells, **changes)
