"""Overdispersed counts by NUTS and by the fast route."""

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Sampler, fit_layout
from tests.designs.counts import counts_of

pytestmark = pytest.mark.sampling
SAMPLER = Sampler(draws=400, tune=400, chains=2, progress=False)


@pytest.mark.parametrize("events", [30.0, 600.0], ids=["five events a cell", "a hundred events a cell"])
def test_both_routes_find_the_same_effect_and_scatter(events):
    """Means within four Monte-Carlo errors (200 effective draws), sds within a fifth."""
    layout, truth = counts_of(authorities=12, starts=(3, 3, 3, 3), effect=-0.4, events=events)
    design = DiD(adjust=("age", "sex"))
    sampled = fit_layout(layout, design, method="nuts", seed=3, sampler=SAMPLER)
    fast = fit_layout(layout, design, seed=3)
    assert (sampled.method, fast.method) == ("nuts", "fast")
    assert dict(sampled.health.numbers)["divergent_share"] < 0.01
    for by in (None, "event_time"):
        pairs = [((estimate(f),) if by is None else tuple(estimate(f, by=by))) for f in (sampled, fast)]
        for one, two in zip(*pairs, strict=True):
            assert one.mean == pytest.approx(two.mean, abs=4 * np.sqrt((one.sd**2 + two.sd**2) / 200)), one.label
            assert one.sd == pytest.approx(two.sd, rel=0.2), one.label
    for name, one in sampled.draws.hyper.items():
        two = fast.draws.hyper[name]
        assert one.mean() == pytest.approx(two.mean(), abs=4 * np.sqrt((one.var() + two.var()) / 150)), name
    assert abs(estimate(sampled).mean - truth) < 3.5 * estimate(sampled).sd
