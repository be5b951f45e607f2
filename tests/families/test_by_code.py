"""The compiled mean is the family's own."""

import numpy as np
import pytest

from sos_bayes.families import FAMILIES
from sos_bayes.families.by_code import mean_of

NAMES = ["binomial", "poisson", "negative_binomial", "beta_binomial"]


@pytest.mark.parametrize("family", [FAMILIES[n] for n in NAMES], ids=NAMES)
def test_the_mean_of_grown_predictors_is_the_mean(family):
    eta = np.linspace(-30.0, 30.0, 121)
    found = [mean_of(family.link, grown) for grown in np.exp(eta)]
    np.testing.assert_allclose(found, family.mean(eta), rtol=1e-14)
