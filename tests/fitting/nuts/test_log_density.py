"""Parts of the sampler's density against the plain code that they mirror, dense algebra and differences."""

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.designs.priors import HalfNormal, Normal, Uniform
from sos_bayes.fitting.arrays.ar1_shocks import period_shocks
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.conditional_whitening import GaussianLikelihood, whiten_there, workspace_for
from sos_bayes.fitting.nuts.constrain import constrained_at
from sos_bayes.fitting.nuts.draw_record import reported, row_at, row_size
from sos_bayes.fitting.nuts.hyper_transforms import derived, hypers_of, values_at
from sos_bayes.fitting.nuts.log_density import log_density
from sos_bayes.fitting.nuts.packed_target import packed, unpacked
from sos_bayes.fitting.nuts.preconditioned import prepare
from tests.designs.panels import PATTERNS, panel

EVERYTHING = DiD(trends=True, drift=0.03, leads=True)


def problem_from(design=None, **more):
    layout = panel(**({"starts": (2, 3)} | more))
    return problem_of((design or DiD()).model(layout), layout.cells)


def target_from(problem):
    prepared = prepare(problem)
    return prepared, unpacked.py_func(prepared.numbers, prepared.whole)


@pytest.mark.parametrize("score", [-8.0, -4.0, -1.0, -1e-9, 0.0, 0.3, 2.0, 6.0, 12.0])
def test_scores_become_values_as_priors_say(score):
    hypers = hypers_of(problem_from().model)
    d = len(hypers.kind)
    values, slopes, others, none = np.empty(d), np.empty(d), np.empty(d), np.empty(d)
    values_at(hypers, np.full(d, score), values, slopes)
    priors = [h.prior for h in problem_from().model.hypers]
    assert {type(p) for p in priors} == {HalfNormal, Normal, Uniform}
    np.testing.assert_allclose(values, [float(p.from_score(np.array(score))) for p in priors], rtol=1e-11)
    if abs(score) < 4.5:  # a share is cut off beyond
        values_at(hypers, np.full(d, score + 1e-6), others, none)
        np.testing.assert_allclose((others - values) / 1e-6, slopes, rtol=1e-5)


@pytest.mark.parametrize("design", [DiD(), DiD(shocks="random_walk")])
def test_scalars_follow_as_the_model_says(design):
    model = problem_from(design, quarters=True).model
    values = np.random.default_rng(1).uniform(0.1, 0.9, len(model.hypers))
    named = model.scalars({h.name: v for h, v in zip(model.hypers, values, strict=True)}, np)
    rho, sd, start = period_shocks(np.array(named["rho"]), named["sd_shock"], model.shocks.years)
    expected = [
        named["sd_authority"],
        rho,
        start,
        sd,
        named["log_adopter_scale"],
        sd,
        sd / named["sd_shock"],
        rho,
        start,
    ]
    np.testing.assert_allclose(derived(hypers_of(model), values), expected, rtol=1e-12)


def test_a_packed_target_comes_back():
    prepared, target = target_from(problem_from(EVERYTHING, patterns=PATTERNS))
    numbers, whole = packed(target)
    np.testing.assert_array_equal(numbers, prepared.numbers)
    np.testing.assert_array_equal(whole, prepared.whole)
    np.testing.assert_array_equal(target.table.total.reshape(5, 6, -1), prepared.problem.total.transpose(1, 0, 2))
    np.testing.assert_array_equal(target.columns, prepared.problem.columns)


