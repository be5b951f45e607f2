"""Streams by the sampler's route: its density is that of dense algebra from the terms, and both routes agree."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Health, Sampler, fit_layout
from sos_bayes.fitting.arrays.count_table import by_band
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.constrain import constrained_at
from sos_bayes.fitting.nuts.draw_record import reported, row_at, row_size
from sos_bayes.fitting.nuts.log_density import log_density
from sos_bayes.fitting.nuts.packed_target import unpacked
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.fitting.runs.methods import prepare_layout, sampled_instead
from tests.designs.panels import PATTERNS, panel
from tests.designs.tails import tailed
from tests.designs.waiting import OUTCOME, episodes
from tests.fitting.dense import Dense


def waiting(**more):
    return prepare_layout(*episodes(1, **more)[:2], OUTCOME, DiD())


def small(**more):
    return panel(**({"authorities": 4, "periods": 3, "starts": (1, 2), "size": 200.0} | more))


def clustered(layout, clusters):
    return replace(layout, cells=replace(layout.cells, clusters=tuple(clusters)))


SETTINGS = {
    "subgroups with covariates": (small(patterns=PATTERNS[:4]), DiD(vary_by=("sex",), adjust=("age",))),
    "walk, a gap": (
        small(patterns=PATTERNS[:2], quarters=True, empty=[(1, 1)]), DiD(vary_by=("sex",), shocks="random_walk")
    ),
    "rates, quarters": (small(patterns=PATTERNS[:2], quarters=True, family="poisson"), DiD(vary_by=("sex",))),
    "two years of quarters": (small(periods=8, quarters=True, empty=[(1, 1)]), DiD()),
    "quarters, walk, clusters": (
        clustered(small(periods=8, quarters=True, family="poisson"), "ABBA"), DiD(shocks="random_walk")
    ),
    "subgroups, two years of quarters": (
        small(authorities=3, periods=8, quarters=True, patterns=PATTERNS[:2], empty=[(1, 1)]), DiD(vary_by=("sex",))
    ),
    "subgroups, quarters, walk, clusters": (
        clustered(small(authorities=3, periods=8, quarters=True, patterns=PATTERNS[:2]), "ABB"),
        DiD(vary_by=("sex",), shocks="random_walk"),
    ),
    "clusters": (clustered(small(), "AABB"), DiD()),
    "clusters, quarters": (clustered(small(authorities=5, quarters=True, empty=[(1, 1)]), "ABBAC"), DiD()),
    "clusters, walk": (clustered(small(family="poisson"), "ABBA"), DiD(shocks="random_walk", trends=True)),
    "clusters, subgroups": (clustered(small(patterns=PATTERNS[:2], quarters=True), "ABBA"), DiD(vary_by=("sex",))),
    "durations": (waiting(authorities=3, adopters=1, periods=3), DiD()),
    "overdispersed": (
        small(patterns=PATTERNS[:4], family="negative_binomial", size=60.0), DiD(vary_by=("sex",), adjust=("age",))
    ),
    "long tails": (
        tailed(authorities=4, periods=3, starts=(1, 2), patterns=PATTERNS[:4], size=30, gross=2, empty=[(1, 1, 2)])[0],
        DiD(vary_by=("sex",), adjust=("age",)),
    ),
}  # fmt: skip


def target_from(name):
    layout, design = SETTINGS[name]
    prepared = prepare(problem_of(design.model(layout), layout.cells))
    return prepared, unpacked.py_func(prepared.numbers, prepared.whole)


def plain(target, x):
    """Scores, coefficients, active own coefficients, streams' shocks (n, A) and shared innovations (T, A), flat."""
    point = constrained_at(target, x)
    own = point.workspace.own.ravel()[target.active]
    return np.concatenate([point.scores, point.joint, own, point.workspace.shock.ravel(), point.innovations.ravel()])


def density_of_terms(problem, target, flat):
    """Joint log density of those, up to a constant."""
    model, (n_a, n, _) = problem.model, problem.total.shape
    p, q, k = problem.sizes
    d, chain = len(model.hypers), problem.chain
    scores, z, beta, active, shocks, innovations = np.split(
        flat, np.cumsum([d, p, k, len(target.active), n * n_a])
    )  # fmt: skip
    dense = Dense(problem, {name: float(v[0]) for name, v in problem.values(scores[None]).items()})
    if problem.cells.bands is not None:
        dense.events = by_band(problem.cells.bands[..., 0]).ravel()
    own = np.zeros(q * n_a)
    own[target.active] = active
    at = p + q * n_a + (n_a * chain if model.shocks.streams > 1 or model.shocks.noisy else 0)
    root = dense.theta[:, at : at + n * n_a]
    common, noise = innovations.reshape(-1, n_a).T.ravel(), np.linalg.solve(root, shocks.reshape(n, n_a).T.ravel())
    latent = np.concatenate([z, own, common, noise, beta])
    prior = -0.5 * (latent @ latent + scores @ scores) - np.linalg.slogdet(root)[1]
    return prior + likelihood_of(problem, dense, latent)


