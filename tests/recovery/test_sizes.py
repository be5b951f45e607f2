"""The default sampler, without tuning, from ten thousand children to ten million. Slow."""

from __future__ import annotations

import pytest

from sos_bayes.designs import DiD, layout_of
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england

pytestmark = pytest.mark.slow
CELLS = 40 * 8


@pytest.mark.parametrize("children", [10_000, 100_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize("effect", [0.0, -0.03])
def test_nothing_diverges_and_everything_reported_is_worth_four_hundred_draws(children: int, effect: float) -> None:
    """R-hat at most 1.01, at the first run: a retry would be noted."""
    size = children / CELLS
    made = made_up_england(Scenario(size_median=size, size_min=size / 10, size_max=size * 10, effect=effect), seed=77)
    fit = fit_layout(layout_of(made.cells, made.rollout), DiD(), method="nuts", seed=1)
    numbers = dict(fit.health.numbers)
    print(children, effect, numbers)
    assert fit.health.ok
    assert not any("Sampled twice" in note for note in fit.notes)
    assert numbers["divergent_share"] == 0.0
    assert min(numbers["least_bulk_ess"], numbers["least_tail_ess"]) >= 400
    assert numbers["worst_rhat"] <= 1.01
