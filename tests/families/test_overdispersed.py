"""What the loops of every family of cells that scatter must do alike, against scipy and differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sos_bayes.families import FAMILIES
from tests.families.overdispersed import SCATTERED

pytestmark = pytest.mark.parametrize("family", SCATTERED, ids=lambda family: family.name)


@pytest.mark.parametrize("mean", [0.5, 2.0, 20.0, 3000.0])
@pytest.mark.parametrize("variance", [1e-4, 0.01, 0.05, 0.25, 3.0])
def test_differences_between_points_and_between_variances_are_those_of_scipy(family, mean, variance):
    theta, shift, total, events = family.made_up(1, mean=mean)
    points = [(theta, shift, variance), (theta + 0.3, shift - 0.2, variance), (theta, shift, 1.7 * variance)]
    ours = [family.whole(t, s, total, events, v)[0] for t, s, v in points]
    theirs = [family.by_scipy(t, s, total, events, v) for t, s, v in points]
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), rtol=1e-9, atol=1e-9 * abs(theirs[0]))


@pytest.mark.parametrize("seed", range(3))
@given(log_variance=st.floats(-12.0, 2.0))
def test_gradients_are_those_of_the_value(family, seed, log_variance):
    theta, shift, total, events = family.made_up(seed)
    step, variance = 1e-5, np.exp(log_variance)
    _, by_theta, by_shift, by_log = family.whole(theta, shift, total, events, variance)

    def slope(move):
        up, down = (family.whole(*move(s * step), total, events, variance)[0] for s in (1, -1))
        return (up - down) / (2 * step)

    size = max(1.0, events.sum())
    for b in (0, 2, 5):
        at = np.eye(len(theta))[b]
        assert by_theta[b] == pytest.approx(slope(lambda s, at=at: (theta + s * at, shift)), abs=1e-8 * size)
    for c in (0, 2):
        at = np.eye(len(shift))[c]
        assert by_shift[c] == pytest.approx(slope(lambda s, at=at: (theta, shift + s * at)), abs=1e-8 * size)
    up, down = (family.whole(theta, shift, total, events, np.exp(log_variance + s))[0] for s in (step, -step))
    assert by_log == pytest.approx((up - down) / (2 * step), abs=1e-8 * size)


@pytest.mark.parametrize(("theta", "shift"), [(700.0, -700.0), (-700.0, 700.0), (800.0, 50.0), (-800.0, -50.0)])
@pytest.mark.parametrize("variance", [2.5e-19, 0.25])
def test_a_walk_that_strays_far_meets_no_missing_number(family, theta, shift, variance):
    total, events = np.array([[5.0, 0.0], [20.0, 40.0]]), np.array([[1.0, 0.0], [20.0, 30.0]])
    figures = family.whole(np.array([theta, 0.0]), np.array([shift, 0.0]), total, events, variance)
    assert not any(np.isnan(x).any() for x in figures)


def test_means_are_those_of_the_family_without_scatter(family):
    eta = np.linspace(-3, 3, 7)
    np.testing.assert_array_equal(FAMILIES[family.name].mean(eta), FAMILIES[family.plain].mean(eta))
    assert FAMILIES[family.name].code != FAMILIES[family.plain].code
