"""The gate: what passes it, and each limit that can fail."""

import numpy as np
import pytest

from sos_bayes.fitting.posterior.diagnostics import nuts_health
from tests.fitting.made_up import healthy_draws

STEADY = healthy_draws(9)


def test_independent_draws_pass_the_gate_with_their_numbers():
    health = nuts_health(0, healthy_draws(9), {"mu_tau": healthy_draws()})
    numbers = dict(health.numbers)
    assert health.ok
    assert numbers["worst_rhat"] < 1.01
    assert numbers["least_bulk_ess"] > 3000
    assert numbers["draws"] == 4000


@pytest.mark.parametrize(
    ("divergences", "energy", "draws", "said"),
    [
        (0, STEADY, healthy_draws() + np.arange(4)[:, None], "R-hat of mu_tau"),
        (0, STEADY, healthy_draws(draws=90), "effective sample size of mu_tau"),
        (0, STEADY, np.cumsum(healthy_draws(), axis=1), "effective sample size of mu_tau"),
        (5, STEADY, healthy_draws(), "5 of 4000 draws diverged"),
        (0, np.cumsum(healthy_draws(), axis=1), healthy_draws(), "E-BFMI"),
        (0, STEADY, np.full((4, 1000), np.nan), "R-hat of mu_tau is nan"),
    ],
)
def test_each_limit_of_the_gate_can_fail(divergences, energy, draws, said):
    health = nuts_health(divergences, energy, {"mu_tau": draws, "other": healthy_draws(3)})
    assert not health.ok
    assert any(said in reason for reason in health.reasons)
