"""The descent on valleys whose bottom is known."""

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from sos_bayes.fitting.climbing import descend


@pytest.mark.parametrize("seed", range(5))
def test_the_bottom_of_a_bowl_is_found_in_few_evaluations(seed):
    rng = np.random.default_rng(seed)
    root = np.eye(6) + 0.4 * rng.normal(size=(6, 6))
    bowl, bottom = root @ root.T, rng.normal(0, 1.5, 6)
    calls = []

    def value(x):
        calls.append(x)
        return 0.5 * float((x - bottom) @ bowl @ (x - bottom)), bowl @ (x - bottom)

    found = descend(value, np.zeros(6))
    assert np.abs(bowl @ (found - bottom)).max() < 0.05
    assert len(calls) <= 25


def test_a_bent_valley_is_followed():
    found = descend(lambda x: (rosen(x) / 100, rosen_der(x) / 100), np.array([-1.0, 1.0]))
    assert rosen(found) / 100 < 0.05


def test_a_point_without_slope_or_without_lower_ground_is_kept():
    flat = descend(lambda x: (1.0, np.zeros(2)), np.array([1.0, 2.0]))
    np.testing.assert_array_equal(flat, [1.0, 2.0])
    lying = descend(lambda x: (float(np.abs(x).sum()), -np.ones(2)), np.zeros(2))
    np.testing.assert_array_equal(lying, [0.0, 0.0])


def test_no_step_is_longer_than_a_unit():
    seen = []

    def steep(x):
        seen.append(x)
        return 500.0 * float(x @ x), 1000.0 * x

    descend(steep, np.array([3.0, 4.0]))
    assert np.linalg.norm(seen[1] - seen[0]) == pytest.approx(1.0)
