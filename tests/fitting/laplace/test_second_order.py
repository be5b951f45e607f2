"""The second-order correction: its formula in dense algebra, and the integral itself by brute force."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logsumexp

from sos_bayes.designs import DiD
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.nested_laplace import empty_rows, first_field, mode_at, normals_of, scatter
from sos_bayes.fitting.laplace.second_order import MOST
from tests.designs.panels import panel
from tests.fitting.dense import Dense, in_order, truncated

TOL = 1e-11


def both(problem, scores, i):
    plain, corrected = (
        mode_at(problem, problem.scales(scores), i, first_field(problem), TOL, corrected=c)[0] for c in (False, True)
    )
    dense = Dense(problem, {name: float(v[i]) for name, v in problem.values(scores).items()}).solve()
    return plain, corrected, dense


def of_counts(problem, dense):
    """Third and fourth derivatives of minus the log-likelihood by every predictor, (A T C,), bounds aside."""
    eta, n = dense.eta @ dense.mode, dense.total
    if problem.family.name == "poisson":
        return n * np.exp(eta), n * np.exp(eta)
    if problem.family.name == "negative_binomial":
        size = dense.values["overdispersion"] ** -2
        eta, n = eta + np.log(np.maximum(n, 1e-300) / size), dense.events + size
    p = expit(eta)
    variance = p * (1 - p)
    return n * variance * (1 - 2 * p), n * variance * (1 - 6 * variance)


def derivatives(problem, dense):
    """Third and fourth derivatives of minus the log-likelihood by theta, (A T,)."""
    eta, n = dense.eta @ dense.mode, dense.total
    third, fourth = of_counts(problem, dense)
    cells = problem.total.shape[0] * problem.total.shape[1]
    third, fourth = third.reshape(cells, -1).sum(axis=1), fourth.reshape(cells, -1).sum(axis=1)
    found = problem.cells.intervals
    for a, t, *bounds in in_order(found):
        i = a * problem.total.shape[1] + t
        _, (*_, more, most) = truncated(problem.family.code, eta[i], n[i], *bounds)
        third[i], fourth[i] = (third[i] - more, fourth[i] - most) if bounds[3] == 1 else (0.0, 0.0)
    return third, fourth


@pytest.mark.parametrize("i", [0, 1, 3])
def test_the_formula_is_that_of_dense_algebra(problem, scores, i):
    plain, corrected, dense = both(problem, scores, i)
    n_a, n_t, _ = problem.total.shape
    p, _, k = problem.sizes
    third, fourth = derivatives(problem, dense)
    v = dense.theta @ dense.cov @ dense.theta.T
    same = np.kron(np.eye(n_a), np.ones((n_t, n_t)))
    lean = third * np.diag(v)
    wanted = -(fourth * np.diag(v) ** 2).sum() / 8
    wanted += lean @ (v * same) @ lean / 8 + third @ (v**3 * same) @ third / 12
    assert corrected.log_ml - plain.log_ml == pytest.approx(wanted, rel=1e-6, abs=1e-8)
    pulls, moved = pulled(problem, dense, third)
    latent = len(dense.mode) - k
    np.testing.assert_allclose(corrected.z - plain.z, moved[:p], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(corrected.beta - plain.beta, moved[latent:], rtol=1e-5, atol=1e-8)
    by_cell = pulls.reshape(n_a, n_t, -1).sum(axis=2)[problem.adopters] - plain.v @ moved[latent:]
    np.testing.assert_allclose(corrected.linear - plain.linear, by_cell, rtol=1e-5, atol=1e-8)


def pulled(problem, dense, third):
    """What skewness pulls every predictor by (A T C,), and the latent field's mean with them, in dense algebra."""
    skew, _ = of_counts(problem, dense)
    if problem.cells.intervals is not None:
        skew = third
    pulls = -0.5 * skew * np.einsum("ij,jk,ik->i", dense.eta, dense.cov, dense.eta)
    return pulls, dense.cov @ dense.eta.T @ pulls


