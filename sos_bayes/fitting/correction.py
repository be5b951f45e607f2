"""What the Laplace approximation leaves out, to second order: skewness and excess of the cells' likelihoods.

With k3 and k4 the third and fourth derivatives of minus the log-likelihood and V the field's covariance at the
mode, the log integral gains

    - sum k4 V_ii^2 / 8 + sum k3_i k3_j V_ii V_ij V_jj / 8 + sum k3_i k3_j V_ij^3 / 12

(Tierney and Kadane 1986; Shun and McCullagh 1995), and the mean moves from the mode by V pull, pull = -k3 V_ii / 2.
Double sums run over pairs of cells of one authority: authorities are coupled only through what all share. Cells whose
count may have been withheld for either of two reasons are left as they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes.families import (
    binomial_cumulants,
    negative_binomial_cumulants,
    poisson_cumulants,
    student_t_cumulants,
)
from sos_bayes.families.compiled import STRICT
from sos_bayes.families.intervals import interval_cumulants
from sos_bayes.fitting.blocks import backward, forward
from sos_bayes.fitting.expansion import expanded_cumulants
from sos_bayes.fitting.laplace import shifts

Floats = NDArray[np.float64]


class Correction(NamedTuple):
    """What is added to the log integral, the pull on theta (A, T) and the moves of z and beta, (p + k,)."""

    log_ml: float
    pull: Floats
    moved: Floats


@nb.njit(cache=True, **STRICT)
def _inverse(root):  # type: ignore[no-untyped-def]
    """Transposed inverse of a lower Cholesky factor."""
    size = len(root)
    out = np.zeros((size, size))
    for i in range(size):
        out[i, i] = 1.0
        forward(root, out[i])
    return out


@nb.njit(cache=True, **STRICT)
def _loadings(scaled, cov, curve, cross, inverse, load):  # type: ignore[no-untyped-def]
    """Fill ``load`` (T, p + k): how an authority's theta moves with standardised shared uncertainty.

    ``scaled`` (T, p) are its shared columns, ``inverse`` what `_inverse` gives.
    """
    p = scaled.shape[1]
    raw = np.empty(load.shape)
    raw[:, :p] = scaled - np.dot(cov * curve, scaled)
    raw[:, p:] = -np.dot(cov, cross)
    np.dot(raw, inverse, load)


@nb.njit(cache=True, nogil=True, **STRICT)
def correct(counts, frame, field, solved):  # type: ignore[no-untyped-def]
    """Correct a `Solved` to second order; returns a `Correction`."""
    n_a, n_t = field.theta.shape
    size = len(solved.root)
    pull, moved = np.empty((n_a, n_t)), np.zeros(size)
    load, block, third, lean = np.empty((n_t, size)), np.empty((n_t, n_t)), np.empty(n_t), np.empty(n_t)
    shift, scaled, inverse = shifts(counts.patterns, field.beta), frame.columns * frame.scale, _inverse(solved.root)
    bend, found, single = solved.bend, counts.bounded, counts.single
    log_ml, at = 0.0, 0
    for a in range(n_a):
        _loadings(scaled[frame.kind[a]], solved.cov[a], bend.curve[a], bend.cross[a], inverse, load)
        for i in range(n_t):
            for j in range(i + 1):
                total = solved.cov[a, i, j]
                for m in range(size):
                    total += load[i, m] * load[j, m]
                block[i, j] = total
                block[j, i] = total
            theta, n = field.theta[a, i], counts.total[a, i]
            if counts.around.theta.size:
                third[i], fourth = expanded_cumulants(counts.around, a, i, theta, field.beta)
            elif counts.code == 0:
                third[i], fourth = binomial_cumulants(theta, shift, n)
            elif counts.code == 2:
                third[i], fourth = 0.0, 0.0
            elif counts.code == 3:
                third[i], fourth = negative_binomial_cumulants(theta, shift, n, single.events[a, i], frame.dispersion)
            elif counts.code == 4:
                third[i], fourth = 0.0, 0.0
                for c in range(n.size):
                    begin, end = single.spans[a, i, c]
                    three, four = student_t_cumulants(
                        theta + shift[0, c], single.values[begin:end], single.number[begin:end], single.degrees,
                        np.sqrt(frame.dispersion),
                    )  # fmt: skip
                    third[i], fourth = third[i] + three, fourth + four
            else:
                third[i], fourth = poisson_cumulants(theta, shift, n)
            if at < found.low.size and found.authority[at] == a and found.period[at] == i:
                _, _, _, more, most = interval_cumulants(
                    counts.code, theta, n[0], found.low[at], found.high[at], found.sure[at], found.chance[at]
                )
                third[i], fourth = third[i] - more, fourth - most
                if found.chance[at] < 1.0:  # two kinds of count mixed: no series around one mode holds
                    third[i], fourth = 0.0, 0.0
                at += 1
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
