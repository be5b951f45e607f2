"""The sampler's compiled density against PyMC's, value and gradient, through an independent map of the variables."""

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.estimands.readable_model import written
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.log_density import evaluate
from sos_bayes.fitting.nuts.packed_target import unpacked
from sos_bayes.fitting.nuts.preconditioned import prepare
from tests.contracts.whitened import oracle
from tests.designs.levels import leveled
from tests.designs.panels import PATTERNS, panel, with_baselines
from tests.designs.tails import tailed
from tests.designs.values import values_of

SETTINGS = {
    "binomial": (panel(starts=(2, 3)), DiD()),
    "poisson with covariates and gaps": (panel(patterns=PATTERNS, family="poisson", empty=[(2, 2)]), DiD()),
    "walk with covariates": (panel(patterns=PATTERNS), DiD(shocks="random_walk")),
    "quarters with trends, drift and leads": (
        panel(starts=(3, 2), patterns=PATTERNS[:2], quarters=True), DiD(trends=True, drift=0.03, leads=True)
    ),
    "baseline numbers": (with_baselines(panel(starts=(2, 3)), 2), DiD(baseline=("x0", "x1"), trends=True)),
    "overdispersed": (panel(patterns=PATTERNS, family="negative_binomial", empty=[(2, 2), (1, 1, 4)]), DiD()),
    "overdispersed, thousands of events": (
        panel(patterns=PATTERNS[:2], family="negative_binomial", size=9000.0), DiD(trends=True)
    ),
    "overdispersed shares": (panel(patterns=PATTERNS, family="beta_binomial", empty=[(2, 2), (1, 1, 4)]), DiD()),
    "overdispersed shares, thousands of children": (
        panel(patterns=PATTERNS[:2], family="beta_binomial", size=9000.0), DiD(trends=True)
    ),
    "long tails": (tailed(starts=(2, 3), empty=[(0, 1)], size=9, gross=2)[0], DiD()),
    "long tails with covariates": (
        tailed(patterns=PATTERNS[:3], size=12, empty=[(1, 2, 1)])[0], DiD(adjust=("age", "sex"), trends=True)
    ),
    "ordinal": (leveled(starts=(2, 3), empty=[(0, 1)])[0], DiD()),
    "ordinal with covariates": (leveled(patterns=PATTERNS[:3], size=200.0)[0], DiD(adjust=("age", "sex"))),
    "measured": (values_of(starts=(2, 3), empty=[(0, 1)], size=9)[0], DiD()),
    "measured with covariates": (
        values_of(patterns=PATTERNS[:3], quarters=True, size=12)[0], DiD(adjust=("age", "sex"), trends=True)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_value_and_gradient_are_those_of_pymc_s_model(name):
    """To 1e-10 at random points; the values up to one constant."""
    layout, design = SETTINGS[name]
    prepared = prepare(problem_of(design.model(layout), layout.cells))
    target = unpacked.py_func(prepared.numbers, prepared.whole)
    theirs = oracle(prepared.problem, target, written(layout, design, children=True))
    rng = np.random.default_rng(1)
    points = rng.standard_normal((4, prepared.size)) * np.array([0.3, 1.0, 1.0, 2.0])[:, None]
    values, others = [], []
    for x in points:
        value, gradient = evaluate(prepared.numbers, prepared.whole, x)
        other, slope = theirs(x)
        np.testing.assert_allclose(gradient, slope, rtol=1e-10, atol=1e-10 * np.abs(slope).max())
        values.append(value)
        others.append(float(other))
    np.testing.assert_allclose(np.diff(values), np.diff(others), rtol=1e-10, atol=1e-10 * np.abs(others).max())
