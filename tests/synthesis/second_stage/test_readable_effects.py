"""The second stage as a PyMC model: its density, its worlds and its draws beside those of the exact one."""

import numpy as np
import pymc as pm
import pytest

import sos_bayes as sb
from sos_bayes.synthesis.second_stage.effects_given_prediction import EffectPriors, _adopters, _by_node, lag_basis
from sos_bayes.synthesis.second_stage.readable_effects import prediction_of, readable_effects
from tests.synthesis.made_up import share
from tests.synthesis.second_stage.test_effects_given_prediction import PRIORS, fit_of, setting

FREE = EffectPriors(effect_sd=2.0, heterogeneity=0.5, lag_step=2.0, free_profile=True)
QUICK = {"mode": "FAST_COMPILE"}


def integrated(model, hyper):
    """Log of the density's integral over the effects given hyperparameters, and the mean of the average effect.

    The log density is a quadratic in the effects: from its values at a few points both follow.
    """
    names = [name for name in ("mu_tau", "z_lag_step", "z_departure") if name in model.named_vars]
    cells = [v for v in model.observed_RVs if v.name.startswith("after_start")]
    density = model.compile_logp([*(model[name] for name in names), *cells], **QUICK)
    sizes = [int(np.prod(model[name].shape.eval(), initial=1.0)) for name in names]
    start = model.initial_point()

    def at(x):
        parts = dict(zip(names, np.split(x, np.cumsum(sizes)[:-1]), strict=True))
        held = {name: value.reshape(np.shape(start[name])) for name, value in parts.items()}
        return float(density(start | {f"{name}_log__": np.log(value) for name, value in hyper.items()} | held))

    unit, zero = np.eye(sum(sizes)), at(np.zeros(sum(sizes)))
    up, down = np.array([at(e) for e in unit]), np.array([at(-e) for e in unit])
    both = np.array([[at(e + f) for f in unit] for e in unit])
    curved = up[:, None] + up - both - zero
    mean = np.linalg.solve(curved, (up - down) / 2)
    return zero + (up - down) @ mean / 4 - np.linalg.slogdet(curved)[1] / 2, mean[0]


@pytest.mark.parametrize("priors", [PRIORS, FREE], ids=["learnt profile", "free profile"])
@pytest.mark.parametrize("what", [None, share()], ids=["numbers", "counts"])
def test_the_marginal_density_of_every_node_is_that_of_the_exact_stage(what, priors):
    """Differences between nodes, and the average effect's mean given each."""
    series, predicted, _ = setting(adopters=2, what=what, draws=2)
    basis = lag_basis(series)
    ours = _by_node(_adopters(series, basis, predicted, None), basis, priors, None, slice(0, 1))
    weights = np.full((2, series.periods), 0.1)
    model = readable_effects(series, prediction_of(series, tuple(predicted), 0), priors, weights)
    found, said = [], []
    for i in (0, 3, 6):
        for j in range(len(ours.steps))[::3]:
            hyper = {"omega": ours.omegas[i]} | ({} if priors.free_profile else {"sd_step": ours.steps[j]})
            log, mean = integrated(model, hyper)
            coefficients = np.linalg.solve(ours.root[0, i, j].T, ours.half[0, i, j])
            assert mean == pytest.approx(coefficients[0], rel=1e-6, abs=1e-9)
            found.append(log)
            said.append(ours.log[0, i, j])
    np.testing.assert_allclose(np.diff(found), np.diff(said), atol=1e-7 * np.abs(found).max())


@pytest.fixture(scope="module")
def counted_fit():
    series, predicted, _ = setting(adopters=2, what=share())
    return fit_of(series, predicted)


@pytest.mark.sampling
def test_sampled_it_finds_the_effect_of_the_exact_stage(counted_fit):
    """All first-stage draws of this fit are one, so that both have the same posterior but for seven nodes."""
    exact = sb.estimate(counted_fit)
    with sb.to_pymc(counted_fit, stage="effects", draw=(1, 7)):
        tree = pm.sample(
            1000, tune=1000, chains=4, cores=2, random_seed=3, progressbar=False, nuts={"target_accept": 0.95}
        )
    satt = tree["posterior"]["satt"].values
    assert satt.mean() == pytest.approx(exact.mean, abs=0.1 * exact.sd)
    assert satt.std() == pytest.approx(exact.sd, rel=0.08)


