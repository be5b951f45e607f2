"""The two-stage model of several outcomes, against importance sampling and limits."""

import numpy as np
import pytest

from sos_bayes.estimands.link_effect import correlation, link_effect
from sos_bayes.estimands.pooling import pool
from sos_bayes.estimands.weights import child_weights, treated_cells

EST = np.array([0.25, -0.05, 0.10])
COV = np.array([[0.010, 0.004, 0.0], [0.004, 0.006, 0.001], [0.0, 0.001, 0.02]])


def test_the_posterior_is_that_of_the_model_by_importance_sampling():
    rng = np.random.default_rng(1)
    n = 400_000
    phi, m = np.abs(rng.normal(0, 0.2, n)), rng.normal(0, 0.3, n)
    effects = m[:, None] + phi[:, None] * rng.standard_normal((n, 3))
    away = EST - effects
    weight = np.exp(-0.5 * np.einsum("nj,jk,nk->n", away, np.linalg.inv(COV), away))
    weight /= weight.sum()
    found, mean = pool(EST, COV)
    for j in range(3):
        wanted = weight @ effects[:, j]
        assert found[j].mean == pytest.approx(wanted, abs=0.004)
        assert found[j].sd == pytest.approx(np.sqrt(weight @ (effects[:, j] - wanted) ** 2), rel=0.03)
        assert found[j].above(0.0) == pytest.approx(weight @ (effects[:, j] > 0), abs=0.01)
    assert mean.mean == pytest.approx(weight @ m, abs=0.005)


def test_outcomes_may_come_in_any_order():
    order = [2, 0, 1]
    one, _ = pool(EST, COV)
    other, _ = pool(EST[order], COV[np.ix_(order, order)])
    assert [e.mean for e in other] == pytest.approx([one[j].mean for j in order])


def test_a_lone_effect_is_pulled_towards_the_others_and_they_towards_it():
    found, _ = pool(np.array([0.3, 0.0, 0.0, 0.0]), np.eye(4) * 0.06**2)
    assert 0.2 < found[0].mean < 0.3
    assert all(e.mean > 0 for e in found[1:])


def test_precise_estimates_stay_where_they_are():
    found, _ = pool(np.array([0.3, -0.3]), np.eye(2) * 1e-8)
    assert [e.mean for e in found] == pytest.approx([0.3, -0.3], abs=1e-4)


def test_errors_that_move_together_leave_the_mean_less_certain():
    apart, together = (pool(np.full(4, 0.15), 0.01 * (r + (1 - r) * np.eye(4)))[1] for r in (0.0, 0.8))
    assert together.above(0.0) < apart.above(0.0)


def test_quantiles_and_probabilities_agree():
    found, _ = pool(EST, COV)
    assert all(1 - e.above(e.quantile(p)) == pytest.approx(p, abs=1e-7) for e in found for p in (0.025, 0.5, 0.975))


def test_the_link_effect_is_the_average_of_what_was_added_to_the_log_odds(shares):
    weights = child_weights(shares.layout) * treated_cells(shares.layout)[:, :, None]
    share = weights.sum(axis=2) / weights.sum()
    draws = np.einsum("cdkt,kt->cd", shares.draws.effect, share)
    found = link_effect(shares)
    assert (found.mean, found.sd) == pytest.approx((draws.mean(), draws.std()))


def test_taking_the_prior_out_and_putting_it_back_gives_the_posterior(shares):
    found = link_effect(shares)
    mean, sd = found.likelihood
    precision = 1 / sd**2 + 1 / found.prior_sd**2
    assert precision**-0.5 == pytest.approx(found.sd)
    assert mean / sd**2 / precision == pytest.approx(found.mean)


def test_an_outcome_moves_with_itself_and_not_with_another(shares, rates):
    one = link_effect(shares)
    assert correlation(one, one) is None  # three comparators in five periods are too few to say
    np.testing.assert_allclose(link_effect(rates).residuals.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(link_effect(rates).residuals.sum(axis=1), 0, atol=1e-12)
