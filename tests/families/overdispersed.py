"""Made-up tables of cells that scatter, and their log-likelihood by the loops and by scipy, for each such family."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import expit

from sos_bayes.families import negative_binomial_table
from sos_bayes.families.beta_binomial import beta_binomial_table
from sos_bayes.families.negative_binomial import Rising, log_rising


def logs(total):
    return np.log(np.maximum(total, 1e-300))


def counts(seed, b=7, c=5, mean=20.0):
    """Parts of the predictor (b,) and (c,), exposure and events (b, c); a row and a cell are empty."""
    rng = np.random.default_rng(seed)
    total = rng.uniform(0.5, 3.0, (b, c)) * mean
    total[0], total[3, 2] = 0.0, 0.0
    theta, shift = rng.normal(-0.2, 0.6, b), rng.normal(0, 0.4, c)
    rate = np.exp(theta[:, None] + shift)
    return theta, shift, total, rng.poisson(total * rate * rng.gamma(4.0, 0.25, total.shape)).astype(float)


def shares(seed, b=7, c=5, mean=20.0):
    """The same of trials."""
    rng = np.random.default_rng(seed)
    total = np.floor(rng.uniform(0.5, 3.0, (b, c)) * mean) + 1.0
    total[0], total[3, 2] = 0.0, 0.0
    theta, shift = rng.normal(-1.0, 0.6, b), rng.normal(0, 0.4, c)
    risk = expit(theta[:, None] + shift)
    return theta, shift, total, rng.binomial(total.astype(int), rng.beta(8 * risk, 8 * (1 - risk))).astype(float)


def whole_counts(theta, shift, total, events, variance):
    """Log-likelihood without its constant, its gradients by theta and shift, and its derivative by log variance."""
    by_theta, by_shift = np.empty(len(theta)), np.empty(len(shift))
    value, by_log = negative_binomial_table(theta, shift, total, events, logs(total), variance, by_theta, by_shift)
    return _with_margins(theta, shift, events, (value, by_theta, by_shift, by_log), events, variance, 1.0)


def whole_shares(theta, shift, total, events, variance):
    """The same of trials."""
    by_theta, by_shift = np.empty(len(theta)), np.empty(len(shift))
    value, by_log = beta_binomial_table(theta, shift, total, events, variance, by_theta, by_shift)
    return _with_margins(theta, shift, events, (value, by_theta, by_shift, by_log), total, variance, -1.0)


def _with_margins(theta, shift, events, table, rising, variance, sign):
    value, by_theta, by_shift, by_log = table
    cells = Rising.of(rising)
    risen, by_risen = (sign * x for x in log_rising(variance, cells.more, cells.large, cells.times))
    linear = (events * (theta[:, None] + shift)).sum()
    return value + risen + linear, by_theta + events.sum(axis=1), by_shift + events.sum(axis=0), by_log + by_risen


def counts_by_scipy(theta, shift, total, events, variance):
    mean, size = total * np.exp(theta[:, None] + shift), 1 / variance
    return stats.nbinom.logpmf(events, size, size / (size + mean))[total > 0].sum()


def shares_by_scipy(theta, shift, total, events, variance):
    eta = theta[:, None] + shift
    return stats.betabinom.logpmf(events, total, expit(eta) / variance, expit(-eta) / variance)[total > 0].sum()


@dataclass(frozen=True)
class Scattered:
    """A family of cells that scatter, the one without scatter, and its tables."""

    name: str
    plain: str
    made_up: Callable[..., Any]
    whole: Callable[..., Any]
    by_scipy: Callable[..., Any]


SCATTERED = (
    Scattered("negative_binomial", "poisson", counts, whole_counts, counts_by_scipy),
    Scattered("beta_binomial", "binomial", shares, whole_shares, shares_by_scipy),
)
