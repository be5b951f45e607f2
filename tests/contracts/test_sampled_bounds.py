"""A real run of NUTS where counts are known by bounds: it agrees with the fast route, and compiles once."""

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Sampler, fit_layout
from sos_bayes.fitting.prepared import compiled, prepare
from sos_bayes.fitting.problem import problem_of
from tests.designs.panels import known_by_bounds, panel

pytestmark = pytest.mark.sampling
SAMPLER = Sampler(draws=500, tune=300, chains=2, progress=False)


def bounded(width):
    """Eight small authorities: a third of the counts known to within ``width``, adopters' among them."""
    found = panel(authorities=8, periods=5, starts=(2, 2, 3), size=250.0, seed=5)
    events = found.cells.events[..., 0]
    places = [(a, t) for a in range(8) for t in range(5) if (a + 2 * t) % 3 == 0]
    return known_by_bounds(found, {p: (max(events[p] - width, 1), events[p] + width) for p in places})


def test_the_sampler_and_the_fast_route_agree_on_counts_known_by_bounds():
    layout = bounded(20)
    nuts = fit_layout(layout, DiD(), method="nuts", sampler=SAMPLER, seed=3)
    fast = fit_layout(layout, DiD(), method="fast", seed=3)
    sampled, quick = estimate(nuts), estimate(fast)
    assert sampled.mean == pytest.approx(quick.mean, abs=4 * np.sqrt((sampled.sd**2 + quick.sd**2) / 200))
    assert sampled.sd == pytest.approx(quick.sd, rel=0.2)
    unknown = np.isnan(layout.cells.events[layout.adopters, :, 0])
    one, two = (f.draws.theta.reshape(-1, *unknown.shape)[:, unknown] for f in (nuts, fast))
    assert np.abs((one.mean(axis=0) - two.mean(axis=0)) / two.std(axis=0)).max() < 0.3


def test_other_bounds_reuse_the_compilation_and_are_not_those_compiled_in():
    first, second = (problem_of(DiD().model(layout), layout.cells) for layout in (bounded(20), bounded(5)))
    assert compiled(first, centred=True) is compiled(second, centred=True)
    bounds = [prepare(problem).model._shared_data["high"] for problem in (first, second)]
    assert (bounds[0] > bounds[1]).any()
