"""From yearly hyperparameters to one period's, and from terms to arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sos_bayes.designs import DiD
from sos_bayes.fitting.arrays.ar1_shocks import ar1_path, ar1_path_back, ar1_precision_row, period_shocks
from sos_bayes.fitting.arrays.problem import problem_of
from tests.designs.panels import PATTERNS, panel
from tests.fitting.dense import shock_root

RHO = st.floats(1e-6, 1 - 1e-6)


@given(rho=RHO, years=st.sampled_from([1.0, 0.25, 1 / 12]))
def test_periods_of_a_year_compose_to_a_year(rho, years):
    """A year of quarters has the year's correlation and the year's stationary and innovation variances."""
    one, sd, start = (float(x[0]) for x in period_shocks(np.array([rho]), np.array([0.3]), years))
    n = round(1 / years)
    assert one**n == pytest.approx(rho, rel=1e-9)
    assert sd**2 * sum(one ** (2 * i) for i in range(n)) == pytest.approx(0.09, rel=1e-9)
    assert sd**2 / start == pytest.approx(0.09 / (1 - rho**2), rel=1e-7)


@pytest.mark.parametrize("years", [1.0, 0.25])
def test_the_random_walk_is_the_limit(years):
    near = period_shocks(np.array([1 - 1e-9]), np.array([0.3]), years)
    walk = period_shocks(np.array([1.0]), np.array([0.3]), years)
    np.testing.assert_allclose(near[0], walk[0], rtol=1e-7)
    np.testing.assert_allclose(near[1], walk[1], rtol=1e-7)
    assert walk[1][0] == pytest.approx(0.3 * np.sqrt(years))
    assert walk[2][0] == 1.0  # started by one innovation, where the stationary start would be flat
    assert near[2][0] < 1e-8


def test_no_correlation_is_independent_noise():
    rho, sd, start = period_shocks(np.array([1e-9]), np.array([0.3]), 1.0)
    np.testing.assert_allclose([rho[0], sd[0], start[0]], [1e-9, 0.3, 1.0], rtol=1e-12)


@given(rho=st.floats(0.0, 1.0), start=st.floats(0.01, 1.0), n_t=st.integers(1, 7))
def test_the_precision_of_shocks_inverts_their_recursion(rho, start, n_t):
    root = shock_root(n_t, rho, start, 1.0)
    rows = [ar1_precision_row(t % n_t == 0, t % n_t == n_t - 1, rho, start) for t in range(2 * n_t)]
    diag, off = np.array(rows).T
    precision = np.diag(diag) + np.diag(off[1:], -1) + np.diag(off[1:], 1)
    np.testing.assert_allclose(precision @ np.kron(np.eye(2), root @ root.T), np.eye(2 * n_t), atol=1e-7)


@pytest.mark.parametrize("rho", [0.0, 0.4, 1.0])
def test_innovations_add_up_to_shocks_and_derivatives_come_back(rho):
    rng, start, step = np.random.default_rng(1), 0.3, 1e-6
    innovations, by_shocks = rng.standard_normal((2, 5, 3))

    def shocks(rho, start):
        path = innovations.copy()
        ar1_path(rho, start, path)
        return path

    root = shock_root(5, rho, start, 1.0)
    path, by_innovations, by = shocks(rho, start), by_shocks.copy(), np.zeros(3)
    np.testing.assert_allclose(path, root @ innovations, rtol=1e-12)
    ar1_path_back(rho, start, path, by_innovations, by)
    np.testing.assert_allclose(by_innovations, root.T @ by_shocks, rtol=1e-12)
    by_rho = (shocks(rho + step, start) - shocks(rho - step, start)) / (2 * step)
    by_start = (shocks(rho, start + step) - shocks(rho, start - step)) / (2 * step)
    np.testing.assert_allclose(by[1:], [(by_rho * by_shocks).sum(), (by_start * by_shocks).sum()], rtol=1e-7)


def test_authorities_with_equal_columns_are_of_one_kind():
    layout = panel(starts=(2, 3, 2))
    problem = problem_of(DiD().model(layout), layout.cells)
    assert len(problem.columns) == 3
    assert problem.kind[0] == problem.kind[2] != problem.kind[1]
    np.testing.assert_array_equal(problem.columns[problem.kind], problem.model.shared_columns())


def test_arrays_are_whole_and_every_index_lies_inside():
    layout = panel(patterns=PATTERNS, starts=(2, 3))
    problem = problem_of(DiD(adjust=("age", "sex")).model(layout), layout.cells)
    assert problem.sizes == (2 + 4 + 1 + 2, 2, 3)
    assert problem.kind.min() == 0
    assert problem.kind.max() == len(problem.columns) - 1
    assert problem.adopters.tolist() == [0, 1]
    for array in (problem.cells.events, problem.total, problem.columns, problem.own):
        assert array.flags.c_contiguous
        assert array.dtype == np.float64


def test_scales_follow_the_terms():
    layout = panel(starts=(2, 3))
    problem = problem_of(DiD().model(layout), layout.cells)
    scores = np.random.default_rng(1).normal(size=(3, len(problem.model.hypers)))
    values, scales = problem.values(scores), problem.scales(scores)
    np.testing.assert_array_equal(scales.shared[:, 0], 10.0)
    np.testing.assert_array_equal(scales.shared[:, -1], values["sd_step"])
    np.testing.assert_array_equal(scales.own, np.stack([values["sd_authority"], values["omega"]], axis=1))
    ratio = scales.shocks[:, 0] / scales.shocks[:, -1]
    np.testing.assert_allclose(ratio, np.exp(values["log_adopter_scale"]))
    np.testing.assert_allclose(scales.shocks[:, -1], values["sd_shock"])
    np.testing.assert_allclose(scales.rho, values["rho"])
