"""What the Laplace approximation leaves out, to second order: skewness and excess of the cells' likelihoods.

With k3 and k4 the third and fourth derivatives of minus the log-likelihood and V the field's covariance at the
mode, the log integral gains

    - sum k4 V_ii^2 / 8 + sum k3_i k3_j V_ii V_ij V_jj / 8 + sum k3_i k3_j V_ij^3 / 12

(Tierney and Kadane 1986; Shun and McCullagh 1995), and the mean moves from the mode by V pull, pull = -k3 V_ii / 2.
Double sums run over pairs of cells of one authority: authorities are coupled only through what all share.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes.families import binomial_cumulants, poisson_cumulants
from sos_bayes.families.compiled import FAST
from sos_bayes.fitting.blocks import backward, forward
from sos_bayes.fitting.laplace import shifts

Floats = NDArray[np.float64]


class Correction(NamedTuple):
    """What is added to the log integral, the pull on theta (A, T) and the moves of z and beta, (p + k,)."""

    log_ml: float
    pull: Floats
    moved: Floats


@nb.njit(cache=True, **FAST)
def _loadings(frame, cov, bend, root, a, load):  # type: ignore[no-untyped-def]
    """Fill ``load`` (T, p + k): how theta of authority ``a`` moves with standardised shared uncertainty."""
    n_t = len(cov[a])
    p, k = frame.scale.size, bend.cross.shape[2]
    u = frame.kind[a]
    for t in range(n_t):
        for i in range(p):
            load[t, i] = frame.columns[u, t, i] * frame.scale[i]
        for m in range(k):
            load[t, p + m] = 0.0
        for s in range(n_t):
            held = cov[a, t, s] * bend.curve[a, s]
            for i in range(p):
                load[t, i] -= held * frame.columns[u, s, i] * frame.scale[i]
            for m in range(k):
                load[t, p + m] -= cov[a, t, s] * bend.cross[a, s, m]
        forward(root, load[t])


@nb.njit(cache=True, nogil=True, **FAST)
def correct(counts, frame, field, solved):  # type: ignore[no-untyped-def]
    """Correct a `Solved` to second order; returns a `Correction`."""
    n_a, n_t = field.theta.shape
    size = len(solved.root)
    pull, moved = np.empty((n_a, n_t)), np.zeros(size)
    load, block, third, lean = np.empty((n_t, size)), np.empty((n_t, n_t)), np.empty(n_t), np.empty(n_t)
    shift = shifts(counts.patterns, field.beta)
    log_ml = 0.0
    for a in range(n_a):
        _loadings(frame, solved.cov, solved.bend, solved.root, a, load)
        for i in range(n_t):
            for j in range(i + 1):
                total = solved.cov[a, i, j]
                for m in range(size):
                    total += load[i, m] * load[j, m]
                block[i, j] = total
                block[j, i] = total
            theta, n = field.theta[a, i], counts.total[a, i]
            if counts.code == 0:
                third[i], fourth = binomial_cumulants(theta, shift, n)
            else:
                third[i], fourth = poisson_cumulants(theta, shift, n)
            lean[i] = third[i] * block[i, i]
            log_ml -= fourth * block[i, i] ** 2 / 8.0
            pull[a, i] = -0.5 * lean[i]
            for m in range(size):
                moved[m] += load[i, m] * pull[a, i]
        for i in range(n_t):
            for j in range(n_t):
                v = block[i, j]
                log_ml += v * (lean[i] * lean[j] / 8.0 + third[i] * third[j] * v * v / 12.0)
    backward(solved.root, moved)
    return Correction(log_ml, pull, moved)
