"""An evaluation that is saved without its cells holds no child, no count and no level of an authority."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DataError
from tests.disclosure.test_canary import SIGNS
from tests.disclosure.test_saved_fits import FIELDS, raw, strings
from tests.reports.made_up import CHILD, SMALL, finding
from tests.reports.made_up import evaluation as made_up
from tests.saving.evaluations import of_authorities, of_children
from tests.saving.made_up import opened


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
@pytest.mark.parametrize("cells", [False, True])
def test_no_child_is_in_any_file(tmp_path, suffix, cells):
    held = raw(sb.save(of_children(), tmp_path / f"all.cells{suffix}", cells=cells))
    assert not [sign for sign in (*SIGNS, *FIELDS) for form in strings(sign) if form in held]


@pytest.mark.parametrize("cells", [False, True])
def test_what_an_error_says_of_rows_stays_with_the_analyst(tmp_path, cells):
    fault = DataError("A row is odd.", where="column x", rows=f"3 of 961 rows, {CHILD}")
    stopped = replace(made_up(), findings=(finding(error=fault.released, fault=fault, effect=None, grade=None),))
    held = raw(sb.save(stopped, tmp_path / "all.cells.nc", cells=cells))
    assert b"A row is odd." in held
    assert CHILD.encode() not in held
    assert sb.load(tmp_path / "all.cells.nc").findings[0].fault is None


def test_no_level_of_an_authority_and_no_residual_is_there(tmp_path):
    evaluation = of_authorities()
    told, arrays = opened(sb.save(evaluation, tmp_path / "all.nc"))
    arrays = {name: held for name, held in arrays.items() if not name.endswith("points")}  # numbers of grid points
    levels = evaluation.study.comparators[0].features.columns[0]
    for values in (levels.values, levels.events, levels.total, evaluation.findings[0].link.residuals.ravel()):
        assert not [name for name, held in arrays.items() if np.isin(held, values[values != 0]).any()]
    assert not [name for name in arrays if "features" in name or "link" in name]
    assert told["held"]["study"]["comparators"][0]["features"] is None
    exact = [g.mean for b in evaluation.balance for r in b.rows for g in (r.adopters, r.everybody, r.chosen, r.others)]
    held = raw(tmp_path / "all.nc")
    assert not [mean for mean in exact if np.isfinite(mean) and repr(mean).encode() in held]


def test_with_cells_the_same_search_finds_them(tmp_path):
    evaluation = of_authorities()
    _, arrays = opened(sb.save(evaluation, tmp_path / "all.cells.nc", cells=True))
    levels = evaluation.study.comparators[0].features.columns[0]
    assert [name for name, held in arrays.items() if np.isin(held, levels.events).all() and held.size > 1]


def numbers(told):
    """Every whole number of a document, by the name of its field."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from ((name, value),) if type(value) is int else numbers(value)
    if isinstance(told, list):
        for value in told:
            yield from numbers(value)


@pytest.mark.parametrize("made", [of_authorities, of_children, made_up], ids=lambda f: f.__name__)
def test_numbers_of_children_are_rounded_everywhere(tmp_path, made):
    told, _ = opened(sb.save(made(), tmp_path / "all.nc"))
    counts = [value for name, value in numbers(told["held"]) if name == "n_children"]
    assert len(counts) > 5
    assert all(value == 0 or (value >= 10 and value % 5 == 0) for value in counts)


def test_with_cells_they_are_exact(tmp_path):
    told, _ = opened(sb.save(of_authorities(), tmp_path / "all.cells.nc", cells=True))
    assert any(value % 5 for name, value in numbers(told["held"]) if name == "n_children")


def test_no_effect_in_events_and_none_of_small_authorities_is_there(tmp_path):
    evaluation = made_up()
    told, _ = opened(sb.save(evaluation, tmp_path / "all.nc"))
    again = sb.load(tmp_path / "all.nc")
    assert evaluation.findings[0].by_authority["Cedarham"].n_children == SMALL
    assert again.findings[0].by_authority.labels == ("Ashford", "Birchley")
    assert not [e for f in again for e in f.estimates if e.scale == "events"]
    assert "Cedarham" not in str(told["held"]["findings"])


def test_lags_of_the_event_study_and_of_growth_cannot_be_set_beside_the_headline(tmp_path):
    evaluation = of_authorities()
    again = sb.load(sb.save(evaluation, tmp_path / "all.nc"))
    for mine, theirs in zip(again, evaluation, strict=True):
        exact = np.stack([e.draws.ravel() for e in theirs.growth.by_event_time], axis=1)
        residual = np.linalg.lstsq(exact, theirs.effect.draws.ravel(), rcond=None)[1]
        assert residual.size == 0 or residual[0] < 1e-20
        lags = [e.draws.ravel() for e in mine.growth.by_event_time]
        n = min(map(len, lags))
        assert len({len(lag) for lag in lags}) == len(lags)
        found = np.linalg.lstsq(np.stack([lag[:n] for lag in lags], axis=1), mine.effect.draws.ravel()[:n], rcond=None)
        assert found[1][0] > 0.1 * n * mine.effect.sd**2
