"""Where donors keep growing apart, intervals say so: the Basque panel's own regions, of which none was treated."""

import pytest

from tests.recovery.famous import run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["SyntheticControl", "published form"])
def test_errors_of_placebo_regions_are_as_large_as_the_posterior_says(name: str) -> None:
    """Sixteen regions, each held against the others: without drifts half the intervals held, errors were three sds."""
    found = run("basque", name, cores=2)
    print(found)
    assert found["fitted"] >= 15
    assert found["covered90"] >= 0.75
    assert 0.6 < found["error_over_sd"] < 1.4
