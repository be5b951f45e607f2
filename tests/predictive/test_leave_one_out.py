"""Leave-one-out by part: densities by brute force and by PyMC, and exact refits where weights fail."""

import warnings

import arviz as az
import numpy as np
import pytest
from scipy.special import logsumexp

import sos_bayes as sb
from sos_bayes._core.errors import DesignError, SosBayesError
from sos_bayes.designs import DiD
from sos_bayes.estimands.readable_model import written
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.constrain import constrained_at
from sos_bayes.fitting.nuts.draw_record import reported, row_at, row_size
from sos_bayes.fitting.nuts.packed_target import unpacked
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.predictive import leave_one_out
from sos_bayes.predictive.given_authorities import GivenAuthorities, given_authorities
from sos_bayes.predictive.leave_one_out import left_out
from sos_bayes.predictive.pointwise import of_authorities, of_cells, of_periods, pointwise_log_likelihood
from tests.contracts.free_point import free_point
from tests.contracts.test_readable_model import SETTINGS as CONTRACTS
from tests.designs.panels import panel
from tests.predictive.by_scipy import dense_prior, slot_density
from tests.predictive.test_pointwise import SETTINGS, drawn

BY_GRID = ("binomial", "poisson", "overdispersed shares", "bounds", "random walk", "clusters")


@pytest.mark.parametrize("name", BY_GRID)
def test_the_probability_of_an_authority_is_the_integral_by_brute_force(name, monkeypatch):
    """Over its three periods, on a grid after the dense prior."""
    monkeypatch.setattr("sos_bayes.predictive.pointwise.MORE", 40_000)
    layout, rows, design = SETTINGS[name]
    problem, draws = drawn(layout, design, size=1)
    given = given_authorities(problem, draws, 1)
    found, places = of_authorities(given, problem, np.arange(len(problem.kind)))
    density = slot_density(problem, {k: float(v[0, 0]) for k, v in draws.hyper.items()}, given.beta[0], rows)
    side = np.linspace(-7, 7, 121)
    grid = np.stack(np.meshgrid(side, side, side, indexing="ij"), -1).reshape(-1, 3)
    for i, a in enumerate(places.authority.tolist()):
        cov = dense_prior(problem, {k: float(v[0, 0]) for k, v in draws.hyper.items()}, a)
        theta = given.to(a).mean[0] + grid @ np.linalg.cholesky(cov).T
        log = sum(density(a, slot, theta[:, slot]) for slot in range(3)) - 0.5 * (grid**2).sum(axis=1)
        theirs = logsumexp(log) + 3 * np.log((side[1] - side[0]) / np.sqrt(2 * np.pi))
        assert found[0, i] == pytest.approx(theirs, abs=0.02), a


def test_a_few_candidates_give_the_probability_that_many_give(monkeypatch):
    layout, _, design = SETTINGS["binomial"]
    problem, draws = drawn(layout, design, size=200)
    few = of_authorities(given_authorities(problem, draws, 1), problem, np.arange(4))[0]
    monkeypatch.setattr("sos_bayes.predictive.pointwise.MORE", 1000)
    many = of_authorities(given_authorities(problem, draws, 2), problem, np.arange(4))[0]
    assert np.abs(few - many).mean() < 0.02
    assert abs((few - many).mean()) < 0.003


WHOLE = ("binomial", "covariates", "poisson", "overdispersed", "overdispersed shares", "ordinal, covariates", "hazards",
         "design effect", "design effect of rates", "subgroups")  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_densities_of_cells_given_their_shocks_are_those_of_the_readable_model(name, monkeypatch):
    """At one point of the sampler's variables, cell by cell, constants included."""
    layout, design = CONTRACTS[name]
    prepared = prepare(problem_of(design.model(layout), layout.cells))
    problem, target = prepared.problem, unpacked.py_func(prepared.numbers, prepared.whole)
    x = 0.5 * np.random.default_rng(2).standard_normal(prepared.size)
    draws = reported(problem, row_at(prepared.numbers, prepared.whole, x, row_size(problem))[None, None])
    theta = constrained_at(target, x).theta
    monkeypatch.setattr(GivenAuthorities, "cells", lambda self, a, own: np.ascontiguousarray(theta[:, a])[None])
    found, _ = of_cells(given_authorities(problem, draws, 1), problem, np.arange(len(problem.kind)))
    model = written(layout, design)
    density = model.compile_logp(vars=model.observed_RVs, sum=False, mode="FAST_COMPILE")
    (theirs,) = density(free_point(problem, target, x))
    np.testing.assert_allclose(found[0], theirs, rtol=1e-8, atol=1e-8)


@pytest.fixture(scope="module")
def fit():
    layout = panel(authorities=8, periods=5, starts=(2, 3), size=80.0, empty=[(4, 1)])
    return fit_layout(layout, DiD(), method="fast", seed=1, n_draws=4000)


