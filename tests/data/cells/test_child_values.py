"""Values of single children: what a likelihood with long tails reads, and where they never go."""

import copy
import logging
import pickle
import traceback

import numpy as np
import pandas as pd
import polars as pl
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DataError, FitError, SosBayesError
from sos_bayes.data import collapse
from sos_bayes.data.cells.child_values import Values
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.runs.fit_spec import FitSpec
from sos_bayes.fitting.runs.parallel_fits import fit_many
from tests.designs.panels import PATTERNS
from tests.designs.tails import tailed
from tests.designs.values import score

SECRET = 31415.92653


def rows_of(**more):
    """Rows of which one has a value that can be recognised wherever it turns up."""
    layout, _, rows = tailed(authorities=5, starts=(2, 3), size=14, patterns=PATTERNS[:2], **more)
    rows.loc[3, "score"] = SECRET
    return layout, rows


def cells_of(rows, adjust=("age", "sex")):
    return collapse(sb.read_cohort(rows, authority="la", period="year"), score(tails="t"), adjust)


def test_every_value_is_in_its_cell_once():
    _, rows = rows_of()
    cells = cells_of(rows)
    values = cells.values
    assert values.times.sum() == len(rows) == cells.total.sum()
    for (la, year, age, sex), part in rows.groupby(["la", "year", "age", "sex"]):
        at = (cells.authorities.index(la), cells.calendar.labels.index(str(year)), cells.patterns.index((age, sex)))
        flat = int(np.ravel_multi_index(at, cells.total.shape))
        here = values.cell == flat
        np.testing.assert_array_equal(
            np.repeat(values.values[here], values.times[here].astype(int)), np.sort(part["score"])
        )


@pytest.mark.parametrize("engine", ["polars", "lazy", "shuffled", "arrow"])
def test_engines_and_orders_of_rows_give_the_same_bits(engine):
    _, rows = rows_of()
    rows["score"] = rows["score"].round(0)  # ties
    other = {
        "polars": lambda: pl.from_pandas(rows),
        "lazy": lambda: pl.from_pandas(rows).lazy(),
        "arrow": lambda: pl.from_pandas(rows).to_arrow(),
        "shuffled": lambda: rows.sample(frac=1, random_state=2),
    }[engine]()
    one, two = cells_of(rows).values, cells_of(other).values
    assert len(one.values) < len(rows)
    for name in ("values", "times", "ends"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_authorities_cells_and_patterns_take_their_values_along():
    _, rows = rows_of()
    cells = cells_of(rows)
    some = cells.of(cells.authorities[1:3])
    want = cells_of(rows[rows["la"].isin(cells.authorities[1:3])])
    np.testing.assert_array_equal(some.values.values, want.values.values)
    keep = np.zeros(cells.total.shape[:2], bool)
    keep[1] = True
    np.testing.assert_array_equal(cells.where(keep).values.values, cells.of(cells.authorities[1:2]).values.values)
    np.testing.assert_array_equal(cells.without_patterns().values.values, cells_of(rows, ()).values.values)


def test_medians_are_those_of_the_rows():
    _, rows = rows_of()
    cells = cells_of(rows)
    found = cells.values.medians()
    want = rows.groupby(["la", "year", "age", "sex"])["score"].median()
    filled = cells.total > 0
    np.testing.assert_allclose(np.sort(found[filled]), np.sort(want.to_numpy()))


def said_by(value):
    """All that anybody could print of an object."""
    return repr(value) + str(value) + f"{value!a}"


def test_no_representation_shows_a_value():
    layout, rows = rows_of()
    fit = fit_layout(layout, sb.DiD(), n_draws=200, fall_back=False)
    cells = cells_of(rows)
    shown = [
        cells,
        cells.values,
        fit,
        fit.layout,
        fit.problem,
        fit.problem.counts.single,
        fit.draws,
        FitSpec(layout, sb.DiD()),
    ]
    for value in (*cells.values.values[:50], SECRET):
        for one in shown:
            assert f"{value:.4f}"[:6] not in said_by(one)
    assert "in memory only" in repr(cells.values)


@pytest.mark.parametrize("what", ["values", "cells", "layout", "problem", "fit", "job"])
def test_nothing_that_holds_values_is_pickled_or_copied(what):
    layout, _ = rows_of()
    fit = fit_layout(layout, sb.DiD(), n_draws=200, fall_back=False)
    held = {
        "values": layout.cells.values, "cells": layout.cells, "layout": layout, "problem": fit.problem, "fit": fit,
        "job": FitSpec(layout, sb.DiD()),
    }[what]  # fmt: skip
    for way in (pickle.dumps, copy.deepcopy):
        with pytest.raises((DataError, FitError), match="neither saved nor sent") as caught:
            way(held)
        assert not any(f"{v:.4f}"[:6] in str(caught.value) for v in layout.cells.values.values[:50])


def test_fits_stay_in_this_process_and_checkpoints_hold_no_value(tmp_path, caplog):
    layout, _ = rows_of()
    caplog.set_level(logging.DEBUG)
    jobs = [FitSpec(layout, sb.DiD(), seed=seed, n_draws=200, fall_back=False) for seed in (1, 2)]
    first = fit_many(jobs, checkpoint=tmp_path, progress=False)
    again = fit_many(jobs, checkpoint=tmp_path, progress=False)
    assert not any(isinstance(f, SosBayesError) for f in first)
    np.testing.assert_array_equal(first[0].draws.effect, again[0].draws.effect)
    kept = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert kept
    raw = layout.cells.values.values
    standard = layout.cells.values.values - np.median(raw)
    for value in (*raw[:30], *standard[:30], *first[0].problem.counts.single.values[:30]):
        assert np.float64(value).tobytes() not in kept
    assert not any(f"{v:.4f}"[:6] in caplog.text for v in raw[:50])


def test_a_traceback_shows_no_value():
    _, rows = rows_of()
    cells = cells_of(rows)
    with pytest.raises(DataError) as caught:
        Values(cells.values.values, cells.values.times, cells.values.ends[:1]).__reduce_ex__(2)
    told = "".join(traceback.format_exception(caught.value))
    assert not any(f"{v:.4f}"[:6] in told for v in cells.values.values[:50])


def test_rows_of_authorities_have_no_tails():
    table = pd.DataFrame(
        {"la": ["A", "B"] * 3, "year": [2014, 2014, 2015, 2015, 2016, 2016], "mean": 3.0, "n": 9, "sd": 1.0}
    )
    panel = sb.read_panel(table, authority="la", period="year")
    with pytest.raises(DataError, match="Long tails need rows of children"):
        collapse(
            panel,
            sb.Continuous(
                "mean", number="n", sd="sd", tails="t", unit="days", aim=sb.Aim.FEWER, worthwhile=1.0, label="days"
            ),
        )


WRONG = {"tails": "long"}, {"degrees": 1.0}, {"degrees": True}, {"degrees": 99}


@pytest.mark.parametrize("changes", WRONG)
def test_tails_and_degrees_are_checked(changes):
    with pytest.raises(DataError, match=next(iter(changes))):
        score(**changes)
