"""The hinge: two averages by one mean function, whatever the chunk, for each arm."""

import tracemalloc
from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.special import expit

from sos_bayes._core.errors import DesignError
from sos_bayes.designs import DiD
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.posterior import marginal_contrasts
from tests.designs.panels import PATTERNS, panel
from tests.fitting.made_up import made_up_fit


@pytest.fixture(scope="module", params=["binomial", "poisson"])
def fit(request):
    layout = panel(family=request.param, patterns=PATTERNS, starts=(2, 3, 3))
    return fit_layout(layout, DiD(), method="fast", seed=1, n_draws=300)


@pytest.fixture(scope="module")
def weights(fit):
    k, t = fit.draws.theta.shape[2:]
    drawn = np.random.default_rng(1).random((2, k, t, 6)) * fit.layout.treated[:k, :, None]
    return drawn / drawn.sum(axis=(1, 2, 3), keepdims=True)


def by_array(fit, weights, arm):
    """Both worlds from one array of draws by cells: what the compiled loop must give without ever holding it."""
    mean = expit if fit.problem.family.name == "binomial" else np.exp
    d, treated = fit.draws, fit.layout.treated[fit.layout.adopters].astype(float)
    shift = (d.beta @ fit.problem.patterns.T)[:, :, None, None, :]

    def world(added):
        return np.einsum("xdktc,gktc->xdg", mean((d.theta - d.effect + added)[..., None] + shift), weights)

    shared = d.effect - d.own["departure"][..., None] * treated
    spread = d.hyper["omega"][..., None, None] * treated
    if arm == "population":
        nodes, shares = np.polynomial.hermite_e.hermegauss(9)
        on = sum(w * world(shared + spread * z) for z, w in zip(nodes, shares / shares.sum(), strict=True))
    elif arm == "next_authority":
        fresh = np.random.default_rng([fit.seed, 7]).standard_normal(d.shape)
        on = world(shared + spread * fresh[..., None, None])
    else:
        on = world(d.effect if arm == "own" else arm * d.effect)
    return on, world(0.0)


