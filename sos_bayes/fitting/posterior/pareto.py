"""Pareto-smoothed importance sampling: shape k-hat of the largest weights, and the largest that may be trusted."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Floats


def shape_limit(size: int) -> float:
    """Largest trustworthy Pareto shape for this many points (Vehtari et al. 2024).

    Examples
    --------
    >>> round(shape_limit(256), 2), shape_limit(10_000)
    (0.58, 0.7)
    """
    return float(min(1 - 1 / np.log10(size), 0.7))


def pareto_shape(log_weights: Floats) -> float:
    """Shape k of a generalised Pareto distribution fitted to the largest weights.

    The estimator of Zhang and Stephens (2009), an average of profile likelihoods over a grid of theta = -k / sigma,
    with the weak prior on k of Vehtari et al. (2024): ten observations' worth of one half.

    Examples
    --------
    >>> u = np.random.default_rng(0).random(20_000)
    >>> abs(pareto_shape(-0.5 * np.log(u)) - 0.5) < 0.1
    True
    """
    n = len(log_weights)
    tail = int(min(0.2 * n, 3 * np.sqrt(n)))
    if tail < 5:
        return float("inf")
    ordered = np.sort(log_weights - log_weights.max())
    x = np.exp(ordered[-tail:]) - np.exp(ordered[-tail - 1])
    x = np.maximum(x, 1e-300)  # exceedances over the threshold
    grid = 30 + int(np.sqrt(tail))
    quarter = x[int(tail / 4 + 0.5) - 1]
    theta = 1 / x[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quarter)
    shape = np.log1p(-theta[:, None] * x).mean(axis=1)  # k given theta
    # profile log-likelihood of theta, and its normalised exponential as weight
    score = tail * (np.log(-theta / shape) - shape - 1)
    weight = 1 / np.exp(score - score[:, None]).sum(axis=1)
    best = (theta * weight).sum() / weight.sum()
    k = float(np.log1p(-best * x).mean())
    return (tail * k + 10 * 0.5) / (tail + 10)
