"""What a check of departures before the start can show: its value without any, and its power against a steady one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.terms import zero_sum_basis

REPEATS, POINTS, SCALES = 400, 256, 24  # data sets, posterior points of each, scales of leads integrated over


class Expected(NamedTuple):
    """P(largest lead beyond a limit) over data without departures: mean, 10, 90 and 95 % points; power of the check."""

    mean: float
    low: float
    high: float
    power: float
    top: float


def expected_without(cov: Floats, trend: Floats, scale: float, limit: float, seed: int) -> Expected:
    """Repeat the check on data without departures and on data with a steady one.

    The leads' estimates are taken as normal around the true leads with the covariance that these data give under a
    flat prior; their posterior follows from the leads' own prior. Power is the chance that a steady departure gives
    a probability that fewer than one in twenty data sets without departures reach (Roth 2022).

    Parameters
    ----------
    cov : ndarray (m, m)
        Covariance of the leads under a flat prior, log-odds or log-rate scale; they sum to zero.
    trend : ndarray (m,)
        The steady departure, same scale.
    scale : float
        Half-normal prior scale of the leads' sd.
    limit : float
        Largest lead that does not matter, same scale.
    seed : int

    Examples
    --------
    >>> sharp, blunt = (np.eye(4) * sd**2 for sd in (0.001, 0.5))
    >>> trend = 0.03 * (np.arange(4) - 1.5)
    >>> round(expected_without(sharp, trend, 0.1, 0.02, seed=1).power, 2)
    1.0
    >>> expected_without(blunt, trend, 0.1, 0.02, seed=1).power < 0.2
    True
    """
    basis = zero_sum_basis(len(cov))
    variance, turn = np.linalg.eigh(basis.T @ cov @ basis)
    axes = basis @ turn
    rng = np.random.default_rng([seed, 13])
    noise = rng.standard_normal((2, REPEATS, len(variance))) * np.sqrt(variance)
    none, steady = (
        np.array([_beyond(seen, variance, axes, scale, limit, rng) for seen in estimates])
        for estimates in (noise[0], noise[1] + trend @ axes)
    )
    low, high, critical = np.quantile(none, (0.1, 0.9, 0.95))
    return Expected(float(none.mean()), float(low), float(high), float((steady > critical).mean()), float(critical))


def _beyond(
    estimate: Floats, variance: Floats, axes: Floats, scale: float, limit: float, rng: np.random.Generator
) -> float:
    """P(largest lead beyond the limit) given independent estimates along the axes."""
    sds = scale * stats.halfnorm.ppf((np.arange(SCALES) + 0.5) / SCALES)
    total = variance + sds[:, None] ** 2
    log_weight = -0.5 * (np.log(total) + estimate**2 / total).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    shrink = (sds[:, None] ** 2 / total)[rng.choice(SCALES, POINTS, p=weight / weight.sum())]
    drawn = shrink * estimate + np.sqrt(shrink * variance) * rng.standard_normal(shrink.shape)
    return float((np.abs(drawn @ axes.T).max(axis=1) > limit).mean())
