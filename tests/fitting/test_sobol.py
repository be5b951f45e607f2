"""Sobol points against scipy's, and what a scramble must keep."""

import numpy as np
import pytest
from scipy.stats import qmc

from sos_bayes._core.errors import FitError
from sos_bayes.fitting.sobol import BITS, POLYNOMIALS, sobol

MOST = len(POLYNOMIALS) + 1


def test_unscrambled_points_are_scipy_s():
    """In another order: scipy counts in Gray code."""
    ours = np.floor(sobol(2048, MOST, None) * 2**BITS)
    theirs = np.floor(qmc.Sobol(MOST, scramble=False, bits=BITS).random(2048) * 2**BITS)
    np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_margin_of_a_scrambled_net_is_even(seed):
    points = sobol(256, MOST, seed)
    assert points.min() > 0
    assert points.max() < 1
    for one in points.T:
        assert sorted(np.floor(256 * one)) == list(range(256))


def test_pairs_of_dimensions_fill_the_square():
    """The first two dimensions are a net of the best kind: one point in each of 256 elementary boxes."""
    for seed in range(5):
        x, y = sobol(256, 2, seed).T
        for k in range(9):
            boxes = np.floor(x * 2**k) * 2 ** (8 - k) + np.floor(y * 2 ** (8 - k))
            assert len(np.unique(boxes)) == 256


def test_points_are_as_even_as_scipy_s():
    ours = [qmc.discrepancy(sobol(256, 8, s)) for s in range(5)]
    theirs = [qmc.discrepancy(qmc.Sobol(8, seed=s).random(256)) for s in range(5)]
    chance = [qmc.discrepancy(np.random.default_rng(s).random((256, 8))) for s in range(5)]
    assert np.mean(ours) < 1.1 * np.mean(theirs) < 0.5 * np.mean(chance)


def test_scrambles_are_unbiased_and_independent():
    """Each point is uniform over scrambles, and two seeds share nothing."""
    firsts = np.array([sobol(4, 3, s)[1] for s in range(600)])
    np.testing.assert_allclose(firsts.mean(axis=0), 0.5, atol=0.05)
    np.testing.assert_allclose(firsts.var(axis=0), 1 / 12, atol=0.012)
    assert not np.isin(sobol(64, 3, 1), sobol(64, 3, 2)).any()
    np.testing.assert_array_equal(sobol(64, 3, 1), sobol(64, 3, 1))


def test_one_point_and_counts_that_are_no_power_of_two():
    assert sobol(1, 3, 1).shape == (1, 3)
    np.testing.assert_array_equal(sobol(192, 5, 1), sobol(256, 5, 1)[:192])


def test_too_many_dimensions_are_refused():
    with pytest.raises(FitError, match="17 dimensions"):
        sobol(8, MOST + 1, 1)
