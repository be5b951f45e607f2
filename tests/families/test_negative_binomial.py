"""The negative binomial's loops against another program, sums one by one and differences; see `test_overdispersed`."""

import numpy as np
import pytest
from scipy.special import gammaln

from sos_bayes.families import (
    negative_binomial_cumulants,
    negative_binomial_curved,
    poisson_table,
)
from sos_bayes.families.negative_binomial import ONE_BY_ONE, Rising, log_rising, score
from tests.families.overdispersed import counts, logs, whole_counts


@pytest.mark.parametrize("variance", [1e-3, 0.25, 4.0])
def test_a_row_for_newton_is_that_row_of_the_table_with_its_curvature(variance):
    theta, shift, total, events = counts(4)
    mean = total[3] * np.exp(theta[3] + shift)
    slope, curve = score(events[3], mean, variance)
    by_shift, bent, row = (np.zeros(len(shift)) for _ in range(3))
    shifts = np.array([shift, np.exp(shift), np.exp(-shift)])
    value, expected, bend = negative_binomial_curved(
        theta[3], shifts, total[3], events[3], logs(total[3]), variance, by_shift, bent, row
    )
    assert value == pytest.approx(-((events[3] + 1 / variance) * np.log1p(variance * mean)).sum(), rel=1e-12)
    np.testing.assert_allclose(by_shift, slope - events[3], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(row, curve, rtol=1e-12)
    np.testing.assert_array_equal(bent, row)
    assert (expected, bend) == (pytest.approx((events[3] - slope).sum(), rel=1e-12), pytest.approx(curve.sum()))
    assert (row >= 0).all()


@pytest.mark.parametrize("variance", [1e-3, 0.25, 4.0])
def test_cumulants_are_the_derivatives_of_the_curvature(variance):
    theta, shift, total, events = counts(5)
    step, shifts = 1e-3, np.array([shift, np.exp(shift), np.exp(-shift)])

    def curve(away):
        return score(events[2], total[2] * np.exp(theta[2] + away + shift), variance)[1].sum()

    c = [curve(d) for d in (-2 * step, -step, 0.0, step, 2 * step)]
    third, fourth = negative_binomial_cumulants(
        theta[2], shifts, total[2], events[2], variance, np.empty(total.shape[1])
    )
    assert third == pytest.approx((c[0] - 8 * c[1] + 8 * c[3] - c[4]) / (12 * step), abs=1e-7 * c[2])
    assert fourth == pytest.approx((c[1] - 2 * c[2] + c[3]) / step**2, abs=1e-4 * c[2])


@pytest.mark.parametrize("mean", [2.0, 50_000.0])
def test_without_scatter_it_is_the_poisson_to_the_last_digits(mean):
    theta, shift, total, events = counts(6, mean=mean)
    found = whole_counts(theta, shift, total, events, 2.5e-19)
    by_theta, by_shift = np.empty(len(theta)), np.empty(len(shift))
    value = poisson_table(theta, shift, total, by_theta, by_shift)
    assert found[0] == pytest.approx(value + (events * (theta[:, None] + shift)).sum(), rel=1e-13)
    np.testing.assert_allclose(found[1], by_theta + events.sum(axis=1), atol=1e-12 * events.sum())
    np.testing.assert_allclose(found[2], by_shift + events.sum(axis=0), atol=1e-12 * events.sum())
    assert found[3] == pytest.approx(0.0, abs=1e-12 * events.sum())


@pytest.mark.parametrize("variance", [1e-10, 0.01, 0.3, 20.0])
def test_the_rising_part_is_its_sum_one_by_one_and_that_of_gamma_functions(variance):
    events = np.array([0, 0, 1, 2, 2, 63, 64, 65, 66, 200, 200, 7000], float)
    rising = Rising.of(events)
    assert rising.more.sum() + (rising.times * (rising.large - ONE_BY_ONE)).sum() == events.sum()
    value, by_log = log_rising(variance, rising.more, rising.large, rising.times)
    j = [np.arange(y) for y in events]
    assert value == pytest.approx(sum(np.log1p(variance * one).sum() for one in j), rel=1e-12)
    assert by_log == pytest.approx(sum((variance * one / (1 + variance * one)).sum() for one in j), rel=1e-9, abs=1e-9)
    if variance > 1e-3:
        size = 1 / variance
        gammas = (gammaln(events + size) - gammaln(size) - events * np.log(size)).sum()
        assert value == pytest.approx(gammas, rel=1e-10)


@pytest.mark.parametrize("events", [[0.0, 0.0], [3.0, 0.0], [64.0, 65.0]])
def test_few_and_no_events_are_counted(events):
    rising = Rising.of(np.array(events))
    assert rising.more.sum() + (rising.times * (rising.large - ONE_BY_ONE)).sum() == sum(events)
    assert np.isfinite(log_rising(0.5, rising.more, rising.large, rising.times)).all()


# two-way table of synthetic counts, and what statsmodels 0.15.0 makes of it (uv run --with statsmodels python):
# sm.NegativeBinomial(y.ravel(), x, exposure=total.ravel(), loglike_method="nb2").fit(method="bfgs", gtol=1e-10),
# x the six rows' dummies and those of columns two to four, started from the Poisson fit
TOTAL = np.array([[35.0, 76.8, 31.4, 30.8], [41.0, 33.8, 60.2, 26.9], [73.8, 71.5, 20.2, 52.5],
                  [26.4, 35.5, 45.0, 47.2], [48.1, 75.7, 35.5, 31.3], [60.2, 76.8, 75.4, 72.8]])  # fmt: skip
EVENTS = np.array([[18, 25, 9, 28], [20, 18, 25, 25], [38, 47, 2, 52], [26, 36, 28, 36], [43, 29, 36, 13],
                   [22, 29, 37, 55]], float)  # fmt: skip
ROWS = np.array([-0.73957369, -0.56634901, -0.54060329, -0.16728711, -0.36761542, -0.71389769])
COLUMNS, VARIANCE, LOG_LIKELIHOOD = np.array([0.0, -0.14126673, -0.18985061, 0.30712801]), 0.06529071, -86.56180423


def test_the_likelihood_and_its_maximum_are_those_of_statsmodels():
    value, by_theta, by_shift, by_log = whole_counts(ROWS, COLUMNS, TOTAL, EVENTS, VARIANCE)
    constant = (EVENTS * np.log(TOTAL) - gammaln(EVENTS + 1)).sum()
    assert value + constant == pytest.approx(LOG_LIKELIHOOD, abs=1e-7)
    np.testing.assert_allclose(by_theta, 0.0, atol=1e-4)
    np.testing.assert_allclose(by_shift[1:], 0.0, atol=1e-4)
    assert by_log == pytest.approx(0.0, abs=1e-4)
