"""Ordered categories as binomial counts: what remains of their likelihood touches the cutpoints alone.

With F the logistic function and a < b, F(b) - F(a) = F(b) (1 - F(a)) (1 - exp(a - b)). The log-likelihood of counts
n_1, ..., n_K of ordered categories with cutpoints c_1 < ... < c_(K-1) and predictor eta is therefore exactly

    sum over j of a binomial term: n_(j+1) events among n_j + n_(j+1), at log-odds eta - c_j
    + sum over k from 2 to K - 1 of n_k log(1 - exp(-(c_k - c_(k-1))))

The first line is a table of counts like any other, the second a concave function of the gaps between cutpoints.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from sos_bayes.families.compiled import STRICT

LEAST = 0.1  # of a gap that one step may leave of it


@nb.njit(cache=True, **STRICT)
def add_gaps(gaps, between, beta, slope, curve):  # type: ignore[no-untyped-def]
    """Sum of between * log(1 - exp(-gap)), gap = ``gaps @ beta``; minus infinity where a gap is not positive.

    ``gaps`` (M, k), ``between`` (M,); adds the gradient to ``slope`` (k,) and minus the curvature to ``curve`` (k, k).
    """
    value = 0.0
    for m in range(between.size):
        gap = 0.0
        for i in range(beta.size):
            gap += gaps[m, i] * beta[i]
        if not gap > 0.0:
            return -np.inf
        small, rest = math.exp(-gap), -math.expm1(-gap)
        value += between[m] * math.log(rest)
        up = between[m] * small / rest
        for i in range(beta.size):
            slope[i] += up * gaps[m, i]
            for j in range(beta.size):
                curve[i, j] += up / rest * gaps[m, i] * gaps[m, j]
    return value


@nb.njit(cache=True, **STRICT)
def share_inside(gaps, before, after):  # type: ignore[no-untyped-def]
    """What share of a step in beta leaves at least `LEAST` of every gap, and the largest change of a gap."""
    share, moved = 1.0, 0.0
    for m in range(len(gaps)):
        old, new = 0.0, 0.0
        for i in range(before.size):
            old += gaps[m, i] * before[i]
            new += gaps[m, i] * after[i]
        moved = max(moved, abs(new - old))
        if new < LEAST * old:
            share = min(share, (1.0 - LEAST) * old / (old - new))
    return share, moved


@nb.njit(cache=True, **STRICT)
def gap_skews(gaps, between, beta, cov, by_beta):  # type: ignore[no-untyped-def]
    """Add to ``by_beta`` (k,) half the third derivative of `add_gaps` along every gap, times the gap's variance.

    ``cov`` (k, k) is the covariance of beta.
    """
    for m in range(between.size):
        gap, variance = 0.0, 0.0
        for i in range(beta.size):
            gap += gaps[m, i] * beta[i]
            for j in range(beta.size):
                variance += gaps[m, i] * cov[i, j] * gaps[m, j]
        small, rest = math.exp(-gap), -math.expm1(-gap)
        third = between[m] * small * (1.0 + small) / rest**3
        for i in range(beta.size):
            by_beta[i] += 0.5 * third * variance * gaps[m, i]
