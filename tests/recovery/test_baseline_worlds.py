"""Numbers of authorities before the start: bias without them, none with them, and no harm where they say nothing."""

from __future__ import annotations

import pytest

from tests.recovery.baseline_worlds import WORLDS, measured

pytestmark = pytest.mark.slow
REPLICATES, FIRST_SEED = 60, 700_000


def test_trends_that_go_with_poverty_mislead_without_it_and_not_with_it() -> None:
    found = measured(WORLDS["trends go with poverty, adopters poorer"], REPLICATES, FIRST_SEED)
    assert found["without"]["bias"] > 1.5
    assert found["without"]["covered"] < 0.6
    assert abs(found["with"]["bias"]) < 0.5
    assert found["with"]["covered"] >= 0.8
    assert found["with"]["rmse"] < 0.6 * found["without"]["rmse"]


def test_a_number_that_says_nothing_does_no_harm() -> None:
    for world in ("trends do not, adopters poorer", "trends do not, adopters alike"):
        found = measured(WORLDS[world], REPLICATES, FIRST_SEED)
        assert abs(found["with"]["bias"]) < 3 * found["with"]["bias_error"] + 0.1
        assert found["with"]["rmse"] < 1.1 * found["without"]["rmse"]
        assert found["with"]["sd"] < 1.15 * found["without"]["sd"]
