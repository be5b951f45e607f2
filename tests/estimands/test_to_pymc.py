"""The readable model under PyMC's own verbs, with priors and terms of the caller's, and what it refuses."""

import numpy as np
import pymc as pm
import pytest

import sos_bayes as sb
from sos_bayes.designs import DiD
from sos_bayes.estimands.readable_model import written
from sos_bayes.fitting import fit_layout
from tests.designs.panels import PATTERNS, known_by_bounds, panel
from tests.designs.tails import tailed

QUICK = {"mode": "FAST_COMPILE"}  # compiles in a second and runs slowly: right for a small model
LAYOUT = panel(authorities=4, periods=3, starts=(1, 2))


@pytest.fixture(scope="module")
def model():
    return written(LAYOUT, DiD())


@pytest.fixture(scope="module")
def sampled(model):
    """A few draws by PyMC's own sampler, with the pointwise log-likelihood."""
    with model:
        draws = pm.sample(
            5, tune=5, chains=1, cores=1, nuts_sampler="pymc", random_seed=1, progressbar=False,
            nuts={"max_treedepth": 4}, compute_convergence_checks=False, compile_kwargs=QUICK,
        )  # fmt: skip
        pm.compute_log_likelihood(draws, progressbar=False, compile_kwargs=QUICK)
        more = pm.sample_posterior_predictive(draws, random_seed=2, progressbar=False, compile_kwargs=QUICK)
    return draws, more


def test_terms_have_names_and_dimensions(model):
    dims = model.named_vars_to_dims
    assert dims["period_effect"] == ("period",)
    assert dims["shock"] == dims["log_odds"] == ("authority", "period")
    assert dims["departure"] == ("adopter",)
    assert dims["effect"] == dims["with_rollout"] == dims["without_rollout"] == ("adopter", "period")
    assert {"mu_tau", "omega", "spread", "sd_authority", "rho", "satt"} <= set(model.named_vars)
    assert [v.name for v in model.observed_RVs] == ["events"]
    assert list(model.coords["adopter"]) == ["Made-up 00", "Made-up 01"]


def test_the_prior_predictive_is_drawn(model):
    with model:
        drawn = pm.sample_prior_predictive(50, random_seed=1, compile_kwargs=QUICK)
    events = drawn["prior_predictive"]["events"].values
    assert (events >= 0).all()
    assert (events <= drawn["constant_data"]["trials"].values).all()
    assert abs(drawn["prior"]["period_effect"].sum("period").values).max() < 1e-10
    assert drawn["prior"]["mu_tau"].values.std() == pytest.approx(0.5, rel=0.4)


def test_it_is_sampled_and_the_likelihood_is_that_of_its_cells(sampled, model):
    draws, _ = sampled
    assert draws["posterior"]["satt"].shape == (1, 5)
    assert draws["log_likelihood"]["events"].shape == (1, 5, LAYOUT.cells.total.size)
    assert np.isfinite(draws["log_likelihood"]["events"].values).all()


def test_the_posterior_predictive_is_drawn(sampled):
    events = sampled[1]["posterior_predictive"]["events"]
    assert events.dims == ("chain", "draw", "cell")
    assert events.values.max() > 0


def test_it_is_drawn_as_a_graph(model):
    graph = pm.model_to_graphviz(model)
    assert "mu_tau" in graph.source
    assert "satt" in graph.source


@pytest.mark.parametrize("what", ["bounds", "subgroups", "levels", "design effect"])
def test_other_likelihoods_are_drawn_from(what):
    from tests.contracts.test_readable_model import SETTINGS

    layout, design = {
        "bounds": (known_by_bounds(LAYOUT, {(0, 0): (1, 5), (3, 2): (1, 20, 5, 0.05)}), DiD()),
        "subgroups": SETTINGS["subgroups"],
        "levels": SETTINGS["ordinal"],
        "design effect": SETTINGS["design effect"],
    }[what]
    with written(layout, design):
        drawn = pm.sample_prior_predictive(20, random_seed=1, compile_kwargs=QUICK)
    assert all(np.isfinite(value.values).all() for value in drawn["prior_predictive"].values())
    if what == "levels":
        assert (np.diff(drawn["prior"]["cutpoints"].values) > 0).all()


def test_priors_and_terms_of_one_s_own_are_in_the_model():
    model = written(
        LAYOUT, DiD(),
        {"mu_tau": lambda name, dims: pm.StudentT(name, nu=3, sigma=0.5, dims=dims)},
        {"bump": lambda model: pm.Normal("size", 0, 0.1) * np.ones(LAYOUT.shape[:2])},
    )  # fmt: skip
    assert model["mu_tau"].owner.op.__class__.__name__ == "StudentTRV"
    assert model.named_vars_to_dims["bump"] == ("authority", "period")
    assert "size" in {v.name for v in model.free_RVs}


@pytest.mark.parametrize(
    ("priors", "terms", "said"),
    [
        ({"mu_tua": lambda name, dims: pm.Normal(name)}, {}, "mu_tau"),
        ({"mu_tau": lambda name, dims: pm.Normal("other")}, {}, "of that name"),
        ({}, {"flat": lambda model: np.zeros(3)}, "dimensions"),
    ],
)
def test_priors_and_terms_that_do_not_fit_are_refused(priors, terms, said):
    with pytest.raises(sb.SosBayesError, match=said):
        written(LAYOUT, DiD(), priors, terms)


def test_a_fit_and_its_data_give_the_same_model():
    made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=6, adopters=2, periods=4), seed=1)
    data = sb.read_panel(made.panel, authority="authority", period="period")
    before = sb.to_pymc(data, made.rollout, made.outcome)
    after = sb.to_pymc(sb.fit(data, made.rollout, made.outcome, method="fast"))
    assert list(before.named_vars) == list(after.named_vars)
    with pytest.raises(sb.SosBayesError, match="already"):
        sb.to_pymc(fit_layout(LAYOUT, DiD()), made.rollout)
    with pytest.raises(sb.SosBayesError, match="rollout and an outcome"):
        sb.to_pymc(data)
    with pytest.raises(sb.SosBayesError, match="cannot be written as a PyMC model"):
        sb.to_pymc(data, made.rollout, made.outcome, "did")


def test_children_are_in_the_model_only_where_asked_for():
    layout, _, _ = tailed(authorities=4, periods=3, starts=(1, 2), size=9)
    with pytest.raises(sb.SosBayesError, match="every child's value"):
        written(layout, DiD())
    assert "value" in written(layout, DiD(), children=True).named_vars


def test_no_count_is_shown():
    layout = panel(authorities=4, periods=3, starts=(1, 2), patterns=PATTERNS[:2], size=7731.0)
    model = written(layout, DiD(adjust=("age", "sex")))
    shown = f"{model!r} {model.str_repr()} {pm.model_to_mermaid(model)}"
    counts = {str(int(n)) for n in (*layout.cells.events.ravel(), *layout.cells.total.ravel()) if n > 99}
    assert not [n for n in counts if n in shown]