def test_authorities_left_out_by_weights_are_those_of_exact_refits(fit):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sb.loo(fit, by="authority", refit=False)
    worth = np.arange(2, 8)  # the comparators
    assert (found.pareto_k.values[worth] < 0.7).all()
    gaps = found.elpd_i.values[worth] - left_out(fit, "authority", worth)
    assert np.abs(gaps).max() < 0.1
    assert found.elpd_i.authority.values.tolist() == list(fit.layout.cells.names)


def test_where_weights_fail_the_exact_value_takes_their_place(fit, monkeypatch):
    with pytest.warns(UserWarning, match="Estimated shape"):
        weighted = sb.loo(fit, refit=False)
    asked = []
    monkeypatch.setattr(leave_one_out, "left_out", lambda fit, by, parts: asked.extend(parts) or [-1.5] * len(parts))
    found = sb.loo(fit)
    assert set(np.flatnonzero(weighted.pareto_k.values > weighted.good_k)) <= set(asked) != set()
    assert np.isnan(found.log_weights.isel(cell=asked)).all()
    assert np.isfinite(found.log_weights.isel(cell=np.delete(np.arange(39), asked))).all()
    assert (found.elpd_i.values[asked] == -1.5).all()
    assert (found.pareto_k.values[asked] == 0.0).all()
    others = np.delete(np.arange(39), asked)
    np.testing.assert_array_equal(found.elpd_i.values[others], weighted.elpd_i.values[others])
    assert found.elpd == pytest.approx(found.elpd_i.values.sum())
    assert found.se == pytest.approx(np.sqrt(39 * found.elpd_i.values.var(ddof=1)))
    assert found.p == pytest.approx(found.p_loo_i.values.sum())
    assert not found.warning
    assert found.elpd_i.attrs["refitted"] == len(asked)


def test_parts_that_could_not_be_refitted_stay_and_are_counted(fit, monkeypatch):
    monkeypatch.setattr(leave_one_out, "left_out", lambda fit, by, parts: [SosBayesError("no")] * len(parts))
    found = sb.loo(fit)
    assert found.warning
    assert found.elpd_i.attrs["refitted"] == 0 < found.elpd_i.attrs["not_refitted"]


def test_a_part_is_predicted_by_a_fit_that_never_saw_it(fit, monkeypatch):
    seen = []
    real = leave_one_out.given_authorities
    monkeypatch.setattr(leave_one_out, "given_authorities", lambda problem, draws, seed: seen.append(problem.cells) or real(problem, draws, seed))  # fmt: skip # noqa: E501
    left_out(fit, "authority_period", [0])
    left_out(fit, "authority", [3])
    assert [float(cells.total[0, 0].sum()) for cells in seen] == [0.0, fit.layout.cells.total[0, 0].sum()]
    assert seen[1].total[3].sum() == 0.0 < seen[0].total[3].sum()


def test_a_comparator_left_out_is_not_drawn_given_what_was_left_out(fit):
    """Its other periods are drawn given the table of the fit, whatever cells are asked about."""
    given = given_authorities(fit.problem, fit.draws.every(40), 1)
    layout = panel(authorities=8, periods=5, starts=(2, 3), size=80.0, seed=9)
    other = problem_of(DiD().model(layout), layout.cells)
    assert given.tables_of(fit.problem) is given.tables
    cells = given.cells(5, given.to(5))
    of_periods(given, other, np.array([5]))
    np.testing.assert_array_equal(given.cells(5, given.to(5)), cells)
    assert given.about(other).tables[5].seen.events[0, 0] == other.cells.events[5, 0, 0]


@pytest.mark.filterwarnings("ignore:Estimated shape parameter")
def test_single_cells_are_noted_to_be_of_little_use_and_never_refitted(fit, monkeypatch):
    monkeypatch.setattr(leave_one_out, "left_out", None)
    found = sb.loo(fit, by="cell", draws=1000)
    assert "predicts itself" in found.elpd_i.attrs["note"]
    assert found.n_samples == 1000


def test_arviz_reads_the_log_densities_and_compares_what_comes_of_them(fit):
    walk = fit_layout(fit.layout, DiD(shocks="random_walk"), method="fast", seed=1, n_draws=4000, fall_back=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = az.compare({"fading": sb.loo(fit, refit=False), "walk": sb.loo(walk, refit=False)})
    assert set(table.index) == {"fading", "walk"}
    assert np.isfinite(table["elpd"].astype(float)).all()


def test_draws_of_several_chains_keep_their_order(fit):
    values = pointwise_log_likelihood(fit, by="authority", every=4)
    assert values.dims == ("chain", "draw", "authority")
    assert values.shape == (1, 1000, 8)


@pytest.mark.parametrize(
    ("wrong", "says"), [({"by": "authorities"}, 'Did you mean "authority"'), ({"draws": 0}, "whole number from 1")]
)
def test_what_cannot_be_left_out_is_refused(fit, wrong, says):
    with pytest.raises(DesignError, match=says):
        sb.loo(fit, **wrong)


def test_a_fit_of_another_kind_has_no_density_of_cells():
    with pytest.raises(DesignError, match="no one model of all cells"):
        sb.loo(object())
