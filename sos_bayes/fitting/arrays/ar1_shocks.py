"""Autoregressive shocks, AR(1): a year's scale as a period's, the precision matrix, and the path of innovations."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.families.compiled import STRICT


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


def with_noise(root: Floats, noise: Floats) -> Floats:
    """Add independent noise to shocks that are ``root`` (..., T, T) times innovations: the lower root of their sum.

    The Cholesky factor of root root' + noise I, ``noise`` (...) a variance; ``root`` itself where there is none.

    Examples
    --------
    >>> root = with_noise(2 * shock_root(2, 0.5, 0.25), np.array(9.0))
    >>> np.round(root @ root.T, 12)
    array([[25.,  8.],
           [ 8., 17.]])
    """
    if not np.any(noise):
        return root
    both = root @ np.swapaxes(root, -1, -2) + noise[..., None, None] * np.eye(root.shape[-1])
    return np.asarray(np.linalg.cholesky(both))


@nb.njit(cache=True, **STRICT)
def ar1_precision_row(first, last, rho, start):  # type: ignore[no-untyped-def]
    """One period's row of an AR(1) chain's precision matrix, in units of the innovation's: its diagonal and coupling.

    The matrix is tridiagonal: 1 + rho^2 on the diagonal and -rho to the period before; ``start`` + rho^2 and nothing in
    the ``first`` period of a chain, 1 in its ``last``.
    """
    return (start if first else 1.0) + (0.0 if last else rho * rho), 0.0 if first else -rho


@nb.njit(cache=True, **STRICT)
def ar1_path(rho, start, path):  # type: ignore[no-untyped-def]
    """Turn innovations e (T, A) into shocks, in place: x_1 = e_1 / sqrt(start), x_t = e_t + rho x_(t-1)."""
    n, n_a = path.shape
    for a in range(n_a):
        path[0, a] /= math.sqrt(start)
    for t in range(1, n):
        for a in range(n_a):
            path[t, a] += rho * path[t - 1, a]


@nb.njit(cache=True, **STRICT)
def ar1_path_back(rho, start, path, by_path, by):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of `ar1_path`: turns derivatives by the shocks into those by innovations, in place.

    Adds the derivatives by ``rho`` and ``start`` to ``by[1]`` and ``by[2]``.
    """
    n, n_a = path.shape
    for t in range(n - 1, 0, -1):
        for a in range(n_a):
            by[1] += by_path[t, a] * path[t - 1, a]
            by_path[t - 1, a] += rho * by_path[t, a]
    for a in range(n_a):
        by[2] -= 0.5 * by_path[0, a] * path[0, a] / start
        by_path[0, a] /= math.sqrt(start)
