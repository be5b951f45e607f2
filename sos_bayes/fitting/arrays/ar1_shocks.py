"""An authority's autoregressive shocks, period by period, in plain numpy."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Floats


def period_shocks(rho: Floats, innovation: Floats, years: float) -> tuple[Floats, Floats, Floats]:
    """Yearly correlation and innovation sd, turned into one period's.

    Returns the correlation and innovation sd of a period, and the first shock's precision relative to the
    innovation's: stationary, or one innovation where ``rho`` is 1.

    Examples
    --------
    >>> rho, sd, start = period_shocks(np.array([0.5]), np.array([0.3]), 0.25)
    >>> stationary = 0.3**2 / (1 - 0.5**2)
    >>> bool(np.isclose(sd**2 / start, stationary))
    True
    """
    walk = rho >= 1.0
    log_rho = np.log(np.where(walk, 0.5, rho))
    ratio = np.where(walk, years, np.expm1(2 * years * log_rho) / np.expm1(2 * log_rho))
    per_period = np.where(walk, 1.0, rho**years)
    start = np.where(walk, 1.0, -np.expm1(2 * years * log_rho))
    return per_period, innovation * np.sqrt(ratio), start


def faded(steps: Floats, rho: Floats, start: Floats) -> Floats:
    """Shocks (..., T) that innovations (..., T) add up to, the first divided by the root of ``start``.

    ``rho`` and ``start`` are of the shape that is left without the periods.

    Examples
    --------
    >>> faded(np.array([1.0, 0.0, 2.0]), np.array(0.5), np.array(0.25)).tolist()
    [2.0, 1.0, 2.5]
    """
    shocks = np.empty(steps.shape)
    shocks[..., 0] = steps[..., 0] / np.sqrt(start)
    for t in range(1, steps.shape[-1]):
        shocks[..., t] = rho * shocks[..., t - 1] + steps[..., t]
    return shocks


def shock_precision(n_t: int, rho: float, start: float) -> Floats:
    """Precision (T, T) of the shocks in units of the innovation's.

    Examples
    --------
    >>> shock_precision(2, 0.5, 0.75)
    array([[ 1. , -0.5],
           [-0.5,  1. ]])
    """
    diag = np.full(n_t, 1 + rho**2)
    diag[-1] = 1.0
    diag[0] = start + (rho**2 if n_t > 1 else 0.0)
    return np.diag(diag) - rho * (np.eye(n_t, k=1) + np.eye(n_t, k=-1))


def shock_root(n_t: int, rho: float, start: float) -> Floats:
    """Map (T, T) from independent innovations to shocks, in units of the innovation's sd.

    Examples
    --------
    >>> shock_root(2, 0.5, 0.25)
    array([[2., 0.],
           [1., 1.]])
    """
    ages = np.subtract.outer(np.arange(n_t), np.arange(n_t))
    root = np.where(ages >= 0, rho ** np.maximum(ages, 0), 0.0)
    root[:, 0] /= np.sqrt(start)
    return np.asarray(root)
