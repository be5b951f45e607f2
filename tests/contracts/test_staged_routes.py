"""The sampled stage of synthetic designs by two routes: compiled loops, and PyMC on the readable model."""

import pytest

from tests.contracts.staged_routes import DESIGNS, beside

ERRORS, SDS = 4.5, 0.2  # Monte Carlo errors of the largest of some 25 differences; of spreads


@pytest.mark.slow
@pytest.mark.parametrize("name", DESIGNS)
def test_both_routes_find_one_first_stage(name):
    _, errors, spreads, diverged = beside(name)
    assert len(errors) > 20
    assert {n: e for n, e in errors.items() if abs(e) > ERRORS} == {}
    assert {n: (r, e) for n, (r, e) in spreads.items() if not 1 - SDS < r < 1 + SDS and abs(e) > ERRORS} == {}
    assert diverged < 0.01
