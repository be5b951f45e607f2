"""Made-up studies whose truth is known: it lies anywhere among a synthesis' draws, as often as it should."""

import pytest

from tests.recovery.sbc_synthesis import WORLDS, exact_rank, run


def test_the_mean_effect_is_calibrated_by_quadrature():
    figures, _ = run("leaning", 300, 500_000, exact_rank)
    assert figures["mu"].worst < 3
    assert figures["mu"].p > 0.001


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(WORLDS))
def test_ranks_of_sampled_syntheses_are_uniform(kind):
    figures, missed = run(kind, 60, 600_000)
    assert missed <= 3
    assert all(one.worst < 4 for one in figures.values()), figures
    assert sum(one.worst > 3 for one in figures.values()) <= 1
