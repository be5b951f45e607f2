"""All three routes beside each other, over the whole grid of designs."""

import pytest

from tests.contracts.test_readable_model import SETTINGS
from tests.contracts.three_routes import side_by_side

ERRORS, FAR, SDS = 4.5, 0.1, 0.2  # Monte Carlo errors of the largest of some 25 differences; posterior sds; of spreads
MISSED = {"no comparators"}  # nothing tells the level gap: by PyMC it moves too slowly, and the fit says so


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_three_routes_find_one_posterior(name):
    """Both samplers differ by chance alone; the fast route by a tenth of a posterior sd besides."""
    found = side_by_side(name)
    assert found.healthy["nuts"]
    assert found.healthy["pymc"] or name in MISSED
    _, errors = found.apart("pymc", "nuts")
    assert {n: e for n, e in errors.items() if abs(e) > ERRORS} == {}
    if not found.healthy["fast"]:
        return  # it says so itself, and fit samples instead
    for other in ("nuts", "pymc"):
        sds, errors = found.apart("fast", other)
        beyond = {n: (sds[n], errors[n]) for n in sds if abs(sds[n]) > FAR and abs(errors[n]) > ERRORS}
        assert beyond == {}
        ratios, errors = found.spreads("fast", other)
        assert {n: r for n, r in ratios.items() if not 1 - SDS < r < 1 + SDS and abs(errors[n]) > ERRORS} == {}
