"""One declaration: the readable model's density and the plain one differ by a constant only."""

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.estimands.readable_model import written
from sos_bayes.fitting.arrays.problem import problem_of
from tests.contracts.joint import assert_a_constant_apart, log_density, random_point, rounding
from tests.designs.panels import PATTERNS, known_by_bounds, panel, with_baselines

BOUNDS = {(0, 0): (1, 5), (1, 4): (4, 4), (2, 1): (1, 30), (3, 2): (1, 20, 5, 0.05)}
SETTINGS = {
    "plain": (panel(authorities=4, starts=(2, 3), empty=[(0, 1), (3, 2)]), DiD()),
    "poisson patterns": (panel(authorities=4, family="poisson", patterns=PATTERNS, empty=[(2, 1, 3)]), DiD()),
    "quarters, everything": (
        panel(authorities=4, quarters=True, starts=(3, 2)), DiD(trends=True, drift=0.03, leads=True)
    ),
    "random walk": (panel(authorities=4, quarters=True, starts=(2,)), DiD(shocks="random_walk")),
    "baseline numbers": (
        with_baselines(panel(authorities=5, starts=(2, 3), empty=[(0, 1)]), 2), DiD(baseline=("x0", "x1"))
    ),
    "bounds": (known_by_bounds(panel(authorities=4, empty=[(3, 3)]), BOUNDS), DiD()),
    "poisson bounds": (known_by_bounds(panel(authorities=4, family="poisson"), BOUNDS), DiD()),
    "no comparators": (panel(authorities=3, starts=(1, 2, 3)), DiD()),
    "overdispersed": (
        panel(authorities=4, family="negative_binomial", patterns=PATTERNS, empty=[(2, 1, 3), (0, 4)]), DiD()
    ),
    "overdispersed shares": (
        panel(authorities=4, family="beta_binomial", patterns=PATTERNS, empty=[(2, 1, 3), (0, 4)]), DiD()
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_differences_of_the_log_density_agree(name):
    layout, design = SETTINGS[name]
    problem = problem_of(design.model(layout), layout.cells)
    density = written(layout, design).compile_logp(jacobian=False, mode="FAST_COMPILE", sum=False)
    rng = np.random.default_rng(7)
    gaps, bounds = [], []
    for _ in range(5):
        free, values = random_point(problem, rng)
        parts = density(values)
        gaps.append(sum(float(part.sum()) for part in parts) - log_density(problem, free))
        bounds.append(rounding(problem, free, parts))
    assert_a_constant_apart(gaps, bounds)
