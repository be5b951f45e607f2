"""Fits whose trees of draws are looked at."""

import pytest

from sos_bayes.designs import DiD, layout_of
from sos_bayes.fitting import Sampler, fit_layout
from sos_bayes.inference_data import to_datatree
from sos_bayes.simulation import Scenario, made_up_england

MADE = made_up_england(Scenario(authorities=12, adopters=4, periods=6), seed=4)
LAYOUT = layout_of(MADE.cells, MADE.rollout)


@pytest.fixture(scope="session")
def layout():
    return LAYOUT


@pytest.fixture(scope="session")
def fast():
    return fit_layout(LAYOUT, DiD(), method="fast", seed=3)


@pytest.fixture(scope="session")
def sampled():
    return fit_layout(LAYOUT, DiD(), method="nuts", seed=3, sampler=Sampler(draws=1000, chains=4, progress=False))


@pytest.fixture(scope="session")
def sampled_inside(sampled):
    return to_datatree(sampled, cells=True)


@pytest.fixture(scope="session")
def fast_inside(fast):
    return to_datatree(fast, cells=True)
