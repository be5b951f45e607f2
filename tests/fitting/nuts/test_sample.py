"""The sampler's station without sampling: completeness, and what the gate watches."""

import numpy as np
import pytest
import xarray as xr

from sos_bayes._core.errors import FitError
from sos_bayes.designs import DiD
from sos_bayes.fitting import Sampler
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts import preconditioned as prepared
from sos_bayes.fitting.nuts.draw_record import row_size
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.fitting.nuts.sample import sample
from sos_bayes.fitting.runs import retry
from tests.designs.panels import PATTERNS, panel

STEPS = Sampler().target_accept
SMALL = Sampler(draws=50, tune=1, chains=2, progress=False)


def tree_of(problem, chains=2, draws=50, seed=1):
    """What nutpie returns: made-up rows, one for each draw."""
    rng = np.random.default_rng(seed)
    rows = 0.3 * rng.standard_normal((chains, draws, row_size(problem)))
    for i, hyper in enumerate(problem.model.hypers):
        rows[..., i] = hyper.prior.from_score(rows[..., i])
    told = {"diverging": (("chain", "draw"), np.zeros((chains, draws), bool))}
    told["energy"] = (("chain", "draw"), rng.normal(size=(chains, draws)))
    return {"posterior": xr.Dataset({"row": (("chain", "draw", "row_dim"), rows)}), "sample_stats": xr.Dataset(told)}


@pytest.fixture
def problem():
    layout = panel(starts=(2, 3), patterns=PATTERNS)
    return problem_of(DiD().model(layout), layout.cells)


@pytest.fixture
def sampled_as(monkeypatch):
    """Replace nutpie's sampling by a given tree; nothing is compiled."""
    import nutpie

    def give(tree):
        monkeypatch.setattr(nutpie, "sample", lambda compiled, **settings: tree)

    return give


@pytest.mark.parametrize(("chains", "draws"), [(2, 33), (1, 50), (2, 49)])
def test_an_interrupted_run_is_refused(problem, sampled_as, chains, draws):
    sampled_as(tree_of(problem, chains, draws))
    with pytest.raises(FitError, match=f"stopped early: {chains} chains of {draws} draws"):
        sample(prepare(problem), SMALL, 1)


def test_a_mode_that_is_no_number_is_refused(problem, monkeypatch):
    real = prepared.laplace_mode

    def lost(*given):
        solved = real(*given)
        solved.derivatives.curve[0, 0] = np.nan
        return solved

    monkeypatch.setattr(prepared, "laplace_mode", lost)
    with pytest.raises(FitError, match="found no mode"):
        prepare(problem)


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_draw_that_is_no_number_is_refused(problem, sampled_as, place, value):
    tree = tree_of(problem)
    tree["posterior"]["row"].values[1, 7, place] = value
    sampled_as(tree)
    with pytest.raises(FitError, match="not numbers"):
        sample(prepare(problem), SMALL, 1)


@pytest.mark.parametrize("layout", [panel(), panel(authorities=3, starts=(1, 2, 3))], ids=["plain", "no comparators"])
@pytest.mark.parametrize("design", [DiD(), DiD(shocks="random_walk")], ids=["ar1", "walk"])
def test_what_is_constant_by_design_is_not_watched(layout, design, sampled_as):
    problem = problem_of(design.model(layout), layout.cells)
    sampled_as(tree_of(problem))
    watched = retry.watch(problem, layout, sample(prepare(problem), SMALL, 1).draws)
    assert {"the effect", "mu_tau", "the level gap", "omega", "sd_shock"} <= set(watched)
    assert all(np.ptp(values) > 0 for values in watched.values())
