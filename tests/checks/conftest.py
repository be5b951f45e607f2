"""One fast fit with a clear effect, the same under test, and its checks, shared by the tests of this folder."""

from dataclasses import replace

import pytest

from sos_bayes.checks import check
from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.designs import DiD, layout_of
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england


def layout(scenario=None, seed=1, **changes):
    """Layout of a made-up England; ``changes`` are to its outcome."""
    made = made_up_england(scenario or Scenario(effect=-0.05), seed=seed)
    found = layout_of(made.cells, made.rollout)
    return replace(found, cells=replace(found.cells, outcome=replace(found.cells.outcome, **changes)))


def fast(layout, design=None):
    """Fast fit with few draws."""
    return fit_layout(layout, design or DiD(), method="fast", seed=1, n_draws=2000)


@pytest.fixture(scope="session")
def fit():
    """Nine adopters, 31 comparators, five percentage points fewer."""
    return fast(layout())


@pytest.fixture(scope="session")
def tested(fit):
    """The fit under test."""
    return under_test(fit)


@pytest.fixture(scope="session")
def checked(fit):
    """All checks by name, in order."""
    return {c.name: c for c in check(fit)}