@pytest.mark.parametrize("off", [[0.0, -0.6, -0.6, -0.6], [0.0, -0.6, 0.0, -0.6]], ids=["one chain", "two chains"])
def test_noise_becomes_the_conditional_posterior(off):
    """Mean, covariance and determinant of own coefficients and cells by dense algebra, one authority of three."""
    rng = np.random.default_rng(2)
    n, n_a, q = 4, 3, 2
    diag, off, unit, sd = np.full(n, 1.5), np.array(off), rng.uniform(2, 30, n_a), np.array([0.4, 0.2])
    w, pull = rng.uniform(0, 40, (n, n_a)), rng.normal(0, 3, (n, n_a))
    w[1, 1] = 0.0
    own = rng.normal(0, 1, (q, n, n_a))
    around = GaussianLikelihood(w, own, own * w, np.einsum("jta,ta,kta->jka", own, w, own))

    def at(own_noise, noise):
        workspace = workspace_for(q, n, n_a)
        workspace.pull[:] = pull
        log_det = whiten_there(around, diag, off, unit, sd, own_noise, noise, workspace)
        return np.concatenate([workspace.own, workspace.shock]).copy(), log_det

    centre, log_det = at(np.zeros((q, n_a)), np.zeros((n, n_a)))
    halves = 0.0
    for a in range(n_a):
        root = np.empty((q + n, q + n))
        for i in range(q + n):
            noise = np.zeros((q + n, n_a))
            noise[i, a] = 1.0
            root[:, i] = (at(noise[:q], noise[q:])[0] - centre)[:, a]
        columns = np.concatenate([own[:, :, a].T * sd, np.eye(n)], axis=1)
        prior = np.zeros((q + n, q + n))
        prior[:q, :q] = np.eye(q)
        prior[q:, q:] = unit[a] * (np.diag(diag) + np.diag(off[1:], 1) + np.diag(off[1:], -1))
        precision = prior + columns.T @ np.diag(w[:, a]) @ columns
        np.testing.assert_allclose(root @ root.T, np.linalg.inv(precision), atol=1e-10)
        np.testing.assert_allclose(centre[:, a], np.linalg.solve(precision, columns.T @ pull[:, a]), atol=1e-10)
        halves -= 0.5 * np.linalg.slogdet(precision)[1]
    assert log_det == pytest.approx(halves, rel=1e-10)


@pytest.mark.parametrize("broken", [False, True])
def test_the_gradient_is_that_of_the_value(broken):
    """Central differences; also where the chain of shocks starts afresh half-way."""
    prepared, target = target_from(problem_from(EVERYTHING, patterns=PATTERNS))
    if broken:
        first, last = target.first.copy(), target.last.copy()
        first[2] = last[1] = 1
        target = target._replace(first=first, last=last)
    x = np.random.default_rng(4).standard_normal(prepared.size)
    gradient, other = np.empty(len(x)), np.empty(len(x))
    log_density(target, x, gradient)
    for i, step in enumerate(1e-5 * np.eye(len(x))):
        slope = (log_density(target, x + step, other) - log_density(target, x - step, other)) / 2e-5
        assert gradient[i] == pytest.approx(slope, abs=2e-6)


@pytest.mark.parametrize("size", [3.0, 60.0, 1e6], ids=["sparse", "middling", "informative"])
def test_the_density_is_nearly_standard_normal(size):
    """Its gradient at draws of standard normals is nearly minus the draws, however much the cells say."""
    prepared, target = target_from(problem_from(size=size))
    d = len(prepared.problem.model.hypers)
    rng, gaps = np.random.default_rng(5), []
    for _ in range(50):
        x, gradient = rng.standard_normal(prepared.size), np.empty(prepared.size)
        x[:d] = 0.0
        log_density(target, x, gradient)
        gaps.append((gradient + x)[d:])
    assert np.sqrt(np.mean(np.square(gaps))) < 0.15


def test_a_row_holds_what_is_reported():
    """Adopters' cells are their shared part, own coefficients and shocks added up, by name."""
    problem = problem_from(EVERYTHING, patterns=PATTERNS, quarters=True)
    prepared, target = target_from(problem)
    x = np.random.default_rng(6).standard_normal(prepared.size)
    row = row_at(prepared.numbers, prepared.whole, x, row_size(problem))
    draws = reported(problem, np.repeat(row[None, None], 3, axis=1))
    found = constrained_at(target, x)
    shocks, own = found.workspace.shock[:, problem.adopters].T, found.workspace.own * found.own_scale[:, None]
    assert draws.shape == (1, 3)
    assert set(draws.hyper) == {*(h.name for h in problem.model.hypers), "rho", "sd_authority"}
    np.testing.assert_array_equal(draws.beta[0, 0], found.joint[len(found.scale) :])
    z = found.joint[: len(found.scale)] * found.scale
    cells = (problem.columns @ z)[problem.kind][problem.adopters] + shocks
    for j, term in enumerate(problem.model.by_authority):
        np.testing.assert_array_equal(draws.own[term.name][0, 1], own[j, problem.adopters])
        cells += draws.own[term.name][0, 1][:, None] * term.weights[problem.adopters]
    np.testing.assert_allclose(draws.theta[0, 2], cells, rtol=1e-12)
    np.testing.assert_allclose(draws.shared["mu_tau"][0, 0], found.joint[6] * 0.5)
    gap = draws.shared["ever"][0, 0, 0] + own[0, :2].mean() - own[0, 2:].mean()
    assert draws.level_gap[0, 0] == pytest.approx(gap)