def test_both_worlds_given_the_effects_are_those_of_the_cells(counted_fit):
    """Many draws of what has no likelihood, beside the mean and sd of a normal given the cells."""
    model, series = sb.to_pymc(counted_fit, stage="effects", draw=(0, 0)), counted_fit.series
    asked = model.replace_rvs_by_values([model["without_rollout"], model["effect"]])
    call = model.compile_fn(asked, inputs=model.value_vars, **QUICK)
    rng, start = np.random.default_rng(4), model.initial_point()
    drawn = []
    for _ in range(4000):
        fresh = {name: rng.standard_normal(start[name].shape) for name in ("z_without", "z_error")}
        without, effect = call(start | fresh)
        drawn.append(np.log(without / (1 - without)))
    for a, one in enumerate(counted_fit.predicted):
        error, cov = series.error[a, 12:] ** 2, one.cov[0]
        gain = cov @ np.linalg.inv(cov + np.diag(error))
        mean = one.mean[0] + gain @ (series.value[a, 12:] - one.mean[0] - effect[a, 12:])
        sd = np.sqrt(np.diag(cov - gain @ cov))
        found = np.array(drawn)[:, a, 12:]
        np.testing.assert_allclose(found.mean(axis=0), mean, atol=4 * sd.max() / np.sqrt(4000))
        np.testing.assert_allclose(found.std(axis=0), sd, rtol=0.06)


def test_plain_numbers_stay_what_they_are_with_the_rollout():
    series, predicted, _ = setting()
    model = sb.to_pymc(fit_of(series, predicted), stage="effects")
    world = model.compile_fn(
        model.replace_rvs_by_values([model["with_rollout"]]), inputs=model.value_vars, on_unused_input="ignore", **QUICK
    )
    point = {name: value + 0.3 for name, value in model.initial_point().items()}
    centre, scale = series.family.affine
    np.testing.assert_allclose(world(point)[0][0, 12:], centre + scale * series.value[0, 12:], atol=1e-9)


def test_it_has_names_and_dimensions_and_is_drawn_from(counted_fit):
    model = sb.to_pymc(counted_fit, stage="effects")
    dims = model.named_vars_to_dims
    assert dims["effect"] == dims["with_rollout"] == dims["without_rollout"] == ("adopter", "period")
    assert dims["departure"] == ("adopter",)
    assert dims["lag_effect"] == ("lag",)
    assert [v.name for v in model.observed_RVs] == ["after_start"]
    with model:
        drawn = pm.sample_prior_predictive(50, random_seed=1, compile_kwargs=QUICK)
    assert np.isfinite(drawn["prior_predictive"]["after_start"].values).all()
    assert np.ptp(drawn["prior"]["satt"].values) > 0


def test_of_all_draws_it_is_given_their_mean_and_their_whole_covariance():
    series, predicted, cov = setting(draws=2)
    lower = predicted[0]
    moved = type(lower)(lower.mean + np.array([[0.1], [-0.1]]), lower.cov, lower.before)
    found = prediction_of(series, (moved,), None)
    np.testing.assert_allclose(found.mean[0, 12:], lower.mean[0])
    np.testing.assert_allclose(found.covariance[0, 12:, 12:], cov + 0.01)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"stage": "second"}, "no stage"),
        ({"draw": (0, 0)}, "Only the second stage"),
        ({"stage": "effects", "draw": (2, 0)}, "no draw"),
        ({"stage": "effects", "priors": {"mu_tau": None}}, "no priors or terms"),
    ],
)
def test_what_a_stage_cannot_be_given_is_refused(counted_fit, asked, said):
    with pytest.raises(sb.SosBayesError, match=said):
        sb.to_pymc(counted_fit, **asked)


@pytest.mark.parametrize(
    ("design", "said"), [(sb.SyntheticControl(), "given a draw of the first"), (None, "no stages")]
)
def test_without_a_fit_or_without_stages_there_is_no_second_one(design, said):
    made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=6, adopters=2, periods=4), seed=1)
    panel = sb.read_panel(made.panel, authority="authority", period="period")
    with pytest.raises(sb.SosBayesError, match=said):
        sb.to_pymc(panel, made.rollout, made.outcome, design, stage="effects")
