"""Ranges against dropping and mid-points on real counts, thinned (synthetic) and hidden again. Slow, fast route."""

from __future__ import annotations

import pytest

from tests.recovery.suppressed import SETTINGS, compared

pytestmark = pytest.mark.slow
REPLICATES = 20


def test_ranges_stay_with_the_known_counts_where_dropping_goes_astray() -> None:
    """1 to 5 hidden and three in ten fewer events: the bias of dropping is beyond its error, that of ranges is not."""
    found = compared(SETTINGS["1 to 5 hidden, three in ten fewer"], REPLICATES)
    ranges, dropped = found["ranges, 1 to 5"], found["dropped"]
    print(found)
    assert ranges["distance"] < 0.25
    assert ranges["distance"] < 0.4 * dropped["distance"]
    assert abs(ranges["bias"]) < 2.5 * ranges["bias_error"]
    assert dropped["bias"] > 2.5 * dropped["bias_error"]
    assert 0.95 < ranges["width"] < 1.1
    assert ranges["adopters"] == 10 > dropped["adopters"]
    assert ranges["covered"] >= 0.85


def test_the_chance_of_secondary_suppression_is_worth_stating() -> None:
    """With others hidden too, the default stays nearer to the known counts than dropping, and than any range alike."""
    found = compared(SETTINGS["others hidden too, three in ten fewer"], REPLICATES)
    print(found)
    assert found["ranges, 1 in 20"]["distance"] < 0.6 * found["dropped"]["distance"]
    assert found["ranges, 1 in 20"]["distance"] < found["ranges, any"]["distance"]
