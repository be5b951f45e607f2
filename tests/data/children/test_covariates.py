"""Covariates of synthetic children: bands of numbers, and a level for what is not recorded."""

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError, DesignError
from sos_bayes.data import Bins, Category, Rollout, collapse, read_cohort, read_panel, settled
from sos_bayes.data.children.covariates import declared
from sos_bayes.designs import DiD
from sos_bayes.fitting import prepare_layout

KEYS = {"authority": "la", "period": "quarter"}
ROLLOUT = Rollout({"Leeds": "2014Q4"})


@pytest.fixture
def measured(children):
    """Children with a weight in fractions, and holes in weight, age and sex."""

    def make(n=900, seed=5):
        frame = children(n, seed)
        rng = np.random.default_rng(seed)
        frame["weight"] = np.where(rng.random(n) < 0.1, np.nan, rng.gamma(4, 5, n))
        frame["sex"] = frame["sex"].where(rng.random(n) > 0.05)
        return frame

    return make


def parts(cells):
    return cells.patterns, cells.events.tobytes(), cells.total.tobytes(), cells.notes


def test_bands_and_levels_are_those_of_a_plain_loop_in_every_source(measured, sources, again):
    frame = measured()
    covariates = (Bins("weight", edges=(10, 20.5, 30), missing="level"), Category("sex", missing="level"))
    results = {n: collapse(read_cohort(s, **KEYS), again, covariates) for n, s in sources(frame).items()}
    assert len({parts(cells) for cells in results.values()}) == 1, [
        name for name, cells in results.items() if parts(cells) != parts(results["pandas"])
    ]
    cells = results["pandas"]
    bands = pd.cut(frame["weight"], [-np.inf, 10, 20.5, 30, np.inf], right=False, labels=covariates[0].labels)
    words = bands.astype(object).where(frame["weight"].notna(), "not recorded")
    for pattern, events, total in zip(
        cells.patterns, cells.events.sum(axis=(0, 1)), cells.total.sum(axis=(0, 1)), strict=True
    ):
        rows = (words == pattern[0]) & (frame["sex"].fillna("not recorded") == pattern[1])
        assert (events, total) == (frame.loc[rows, "again"].sum(), rows.sum())
    assert cells.total.sum() == len(frame)
    levels = list(dict.fromkeys(pattern[0] for pattern in cells.patterns))
    assert levels == ["under 10", "10 to under 20.5", "20.5 to under 30", "30 and over", "not recorded"]
    assert 'Covariate "weight" is counted in bands: under 10, 10 to under 20.5' in " ".join(cells.notes)


def test_a_level_for_missing_values_comes_last_among_numbers_and_truth_values(children, again, sources):
    frame = children()
    frame["age"] = frame["age"].astype("Int64").where(frame.index % 7 > 0)
    frame["disabled"] = frame["disabled"].astype("boolean").where(frame.index % 5 > 0)
    for name, source in sources(frame).items():
        cells = collapse(
            read_cohort(source, **KEYS),
            again,
            (Category("age", missing="level"), Category("disabled", missing="level")),
        )
        ages, disabled = (sorted({p[i] for p in cells.patterns}) for i in (0, 1))
        assert ages == ["10", "11", "8", "9", "not recorded"], name
        assert disabled == ["False", "True", "not recorded"], name
        assert [p[0] for p in cells.patterns][-1] == "not recorded"
        assert cells.total.sum() == len(frame)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("covariate", [Bins("weight", edges=(10,)), Category("sex"), "sex"])
def test_missing_covariates_are_refused_with_the_cure(measured, again, lazy, covariate):
    frame = measured()
    source = pl.from_pandas(frame).lazy() if lazy else frame
    bad = frame[covariate if isinstance(covariate, str) else covariate.column].isna().sum()
    with pytest.raises(DataError, match=rf'A covariate is missing.*{bad} of 900 rows.*missing="level"'):
        collapse(read_cohort(source, **KEYS), again, (covariate,))


def test_a_level_is_not_asked_of_rows_outside_the_denominator(measured, again):
    frame = measured()
    frame["cla"] = frame["weight"].notna().astype(int)
    cells = collapse(read_cohort(frame, **KEYS), replace(again, among="cla"), (Bins("weight", edges=(10,)),))
    assert cells.total.sum() == frame["cla"].sum()


@pytest.mark.parametrize("missing", ["error", "level"])
@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values_have_no_band(measured, sources, again, missing, value):
    frame = measured()
    frame["weight"] = frame["weight"].fillna(1.0)
    frame.loc[[4, 7], "weight"] = value
    for name in ("pandas", "polars lazy", "arrow", "duckdb"):
        with pytest.raises(DataError, match=r'covariate is infinite.*"weight", 2 of 900'):
            collapse(read_cohort(sources(frame)[name], **KEYS), again, (Bins("weight", edges=(10,), missing=missing),))


def test_text_that_is_no_number_has_no_band(measured, again):
    frame = measured().assign(weight="heavy")
    with pytest.raises(DataError, match="Text stands where numbers belong"):
        collapse(read_cohort(frame, **KEYS), again, (Bins("weight", edges=(10,)),))


