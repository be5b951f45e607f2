"""Ordered categories as binomial counts plus a term of the gaps: exactly the same likelihood."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from sos_bayes.families.cutpoints import LEAST, add_gaps, gap_skews, share_inside


def by_category(counts, eta, cuts):
    """Log-likelihood of counts (..., K) from the categories' own probabilities."""
    reach = expit(eta[..., None] - cuts)
    shares = -np.diff(reach, axis=-1, prepend=1.0, append=0.0)
    return float((counts * np.log(shares)).sum())


def by_table(counts, eta, cuts):
    upper, total = counts[..., 1:], counts[..., :-1] + counts[..., 1:]
    p = expit(eta[..., None] - cuts)
    between = counts[..., 1:-1].sum(axis=(0, 1)) if counts.ndim == 3 else counts[..., 1:-1].sum(axis=0)
    gaps = np.eye(len(cuts))[1:] - np.eye(len(cuts))[:-1]
    more = add_gaps(gaps, between, cuts, np.zeros(len(cuts)), np.zeros((len(cuts), len(cuts))))
    return float((binom.logpmf(upper, total, p) - binom.logpmf(upper, total, 0.5)).sum() + more)


@pytest.mark.parametrize("k", [2, 3, 5, 8])
def test_table_and_gaps_are_the_likelihood_of_the_categories(k):
    rng = np.random.default_rng(k)
    counts = rng.poisson(8.0, (6, 4, k)).astype(float)
    counts[0, 0] = 0.0
    gaps = []
    for _ in range(8):
        eta, cuts = rng.normal(0, 1, (6, 4)), np.sort(rng.normal(0, 1.5, k - 1))
        gaps.append(by_table(counts, eta, cuts) - by_category(counts, eta, cuts))
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-10)


def test_rows_under_the_ordered_logistic_of_another_library_differ_by_a_constant():
    pm = pytest.importorskip("pymc")
    rng = np.random.default_rng(3)
    counts = rng.poisson(3.0, (5, 4)).astype(float)
    place, y = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel().astype(int), axis=1)
    gaps = []
    for _ in range(5):
        eta, cuts = rng.normal(0, 1, 5), np.sort(rng.normal(0, 1.2, 3))
        rows = pm.logp(pm.OrderedLogistic.dist(eta=eta[place], cutpoints=cuts, compute_p=False), y).eval().sum()
        gaps.append(by_table(counts, eta, cuts) - float(rows))
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-10)


def added(gaps, between, beta):
    slope, curve = np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    return add_gaps(gaps, between, beta, slope, curve), slope, curve


def test_slope_and_curvature_are_those_of_differences():
    rng = np.random.default_rng(1)
    gaps, between, beta = rng.uniform(0, 1, (3, 4)), np.array([3.0, 40.0, 1.0]), rng.uniform(0.2, 1, 4)
    _, slope, curve = added(gaps, between, beta)
    for i in range(4):
        step = np.eye(4)[i] * 1e-5
        up, down = added(gaps, between, beta + step), added(gaps, between, beta - step)
        assert (up[0] - down[0]) / 2e-5 == pytest.approx(slope[i], rel=1e-6)
        np.testing.assert_allclose((up[1] - down[1]) / 2e-5, -curve[i], rtol=1e-5)
    assert (np.linalg.eigvalsh(curve) > -1e-12).all()


def test_nothing_is_possible_where_cutpoints_meet_or_cross():
    for gap in (0.0, -0.3, np.nan):
        assert added(np.eye(1), np.ones(1), np.array([gap]))[0] == -np.inf
    assert added(np.zeros((0, 2)), np.zeros(0), np.ones(2))[0] == 0.0


def test_a_step_is_shortened_so_that_every_gap_keeps_a_tenth():
    gaps, before = np.eye(2), np.array([1.0, 0.5])
    share, moved = share_inside(gaps, before, np.array([2.0, -1.0]))
    assert moved == 1.5
    assert before[1] + share * (-1.0 - before[1]) == pytest.approx(LEAST * 0.5)
    assert share_inside(gaps, before, np.array([3.0, 0.1]))[0] == 1.0


def test_the_skewness_of_gaps_is_the_slope_of_their_curvature():
    rng = np.random.default_rng(2)
    gaps, between, beta = rng.uniform(0, 1, (3, 4)), np.array([3.0, 40.0, 1.0]), rng.uniform(0.2, 1, 4)
    root = rng.normal(0, 0.3, (4, 4))
    cov, found, step = root @ root.T, np.zeros(4), 1e-5
    gap_skews(gaps, between, beta, cov, found)
    for i, one in enumerate(step * np.eye(4)):
        up, down = (np.sum(added(gaps, between, beta + d)[2] * cov) for d in (one, -one))
        assert found[i] == pytest.approx(-0.5 * (up - down) / (2 * step), rel=1e-6)
