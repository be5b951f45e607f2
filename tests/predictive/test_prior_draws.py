"""Draws from the prior are those of the readable model, drawn by PyMC."""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytest
from scipy import stats

from sos_bayes.estimands.readable_model import written
from sos_bayes.estimands.weights import child_weights, groups_by, normalised
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.posterior.marginal_contrasts import average
from sos_bayes.predictive.prior_draws import prior_draws
from tests.contracts.test_readable_model import SETTINGS

NAMES = (
    "binomial", "poisson", "measured", "ordinal", "random walk", "trends, drift, learnt leads",
    "two years of quarters", "clusters", "subgroups", "no comparators",
)  # fmt: skip
SIZE, LEAST = 4000, 1e-5  # draws of each; p of the least likely of some 150 comparisons
PREDICTORS = ("log_odds", "log_rate", "mean_in_sds")


def theirs(layout, design, names):
    """Draws of PyMC's prior, (draw, ...)."""
    with written(layout, design) as model:
        kept = [n for n in (*names, *PREDICTORS) if n in model.named_vars]
        drawn = pm.sample_prior_predictive(
            SIZE, var_names=kept, random_seed=2, compile_kwargs={"mode": "FAST_COMPILE"}
        )["prior"]  # fmt: skip
    found = {name: drawn[name].values[0] for name in kept}
    predictor = found.pop(next(n for n in PREDICTORS if n in found))
    return found | {"theta": predictor[:, layout.adopters].reshape(SIZE, len(layout.adopters), -1)}


@pytest.mark.parametrize("name", NAMES)
def test_the_prior_is_that_of_the_readable_model(name):
    layout, design = SETTINGS[name]
    problem = problem_of(design.model(layout), layout.cells)
    draws = prior_draws(problem, SIZE, seed=1).reported()
    weights = normalised(child_weights(layout), groups_by(layout, None))
    effect = average(problem, draws, weights[None], "own", seed=1)
    fixed = {"within", "rho"} if design.shocks == "random_walk" else {"within"}
    scalars = {n: v[0] for n, v in draws.hyper.items() if n not in fixed}
    ours = scalars | {"mu_tau": draws.shared["mu_tau"][0, :, 0], "departure": draws.own["departure"][0]}
    ours |= {"satt": layout.cells.outcome.per * (effect.with_rollout - effect.without)[0, :, 0]}
    other = theirs(layout, design, tuple(ours))
    pairs = [(n, ours[n].ravel(), other[n].ravel()) for n in ours]
    pairs += [(f"theta {t}", draws.theta[0, :, 0, t], other["theta"][:, 0, t]) for t in (0, -1)]
    pairs.append(("theta's change", np.diff(draws.theta[0], axis=-1)[:, 0, 0], np.diff(other["theta"])[:, 0, 0]))
    unlike = {n: stats.ks_2samp(a, b).pvalue for n, a, b in pairs if stats.ks_2samp(a, b).pvalue < LEAST}
    assert unlike == {}


@pytest.mark.parametrize("name", ["two years of quarters", "subgroups, two years of quarters"])
def test_noise_of_single_periods_is_drawn_too(name):
    """Under a wide prior of the noise, changes from one period to the next are mostly noise."""
    layout, design = SETTINGS[name]
    design = replace(design, priors=replace(design.priors, noise=4.0))
    draws = prior_draws(problem_of(design.model(layout), layout.cells), SIZE, seed=1).reported()
    other = theirs(layout, design, ())["theta"]
    ours, other = (np.diff(theta, axis=-1)[:, 0, 0] for theta in (draws.theta[0], other))
    assert stats.ks_2samp(ours, other).pvalue > LEAST
    assert stats.ks_2samp(ours, 0.5 * other).pvalue < LEAST  # it would be seen


def test_a_seed_gives_the_same_draws_and_cutpoints_rise():
    layout, design = SETTINGS["ordinal"]
    problem = problem_of(design.model(layout), layout.cells)
    one, same, other = (prior_draws(problem, 50, seed).reported() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.theta, same.theta)
    assert (one.theta != other.theta).any()
    assert one.finite
    assert (one.beta[0] @ problem.counts.gaps.T > 0).all()