@pytest.mark.parametrize(("column", "bands"), [("weight", 4), ("age", 2), ("years", 5), ("far", 3)])
def test_quantiles_of_all_rows_before_the_first_start_are_the_same_in_every_source(measured, sources, column, bands):
    frame = measured(2_000).assign(far=lambda f: f["weight"] * 1e6 - 1e7)
    frame.loc[0, "far"] = 1e15  # a value typed wrongly does not spoil the grid
    asked = Bins(column, quantiles=bands, missing="level")
    found = {n: settled((asked, "sex"), read_cohort(s, **KEYS), ROLLOUT) for n, s in sources(frame).items()}
    assert len(set(found.values())) == 1, found
    bins, sex = found["pandas"]
    assert sex == "sex"
    early = frame.loc[frame["quarter"] < "2014Q4", column].dropna()
    shares = [(early < edge).mean() for edge in bins.edges]
    step = 0.01 if column != "age" else 0.26
    np.testing.assert_allclose(shares, np.arange(1, bands) / bands, atol=step)
    assert all(f"{edge:.12g}" in bins.note for edge in bins.edges)
    assert "before the first start" in bins.note
    later = frame.assign(**{column: frame[column].where(frame["quarter"] < "2014Q4", frame[column] * 9)})
    assert settled((asked, "sex"), read_cohort(later, **KEYS), ROLLOUT) == found["pandas"]


def test_dates_decide_what_lies_before_the_first_start(measured, sources):
    frame = measured()
    frame["day"] = pd.PeriodIndex(frame["quarter"], freq="Q").to_timestamp() + pd.Timedelta(days=40)
    expected = settled((Bins("weight", quantiles=3),), read_cohort(frame, **KEYS), ROLLOUT)
    for name in ("pandas", "polars", "polars lazy", "arrow", "duckdb", "parquet"):
        cohort = read_cohort(sources(frame)[name], authority="la", period="day", calendar="quarter")
        assert settled((Bins("weight", quantiles=3),), cohort, Rollout({"Leeds": "2014Q4"})) == expected, name


def test_edges_at_values_that_many_share_leave_fewer_bands_and_say_so(children):
    frame = children().assign(age=np.repeat([0, 5], [500, 100]))
    (bins,) = settled((Bins("age", quantiles=4),), read_cohort(frame, **KEYS), ROLLOUT)
    assert bins.labels == ("under 5", "5 and over")
    assert "fewer bands than asked" in bins.note
    with pytest.raises(DataError, match="one value only"):
        settled((Bins("age", quantiles=4),), read_cohort(frame.assign(age=3), **KEYS), ROLLOUT)
    with pytest.raises(DataError, match="No row before the first start"):
        settled((Bins("age", quantiles=4),), read_cohort(frame.assign(age=np.nan), **KEYS), ROLLOUT)


def test_no_row_leaves_the_engine_for_quantiles(measured, monkeypatch):
    heights = []
    import narwhals as nw

    collect = nw.LazyFrame.collect

    def counted(self, *args, **options):
        frame = collect(self, *args, **options)
        heights.append(len(frame))
        return frame

    monkeypatch.setattr(nw.LazyFrame, "collect", counted)
    frame = measured(20_000)
    for source in (pl.from_pandas(frame).lazy(), duckdb.from_df(frame)):
        settled((Bins("weight", quantiles=4),), read_cohort(source, **KEYS), ROLLOUT)
    assert max(heights) <= 1_002


def test_the_design_cuts_once_and_every_check_sees_the_same_bands(measured, again):
    children = read_cohort(measured(), **KEYS)
    design = DiD(adjust=(Bins("weight", quantiles=3, missing="level"), "cla"), vary_by=("weight",))
    assert design.columns == ("weight", "cla")
    layout = prepare_layout(children, Rollout({"Leeds": "2014Q4"}), again, design)
    assert layout.cells.columns == ("weight", "cla")
    assert len({p[0] for p in layout.cells.patterns}) == 4
    assert layout.without(1).cells.patterns == layout.cells.patterns
    assert design.model(layout).shocks.streams == 4
    with pytest.raises(DataError, match="need the rollout"):
        collapse(children, again, design.adjust)


def test_bands_in_one_place_hold_wherever_the_column_is_named():
    bins = Bins("age", edges=(5,))
    assert declared(("age", "sex", bins)) == (bins, "sex")
    assert DiD(adjust=("sex",), vary_by=(bins,)).covariates == ("sex", bins)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Bins("age"), "need edges or quantiles"),
        (lambda: Bins("age", edges=(5, 5)), "ascending"),
        (lambda: Bins("age", edges=(5, 1)), "ascending"),
        (lambda: Bins("age", edges=5), "ascending"),
        (lambda: Bins("age", edges=("a",)), "ascending"),
        (lambda: Bins("age", edges=(float("nan"),)), "ascending"),
        (lambda: Bins("age", edges=(True,)), "ascending"),
        (lambda: Bins("age", quantiles=1), "quantiles=1"),
        (lambda: Bins("age", quantiles=2.5), "quantiles=2.5"),
        (lambda: Bins("age", edges=(1,), missing="levle"), 'Did you mean "level"'),
        (lambda: Category("", missing="level"), "column"),
        (lambda: Category("sex", missing="drop"), "missing"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(DataError, match=words):
        make()


def test_columns_named_twice_or_elsewhere_are_refused(children, again):
    bins = Bins("age", edges=(9,))
    cohort = read_cohort(children(), **KEYS)
    with pytest.raises(DataError, match="twice"):
        collapse(cohort, again, ("age", bins))
    with pytest.raises(DataError, match="already the authority"):
        collapse(cohort, again, (Bins("again", edges=(1,)),))
    with pytest.raises(DataError, match='Did you mean "age"'):
        collapse(cohort, again, (Bins("agee", edges=(1,)),))
    with pytest.raises(DataError, match='Did you mean "age"'):
        settled((Bins("agee", quantiles=2),), cohort, ROLLOUT)
    with pytest.raises(DesignError, match="twice"):
        DiD(adjust=("age", bins))
    panel = read_panel(pd.DataFrame({"la": ["A"], "quarter": [2014]}), **KEYS)
    with pytest.raises(DataError, match="Authority rows"):
        collapse(panel, again, (bins,))
