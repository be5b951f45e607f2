"""The compiled Laplace approximation against dense algebra, to eight digits and more."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.nested_laplace import (
    HyperPosterior,
    empty_rows,
    first_field,
    mode_at,
    normals_of,
    scatter,
)
from sos_bayes.fitting.laplace.newton_starts import all_from
from tests.fitting.conftest import SETTINGS
from tests.fitting.dense import Dense

TOL = 1e-11


def solved(problem, scores, i):
    values = {name: float(v[i]) for name, v in problem.values(scores).items()}
    return Dense(problem, values).solve()


def at_mode(problem, scores, i):
    return mode_at(problem, problem.scales(scores), i, first_field(problem), TOL, corrected=False)


@pytest.mark.parametrize("i", range(4))
def test_mode_and_evidence_are_those_of_dense_algebra(problem, scores, i):
    mode, field = at_mode(problem, scores, i)
    dense = solved(problem, scores, i)
    p, _, k = problem.sizes
    latent = len(dense.mode) - k
    np.testing.assert_allclose(field.theta.ravel(), dense.theta @ dense.mode, atol=2e-8, rtol=1e-8)
    np.testing.assert_allclose(mode.z, dense.mode[:p], atol=2e-8)
    np.testing.assert_allclose(mode.beta, dense.mode[latent:], atol=2e-8)
    assert mode.log_ml == pytest.approx(dense.evidence, abs=1e-8, rel=1e-10)


def test_joint_precision_of_shared_and_covariates_is_that_of_dense_algebra(problem, scores):
    mode, _ = at_mode(problem, scores, 1)
    dense = solved(problem, scores, 1)
    p, _, k = problem.sizes
    kept = [*range(p), *range(len(dense.mode) - k, len(dense.mode))]
    np.testing.assert_allclose(
        np.linalg.inv(mode.root @ mode.root.T), dense.cov[np.ix_(kept, kept)], atol=1e-8, rtol=1e-6
    )


@pytest.mark.parametrize("i", [0, 2])
def test_draws_around_the_mode_have_its_mean_and_covariance(problem, scores, i):
    """Draws are linear in their normals: feeding unit vectors gives the covariance without any noise."""
    mode, _ = at_mode(problem, scores, i)
    p = problem.sizes[0]
    adopters = problem.adopters
    comparators = np.setdiff1d(np.arange(problem.total.shape[0]), adopters)
    inputs = normals_of(problem)
    normals, rows = np.vstack([np.zeros(inputs), np.eye(inputs)]), empty_rows(problem, inputs + 1)
    order = np.random.default_rng(0).permutation(inputs + 1)
    scatter(problem, problem.scales(scores), i, mode, normals, order, rows)
    got = np.concatenate([part.reshape(inputs + 1, -1) for part in rows[:4]], axis=1)[order]
    level = rows.level[order][:, None]
    dense = solved(problem, scores, i)
    wanted = wanted_map(problem, dense, adopters)
    scale = np.sqrt(np.diag(wanted @ dense.cov @ wanted.T))
    np.testing.assert_allclose(got[0], wanted @ dense.mode, atol=1e-6 * scale.max())
    loads = (got[1:] - got[0]).T
    np.testing.assert_allclose(loads @ loads.T, wanted @ dense.cov @ wanted.T, atol=1e-6 * scale.max() ** 2)
    if len(comparators):
        columns, sd = dense.own_columns["authority"]
        mean = np.zeros(len(dense.mode))
        mean[columns[comparators]] = sd / len(comparators)
        assert level[0, 0] == pytest.approx(mean @ dense.mode, abs=1e-6)
        both = np.concatenate([loads[:p], (level[1:] - level[0]).T])
        map_ = np.vstack([wanted[:p], mean])
        np.testing.assert_allclose(both @ both.T, map_ @ dense.cov @ map_.T, atol=1e-6 * scale.max() ** 2)


def wanted_map(problem, dense, adopters):
    """Rows: shared coefficients (scaled), covariates, adopters' theta, adopters' own coefficients (K, q)."""
    n_t, size = problem.total.shape[1], len(dense.mode)
    p, _, k = problem.sizes
    rows = np.zeros((p + k, size))
    scales = np.concatenate(
        [np.full(t.columns.shape[2], dense.values[t.sd] if isinstance(t.sd, str) else t.sd)
         for t in problem.model.shared]
    )  # fmt: skip
    rows[:p, :p] = np.diag(scales)
    rows[p:, size - k :] = np.eye(k)
    theta = dense.theta.reshape(-1, n_t, size)[adopters].reshape(-1, size)
    own = np.zeros((len(adopters), len(dense.own_columns), size))
    for j, (columns, sd) in enumerate(dense.own_columns.values()):
        own[np.arange(len(adopters)), j, columns[adopters]] = sd
    return np.concatenate([rows, theta, own.reshape(-1, size)])


@pytest.mark.parametrize("name", ["binomial", "poisson", "patterns with gaps"])
def test_scales_of_zero_are_allowed(name):
    layout, design = SETTINGS[name]
    problem = problem_of(design.model(layout), layout.cells)
    scales = problem.scales(np.zeros((1, len(problem.model.hypers))))
    none = replace(scales, own=np.zeros_like(scales.own), shared=scales.shared * (np.arange(problem.sizes[0]) < 2))
    mode, field = mode_at(problem, none, 0, first_field(problem), TOL, corrected=False)
    middle = problem.values(np.zeros((1, len(problem.model.hypers))))
    kept = ("sd_shock", "rho", "log_adopter_scale")
    values = {name: float(value[0]) if name in kept else 0.0 for name, value in middle.items()}
    dense = Dense(problem, values)
    keep = [*range(2), *range(problem.sizes[0], dense.eta.shape[1])]
    dense.eta, dense.theta = dense.eta[:, keep], dense.theta[:, keep]
    dense.solve()
    assert mode.log_ml == pytest.approx(dense.evidence, rel=1e-10)
    np.testing.assert_allclose(field.theta.ravel(), dense.theta @ dense.mode, atol=2e-8)


def test_one_pattern_split_in_two_is_the_same_cell():
    layout, design = SETTINGS["binomial"]
    cells = layout.cells
    events, total = cells.events, cells.total
    first = np.floor(events / 3)
    split = replace(
        cells, columns=("half",), patterns=(("a",), ("b",)), events=np.concatenate([first, events - first], axis=2),
        total=np.concatenate([np.maximum(first, np.floor(total / 2)), total - np.maximum(first, np.floor(total / 2))],
                             axis=2),
    )  # fmt: skip
    assert (split.events <= split.total).all()
    whole = problem_of(design.model(layout), cells)
    halves = problem_of(design.model(layout), split)  # the model has no covariates: both halves share theta
    points = np.random.default_rng(0).normal(0, 1, (5, len(whole.model.hypers)))
    one, two = (HyperPosterior(p, all_from(first_field(p)), [])(points) for p in (whole, halves))
    np.testing.assert_allclose(one, two, rtol=1e-10)


def test_huge_counts_are_the_gaussian_limit():
    """With counts without end theta is known, and shared coefficients follow by generalised least squares."""
    layout, design = SETTINGS["binomial"]
    grown = replace(layout.cells, events=layout.cells.events * 1e7, total=layout.cells.total * 1e7)
    problem = problem_of(design.model(layout), grown)
    scores = np.random.default_rng(8).normal(0, 0.5, (1, len(problem.model.hypers)))
    mode, field = mode_at(problem, problem.scales(scores), 0, first_field(problem), 1e-10)
    logit = np.log(grown.events / (grown.total - grown.events)).ravel()
    np.testing.assert_allclose(field.theta.ravel(), logit, atol=1e-6)
    dense = Dense(problem, {name: float(v[0]) for name, v in problem.values(scores).items()})
    p = problem.sizes[0]
    rest = dense.theta[:, p:]
    inverse = np.linalg.inv(rest @ rest.T)
    precision = np.eye(p) + dense.shared.T @ inverse @ dense.shared
    np.testing.assert_allclose(mode.z, np.linalg.solve(precision, dense.shared.T @ inverse @ logit), atol=1e-5)
    np.testing.assert_allclose(mode.root @ mode.root.T, precision, rtol=1e-4, atol=1e-4 * np.abs(precision).max())
