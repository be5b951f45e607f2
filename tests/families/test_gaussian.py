"""The measured family: its loops, its derivatives, and the density of its residual sd."""

import numpy as np
import pytest
from scipy.stats import chi2, norm

from sos_bayes.families import Gaussian, gaussian_curved, gaussian_table
from sos_bayes.families.gaussian import residual_sd, within_density


def test_the_table_and_its_gradients_are_sums_of_squares():
    rng = np.random.default_rng(1)
    theta, shift, total = rng.normal(0, 2, 5), rng.normal(0, 1, 3), rng.integers(0, 9, (5, 3)).astype(float)
    eta = theta[:, None] + shift
    by_theta, by_shift = np.empty(5), np.empty(3)
    assert gaussian_table(theta, shift, total, by_theta, by_shift) == pytest.approx(-(total * eta**2).sum() / 2)
    np.testing.assert_allclose(by_theta, -(total * eta).sum(axis=1))
    np.testing.assert_allclose(by_shift, -(total * eta).sum(axis=0))
    down, curve, row = np.zeros(3), np.zeros(3), np.empty(3)
    value, expected, bend = gaussian_curved(theta[2], np.stack([shift] * 3), total[2], down, curve, row)
    assert value == pytest.approx(-(total[2] * eta[2] ** 2).sum() / 2)
    assert (expected, bend) == pytest.approx(((total[2] * eta[2]).sum(), total[2].sum()))
    np.testing.assert_allclose(down, -total[2] * eta[2])
    np.testing.assert_array_equal([curve, row], [total[2], total[2]])


def test_means_are_in_the_unit_of_the_quantity():
    family = Gaussian(centre=100.0, scale=15.0)
    assert family.mean(np.array([-1.0, 0.0, 2.0])).tolist() == [85.0, 100.0, 130.0]
    assert float(family.slope(np.array(3.0))) == 15.0
    events, total = np.array([220.0, 0.0]), np.array([2.0, 0.0])
    np.testing.assert_allclose(family.margins(events, total), [20 / 15, 0.0])


@pytest.mark.parametrize("degrees", [2.0, 30.0, 1e4, 1e7])
def test_the_residual_sd_has_the_density_of_children_within_cells_whatever_their_number(degrees):
    """Score's standard normal times the remainder is the scaled inverse chi-square, seen through the log of the sd."""
    scores = np.linspace(-2.5, 2.5, 11)
    known = np.array([degrees, 0.0, 1 / np.sqrt(2 * degrees)])
    ours = norm.logpdf(scores) + within_density(scores, known, np)
    sd = residual_sd(scores, known, np)
    # x = degrees / sd^2 is chi-square; dx / d score is x times 2 / sqrt(2 degrees)
    exact = chi2.logpdf(degrees / sd**2, degrees) + np.log(degrees / sd**2)
    np.testing.assert_allclose(ours - ours[5], exact - exact[5], atol=1e-7 * max(1.0, degrees / 1e5))
    if degrees > 1e3:
        np.testing.assert_allclose(within_density(scores, known, np), 0.0, atol=12 / np.sqrt(degrees))
