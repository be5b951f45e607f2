"""Point estimators know no unit: the same weights, and the same effect in the unit, from 1e-9 to 1e12 of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sos_bayes.synthesis import (
    augmented_synthetic_control,
    difference_in_differences,
    synthetic_control,
    synthetic_did,
)
from sos_bayes.synthesis.estimators.point_estimators import simplex_weights

ESTIMATORS = {
    "did": difference_in_differences,
    "control": synthetic_control,
    "control with intercept": lambda y, x, t: synthetic_control(y, x, t, intercept=True),
    "synthetic did": synthetic_did,
    "augmented": augmented_synthetic_control,
    "augmented with intercept": lambda y, x, t: augmented_synthetic_control(y, x, t, intercept=True),
}
BEFORE = 30


def dollars(seed=1):
    """Made-up product by head, 16 donors over 44 years, in dollars: they grow together from 2,000 to 30,000."""
    rng = np.random.default_rng(seed)
    growth = np.cumsum(rng.normal(0.06, 0.02, 44))[:, None] + np.cumsum(rng.normal(0, 0.01, (44, 17)), axis=0)
    every = np.exp(rng.normal(7.9, 0.35, 17) + growth)
    every[BEFORE:, 0] -= 1300.0
    return every[:, 0], every[:, 1:]


@pytest.mark.parametrize("name", ESTIMATORS)
@settings(max_examples=12, deadline=None)
@given(exponent=st.floats(-9, 12), seed=st.integers(1, 6))
def test_the_unit_changes_nothing(name, exponent, seed):
    treated, donors = dollars(seed)
    unit = 10.0**exponent
    one, other = (ESTIMATORS[name](treated * u, donors * u, BEFORE) for u in (1e-4, unit))
    assert other.weights == pytest.approx(one.weights, abs=1e-6)
    assert other.effect / unit == pytest.approx(one.effect / 1e-4, rel=1e-6)
    assert other.gaps / unit == pytest.approx(one.gaps / 1e-4, abs=1e-3)


@pytest.mark.parametrize("name", ESTIMATORS)
@settings(max_examples=12, deadline=None)
@given(offset=st.floats(-1e7, 1e7), seed=st.integers(1, 6))
def test_what_is_added_to_every_series_changes_nothing(name, offset, seed):
    treated, donors = dollars(seed)
    one, other = (ESTIMATORS[name](treated + more, donors + more, BEFORE) for more in (0.0, offset))
    assert other.weights == pytest.approx(one.weights, abs=1e-6)
    assert other.effect == pytest.approx(one.effect, abs=1e-3)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e4, 1e12])
@pytest.mark.parametrize("ridge", [0.0, 0.1])
@pytest.mark.parametrize("seed", range(1, 7))
def test_weights_are_the_best_there_are(seed, unit, ridge):
    """No donor would bring the combination closer: the conditions of the optimum, whatever the unit."""
    treated, donors = (x[:BEFORE] for x in dollars(seed))
    apart = donors - treated[:, None]
    penalty = ridge * float((apart**2).mean())
    weights = simplex_weights(donors * unit, treated * unit, ridge=penalty * unit**2)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (weights >= 0).all()
    slope = apart.T @ (apart @ weights) + penalty * weights
    level = float(slope @ weights)
    size = float((apart**2).sum())
    assert (slope > level - 1e-9 * size).all()
    assert slope[weights > 0] == pytest.approx(level, abs=1e-9 * size)


@pytest.mark.parametrize("alike", [1.0, 1e9])
def test_donors_that_are_all_the_adopter_weigh_the_same(alike):
    assert simplex_weights(np.full((5, 3), alike), np.full(5, alike)).tolist() == pytest.approx([1 / 3] * 3)


def test_one_donor_has_nothing_to_lean_on():
    treated, donors = dollars()
    one = augmented_synthetic_control(treated, donors[:, :1], BEFORE)
    assert one.weights.tolist() == [1.0]