@pytest.mark.parametrize("i", [0, 1, 3])
def test_the_middle_of_the_draws_is_the_mean_of_the_field(problem, scores, i):
    """A draw of nothing but zeros: adopters' theta and comparators' mean level, the moves of all others included."""
    _, corrected, dense = both(problem, scores, i)
    third, _ = derivatives(problem, dense)
    mean = dense.mode + pulled(problem, dense, third)[1]
    rows, scales = empty_rows(problem, 1), problem.scales(scores)
    scatter(problem, scales, i, corrected, np.zeros((1, normals_of(problem))), np.array([0]), rows)
    n_a, n_t, _ = problem.total.shape
    wanted = (dense.theta @ mean).reshape(n_a, n_t)[problem.adopters]
    np.testing.assert_allclose(rows.theta[0], wanted, rtol=1e-5, atol=1e-6)
    place, sd = dense.own_columns["authority"]
    others = np.setdiff1d(np.arange(n_a), problem.adopters)
    if len(others):
        assert rows.level[0] == pytest.approx(sd * mean[place[others]].mean(), rel=1e-4, abs=1e-6)


def test_far_out_where_the_series_breaks_down_it_adds_no_more_than_it_may():
    """One adopter's cell without an event, and adopters' shocks a million times as large: its terms are 100,000."""
    layout = panel()
    events = layout.cells.events.copy()
    events[0, 1] = 0.0
    problem = problem_of(DiD().model(layout), replace(layout.cells, events=events))
    names = [h.name for h in problem.model.hypers]
    scores = np.zeros((1, len(names)))
    scores[0, [names.index("sd_shock"), names.index("log_adopter_scale")]] = 6.0, 16.0
    plain, corrected = (
        mode_at(problem, problem.scales(scores), 0, first_field(problem), 1e-6, corrected=c)[0] for c in (False, True)
    )
    assert abs(corrected.log_ml - plain.log_ml) <= MOST * problem.total.size


def by_brute_force(dense, draws=400_000, seed=1):
    """Evidence relative to Laplace's, and the latent mean, by importance sampling around the mode."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(dense.cov)
    weights, means = [], []
    for _ in range(draws // 20_000):
        noise = rng.standard_normal((20_000, len(root)))
        stretch = np.sqrt(9 / rng.chisquare(9, (20_000, 1)))
        latent = dense.mode + noise * stretch @ root.T
        inside = ((noise * stretch) ** 2).sum(axis=1)
        size = len(root)
        log_proposal = -0.5 * (9 + size) * np.log1p(inside / 9)
        eta = latent @ dense.eta.T
        y, n = dense.events, dense.total
        if dense.problem.family.name == "binomial":
            value = (y * eta - n * np.logaddexp(0, eta)).sum(axis=1)
        elif dense.problem.family.name == "negative_binomial":
            trials = dense.values["overdispersion"] ** -2
            value = (y * eta - (y + trials) * np.log1p(n * np.exp(eta) / trials)).sum(axis=1)
        else:
            value = (y * eta - n * np.exp(eta)).sum(axis=1)
        weights.append(value - 0.5 * (latent**2).sum(axis=1) - log_proposal)
        means.append(latent)
    log_weights = np.concatenate(weights)
    from scipy.special import gammaln

    constant = gammaln((9 + size) / 2) - gammaln(4.5) - 0.5 * size * np.log(9 / 2)  # t against normal, same root
    evidence = logsumexp(log_weights) - np.log(len(log_weights)) - constant + np.linalg.slogdet(root)[1]
    share = np.exp(log_weights - logsumexp(log_weights))
    return evidence, share @ np.concatenate(means), 1 / (share**2).sum()


@pytest.mark.parametrize("family", ["binomial", "poisson", "negative_binomial"])
def test_a_sparse_field_comes_nearer_to_the_integral_done_by_brute_force(family):
    """Two or three events a cell and wide shocks: the corner in which Laplace is furthest off."""
    patterns = (("a",), ("b",)) if family == "negative_binomial" else ((),)
    layout = panel(family=family, size=9.0, authorities=5, periods=4, seed=2, patterns=patterns)
    problem = problem_of(DiD().model(layout), layout.cells)
    scores = np.zeros((1, len(problem.model.hypers)))
    scores[0, [h.name for h in problem.model.hypers].index("sd_shock")] = 2.0
    plain, corrected, dense = both(problem, scores, 0)
    evidence, mean, effective = by_brute_force(dense)
    assert effective > 10_000
    p = problem.sizes[0]
    assert abs(corrected.log_ml - evidence) < 0.5 * abs(plain.log_ml - evidence)
    spread = np.sqrt(np.diag(dense.cov)[:p])
    off = [np.abs((mode.z - mean[:p]) / spread).max() for mode in (plain, corrected)]
    assert off[0] > 0.05
    assert off[1] < 0.4 * off[0]
