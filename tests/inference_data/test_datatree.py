"""The tree of a fit's draws: what is in it, under which names, and what says why something is not."""

from importlib.metadata import version

import numpy as np
import pytest
from scipy import stats

import sos_bayes as sb
from sos_bayes.estimands import estimate
from sos_bayes.estimands.readable_model import written
from sos_bayes.inference_data.priors import scalar_priors
from tests.contracts.test_readable_model import SETTINGS
from tests.fitting.made_up import fit_of_the_prior
from tests.synthesis.made_up import layout as plain_layout
from tests.synthesis.made_up import plain_panel


@pytest.fixture(scope="module")
def of_nuts(sampled):
    return sb.to_datatree(sampled)


@pytest.mark.sampling
def test_the_draws_are_the_fit_s_own(sampled, of_nuts):
    posterior = of_nuts["posterior"]
    np.testing.assert_array_equal(posterior["satt"].values, estimate(sampled).draws)
    np.testing.assert_array_equal(posterior["mu_tau"].values, sampled.draws.shared["mu_tau"][..., 0])
    for name, value in sampled.draws.hyper.items():
        np.testing.assert_array_equal(posterior[name].values, value)
    assert posterior["departure"].dims == ("chain", "draw", "authority")
    assert list(posterior["authority"].values) == [sampled.layout.cells.names[a] for a in sampled.layout.adopters]
    assert posterior["lag_effect"].dims == ("chain", "draw", "lag")
    assert list(posterior["lag"].values) == ["0", "1", "2"]


@pytest.mark.sampling
def test_what_the_sampler_says_of_its_draws_is_beside_them(sampled, of_nuts):
    said = of_nuts["sample_stats"]
    assert set(said.data_vars) == {"diverging", "energy", "acceptance_rate", "step_size", "tree_depth", "n_steps"}
    assert said["energy"].shape == sampled.draws.shape
    assert float(said["diverging"].mean()) == dict(sampled.health.numbers)["divergent_share"]
    assert said["diverging"].dtype == bool


def test_independent_draws_come_as_four_chains_and_it_is_said(fast):
    tree = sb.to_datatree(fast)
    assert dict(tree["posterior"].sizes) == {"chain": 4, "draw": 2000, "lag": 3, "authority": 4}
    np.testing.assert_array_equal(tree["posterior"]["satt"].values.ravel(), estimate(fast).draws.ravel())
    assert "no chain was run" in tree.attrs["chains"]
    assert "sample_stats" not in tree.children
    assert "samples nothing" in tree.attrs["absent_sample_stats"]


def test_the_tree_says_what_it_is(fast):
    told = sb.to_datatree(fast).attrs
    assert (told["route"], told["seed"], told["design"], told["gate"]) == ("fast", 3, "DiD", "passed")
    assert told["disclosure"].startswith("released")
    assert told["xarray_version"] == version("xarray")
    assert all(isinstance(value, str | int) for value in told.values())  # a file may hold them


@pytest.mark.parametrize("name", SETTINGS)
def test_every_design_has_the_names_and_dimensions_of_the_readable_model(name):
    layout, design = SETTINGS[name]
    tree = sb.to_datatree(fit_of_the_prior(layout, design))
    model = written(layout, design, children=True)
    for group in ("posterior", "prior"):
        for variable, values in tree[group].data_vars.items():
            named = model.named_vars_to_dims.get(variable) or ()
            expected = tuple("authority" if dim == "adopter" else dim for dim in named)
            assert values.dims == ("chain", "draw", *expected), variable
            assert variable in model.named_vars
            for dim in expected:
                full = [str(x) for x in model.coords["adopter" if dim == "authority" else dim]]
                assert [x for x in full if x in set(values[dim].values)] == list(values[dim].values)
    assert set(tree["prior"].data_vars) == set(tree["posterior"].data_vars)
    assert all(np.isfinite(values.values).all() for values in tree["posterior"].data_vars.values())


@pytest.mark.parametrize("name", ["binomial", "measured", "trends, drift, learnt leads", "overdispersed"])
def test_the_log_prior_is_that_of_the_readable_model(name):
    layout, design = SETTINGS[name]
    fit = fit_of_the_prior(layout, design, 8)
    group, model = sb.to_datatree(fit)["log_prior"], written(layout, design)
    assert set(group.data_vars) == set(scalar_priors(fit)) <= {v.name for v in model.free_RVs}
    posterior = sb.to_datatree(fit)["posterior"]
    for variable in group.data_vars:
        density = model.compile_logp([model[variable]], jacobian=False, mode="FAST_COMPILE")
        at = float(posterior[variable].values[1, 1])
        value = model.rvs_to_values[model[variable]]
        point = model.initial_point() | {value.name: _held(value.name, at)}
        np.testing.assert_allclose(group[variable].values[1, 1], density(point), rtol=1e-8)


def _held(name, value):
    """A value as PyMC holds it in its unbounded variable."""
    if name.endswith("_log__"):
        return np.log(value)
    return np.log(value / (1 - value)) if name.endswith("_interval__") else np.asarray(value)


def test_the_prior_is_the_design_s(fast):
    prior = sb.to_datatree(fast)["prior"]
    assert dict(prior.sizes)["draw"] == 1000
    assert stats.kstest(prior["mu_tau"].values.ravel(), stats.norm(0, 0.5).cdf).pvalue > 1e-4
    assert stats.kstest(prior["omega"].values.ravel(), stats.halfnorm(0, 0.2).cdf).pvalue > 1e-4


@pytest.mark.sampling
def test_a_design_in_two_stages_has_what_it_has():
    fit = fit_synthetic()
    tree = sb.to_datatree(fit)
    assert set(tree.children) == {"posterior", "prior", "sample_stats"}
    assert "no joint density" in tree.attrs["absent_log_prior"]
    assert {"omega", "mu_tau", "satt", "lag_effect"} <= set(tree["posterior"].data_vars)
    assert {"omega", "mu_tau", "lag_effect"} == set(tree["prior"].data_vars)  # who is not counted is not shown
    np.testing.assert_array_equal(tree["posterior"]["satt"].values, estimate(fit).draws)
    assert tree["sample_stats"]["energy"].shape == fit.draws.shape


def fit_synthetic(design=None):
    """A synthetic control, or latent factors, on made-up numbers, few draws."""
    frame = plain_panel(donors=5, before=10, after=3, adopters=2, effect=-0.5)
    few = sb.Sampler(draws=200, tune=200, chains=2, progress=False)
    return (design or sb.SyntheticControl()).sampled(plain_layout(frame, 2010), 1, few)


def test_what_is_no_fit_is_refused(fast):
    for other in (estimate(fast), None, fast.draws):
        with pytest.raises(sb.SosBayesError, match="no draws of a model"):
            sb.to_datatree(other)
