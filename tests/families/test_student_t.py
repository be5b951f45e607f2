"""Children with long tails, one by one: their loops against scipy and differences."""

import numpy as np
import pytest
from scipy import stats

from sos_bayes.data.cells.child_values import Values
from sos_bayes.families import FAMILIES, student_t_cell, student_t_cumulants
from sos_bayes.families.student_t import FLOOR, centres, score, weights

RNG = np.random.default_rng(1)
VALUES, NUMBER = RNG.standard_t(3, 40), RNG.integers(1, 4, 40).astype(float)


def cell(eta, scale=0.8, degrees=4.0, values=VALUES, number=NUMBER):
    return student_t_cell(eta, values, number, degrees, scale)


@pytest.mark.parametrize("degrees", [2.0, 4.0, 30.0])
@pytest.mark.parametrize("scale", [0.3, 1.0, 5.0])
def test_differences_of_the_value_are_those_of_scipy(degrees, scale):
    points = [(0.0, scale), (1.3, scale), (0.2, 1.5 * scale)]
    ours = [cell(eta, s, degrees)[0] for eta, s in points]
    theirs = [(NUMBER * stats.t.logpdf(VALUES, degrees, eta, s)).sum() for eta, s in points]
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("eta", [-0.5, 0.1, 0.6])
def test_slope_curvature_and_cumulants_are_derivatives(eta):
    step = 1e-3
    v, s, c = zip(*[cell(eta + d)[:3] for d in (-2 * step, -step, 0.0, step, 2 * step)], strict=True)
    assert s[2] == pytest.approx((v[3] - v[1]) / (2 * step), rel=1e-4, abs=1e-4)
    assert c[2] == pytest.approx(-(s[3] - s[1]) / (2 * step), rel=1e-4)
    third, fourth = student_t_cumulants(eta, VALUES, NUMBER, 4.0, 0.8)
    assert third == pytest.approx((c[0] - 8 * c[1] + 8 * c[3] - c[4]) / (12 * step), rel=1e-4, abs=1e-4)
    assert fourth == pytest.approx((c[1] - 2 * c[2] + c[3]) / step**2, rel=1e-3, abs=1e-2)
    up, down = (cell(eta, 0.8 * np.exp(d))[0] for d in (1e-5, -1e-5))
    assert cell(eta)[3] == pytest.approx((up - down) / 2e-5, rel=1e-6, abs=1e-6)


def test_a_cell_of_errors_only_still_bends_the_right_way():
    far = np.array([50.0, -60.0])
    _, _, curve, _ = cell(0.0, values=far, number=np.ones(2))
    assert curve == pytest.approx(FLOOR * (weights(far / 0.8, 4.0) / 0.8**2).sum())
    assert curve > 0
    assert score(far / 0.8, 4.0)[1].sum() < 0


def test_an_empty_cell_says_nothing():
    assert cell(0.3, values=np.empty(0), number=np.empty(0)) == (0.0, 0.0, 0.0, 0.0)


def test_a_gross_error_moves_a_centre_by_less_than_a_child_would():
    values = Values(np.array([-1.0, 0.0, 1.0, 1000.0, 7.0]), np.ones(5), np.array([[[4, 5, 5]]]))
    centre, precision = centres(values, 1.0, 4.0)
    found = stats.t.fit(values.values[:4], fdf=4.0, fscale=1.0)[1]
    assert centre[0, 0, 0] == pytest.approx(found, abs=1e-3)
    assert abs(centre[0, 0, 0]) < 0.5
    assert centre[0, 0, 1] == 7.0
    assert precision.ravel().tolist() == pytest.approx([4 * 5 / 7, 5 / 7, 0.0])


def test_the_mean_is_that_of_a_measured_quantity():
    assert FAMILIES["student_t"].code == 4
    assert float(FAMILIES["student_t"].mean(np.array(0.3))) == 0.3
