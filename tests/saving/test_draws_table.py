"""Draws as a table: joint rows, counted as R's posterior package counts them, and no part beside the headline."""

import json
import os
import stat
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import FileError
from tests.reports.made_up import finding
from tests.saving.fits import chained, made
from tests.saving.made_up import HEADLINE
from tests.synthesis.test_checks_by_fit import fit_of

COUNTED = [".chain", ".iteration", ".draw"]
WHOLE = ["satt", "satt_authorities", "patt", "next_authority", "satt_ratio"]


def test_rows_are_counted_and_joint(tmp_path):
    fit = chained(made("rates"))
    table = pd.read_parquet(sb.to_parquet(fit, tmp_path / "draws.parquet"))
    assert list(table) == [*COUNTED, *fit.draws.hyper, *WHOLE]
    assert table[".draw"].tolist() == list(range(1, 301))
    assert table[".chain"].tolist() == np.repeat([1, 2, 3, 4], 75).tolist()
    assert table[".iteration"].tolist() == list(range(1, 76)) * 4
    assert {str(kind) for kind in table[COUNTED].dtypes} == {"int32"}
    assert (table["satt"].to_numpy() == sb.estimate(fit).draws.ravel()).all()
    assert (table["omega"].to_numpy() == fit.draws.hyper["omega"].ravel()).all()


def test_with_cells_parts_stand_beside_the_headline(tmp_path):
    fit = made("shares")
    table = pd.read_parquet(sb.to_parquet(fit, tmp_path / "draws.cells.parquet", cells=True))
    for by in ("event_time", "authority"):
        for effect in sb.estimate(fit, by=by):
            assert (table[f"{by}[{effect.label}]"].to_numpy() == effect.draws.ravel()).all()
    lags = sb.estimate(fit, by="event_time")
    alone = pd.read_parquet(sb.to_parquet(lags, tmp_path / "lags.cells.parquet", cells=True))
    assert list(alone) == [*COUNTED, *(f"event_time[{label}]" for label in lags.labels)]


def test_a_loaded_fit_and_one_by_weights_give_the_same_table(tmp_path):
    for fit in (made("shares"), fit_of(sb.SyntheticControl())):
        loaded = sb.load(sb.save(fit, tmp_path / "fit.nc", overwrite=True))
        one, two = (pd.read_parquet(sb.to_parquet(x, tmp_path / "d.parquet", overwrite=True)) for x in (fit, loaded))
        assert one.equals(two)


def test_parts_are_not_put_beside_each_other_without_cells(tmp_path):
    lags = sb.estimate(made("shares"), by="event_time")
    with pytest.raises(FileError, match=r"tell, beside the headline, the weights.*Write each by itself"):
        sb.to_parquet(lags, tmp_path / "lags.parquet")
    one = pd.read_parquet(sb.to_parquet(lags["0"], tmp_path / "lag.parquet"))
    assert list(one) == [*COUNTED, "satt[0]"]
    exact = lags["0"].draws.ravel()
    assert len(one) < len(exact)
    assert not np.isin(one["satt[0]"], exact).any()
    again = sb.load(sb.save(lags, tmp_path / "lags.nc"))
    with pytest.raises(FileError, match="not drawn together"):
        sb.to_parquet(again, tmp_path / "lags.cells.parquet", cells=True)


def test_what_tells_a_count_is_refused(tmp_path):
    for found in (replace(HEADLINE, scale="events"), *finding().estimates[2:]):
        with pytest.raises(FileError, match="not saved without its cells"):
            sb.to_parquet(found, tmp_path / "draws.parquet")
    for found in (HEADLINE, made("rates")):
        with pytest.raises(FileError, match="does not say so"):
            sb.to_parquet(found, tmp_path / "draws.parquet", cells=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("found", [None, 3, HEADLINE.outcome, finding().grade, finding()])
def test_other_things_have_no_draws(tmp_path, found):
    with pytest.raises(FileError, match="has no draws to write"):
        sb.to_parquet(found, tmp_path / "draws.parquet")


def test_a_place_is_asked_for_as_save_asks(tmp_path):
    with pytest.raises(FileError, match="not the suffix of a Parquet file"):
        sb.to_parquet(HEADLINE, tmp_path / "draws.csv")
    before = os.umask(0o077)
    try:
        path = sb.to_parquet(HEADLINE, tmp_path / "deep" / "draws.parquet")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileError, match="is there already"):
        sb.to_parquet(HEADLINE, path)
    loaded = sb.load(sb.save(made("rates"), tmp_path / "fit.nc"))
    with pytest.raises(FileError, match="has none"):
        sb.to_parquet(loaded, tmp_path / "d.cells.parquet", cells=True)
    with pytest.raises(FileError, match="no effect to write"):
        sb.to_parquet(sb.Effects("authority", ()), tmp_path / "d.cells.parquet", cells=True)


def test_a_file_says_whether_it_may_leave(tmp_path):
    for cells in (False, True):
        path = sb.to_parquet(HEADLINE, tmp_path / f"draws{'.cells' * cells}.parquet", cells=cells)
        told = json.loads(pq.read_schema(path).metadata[b"sos_bayes"])
        assert told["disclosure"].startswith(f"This file is {'cells' if cells else 'released'}")
