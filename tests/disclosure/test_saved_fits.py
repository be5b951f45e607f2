"""A fit that is saved without its cells holds no child, no count and no weight, and nothing that they follow from."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.checks import CHECKS
from sos_bayes.designs import DiD
from sos_bayes.estimands.weights import child_weights, groups_by, normalised
from sos_bayes.fitting import FitSpec, fit_layout
from sos_bayes.fitting.runs.cache_key import fingerprint, question_of
from tests.disclosure.test_canary import AGAIN, KEYS, ROLLOUT, SIGNS, children
from tests.fitting.runs.test_checkpoint import CANARY, RARE, marked
from tests.saving.fits import made
from tests.saving.made_up import opened

SUFFIXES = (".nc", ".zarr")
FIELDS = ("child-", "name-", "born-", "postcode-")  # of every other made-up child


def raw(path):
    """Every byte of a file or a folder."""
    return path.read_bytes() if path.is_file() else b"".join(p.read_bytes() for p in path.rglob("*") if p.is_file())


def strings(text):
    """A text as files of any kind may hold it."""
    return [text.encode(code) for code in ("utf-8", "utf-16-le", "utf-32-le")]


@pytest.fixture(scope="module")
def of_children():
    table = children()
    cohort = sb.read_cohort(table, **KEYS, child="child")
    return sb.fit(cohort, ROLLOUT, AGAIN, method="fast")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("cells", [False, True])
def test_no_child_is_in_any_file(tmp_path, of_children, suffix, cells):
    path = sb.save(of_children, tmp_path / f"fit.cells{suffix}", cells=cells)
    held = raw(path)
    assert not [sign for sign in (*SIGNS, *FIELDS) for form in strings(sign) if form in held]
    assert b"A0" in held  # authorities are named


@pytest.fixture(scope="module")
def rare():
    """A fit with a planted name, and a planted small count in every cell of its first adopter after the start."""
    return fit_layout(marked(made("shares").layout), DiD(adjust=("age", "sex")), seed=1, n_draws=400, fall_back=False)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_count_is_in_a_file_without_cells(tmp_path, rare, suffix):
    path = sb.save(rare, tmp_path / f"fit{suffix}")
    told, arrays = opened(path)
    cells = rare.layout.cells
    counts = np.unique(np.concatenate([x.ravel() for x in (cells.events, cells.total)]))
    whole = {name: v for name, v in arrays.items() if name.rsplit("/", 1)[-1] != "points"}  # numbers of grid points
    assert not [name for name, values in whole.items() if np.isin(values, counts[counts > 0]).any()]
    assert np.float64(RARE).tobytes() not in raw(path)
    assert CANARY in json.dumps(told["held"])  # authorities are named


def test_the_sight_of_a_planted_count_is_real(tmp_path, rare):
    path = sb.save(rare, tmp_path / "fit.cells.nc", cells=True)
    assert np.float64(RARE).tobytes() in raw(path)


def test_no_draw_of_an_authority_and_period_is_there(tmp_path, rare):
    _, arrays = opened(sb.save(rare, tmp_path / "fit.nc"))
    theta, effect = (x.reshape(-1, np.prod(x.shape[2:])).T for x in (rare.draws.theta, rare.draws.effect))
    own = {column.tobytes() for column in (*theta, *effect)}
    own |= {v[..., k].tobytes() for v in rare.draws.own.values() for k in range(v.shape[2])}
    assert all(values.ndim == 2 for values in arrays.values())
    assert not [name for name, values in arrays.items() if values.tobytes() in own]
    hyper = {name.split("/")[-1] for name in arrays if name.startswith("hyper/")}
    assert hyper == set(rare.draws.hyper)


def weights_by_lag(fit):
    groups = groups_by(fit.layout, "event_time")
    weights = normalised(child_weights(fit.layout), groups_by(fit.layout, None))
    return groups.sums(weights).sum(axis=1)


@pytest.mark.parametrize("kind", ["measured", "shares"])
def test_weights_are_not_solved_from_all_that_a_file_holds(tmp_path, kind):
    """Exactly the headline's draws as a sum of those of lags: by the exact draws that gives every weight."""
    fit = made(kind)
    exact = sb.estimate(fit, by="event_time")
    headline = sb.estimate(fit).draws.ravel()
    columns = np.stack([e.draws.ravel() for e in exact], axis=1)
    wanted = weights_by_lag(fit)
    assert np.linalg.lstsq(columns, headline, rcond=None)[0] == pytest.approx(wanted, abs=1e-9)
    again = sb.load(sb.save(fit, tmp_path / "fit.nc"))
    lags = sb.estimate(again, by="event_time")
    n = min(e.draws.size for e in lags)
    assert len({e.draws.size for e in lags}) == len(lags)  # and not put beside each other by mistake
    columns = np.stack([e.draws.ravel()[:n] for e in lags], axis=1)
    found = np.linalg.lstsq(columns, sb.estimate(again).draws.ravel()[:n], rcond=None)[0]
    assert np.abs(found - wanted).max() > 0.05


def test_effects_of_one_file_and_of_another_are_not_put_together_either(tmp_path):
    """Headline in one file, authorities in another, of one fit."""
    fit = made("measured")
    both = [sb.load(sb.save(x, tmp_path / f"{i}.nc")) for i, x in enumerate((sb.estimate(fit), fit))]
    single = sb.load(sb.save(sb.estimate(fit, by="authority").effects[0], tmp_path / "one.nc"))
    exact = sb.estimate(fit, by="authority").effects[0].draws.ravel()
    assert both[0].draws.tobytes() == sb.estimate(both[1]).draws.tobytes()
    assert np.abs(np.corrcoef(single.draws.ravel(), exact[: single.draws.size])[0, 1]) < 0.3


def test_a_ratio_that_tells_a_withheld_baseline_is_not_kept(tmp_path):
    fit = made("bounds")  # rare events
    low = replace(sb.estimate(fit), n_children=30)
    assert low.baseline * low.n_children < 10
    again = sb.load(sb.save(fit, tmp_path / "fit.nc"))
    shown = {(e.estimand, e.scale) for e in again.effects}
    hidden = np.isnan(sb.estimate(again).baseline)
    assert ("satt", "events") not in shown
    assert (("satt", "ratio") in shown) is not hidden


def test_the_fingerprint_of_the_data_is_not_there(tmp_path, rare):
    checks = sb.check(rare, skip=tuple(CHECKS))
    made_of = question_of(rare.layout, rare.design)
    assert {c.fingerprint for c in checks} == {made_of, sb.estimate(rare).fingerprint}
    held = raw(sb.save(rare, tmp_path / "fit.nc", checks=checks))
    assert made_of.encode() not in held
    assert fingerprint(FitSpec(rare.layout, rare.design, seed=1, n_draws=400)).encode() not in held
    assert made_of.encode() in raw(sb.save(sb.estimate(rare), tmp_path / "effect.cells.nc", cells=True))
