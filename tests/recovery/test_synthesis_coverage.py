"""Intervals of synthetic control and factors hold the truth about as often as they say."""

import pytest

from tests.recovery.synthesis import SETTINGS, run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("design", ["SyntheticControl", "LatentFactors"])
@pytest.mark.parametrize(("before", "factor"), SETTINGS)
def test_ninety_per_cent_intervals_hold_the_truth(design, before, factor):
    found = run(design, before, factor, replicates=100, first_seed=500_000)
    assert found["replicates"] == 100
    assert 0.83 <= found["covered90"] <= 0.98  # 100 replicates: two Monte Carlo errors beyond .86 to .94
