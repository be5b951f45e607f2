"""Long tails: the graph's density is that of the rows by scipy, and both routes agree."""

import numpy as np
import pytest
from scipy import stats

from sos_bayes.designs import DiD
from sos_bayes.estimands.readable_model import written
from sos_bayes.fitting import Sampler, fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from tests.contracts.joint import assert_a_constant_apart, density_of_rows, random_point, rounding
from tests.contracts.routes import same_answers
from tests.designs.panels import PATTERNS
from tests.designs.tails import tailed


def long_tails(y, mean, scale):
    return stats.t.logpdf(y, 4.0, mean, scale)


@pytest.mark.parametrize("patterns", [((),), PATTERNS[:3]], ids=["plain", "patterns"])
def test_differences_of_the_log_density_are_those_of_the_rows(patterns):
    layout, _, rows = tailed(authorities=4, starts=(2, 3), patterns=patterns, empty=[(0, 1)], size=9, gross=1)
    design = DiD(adjust=layout.cells.columns)
    problem = problem_of(design.model(layout), layout.cells)
    density = written(layout, design, children=True).compile_logp(jacobian=False, mode="FAST_COMPILE", sum=False)
    rng, gaps, bounds = np.random.default_rng(8), [], []
    for _ in range(5):
        free, values = random_point(problem, rng)
        parts = density(values)
        gaps.append(sum(float(part.sum()) for part in parts) - density_of_rows(long_tails, problem, rows, free))
        bounds.append(rounding(problem, free, parts))
    assert_a_constant_apart(gaps, bounds)


@pytest.mark.sampling
@pytest.mark.parametrize("size", [12, 100], ids=["a dozen children a cell", "a hundred children a cell"])
def test_both_routes_find_the_same_effect_and_scale(size):
    """Means within four Monte-Carlo errors (200 effective draws), sds within a fifth."""
    layout, truth, _ = tailed(authorities=12, starts=(3, 3, 3, 3), periods=6, size=size, effect=-0.4, gross=5)
    sampler = Sampler(draws=400, tune=400, chains=2, progress=False)
    sampled = fit_layout(layout, DiD(), method="nuts", seed=3, sampler=sampler)
    fast = fit_layout(layout, DiD(), seed=3)
    same_answers(sampled, fast, truth)
