"""The third route: the readable model sampled by PyMC, with the gate and the answers of the other two."""

import pytest

import sos_bayes as sb
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.fitting import FitSpec, Sampler, fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.pymc.readable_model import sampled_model
from sos_bayes.fitting.pymc.sample import DEFAULT, sample
from sos_bayes.fitting.runs.cache_key import fingerprint
from sos_bayes.fitting.runs.fit_spec import sampler_of
from sos_bayes.simulation import Scenario, made_up_england
from tests.contracts.routes import same_answers
from tests.designs.panels import panel

MADE = made_up_england(
    Scenario(authorities=8, adopters=3, periods=4, effect=-0.08, size_median=1500.0, size_log_sd=0.3), seed=4
)
LAYOUT = layout_of(MADE.cells, MADE.rollout)


@pytest.fixture(scope="module")
def fit():
    return fit_layout(LAYOUT, DiD(), method="pymc", seed=3)


@pytest.mark.sampling
def test_it_finds_what_the_fast_route_finds(fit):
    same_answers(fit, fit_layout(LAYOUT, DiD(), method="fast", seed=3), MADE.truth.satt)
    assert (fit.method, fit.health.ok) == ("pymc", True)
    assert fit.draws.theta.shape == fit.draws.effect.shape == (*fit.draws.shape, 3, 4)
    assert fit.draws.finite
    assert set(fit.draws.statistics) >= {"diverging", "energy", "acceptance_rate", "n_steps", "step_size"}


@pytest.mark.sampling
def test_it_is_asked_checked_and_graded_as_any_other(fit):
    effect = estimate(fit)
    assert effect.method == "pymc"
    assert 0 < effect.probability_error(below=-0.05) < 0.1
    graded = sb.grade(effect, sb.check(fit, skip=("imputation",)))
    assert "provisional" not in " ".join(graded.reasons)
    assert repr(fit).startswith("<Fit 'made-up outcome (synthetic)' by pymc: 3 adopters, 5 comparators")


@pytest.mark.sampling
def test_another_sampler_of_pymc_s_is_taken_by_name():
    layout = panel(authorities=4, periods=3, starts=(1, 2))
    problem = problem_of(DiD().model(layout), layout.cells)
    few = Sampler(draws=5, tune=5, chains=2, cores=1, nuts_sampler="pymc", progress=False)
    drawn = sample(sampled_model(problem, layout), problem, few, 1)
    assert drawn.draws.shape == (2, 5)
    assert drawn.energy.shape == (2, 5)


def test_settings_of_its_own_and_a_key_of_its_own():
    jobs = [FitSpec(LAYOUT, DiD(), method=method) for method in ("pymc", "nuts", "fast")]
    assert len({fingerprint(job) for job in jobs}) == 3
    assert sampler_of(jobs[0]) == DEFAULT
    other = FitSpec(LAYOUT, DiD(), method="pymc", sampler=Sampler(nuts_sampler="pymc"))
    assert fingerprint(other) != fingerprint(jobs[0])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"design": sb.SyntheticControl()}, "no joint density"),
        ({"design": sb.LatentFactors()}, "no joint density"),
        ({"sampler": Sampler(nuts_sampler="blackjax")}, "needs jax and blackjax"),
        ({"method": "nuts", "sampler": Sampler(nuts_sampler="pymc")}, "does not go with"),
        ({"method": "fast", "sampler": Sampler(nuts_sampler="numpyro")}, "does not go with"),
    ],
)
def test_what_it_cannot_do_is_said(asked, said):
    asked = {"method": "pymc"} | asked
    with pytest.raises(sb.SosBayesError, match=said):
        fit_layout(LAYOUT, asked.pop("design", DiD()), **asked)


def test_a_sampler_that_is_not_known_is_refused():
    with pytest.raises(sb.SosBayesError, match="nutpie"):
        Sampler(nuts_sampler="nutpi")


def test_values_of_children_go_to_no_other_process():
    from sos_bayes.fitting.pymc.sample import _at_once
    from tests.designs.tails import tailed

    layout, _, _ = tailed(authorities=4, periods=3, starts=(1, 2), size=9)
    problem = problem_of(DiD().model(layout), layout.cells)
    assert _at_once(problem, Sampler(cores=4, nuts_sampler="pymc")) == 1
    assert _at_once(problem, Sampler(cores=4)) == 4
