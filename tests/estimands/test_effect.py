"""The noun itself: intervals, probabilities, units, and a representation that gives nothing away."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import SosBayesError
from sos_bayes.data import Aim, Binary, Count
from sos_bayes.estimands.effect import effect_from_draws

WORDS = {"aim": Aim.FEWER, "worthwhile": 0.01, "label": "something"}
SHARE = Binary("events", "total", **WORDS)
RATE = Count("events", "total", per=10_000, **WORDS)
DRAWS = np.random.default_rng(1).normal(-0.02, 0.01, (4, 1000))


@pytest.fixture
def effect():
    return effect_from_draws(DRAWS, SHARE)


def test_the_interval_is_equal_tailed_and_made_of_floats(effect):
    low, high = effect.interval(0.9)
    assert type(low) is type(high) is float
    assert (DRAWS < low).mean() == pytest.approx(0.05, abs=1e-3)
    assert (DRAWS > high).mean() == pytest.approx(0.05, abs=1e-3)


@pytest.mark.parametrize("prob", [0, 1, 95, -0.1])
def test_the_interval_s_probability_lies_between_nothing_and_one(effect, prob):
    with pytest.raises(SosBayesError, match="between 0 and 1"):
        effect.interval(prob)


def test_probabilities_of_one_and_of_two_bounds(effect):
    assert effect.probability(below=0.0) == (DRAWS < 0).mean()
    assert effect.probability(above=-0.01) == (DRAWS > -0.01).mean()
    assert effect.probability(above=-0.03, below=-0.01) == ((DRAWS > -0.03) & (DRAWS < -0.01)).mean()
    assert effect.probability(above=0.0) + effect.probability(below=0.0) == pytest.approx(1)
    with pytest.raises(SosBayesError, match="No bound"):
        effect.probability()


def test_the_error_of_a_probability_is_that_of_its_draws(effect):
    p = effect.probability(below=-0.01)
    independent = np.sqrt(p * (1 - p) / 4000)
    assert effect.probability_error(below=-0.01) == pytest.approx(independent, rel=0.15)
    slow = np.repeat(DRAWS[:, ::10], 10, axis=1)  # every draw ten times over
    assert replace(effect, draws=slow).probability_error(below=-0.01) == pytest.approx(3.2 * independent, rel=0.3)
    assert replace(effect, draws=slow, method="fast").probability_error(below=-0.01) < 1.2 * independent


def test_an_event_that_is_always_seen_still_has_an_error(effect):
    assert effect.probability(below=1.0) == 1.0
    assert effect.probability_error(below=1.0) == pytest.approx(1.5 / 4000)


@pytest.mark.parametrize(
    ("outcome", "scale", "unit", "factor"),
    [
        (SHARE, "difference", "percentage points", 100.0),
        (RATE, "difference", "per 10,000", 1.0),
        (SHARE, "ratio", "ratio", 1.0),
        (RATE, "events", "events", 1.0),
    ],
)
def test_units(effect, outcome, scale, unit, factor):
    one = replace(effect, outcome=outcome, scale=scale)
    assert (one.unit, one.factor) == (unit, factor)
    assert unit in one.describe()


def test_moments_and_the_tidy_row(effect):
    assert effect.mean == DRAWS.mean()
    assert effect.sd == DRAWS.std(ddof=1)
    (row,) = effect.to_frame(0.8).to_dict("records")
    assert (row["low"], row["high"]) == effect.interval(0.8)
    assert row["p_below"] == effect.probability(below=0.0)
    ratio = replace(effect, scale="ratio", draws=np.exp(DRAWS)).to_frame().iloc[0]
    assert ratio["p_below"] == (np.exp(DRAWS) < 1).mean()


def test_the_representation_names_the_estimand_and_prints_points(effect):
    assert repr(effect).startswith("<Effect 'something', all adopters: -2.")
    assert "percentage points; satt, children-weighted, nuts>" in repr(effect)
    assert "array" not in repr(effect)


def test_an_effect_survives_pickling(effect):
    import pickle

    again = pickle.loads(pickle.dumps(effect))
    np.testing.assert_array_equal(again.draws, effect.draws)
    assert again.outcome == effect.outcome
