"""Vector-Jacobian product of `conditional_whitening`: from authorities' own coefficients and shocks back to noise.

Reverse-mode derivatives by hand: every recursion there is run from its end here. ``by_...`` holds the derivative by
what its name says; the log determinant of the map has derivative one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.nuts.conditional_whitening import backward_all


class Back(NamedTuple):
    """Derivatives that the way back fills: by the pull (n, A), the pivots' matrix (n, A) and (n, A), and sds (q,)."""

    pull: Floats
    diag: Floats
    off: Floats
    sd: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def whiten_back(around, off, unit, sd, noise, workspace, by_own, by_shock, by_own_noise, by_noise, back):  # type: ignore[no-untyped-def]
    """Carry derivatives back to all that `whiten_there` was given; the log determinant counts with weight one.

    ``by_own`` (q, A), by the coefficients times their sds, and ``by_shock`` (n, A) are overwritten; the rest is filled.
    """
    n, n_a = noise.shape
    q = sd.size
    by_ratio, by_solved, by_pivot = np.empty((n, n_a)), np.empty((n, n_a)), back.diag
    by_carried = np.empty((q, n, n_a))
    # back through the back substitution for x: to L, to L^-1 (pull - W B S c), to D^-1 and to noise
    for t in range(n):
        if t > 0:
            for a in range(n_a):
                by_ratio[t, a] = -by_shock[t - 1, a] * workspace.shock[t, a]
                by_shock[t, a] -= workspace.ratio[t, a] * by_shock[t - 1, a]
        for a in range(n_a):
            inverse = workspace.inverse[t, a]
            scale = math.sqrt(inverse)
            inner = by_shock[t, a] * inverse
            by_noise[t, a] = by_shock[t, a] * scale
            by_solved[t, a] = inner
            by_pivot[t, a] = -inner * (workspace.inner[t, a] * inverse + 0.5 * noise[t, a] * scale) - 0.5 * inverse
        for k in range(q):
            for a in range(n_a):
                by_carried[k, t, a] = -by_solved[t, a] * sd[k] * workspace.own[k, a]
                by_own[k, a] -= by_solved[t, a] * workspace.carried[k, t, a]
    # back through c, then through ``signal`` and ``left`` to the pull, L^-1 pull, L^-1 W B and D
    by_left, by_signal = _own_back(sd, workspace, by_own, by_own_noise, back.sd)
    for t in range(n):
        for a in range(n_a):
            back.pull[t, a] = 0.0
    for k in range(q):
        for t in range(n):
            for a in range(n_a):
                inverse, carried = workspace.inverse[t, a], workspace.carried[k, t, a]
                held = by_signal[k, a] * inverse
                back.pull[t, a] += by_signal[k, a] * around.own[k, t, a]
                by_carried[k, t, a] -= held * workspace.solved[t, a]
                by_pivot[t, a] += held * inverse * carried * workspace.solved[t, a]
                by_solved[t, a] -= held * carried
        for m in range(k + 1):
            for t in range(n):
                for a in range(n_a):
                    inverse, one, two = workspace.inverse[t, a], workspace.carried[k, t, a], workspace.carried[m, t, a]
                    held = by_left[k, m, a] * inverse
                    by_carried[k, t, a] -= held * two
                    by_carried[m, t, a] -= held * one
                    by_pivot[t, a] += held * inverse * one * two
    # back through the forward substitutions, to the pull and to L
    for t in range(n - 1, -1, -1):
        if t < n - 1:
            for a in range(n_a):
                by_solved[t, a] -= workspace.ratio[t + 1, a] * by_solved[t + 1, a]
            for k in range(q):
                for a in range(n_a):
                    by_carried[k, t, a] -= workspace.ratio[t + 1, a] * by_carried[k, t + 1, a]
        for a in range(n_a):
            back.pull[t, a] += by_solved[t, a]
        if t > 0:
            for a in range(n_a):
                by_ratio[t, a] -= by_solved[t, a] * workspace.solved[t - 1, a]
            for k in range(q):
                for a in range(n_a):
                    by_ratio[t, a] -= by_carried[k, t, a] * workspace.carried[k, t - 1, a]
    # back through the factorisation of M, to its diagonal and off-diagonal
    for t in range(n - 1, -1, -1):
        if off[t] == 0.0:
            for a in range(n_a):
                back.off[t, a] = 0.0
            continue
        for a in range(n_a):
            whole = (by_ratio[t, a] - by_pivot[t, a] * off[t] * unit[a]) * workspace.inverse[t - 1, a]
            back.off[t, a] = whole - by_pivot[t, a] * workspace.ratio[t, a]
            by_pivot[t - 1, a] -= whole * workspace.ratio[t, a]


@nb.njit(cache=True, **STRICT)
def _own_back(sd, workspace, by_own, by_noise, by_sd):  # type: ignore[no-untyped-def]
    """From derivatives by S c to those by noise, sds, ``left`` and ``signal``; c has its prior, P its determinant."""
    q, n_a = by_own.shape
    for k in range(q):
        by_sd[k] = 0.0
        for a in range(n_a):
            by_sd[k] += by_own[k, a] * workspace.own[k, a]
            by_noise[k, a] = sd[k] * by_own[k, a] - workspace.own[k, a]
    for k in range(q):
        for j in range(k):
            for a in range(n_a):
                by_noise[k, a] -= workspace.root[k, j, a] * by_noise[j, a]
        for a in range(n_a):
            by_noise[k, a] /= workspace.root[k, k, a]
    by_signal, by_left = by_noise.copy(), np.empty((q, q, n_a))
    backward_all(workspace.root, by_signal)
    for k in range(q):
        for m in range(k + 1):
            for a in range(n_a):
                by_left[k, m, a] = -workspace.own[k, a] * by_noise[m, a] - by_signal[k, a] * workspace.right[m, a]
        for a in range(n_a):
            by_left[k, k, a] -= 1.0 / workspace.root[k, k, a]
    _cholesky_back(workspace.root, by_left)
    for k in range(q):
        for a in range(n_a):
            by_sd[k] += by_signal[k, a] * workspace.signal[k, a]
            by_signal[k, a] *= sd[k]
        for m in range(k + 1):
            for a in range(n_a):
                both = by_left[k, m, a] * workspace.left[k, m, a]
                by_sd[k] += both * sd[m]
                by_sd[m] += both * sd[k]
                by_left[k, m, a] *= sd[k] * sd[m]
    return by_left, by_signal


@nb.njit(cache=True, **STRICT)
def _cholesky_back(root, by):  # type: ignore[no-untyped-def]
    """Reverse-mode derivative of the Cholesky factorisation.

    Turns derivatives by lower Cholesky factors (q, q, A) into those by the matrices' lower triangles, in place.
    """
    q, _, n_a = root.shape
    for i in range(q - 1, -1, -1):
        for j in range(i, -1, -1):
            for a in range(n_a):
                by[i, j, a] *= (0.5 if i == j else 1.0) / root[j, j, a]
            if i != j:
                for a in range(n_a):
                    by[j, j, a] -= by[i, j, a] * root[i, j, a]
            for k in range(j):
                for a in range(n_a):
                    by[i, k, a] -= by[i, j, a] * root[j, k, a] * (2.0 if i == j else 1.0)
                if i != j:
                    for a in range(n_a):
                        by[j, k, a] -= by[i, j, a] * root[i, k, a]
