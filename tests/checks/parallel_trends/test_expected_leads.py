"""What the leads check can show, against repeating it for good."""

import re

import numpy as np
import pytest

from sos_bayes.checks.fit_under_test import under_test
from sos_bayes.checks.parallel_trends.expected_leads import expected_without
from sos_bayes.checks.parallel_trends.leads import check_leads
from sos_bayes.checks.scheduling import alone
from sos_bayes.simulation import Scenario
from tests.checks.conftest import fast, layout

TREND = 0.03 * (np.arange(4) - 1.5)


def test_sharper_data_say_less_of_nothing_and_more_of_a_drift():
    found = [expected_without(np.eye(4) * sd**2, TREND, 0.1, 0.05, seed=1) for sd in (0.01, 0.05, 0.2)]
    assert found[0].mean < 0.05
    assert found[0].mean < found[1].mean < found[2].mean
    assert found[0].power > 0.95 > 0.5 > found[1].power > found[2].power > 0.02
    assert all(f.low <= f.mean <= f.high for f in found[1:])


def test_without_any_information_the_expected_value_is_the_priors():
    """Estimates as wide as a barn door leave the prior: half-normal sd, zero-sum normal leads."""
    rng = np.random.default_rng(2)
    sd = np.abs(rng.normal(0, 0.1, (100_000, 1)))
    leads = rng.standard_normal((100_000, 4)) * sd
    prior = (np.abs(leads - leads.mean(axis=1, keepdims=True)).max(axis=1) > 0.08).mean()
    found = expected_without(np.eye(4) * 50.0, TREND, 0.1, 0.08, seed=1)
    assert found.mean == pytest.approx(prior, abs=0.01)
    assert found.power < 0.12


@pytest.mark.slow
def test_the_expected_value_is_that_of_repeated_data():
    """60 made-up Englands without departures, each fitted: their mean is what one of them expects."""
    scenario = Scenario(effect=0.0)
    seen = [
        dict(alone(check_leads, under_test(fast(layout(scenario, seed=s)))).numbers) for s in range(700_000, 700_060)
    ]
    observed = np.array([s["p_beyond"] for s in seen])
    expected = np.array([s["expected"] for s in seen])
    error = np.hypot(observed.std() / np.sqrt(60), expected.std() / np.sqrt(60))
    print(f"leads: observed {observed.mean():.3f}, expected {expected.mean():.3f}, error {error:.3f}")
    assert abs(observed.mean() - expected.mean()) < 3 * error


def test_leads_of_a_later_cohort_only_are_expected_where_there_are_data():
    """Adopters that start at different times share leads; the check then reports one figure for each lead."""
    found = fast(layout(Scenario(periods=6, starts=(3,) * 5 + (5,) * 4)))
    result = alone(check_leads, under_test(found))
    assert 0 < result.number("expected_low") <= result.number("expected") <= result.number("expected_high") <= 1
    assert 0 < result.number("power") < 1
    assert re.search(r"drifting apart by 0\.\d{3} a year", result.sentence)
