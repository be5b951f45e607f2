"""An adopter taken out of a fit by weighting its draws: the algebra to eight digits, and the answer of a new fit."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.dense_algebra import cholesky
from sos_bayes.fitting.laplace.authority_marginal_likelihood import log_evidence
from sos_bayes.fitting.laplace.nested_laplace import first_field, mode_at
from sos_bayes.fitting.runs.importance_reweighting import counts_alone, given_to, without_adopter
from sos_bayes.simulation import Scenario, made_up_england
from tests.designs.panels import panel


@pytest.mark.parametrize("i", range(4))
def test_authorities_one_by_one_make_up_the_evidence_of_all(problem, scores, i):
    """At the mode, Laplace over each authority and then over what they share is Laplace over all at once."""
    scales = problem.scales(scores[[i]])
    mode, _ = mode_at(problem, scales, 0, first_field(problem), 1e-11, corrected=False)
    total = -0.5 * (mode.z @ mode.z + mode.beta @ mode.beta)
    for a in range(len(problem.kind)):
        mean = problem.columns[problem.kind[a]] @ (scales.shared[0] * mode.z)
        out = np.empty(1)
        log_evidence(
            counts_alone(problem, a), given_to(problem, a, mean[None], mode.beta[None], scales), mean, 1e-4, 0.0, out
        )
        total += out[0]
    total -= 0.5 * cholesky(mode.root @ mode.root.T, len(mode.root), np.zeros_like(mode.root))
    scatter = scales.alone[0] if problem.family.name == "negative_binomial" else 0.0
    assert total == pytest.approx(mode.log_ml + scatter, rel=1e-9, abs=1e-7)


@pytest.fixture(scope="module", params=["binomial", "poisson"])
def fit(request):
    kind = {"family": "poisson", "base": 50, "per": 10_000, "size_median": 40_000, "size_min": 5_000,
            "size_max": 300_000} if request.param == "poisson" else {"effect": -0.03}  # fmt: skip
    made = made_up_england(Scenario(adopters=6, authorities=24, **kind), seed=3)
    return fit_layout(layout_of(made.cells, made.rollout), DiD(), method="fast", seed=1, n_draws=8000)


def test_the_answer_is_that_of_a_new_fit_wherever_the_weights_are_worth_it(fit):
    worth = 0
    for place, position in enumerate(fit.layout.adopters):
        found = estimate(without_adopter(fit, place))
        assert found.n_adopters == 5
        if not found.health.ok:
            continue
        anew = estimate(fit_layout(fit.layout.without(int(position)), DiD(), method="fast", seed=2, n_draws=8000))
        worth += 1
        assert found.mean == pytest.approx(anew.mean, abs=0.12 * anew.sd)
        assert found.sd == pytest.approx(anew.sd, rel=0.08)
        error = found.probability_error(above=0.0) + anew.probability_error(above=0.0)
        assert found.probability(above=0.0) == pytest.approx(anew.probability(above=0.0), abs=3 * error + 0.005)
    assert worth >= 3


def test_draws_that_carry_too_little_say_so():
    """One of two adopters moved as nothing else did: without it the posterior lies where hardly a draw is."""
    layout = panel(authorities=4, starts=(2, 2), size=4000.0)
    cells = layout.cells
    events = cells.events.copy()
    events[0] = np.round(cells.total[0] * np.where(np.arange(5) < 2, 0.02, 0.9)[:, None])
    odd = replace(layout, cells=replace(cells, events=events))
    fit = fit_layout(odd, DiD(), method="fast", seed=1, n_draws=2000, fall_back=False)
    health = without_adopter(fit, 0).health
    assert not health.ok
    assert len(health.reasons) >= 1
