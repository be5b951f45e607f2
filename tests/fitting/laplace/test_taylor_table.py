"""Expansions around one field against the table itself: the same numbers near it, and the table far from it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from sos_bayes.designs import DiD, Priors
from sos_bayes.families import FAMILIES
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.array_bundles import LatentField, LikelihoodDerivatives
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.conditional_mode import _likelihood, _table
from sos_bayes.fitting.laplace.nested_laplace import HyperPosterior, climb, expanded_around, mode_at, prior_at
from sos_bayes.fitting.laplace.newton_starts import all_from
from sos_bayes.fitting.laplace.taylor_table import BUDGET, WORTH_IT, counts_around, expanded
from sos_bayes.fitting.posterior.marginal_means import averager, pack
from tests.designs.panels import panel
from tests.fitting.made_up import made_up_fit

MANY = tuple((age, sex) for age in "abcdefghi" for sex in ("f", "m"))


def laid_out(family, size=600.0):
    return panel(family=family, patterns=MANY, starts=(2, 3, 3), size=size)


@pytest.fixture(scope="module", params=["binomial", "poisson"])
def problem(request):
    layout = laid_out(request.param)
    return problem_of(DiD(adjust=layout.cells.columns).model(layout), layout.cells)


@pytest.fixture(scope="module")
def field(problem):
    return climb(problem)[1]


def read(function, counts, field):
    """The log-likelihood at a field (with the remainder, of an expansion), and its derivatives."""
    (a, t), k = field.theta.shape, field.beta.size
    derivatives = LikelihoodDerivatives(
        np.empty((a, t)), np.empty((a, t)), np.empty((a, t, k)), np.empty(k), np.empty((k, k))
    )
    return function(counts, field, derivatives), derivatives


def whole(counts, field, derivatives):
    return _table(counts, 1.0, field, derivatives)


def moved(field, by, seed=1):
    rng = np.random.default_rng(seed)
    theta, beta = rng.normal(size=field.theta.shape), rng.normal(size=field.beta.shape)
    return LatentField(field.theta + by * theta, field.z, field.beta + 0.01 * by * beta)


@pytest.mark.parametrize("name", FAMILIES)
def test_derivatives_follow_from_each_other(name):
    eta, step = np.linspace(-4, 3, 29), 1e-5
    family = FAMILIES[name]
    found = family.derivatives(eta)
    numeric = (family.derivatives(eta + step) - family.derivatives(eta - step)) / (2 * step)
    np.testing.assert_allclose(found[1:], numeric[:-1], atol=1e-8, rtol=1e-8)
    np.testing.assert_allclose(found[1], family.mean(eta))
    np.testing.assert_allclose(found[2], family.variance(family.mean(eta)))


def test_at_its_own_field_the_expansion_is_the_table(problem, field):
    counts = counts_around(problem.counts, problem.family, field)
    (value, left_out), derivatives = read(expanded, counts, field)
    wanted, table = read(whole, problem.counts, field)
    assert left_out == 0.0
    assert value == pytest.approx(wanted, rel=1e-12)
    for got, want in zip(derivatives, table, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-9 * np.abs(want).max())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("by", [0.01, 0.05, 0.1, 0.2, 0.5, 1.5])
def test_what_is_left_out_is_estimated_and_beyond_the_budget_the_table_is_read(problem, field, by, seed):
    at = moved(field, by, seed)
    counts = counts_around(problem.counts, problem.family, field)
    (value, left_out), _ = read(expanded, counts, at)
    wanted, table = read(whole, problem.counts, at)
    assert abs(value - wanted) <= max(2 * left_out, 1e-9 * abs(wanted))
    frame = prior_at(problem, problem.scales(np.zeros((1, len(problem.model.hypers)))), 0)
    (used, near), derivatives = read(lambda data, *rest: _likelihood(data, frame, *rest), counts, at)
    assert used == pytest.approx(wanted, abs=2 * BUDGET)
    assert near == (left_out <= BUDGET)
    if not near:
        assert used == pytest.approx(wanted, rel=1e-13)
        np.testing.assert_array_equal(derivatives.slope, table.slope)
    else:  # curvatures steer Newton's steps and enter by half their log determinant: one in fifty is enough
        np.testing.assert_allclose(derivatives.slope, table.slope, atol=0.05)
        np.testing.assert_allclose(derivatives.curve, table.curve, rtol=0.02)
        np.testing.assert_allclose(derivatives.cross, table.cross, atol=0.02 * np.abs(table.curve).max())
        np.testing.assert_allclose(derivatives.beta_slope, table.beta_slope, atol=0.05)
        np.testing.assert_allclose(derivatives.beta_curve, table.beta_curve, atol=0.02 * np.abs(table.beta_curve).max())
    if by in (0.01, 1.5):
        assert (left_out > BUDGET) == (by == 1.5)


def test_the_evidence_hardly_moves(problem):
    proposal, field = climb(problem)
    points = proposal.draw(64, 1)
    exact = HyperPosterior(problem, all_from(field), [])(points)
    near = HyperPosterior(expanded_around(problem, field), all_from(field), [])(points)
    apart = np.abs(near - exact)
    assert np.median(apart) < BUDGET
    assert apart.max() < 0.02  # of points far out: the curvature, whose determinant counts too, is off first


def test_a_table_whose_cells_are_read_one_by_one_is_never_expanded():
    problem = problem_of(DiD().model(laid_out("negative_binomial")), laid_out("negative_binomial").cells)
    field = LatentField(np.zeros(problem.total.shape[:2]), np.zeros(problem.sizes[0]), np.zeros(problem.sizes[2]))
    assert counts_around(problem.counts, problem.family, field) is problem.counts


def test_means_corrected_for_skewness_hardly_move(problem):
    """Around the expansion, covariates and cells are pulled as by the table itself."""
    field = climb(problem)[1]
    scales = problem.scales(np.zeros((1, len(problem.model.hypers))))
    near, exact, plain = (
        mode_at(one, scales, 0, field, 1e-8, corrected=corrected)[0]
        for one, corrected in ((expanded_around(problem, field), True), (problem, True), (problem, False))
    )
    moved = np.abs(exact.beta - plain.beta).max()
    assert moved > 1e-4
    np.testing.assert_allclose(near.beta, exact.beta, atol=0.1 * moved)
    np.testing.assert_allclose(near.z, exact.z, atol=1e-4)
    np.testing.assert_allclose(near.linear - plain.linear, exact.linear - plain.linear, atol=0.02)


def test_far_from_the_expansion_the_correction_is_that_of_the_table():
    """Hyperparameters far out, where rows lie at several times the distance that the series reaches."""
    problem = _sparse()
    field = climb(problem)[1]
    names = [h.name for h in problem.model.hypers]
    points = np.zeros((8, len(names)))
    points[:, names.index("spread")] = np.linspace(-4, 3, 8)
    points[:, names.index("sd_shock")] = np.linspace(-4, 3, 8)
    exact = HyperPosterior(problem, all_from(field), [])(points)
    near = HyperPosterior(expanded_around(problem, field), all_from(field), [])(points)
    np.testing.assert_allclose(near, exact, atol=0.1)


def _sparse():
    """Authorities that lie far apart, with few children in a cell."""
    layout = laid_out("binomial", size=20.0)
    rng = np.random.default_rng(4)
    apart = rng.normal(0, 2.5, layout.shape[0])[:, None, None]
    events = rng.binomial(layout.cells.total.astype(int), expit(apart - 1)).astype(float)
    layout = replace(layout, cells=replace(layout.cells, events=events))
    wide = DiD(adjust=layout.cells.columns, priors=Priors(authority=5.0, shock=1.0))
    return problem_of(wide.model(layout), layout.cells)


def test_few_patterns_are_read_as_they_are():
    layout = panel(patterns=MANY[: WORTH_IT - 1])
    problem = problem_of(DiD(adjust=layout.cells.columns).model(layout), layout.cells)
    field = LatentField(np.zeros(layout.shape[:2]), np.zeros(problem.sizes[0]), np.zeros(problem.sizes[2]))
    assert counts_around(problem.counts, problem.family, field) is problem.counts


def by_array(fit, weights, theta, beta):
    mean = expit if fit.problem.family.name == "binomial" else np.exp
    shift = (beta @ fit.problem.patterns.T)[:, None, None, :]
    k, t = fit.draws.theta.shape[2:]
    return np.einsum("dktc,gktc->dg", mean(theta.reshape(-1, k, t)[..., None] + shift), weights)


@pytest.mark.parametrize(("spread", "near"), [(0.05, True), (1.0, False)])
@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_averages_are_expanded_near_their_point_and_exact_far_from_it(family, spread, near):
    fit = made_up_fit(laid_out(family), 200)
    k, t = fit.draws.theta.shape[2:]
    rng = np.random.default_rng(2)
    weights = rng.random((3, k, t, len(MANY))) * (np.arange(len(MANY)) != 4)
    weights[1, :, : t - 1] = 0.0
    weights /= weights.sum(axis=(1, 2, 3), keepdims=True)
    theta = -1.2 + spread * rng.normal(size=(200, k * t))
    beta = 0.3 * rng.normal(size=fit.draws.beta.shape[2]) + 0.02 * spread * rng.normal(size=fit.draws.beta.shape[1:])
    of = averager(fit.problem, pack(weights, (k, t, len(MANY))), theta, beta)
    wanted = by_array(fit, weights, theta, beta)
    np.testing.assert_allclose(of(theta, beta), wanted, rtol=5e-6 if near else 1e-12)
    exact = replace(of, point=None)(theta, beta)
    np.testing.assert_allclose(exact, wanted, rtol=1e-12)
    assert np.array_equal(of(theta, beta), exact) is not near


def test_a_fit_gives_the_same_numbers_with_and_without_the_expansion(monkeypatch):
    layout = laid_out("binomial")
    design = DiD(adjust=layout.cells.columns)
    expanded_fit = fit_layout(layout, design, seed=1, n_draws=1000)
    monkeypatch.setattr("sos_bayes.fitting.laplace.taylor_table.WORTH_IT", 10_000)
    exact = fit_layout(layout, design, seed=1, n_draws=1000)
    one, two = expanded_fit.draws.effect, exact.draws.effect
    assert np.abs(one.mean(axis=(0, 1)) - two.mean(axis=(0, 1))).max() < 0.01 * two.std(axis=(0, 1)).max()
