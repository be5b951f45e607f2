"""A real run of NUTS where counts are known by bounds: it agrees with the fast route, and compiles once."""

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Sampler, fit_layout
from tests.designs.panels import known_by_bounds, panel

pytestmark = pytest.mark.sampling
SAMPLER = Sampler(draws=1000, tune=500, chains=2, progress=False)


def bounded(width):
    """Twelve small authorities: a third of the counts known to within ``width``, adopters' among them."""
    found = panel(authorities=12, periods=6, starts=(3, 3, 3, 3), size=250.0, seed=5)
    events = found.cells.events[..., 0]
    places = [(a, t) for a in range(12) for t in range(6) if (a + 2 * t) % 3 == 0]
    return known_by_bounds(found, {p: (max(events[p] - width, 1), events[p] + width) for p in places})


@pytest.fixture(scope="module")
def compilations():
    """Count compilations from here on."""
    import nutpie

    from sos_bayes.fitting import prepared

    done = []
    real = nutpie.compile_pymc_model
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "_compiled", type(prepared._compiled)())
        patch.setattr(nutpie, "compile_pymc_model", lambda *a, **k: done.append(a) or real(*a, **k))
        yield done


def test_the_sampler_and_the_fast_route_agree_and_other_bounds_reuse_the_compilation(compilations):
    for width in (30, 12):
        layout = bounded(width)
        nuts = fit_layout(layout, DiD(), method="nuts", sampler=SAMPLER, seed=3)
        fast = fit_layout(layout, DiD(), method="fast", seed=3)
        sampled, quick = estimate(nuts), estimate(fast)
        assert abs(sampled.mean - quick.mean) < 0.15 * quick.sd
        assert 0.85 < sampled.sd / quick.sd < 1.18
        adopters = layout.adopters
        unknown = np.isnan(layout.cells.events[adopters, :, 0])
        apart = (nuts.draws.theta.mean(axis=(0, 1)) - fast.draws.theta.mean(axis=(0, 1)))[unknown]
        assert np.abs(apart / fast.draws.theta.std(axis=(0, 1))[unknown]).max() < 0.25
    assert len(compilations) == 1
