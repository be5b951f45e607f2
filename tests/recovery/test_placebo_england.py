"""Nominal 5 % on the real English panel, where nothing was rolled out. Slow, fast route."""

from __future__ import annotations

import numpy as np
import pytest

from tests.recovery.england import RATES, SHARES, placebo, windows
from tests.recovery.harness import many, summary

pytestmark = pytest.mark.slow
LAWS = 20


def test_false_positives_on_the_real_panel() -> None:
    """P(direction) >= .975 either way in 3 to 8 % of placebo rollouts, moderate or high in at most 5 %."""
    every = []
    for measure in (*SHARES, *RATES):
        jobs = [(cells, law) for cells in windows(measure) for law in range(LAWS)]
        outcomes = many(placebo, jobs)
        figures = summary(outcomes)
        kept = ("replicates", "p_975", "p_995", "moderate_or_high", "covered_90", "unhealthy")
        print(measure, {k: round(figures[k], 3) for k in kept})
        every += outcomes
    figures = summary(every)
    print("all", figures)
    error = np.sqrt(0.05 * 0.95 / len(every))
    assert 0.03 - error <= figures["p_975"] <= 0.08 + error
    assert figures["moderate_or_high"] <= 0.05
