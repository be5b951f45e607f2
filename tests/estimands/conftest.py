"""Two small fast fits, shared by the tests of this folder."""

import pytest

from sos_bayes.designs import DiD
from sos_bayes.fitting import fit_layout
from tests.designs.panels import PATTERNS, panel

EMPTY = [(0, 1), (1, 3), (0, 4, 2)]


@pytest.fixture(scope="session")
def shares():
    """Binomial, staggered, covariate patterns, with holes in adopters' cells."""
    layout = panel(patterns=PATTERNS, starts=(2, 3, 3), empty=EMPTY, size=300)
    return fit_layout(layout, DiD(adjust=("age", "sex")), method="fast", seed=1, n_draws=2000)


@pytest.fixture(scope="session")
def rates():
    """Poisson, per 10,000."""
    layout = panel(family="poisson", starts=(2, 2), size=5000, per=10_000, seed=3)
    return fit_layout(layout, DiD(), method="fast", seed=1, n_draws=2000)
