"""Overdispersed counts and shares by NUTS and by the fast route."""

import pytest

from sos_bayes.designs import DiD
from sos_bayes.fitting import Sampler, fit_layout
from tests.contracts.routes import same_answers
from tests.designs.counts import counts_of
from tests.designs.shares import shares_of

pytestmark = pytest.mark.sampling
SAMPLER = Sampler(draws=400, tune=400, chains=2, progress=False)
SMALL = {"authorities": 12, "starts": (3, 3, 3, 3), "effect": -0.4}


def by_both_routes(layout, truth):
    """Means within four Monte-Carlo errors (200 effective draws), sds within a fifth."""
    design = DiD(adjust=("age", "sex"))
    sampled = fit_layout(layout, design, method="nuts", seed=3, sampler=SAMPLER)
    same_answers(sampled, fit_layout(layout, design, seed=3), truth)


@pytest.mark.parametrize("events", [30.0, 600.0], ids=["five events a cell", "a hundred events a cell"])
def test_both_routes_find_the_same_effect_and_scatter(events):
    by_both_routes(*counts_of(**SMALL, events=events))


@pytest.mark.parametrize("size", [60.0, 1800.0], ids=["ten children a cell", "three hundred children a cell"])
def test_both_routes_find_the_same_effect_and_scatter_of_shares(size):
    by_both_routes(*shares_of(**SMALL, size=size))
