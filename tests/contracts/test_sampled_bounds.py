"""A real run of NUTS where counts are known by bounds: it agrees with the fast route, and compiles once."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Sampler, fit_layout
from tests.designs.panels import known_by_bounds, panel

pytestmark = pytest.mark.sampling
SAMPLER = Sampler(draws=500, tune=300, chains=2, progress=False)


def bounded(high):
    """Eight authorities with some eight events a cell: 1 to 5 hidden, and one in ten of the others."""
    found = panel(authorities=8, periods=5, starts=(2, 2, 3), size=36.0, seed=5)
    events = found.cells.events[..., 0]
    small = (events >= 1) & (events <= 5)
    hide = small | (np.random.default_rng(1).random(events.shape) < 0.1)
    assert 0.2 < hide.mean() < 0.5
    assert (hide & ~small).sum() >= 2
    total = found.cells.total[..., 0]
    return known_by_bounds(found, {(int(a), int(t)): (1, min(high, total[a, t]), 5, 0.1) for a, t in np.argwhere(hide)})


def test_the_sampler_and_the_fast_route_agree_on_counts_known_by_bounds():
    """The fast route leaves cells for which both kinds of count are plausible uncorrected: up to .27 sds of a cell."""
    layout = bounded(25)
    nuts = fit_layout(layout, DiD(), method="nuts", sampler=replace(SAMPLER, draws=2000), seed=3)
    fast = fit_layout(layout, DiD(), method="fast", seed=3)
    sampled, quick = estimate(nuts), estimate(fast)
    assert sampled.mean == pytest.approx(quick.mean, abs=4 * np.sqrt((sampled.sd**2 + quick.sd**2) / 200))
    assert sampled.sd == pytest.approx(quick.sd, rel=0.2)
    unknown = np.isnan(layout.cells.events[layout.adopters, :, 0])
    one, two = (f.draws.theta.reshape(-1, *unknown.shape)[:, unknown] for f in (nuts, fast))
    assert np.abs((one.mean(axis=0) - two.mean(axis=0)) / one.std(axis=0)).max() < 0.3
