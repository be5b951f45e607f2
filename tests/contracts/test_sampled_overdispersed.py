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


KINDS = {
    "five events a cell": (counts_of, {"events": 30.0}),
    "a hundred events a cell": (counts_of, {"events": 600.0}),
    "ten children a cell": (shares_of, {"size": 60.0}),
    "three hundred children a cell": (shares_of, {"size": 1800.0}),
}


@pytest.mark.parametrize(("made", "size"), KINDS.values(), ids=KINDS)
def test_both_routes_find_the_same_effect_and_scatter(made, size):
    """Means within four Monte-Carlo errors (200 effective draws), sds within a fifth."""
    (layout, truth), design = made(**SMALL, **size), DiD(adjust=("age", "sex"))
    sampled = fit_layout(layout, design, method="nuts", seed=3, sampler=SAMPLER)
    same_answers(sampled, fit_layout(layout, design, seed=3), truth)