def likelihood_of(problem, dense, latent):
    """By scipy, what depends on a dispersion included."""
    eta, values, single = dense.eta @ latent, dense.values, problem.counts.single
    if problem.family.name == "negative_binomial":
        size, mean = values["overdispersion"] ** -2, dense.total * np.exp(eta)
        return stats.nbinom.logpmf(dense.events, size, size / (size + mean))[dense.total > 0].sum()
    if problem.family.name != "student_t":
        return dense.likelihood(latent)[0]
    scale, spans = values["sd_within"], single.spans.reshape(-1, 2)
    rows = sum(
        (single.number[i:j] * stats.t.logpdf(single.values[i:j], 4.0, at, scale)).sum()
        for (i, j), at in zip(spans, eta, strict=True)
    )
    return rows - np.log(scale) - 0.5 / scale**2 + 0.5 * values["within"] ** 2


@pytest.mark.parametrize("name", SETTINGS)
def test_the_density_is_that_of_the_terms_and_the_gradient_its_own(name):
    """With the map's Jacobian by central differences."""
    prepared, target = target_from(name)
    rng, gaps = np.random.default_rng(3), []
    for size in (0.3, 1.0, 1.5):
        x = size * rng.standard_normal(prepared.size)
        gradient, none = np.empty(len(x)), np.empty(len(x))
        value = log_density(target, x, gradient)
        steps = 1e-5 * np.eye(len(x))
        jacobian = np.array([(plain(target, x + s) - plain(target, x - s)) / 2e-5 for s in steps])
        exact = density_of_terms(prepared.problem, target, plain(target, x)) + np.linalg.slogdet(jacobian)[1]
        gaps.append(value - exact)
        slopes = [(log_density(target, x + s, none) - log_density(target, x - s, none)) / 2e-5 for s in steps]
        np.testing.assert_allclose(gradient, slopes, atol=1e-6, rtol=1e-6)
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-6)


def test_a_row_holds_own_coefficients_of_terms_alone_and_cells_with_all_shocks():
    prepared, target = target_from("subgroups with covariates")
    problem = prepared.problem
    x = np.random.default_rng(6).standard_normal(prepared.size)
    row = row_at(prepared.numbers, prepared.whole, x, row_size(problem))
    draws = reported(problem, row[None, None])
    point = constrained_at(target, x)
    assert set(draws.own) == {t.name for t in problem.model.by_authority}
    z = point.joint[: len(point.scale)] * point.scale
    shared = np.tile(point.each * point.common, (problem.model.shocks.streams, 1))
    cells = (problem.columns @ z)[problem.kind] + (point.workspace.shock + shared).T
    cells = cells[problem.adopters]
    for term in problem.model.by_authority:
        cells += draws.own[term.name][0, 0][:, None] * term.weights[problem.adopters]
    np.testing.assert_allclose(draws.theta[0, 0], cells, rtol=1e-12)


@pytest.mark.sampling
def test_a_missed_gate_is_mended_by_sampling():
    layout, design = SETTINGS["subgroups with covariates"]
    fast = fit_layout(layout, design, seed=3, n_draws=200, fall_back=False)
    missed = replace(fast, health=Health(False, ("Too few points.",), ()))
    sampled = sampled_instead(missed, Sampler(draws=20, tune=50, chains=1, progress=False))
    assert sampled.method == "nuts"
    assert any("Too few points." in note for note in sampled.notes)
    assert sampled.draws.theta.shape[2:] == fast.draws.theta.shape[2:]
    assert set(sampled.draws.own) == set(fast.draws.own)


@pytest.mark.slow
@pytest.mark.sampling
@pytest.mark.parametrize("name", ["subgroups", "durations"])
def test_both_routes_find_the_same_effect_in_every_stream(name):
    """Means within four Monte-Carlo errors (200 effective draws), sds within a fifth."""
    by, design = ("sex", DiD(vary_by=("sex",))) if name == "subgroups" else ("day", DiD())
    layout = waiting(authorities=10, adopters=4, periods=5)
    if name == "subgroups":
        layout = panel(authorities=10, starts=(2, 2, 3, 3), patterns=PATTERNS[:2], size=400.0)
    sampler = Sampler(draws=400, tune=400, chains=2, progress=False)
    sampled = fit_layout(layout, design, method="nuts", seed=3, sampler=sampler)
    fast = fit_layout(layout, design, seed=3)
    assert dict(sampled.health.numbers)["divergent_share"] < 0.01
    for one, two in zip(estimate(sampled, by=by), estimate(fast, by=by), strict=True):
        assert one.mean == pytest.approx(two.mean, abs=4 * np.sqrt((one.sd**2 + two.sd**2) / 200)), one.label
        assert one.sd == pytest.approx(two.sd, rel=0.2), one.label
    for hyper in ("sd_shock", "sd_stream"):
        one, two = (f.draws.hyper[hyper] for f in (sampled, fast))
        assert one.mean() == pytest.approx(two.mean(), abs=4 * np.sqrt((one.var() + two.var()) / 150)), hyper
