"""Importance sampling on targets whose integral and moments are known."""

import numpy as np
import pytest
from scipy import stats

from sos_bayes.fitting.laplace.adaptive_importance import MORE, TIMES, find_mode, integrate  # fmt: skip
from sos_bayes.fitting.laplace.hyper_proposal import (  # fmt: skip
    PRIOR_SHARE,
    Proposal,
    carried,
    crossing,
    refocused,
    standard,
)
from sos_bayes.fitting.posterior.pareto import pareto_shape  # fmt: skip

MEAN = np.array([0.7, -0.4, 0.2])
COV = np.array([[0.5, 0.2, 0.0], [0.2, 0.4, -0.1], [0.0, -0.1, 0.3]])
CONSTANT = -123.4
FLAT = Proposal(np.zeros(3), np.eye(3))


def normal(points):
    return CONSTANT + stats.multivariate_normal(MEAN, COV).logpdf(points)


def heavy(points):
    return CONSTANT + stats.multivariate_t(MEAN, COV, df=8).logpdf(points)


@pytest.mark.parametrize(("target", "spread"), [(normal, 1.0), (heavy, 8 / 6)])
def test_evidence_and_moments_of_a_known_target(target, spread):
    points = integrate(target, FLAT, seed=1, rounds=(192, 256), enough=200)
    mean = points.weights @ points.scores
    cov = (points.scores - mean).T @ ((points.scores - mean) * points.weights[:, None])
    assert points.weights.sum() == pytest.approx(1)
    assert points.ess >= 200
    assert points.k_hat < 0.5
    assert points.log_evidence == pytest.approx(CONSTANT, abs=0.05)
    np.testing.assert_allclose(mean, MEAN, atol=0.1)
    np.testing.assert_allclose(cov, COV * spread, atol=0.15)


def test_more_points_until_there_are_enough_and_then_no_more():
    short = integrate(normal, FLAT, seed=1, rounds=(64, 64), enough=1)
    long = integrate(normal, FLAT, seed=1, rounds=(64, 64), enough=1e9)
    assert len(short.scores) == 128
    assert len(long.scores) == 128 + TIMES * MORE
    enough = integrate(normal, FLAT, seed=1, rounds=(64, 64), enough=1.2 * short.ess)
    assert 128 < len(enough.scores) < len(long.scores)
    assert enough.ess >= 1.2 * short.ess
    np.testing.assert_array_equal(long.scores[:128], short.scores)


def test_the_seed_gives_the_bytes():
    one, two, other = (integrate(normal, FLAT, seed=s, rounds=(64, 64), enough=1) for s in (1, 1, 2))
    assert one.scores.tobytes() == two.scores.tobytes()
    assert one.weights.tobytes() == two.weights.tobytes()
    assert one.scores.tobytes() != other.scores.tobytes()


def test_a_target_that_the_points_cannot_reach_fails_the_gate():
    """A spike away from the prior: a handful of points carry everything."""

    def spike(points):
        return stats.multivariate_normal(np.full(3, 4.0), 1e-4 * np.eye(3)).logpdf(points)

    points = integrate(spike, FLAT, seed=1, rounds=(64, 64), enough=1)
    assert points.ess < 20


def test_points_where_the_target_fails_carry_no_weight():
    def half(points):
        return np.where(points[:, 0] > 0, normal(points), -1e300)

    points = integrate(half, FLAT, seed=1, rounds=(192, 256), enough=200)
    assert (points.weights[points.scores[:, 0] <= 0] == 0).all()
    share = stats.norm(MEAN[0], np.sqrt(COV[0, 0])).sf(0)
    assert points.log_evidence == pytest.approx(CONSTANT + np.log(share), abs=0.05)


def test_a_proposal_draws_from_its_own_density():
    proposal = Proposal(MEAN, np.linalg.cholesky(COV))
    points = proposal.draw(1 << 14, 3)
    # E over the proposal of (another normalised density / its own) is one
    ratio = np.exp(stats.multivariate_normal(MEAN, 0.5 * COV).logpdf(points) - proposal.log_density(points))
    assert ratio.mean() == pytest.approx(1.0, abs=0.02)
    prior = np.exp(stats.multivariate_normal(np.zeros(3), np.eye(3)).logpdf(points) - proposal.log_density(points))
    assert prior.mean() == pytest.approx(1.0, abs=0.05)
    assert prior.max() < 1.01 / PRIOR_SHARE  # its share of the prior bounds the weight of any point


@pytest.mark.parametrize("start", [standard(3), Proposal(MEAN + 0.7, 0.5 * np.linalg.cholesky(COV))])
def test_the_mode_and_curvature_of_a_normal_are_found(start):
    found = find_mode(normal, start)
    np.testing.assert_allclose(found.centre, MEAN, atol=0.05)
    np.testing.assert_allclose(found.root @ found.root.T, COV, atol=0.05)


def test_a_carried_proposal_keeps_what_both_models_share():
    old = Proposal(MEAN, np.linalg.cholesky(COV))
    new = carried(old, ("a", "b", "c"), ("c", "new", "a"))
    np.testing.assert_allclose(new.centre, [MEAN[2], 0.0, MEAN[0]])
    cov = new.root @ new.root.T
    np.testing.assert_allclose(cov, [[COV[2, 2], 0, COV[2, 0]], [0, 1, 0], [COV[0, 2], 0, COV[0, 0]]], atol=1e-5)
    same = carried(old, ("a", "b", "c"), ("a", "b", "c"))
    np.testing.assert_allclose(same.root, old.root, atol=1e-5)


@pytest.mark.parametrize("k", [0.2, 0.5, 0.7, 1.0])
def test_the_shape_of_a_pareto_tail_is_recovered(k):
    found = [pareto_shape(np.log(stats.genpareto(k).rvs(20_000, random_state=s))) for s in range(20)]
    assert np.mean(found) == pytest.approx(k, abs=0.08)


def test_the_pareto_shape_agrees_with_arviz():
    from arviz_stats.base import array_stats

    values = np.random.default_rng(4).normal(0, 1.3, 2000)
    _, k = array_stats.psislw(-values)
    assert pareto_shape(values) == pytest.approx(float(k), abs=0.05)


def test_the_pareto_shape_of_few_or_equal_weights():
    assert pareto_shape(np.zeros(10)) == np.inf
    assert pareto_shape(np.zeros(1000) + 1e-9 * np.arange(1000)) < 0.5


@pytest.mark.parametrize("spread", [0.6, 1.0, 1.7])
def test_a_proposal_off_the_mode_is_refocused_by_parabolas_along_its_axes(spread):
    root = np.array([[0.5, 0.0, 0.0], [0.2, 0.6, 0.0], [-0.3, 0.1, 0.4]])
    off = Proposal(MEAN - root @ np.array([1.1, -0.7, 0.0]), root / spread)
    target = stats.multivariate_normal(MEAN, root @ root.T).logpdf
    found = refocused(off, target(crossing(off)))
    np.testing.assert_allclose(found.centre, MEAN, atol=1e-8)
    np.testing.assert_allclose(found.root, root, atol=1e-8)


def test_where_the_density_rises_without_bend_a_proposal_is_moved_two_of_its_axes_and_doubled():
    found = refocused(FLAT, np.array([0.0, 9.0, 0.0, 0.0, -9.0, 0.0, 0.0]))
    np.testing.assert_allclose(found.centre, [2.0, 0.0, 0.0])
    np.testing.assert_allclose(found.root, 2 * np.eye(3))
