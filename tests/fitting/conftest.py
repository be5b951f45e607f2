"""Panels on which the compiled loops are compared with dense algebra, and one point of hyperparameters for each."""

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.fitting.arrays.problem import problem_of
from tests.designs.panels import PATTERNS, known_by_bounds, panel, with_baselines

BOUNDS = {(0, 0): (1, 5), (0, 3): (1, 20), (1, 4): (4, 4), (3, 2): (1, 5), (1, 1): (1, 60, 15, 0.8), (4, 4): (10, 12)}
GAPS = [(0, 0), (3, 2), (5,)]
SETTINGS = {
    "binomial": (panel(), DiD()),
    "poisson": (panel(family="poisson"), DiD()),
    "staggered": (panel(starts=(1, 2, 4)), DiD()),
    "patterns": (panel(patterns=PATTERNS), DiD()),
    "patterns with gaps": (panel(patterns=PATTERNS, starts=(2, 3), empty=[(0, 1), (4, 2, 3), (1, 3, 0)]), DiD()),
    "poisson patterns": (panel(patterns=PATTERNS, family="poisson", empty=[(2, 2)]), DiD()),
    "gaps": (panel(starts=(2, 3), empty=[(0, 1), (3, 2), (4, 0)]), DiD()),
    "one period before": (panel(periods=2, starts=(1,)), DiD()),
    "one adopter": (panel(starts=(3,)), DiD()),
    "no comparators": (panel(authorities=4, starts=(1, 2, 3, 3)), DiD()),
    "quarters": (panel(periods=9, quarters=True, starts=(4, 6)), DiD()),
    "random walk": (panel(), DiD(shocks="random_walk")),
    "walk in quarters": (panel(periods=6, quarters=True), DiD(shocks="random_walk")),
    "everything": (
        panel(starts=(3, 2), patterns=PATTERNS[:2], quarters=True), DiD(trends=True, drift=0.03, leads=True)
    ),
    "streams": (panel(patterns=PATTERNS), DiD(vary_by=("sex",))),
    "many streams": (panel(patterns=PATTERNS, starts=(2, 3), empty=[(0, 1)], quarters=True), DiD(vary_by=("age",))),
    "streams of quarters": (
        panel(authorities=4, periods=8, patterns=PATTERNS[:2], starts=(4, 6), quarters=True), DiD(vary_by=("sex",))
    ),
    "only streams": (panel(patterns=PATTERNS), DiD(vary_by=("sex", "age"), trends=True)),
    "streams of a walk": (
        panel(patterns=PATTERNS[:4], family="poisson"), DiD(shocks="random_walk", vary_by=("age",))
    ),
    "baseline numbers": (with_baselines(panel(starts=(2, 3), empty=[(0, 1)]), 2), DiD(baseline=("x1", "x0"))),
    "baseline numbers, patterns": (with_baselines(panel(patterns=PATTERNS), 1), DiD(baseline=("x0",))),
    "nothing seen": (panel(size=2.0, seed=4), DiD()),
    "bounds": (known_by_bounds(panel(starts=(2, 3), empty=[(5, 1)]), BOUNDS), DiD()),
    "poisson bounds": (known_by_bounds(panel(family="poisson"), BOUNDS), DiD()),
    "large counts": (panel(size=1e6), DiD()),
    "overdispersed": (
        panel(patterns=PATTERNS, family="negative_binomial", starts=(2, 3), empty=[(2, 2), (1, 1, 4)]), DiD()
    ),
    "overdispersed streams": (panel(patterns=PATTERNS, family="negative_binomial"), DiD(vary_by=("sex",))),
}  # fmt: skip


@pytest.fixture(scope="session", params=SETTINGS)
def setting(request):
    """A layout and a design."""
    return SETTINGS[request.param]


@pytest.fixture(scope="session")
def problem(setting):
    """The problem of a setting."""
    layout, design = setting
    return problem_of(design.model(layout), layout.cells)


@pytest.fixture(scope="session")
def scores(problem):
    """Four points of hyperparameters: the middle of the prior, two drawn, and all scales near nothing."""
    d = len(problem.model.hypers)
    drawn = np.random.default_rng(3).normal(0, 0.8, (2, d))
    small = np.full((1, d), -6.0)
    small[0, d - 3 :] = 0.0
    return np.vstack([np.zeros((1, d)), drawn, small])
