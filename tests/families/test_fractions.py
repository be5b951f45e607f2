"""Counts divided by a design effect: every consumer takes numbers of events and trials that are not whole."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.checks.sensitivity.denominator import counted
from sos_bayes.checks.sensitivity.imputation import imputed
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.families import binomial_table, poisson_table
from sos_bayes.fitting import fit_layout, map_fits
from sos_bayes.simulation import Scenario, made_up_england


def divided(cells, effect):
    return replace(
        cells,
        events=cells.events / effect,
        total=cells.total / effect,
        design_effect=np.full(cells.total.shape[:2], effect),
    )


@pytest.mark.parametrize("family", ["binomial", "poisson"])
@pytest.mark.parametrize("c", [1, 3])
def test_the_likelihood_of_fractions_is_that_of_the_formula(family, c):
    rng = np.random.default_rng(2)
    total = rng.gamma(4, 5, (5, c))
    table = binomial_table if family == "binomial" else poisson_table
    by_theta, by_shift = np.empty(5), np.empty(c)
    for _ in range(3):
        at, by = rng.normal(size=5), rng.normal(size=c)
        eta = at[:, None] + by
        partition, mean = (np.logaddexp(0, eta), expit(eta)) if family == "binomial" else (np.exp(eta), np.exp(eta))
        value = table(at, by, total, by_theta, by_shift)
        assert value == pytest.approx(-np.sum(total * partition), rel=1e-12)
        np.testing.assert_allclose(by_theta, -(total * mean).sum(axis=1), rtol=1e-12)
        np.testing.assert_allclose(by_shift, -(total * mean).sum(axis=0), rtol=1e-12)


@pytest.fixture(scope="module")
def layouts():
    made = made_up_england(Scenario(effect=-0.05), seed=1)
    return layout_of(made.cells, made.rollout), layout_of(divided(made.cells, 15.5), made.rollout)


def fast(layout):
    return fit_layout(layout, DiD(), method="fast", seed=1, n_draws=1000)


def test_an_effect_from_fractions_is_less_sure_and_counts_the_same_children(layouts):
    whole, parts = (estimate(fast(layout)) for layout in layouts)
    assert parts.health.ok
    assert parts.sd > 1.1 * whole.sd
    assert abs(parts.mean - whole.mean) < 2 * parts.sd
    assert parts.n_children == whole.n_children
    assert parts.k_effective == pytest.approx(whole.k_effective, rel=1e-9)
    assert estimate(fast(layouts[1]), scale="events").mean == pytest.approx(parts.mean * whole.n_children, rel=0.2)


def test_checks_take_fractions_and_the_denominator_is_what_was_counted(layouts):
    whole, parts = layouts
    np.testing.assert_array_equal(counted(parts, None).cells.events, counted(whole, None).cells.events)
    fit = fast(parts)
    (effect,) = map_fits([imputed(under_test(fit))])
    assert effect.mean == pytest.approx(estimate(fit).mean, abs=3 * effect.sd)
    assert parts.without(0).cells.design_effect.shape == (len(whole.cells.authorities) - 1, 8)