@pytest.mark.parametrize("arm", ["own", "population", "next_authority", 0.5, -2])
@pytest.mark.parametrize("chains", [1, 3])
def test_every_arm_agrees_with_plain_arrays(fit, weights, arm, chains):
    """Overlapping groups, a group on one pattern, a group without weight, and one on a single cell."""
    groups = np.stack([*weights, weights[0] * (np.arange(6) == 4), 0 * weights[0], 0 * weights[0]])
    groups[4, 1, 4, 2] = 3.0
    fit = replace(fit, draws=regrouped(fit.draws, chains))
    found = fit.contrast(groups, arm)
    on, off = by_array(fit, groups, arm)
    assert found.with_rollout.shape == (chains, 300 // chains, 5)
    np.testing.assert_allclose(found.with_rollout, on, rtol=1e-12, atol=0)
    np.testing.assert_allclose(found.without, off, rtol=1e-12, atol=0)


def regrouped(draws, chains):
    """The same draws, divided into chains."""

    def divided(value):
        if isinstance(value, dict):
            return {name: divided(one) for name, one in value.items()}
        return value.reshape(chains, -1, *value.shape[2:])

    return type(draws)(**{f.name: divided(getattr(draws, f.name)) for f in fields(draws)})


def test_groups_may_come_one_by_one(fit, weights):
    whole, streamed = fit.contrast(weights), fit.contrast(part for part in weights)
    np.testing.assert_array_equal(streamed.with_rollout, whole.with_rollout)


def test_predictors_beyond_all_measure_give_certainty_not_a_fault():
    fit = made_up_fit(panel(starts=(2, 3)), 10)
    far = replace(fit.draws, theta=fit.draws.theta + 1000.0)
    weights = np.ones((1, *fit.draws.theta.shape[2:], 1)) / fit.draws.theta[0, 0].size
    np.testing.assert_allclose(replace(fit, draws=far).contrast(weights).with_rollout, 1.0, rtol=1e-12)


def test_memory_does_not_grow_with_draws_times_cells():
    """20 adopters, 8 periods, 60 patterns and 3,000 draws: 230 MB as one array."""
    patterns = tuple((f"{i // 6}", f"{i % 6}") for i in range(60))
    fit = made_up_fit(panel(authorities=22, periods=8, starts=(2,) * 20, patterns=patterns, size=600), 3000)
    weights = np.random.default_rng(1).random((2, 20, 8, 60))
    fit.contrast(weights)  # compiles
    for arm in ("own", "population"):
        tracemalloc.start()
        fit.contrast(weights, arm)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * 2**20


def by_hand(fit, weights, effect):
    """Weighted mean risk or rate of every draw, cell by cell."""
    mean = expit if fit.problem.family.name == "binomial" else np.exp
    d = fit.draws
    shift = d.beta @ fit.problem.patterns.T
    eta = (d.theta - d.effect + effect)[..., None] + shift[:, :, None, None, :]
    return np.einsum("xdktc,gktc->xdg", mean(eta), weights)


def test_with_and_without_are_plain_averages(fit, weights):
    found = fit.contrast(weights)
    np.testing.assert_allclose(found.without, by_hand(fit, weights, 0.0), rtol=1e-10)
    np.testing.assert_allclose(found.with_rollout, by_hand(fit, weights, fit.draws.effect), rtol=1e-10)


def test_a_dose_of_nothing_has_no_effect_and_of_one_is_their_own(fit, weights):
    none, full, half = (fit.contrast(weights, dose) for dose in (0.0, 1.0, 0.5))
    np.testing.assert_array_equal(none.with_rollout, none.without)
    np.testing.assert_allclose(full.with_rollout, fit.contrast(weights).with_rollout, rtol=1e-13)
    np.testing.assert_allclose(half.with_rollout, by_hand(fit, weights, 0.5 * fit.draws.effect), rtol=1e-10)


def shared_part(fit):
    return fit.draws.effect - fit.draws.own["departure"][..., None] * fit.layout.treated[:3]


def test_the_population_arm_integrates_over_authorities(fit, weights):
    """Gauss-Hermite quadrature against many draws of a departure for each posterior draw."""
    found = fit.contrast(weights, "population").with_rollout
    omega = fit.draws.hyper["omega"][..., None, None] * fit.layout.treated[:3]
    drawn = np.random.default_rng(2).standard_normal(2000)
    drawn = np.concatenate([drawn, -drawn])
    some = slice(0, 4)
    d = fit.draws
    shift = d.beta @ fit.problem.patterns.T
    mean = expit if fit.problem.family.name == "binomial" else np.exp
    for i in range(4):
        base = (d.theta - d.effect + shared_part(fit))[0, i]
        worlds = base + omega[0, i] * drawn[:, None, None]
        risks = mean(worlds[..., None] + shift[0, i])
        np.testing.assert_allclose(found[0, i], np.einsum("nktc,gktc->g", risks, weights) / 4000, rtol=5e-3)
    assert found[0, some].shape == (4, 2)
    np.testing.assert_array_equal(fit.contrast(weights, "population").without, fit.contrast(weights).without)


def test_the_next_authority_has_one_departure_a_draw(fit, weights):
    found = fit.contrast(weights, "next_authority").with_rollout
    fresh = np.random.default_rng([fit.seed, 7]).standard_normal(300).reshape(1, 300, 1, 1)
    effect = shared_part(fit) + fit.draws.hyper["omega"][..., None, None] * fresh * fit.layout.treated[:3]
    np.testing.assert_allclose(found, by_hand(fit, weights, effect), rtol=1e-10)


@pytest.mark.parametrize("arm", ["own", "population", "next_authority", 0.5])
def test_streaming_in_chunks_gives_the_same_answer(fit, weights, arm, monkeypatch):
    whole = fit.contrast(weights, arm)
    monkeypatch.setattr(marginal_contrasts, "CHUNK", 1000)
    parts = fit.contrast(weights, arm)
    np.testing.assert_allclose(parts.with_rollout, whole.with_rollout, rtol=1e-13)
    np.testing.assert_allclose(parts.without, whole.without, rtol=1e-13)


def test_cells_without_weight_play_no_part(fit, weights):
    only = np.zeros_like(weights)
    only[:, 0, 4] = weights[:, 0, 4]
    np.testing.assert_allclose(fit.contrast(only).with_rollout, by_hand(fit, only, fit.draws.effect), rtol=1e-10)


def test_weights_of_a_wrong_shape_and_unknown_arms_are_refused(fit, weights):
    with pytest.raises(DesignError, match=r"need \(group, 3, 5, 6\)"):
        fit.contrast(weights[0])
    with pytest.raises(DesignError, match='Did you mean "population"'):
        fit.contrast(weights, "populaton")
