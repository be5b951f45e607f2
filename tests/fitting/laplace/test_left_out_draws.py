"""An authority's cells of one period given its others: mean and covariance by dense algebra."""

import numpy as np
import pytest

from sos_bayes.fitting.arrays.ar1_shocks import shock_root
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.left_out_draws import draw_left_out
from sos_bayes.predictive.given_authorities import given_authorities
from sos_bayes.predictive.prior_draws import prior_draws
from tests.contracts.test_readable_model import SETTINGS

NAMES = ("binomial", "random walk", "trends, drift, learnt leads", "two years of quarters", "subgroups", "hazards")


def covariance(given, d):
    """Of an authority's slots in one draw: own coefficients, shocks of every stream, noise of single periods."""
    n, chain = given.mean.shape[1], given.chain
    root = given.shock[d] * shock_root(chain, given.rho[d], given.start[d])
    shocks = np.kron(np.eye(n // chain), root @ root.T)
    return shocks + given.own[d] @ given.own[d].T + given.noise[d] * np.eye(n)


@pytest.mark.parametrize("name", NAMES)
def test_mean_and_covariance_are_those_of_a_normal_given_a_part_of_it(name):
    layout, design = SETTINGS[name]
    problem = problem_of(design.model(layout), layout.cells)
    given_all = given_authorities(problem, prior_draws(problem, 5, 1).reported(), 1)
    given, theta = given_all.to(problem.adopters[0]), np.ascontiguousarray(given_all.theta[:, 0])
    n, chain = theta.shape[1], given.chain
    mean = np.empty(theta.shape)
    draw_left_out(given, theta, np.zeros(theta.shape), mean)
    steps = np.empty((n // chain, *theta.shape))
    for s in range(n // chain):
        normals = np.zeros(theta.shape)
        normals[:, s * chain : (s + 1) * chain] = 1.0
        draw_left_out(given, theta, normals, steps[s])
    for d in range(len(theta)):
        whole = covariance(given, d)
        for t in range(chain):
            here = np.arange(t, n, chain)
            rest = np.setdiff1d(np.arange(n), here)
            pull = np.linalg.solve(whole[np.ix_(rest, rest)], whole[rest][:, here]).T
            expected = given.mean[d, here] + pull @ (theta[d, rest] - given.mean[d, rest])
            scale = np.sqrt(np.diag(whole)[here])
            np.testing.assert_allclose(mean[d, here] / scale, expected / scale, atol=1e-6)
            root = (steps[:, d][:, here] - mean[d, here]).T
            left = whole[np.ix_(here, here)] - pull @ whole[rest][:, here]
            np.testing.assert_allclose(root @ root.T, left, rtol=1e-5, atol=1e-7 * scale.max() ** 2)
