"""One authority's latent values as independent standard normals: there, and back for the derivatives.

Given the shared coefficients and hyperparameters, the likelihood around its mode is read as a normal with curvature
``w`` and linear term ``pull``. An authority's own coefficients c and shocks x then have the approximate posterior

    P = I + B'(W - W E W) B          precision of c            (B the scaled own columns, E = (R + W)^-1)
    M = R + W                        precision of x given c    (R the shocks' precision, tridiagonal)

and both are drawn by the roots of P and M from standard normals. M = L D L' with a unit bidiagonal L, so everything is
a recursion over the slots; R comes as a diagonal and an off-diagonal, zero where a chain starts afresh.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.blocks import backward, cholesky, forward

Floats = NDArray[np.float64]


class Room(NamedTuple):
    """What one authority's way there leaves for the way back; ``carried`` (q + 1, n) has b itself in its last row."""

    columns: Floats
    pivot: Floats
    ratio: Floats
    carried: Floats
    root: Floats
    right: Floats
    own: Floats
    inner: Floats
    solved: Floats
    shock: Floats


@nb.njit(cache=True, **STRICT)
def room_for(n, q):  # type: ignore[no-untyped-def]
    """Room for an authority of ``n`` slots with ``q`` own coefficients."""
    return Room(
        np.empty((q, n)), np.empty(n), np.empty(n), np.empty((q + 1, n)), np.zeros((q, q)), np.empty(q),
        np.empty(q), np.empty(n), np.empty(q), np.empty(n),
    )  # fmt: skip


@nb.njit(cache=True, **STRICT)
def whiten_there(diag, off, w, pull, noise, room):  # type: ignore[no-untyped-def]
    """Turn ``noise`` (q + n,) into own coefficients and shocks in ``room``; returns the map's log determinant.

    ``room.columns`` (q, n) holds the scaled own columns. ``off[i]`` links slot i to the one before it.
    """
    q, n = room.columns.shape
    pivot, ratio, carried, root = room.pivot, room.ratio, room.carried, room.root
    pivot[0], ratio[0] = diag[0] + w[0], 0.0
    for i in range(1, n):
        ratio[i] = off[i] / pivot[i - 1]
        pivot[i] = diag[i] + w[i] - off[i] * ratio[i]
    for k in range(q + 1):
        before = 0.0
        for i in range(n):
            before = (pull[i] if k == q else w[i] * room.columns[k, i]) - ratio[i] * before
            carried[k, i] = before
    for k in range(q):
        for m in range(k + 1):
            total = 1.0 if k == m else 0.0
            for i in range(n):
                total += w[i] * room.columns[k, i] * room.columns[m, i] - carried[k, i] * carried[m, i] / pivot[i]
            root[k, m] = total
        total = 0.0
        for i in range(n):
            total += room.columns[k, i] * pull[i] - carried[k, i] * carried[q, i] / pivot[i]
        room.right[k] = total
    log_det = -0.5 * cholesky(root, root)
    forward(root, room.right)
    for k in range(q):
        room.own[k] = room.right[k] + noise[k]
    backward(root, room.own)
    for i in range(n):
        total = carried[q, i]
        for k in range(q):
            total -= carried[k, i] * room.own[k]
        room.inner[i] = total
        log_det -= 0.5 * math.log(pivot[i])
    after = 0.0
    for i in range(n - 1, -1, -1):
        after = (room.inner[i] / pivot[i] + noise[q + i] / math.sqrt(pivot[i])) - (
            ratio[i + 1] * after if i < n - 1 else 0.0
        )
        room.shock[i] = after
    return log_det


@nb.njit(cache=True, **STRICT)
def whiten_back(off, w, pull, noise, room, by_own, by_shock, by_noise, by_pull, by_columns, by_diag, by_off):  # type: ignore[no-untyped-def]
    """Carry derivatives by own coefficients and shocks back to everything that `whiten_there` was given.

    ``by_own`` (q,) and ``by_shock`` (n,) are overwritten; ``by_columns`` (q, n) is added to; ``by_noise``,
    ``by_pull``, ``by_diag`` and ``by_off`` are filled. The log determinant counts with weight one.
    """
    q, n = room.columns.shape
    pivot, ratio, carried, root = room.pivot, room.ratio, room.carried, room.root
    by_pivot, by_ratio = np.empty(n), np.zeros(n)
    by_carried, by_root = np.zeros((q + 1, n)), np.zeros((q, q))
    for i in range(n):  # the last recursion, from its end
        if i > 0:
            by_ratio[i] = -by_shock[i - 1] * room.shock[i]
            by_shock[i] -= ratio[i] * by_shock[i - 1]
    for i in range(n):
        inverse = 1.0 / pivot[i]
        scale = math.sqrt(inverse)
        by_noise[q + i] = by_shock[i] * scale
        by_inner = by_shock[i] * inverse
        by_pivot[i] = -by_inner * (room.inner[i] * inverse + 0.5 * noise[q + i] * scale) - 0.5 * inverse
        by_carried[q, i] = by_inner
        for k in range(q):
            by_carried[k, i] = -by_inner * room.own[k]
            by_own[k] -= by_inner * carried[k, i]
    forward(root, by_own)
    for k in range(q):
        by_noise[k] = by_own[k]
        room.solved[k] = by_own[k]
    backward(root, room.solved)
    for k in range(q):
        for m in range(k + 1):
            by_root[k, m] = -room.own[k] * by_own[m] - room.solved[k] * room.right[m]
        by_root[k, k] -= 1.0 / root[k, k]
    _cholesky_back(root, by_root)
    for i in range(n):
        inverse = 1.0 / pivot[i]
        pulled = 0.0
        for k in range(q):
            b, f, one = room.columns[k, i], carried[k, i], room.solved[k]
            by_columns[k, i] += one * pull[i]
            pulled += one * b
            by_carried[k, i] -= one * carried[q, i] * inverse
            by_carried[q, i] -= one * f * inverse
            by_pivot[i] += one * f * carried[q, i] * inverse * inverse
            for m in range(k + 1):
                both, g = by_root[k, m], carried[m, i]
                by_columns[k, i] += both * w[i] * room.columns[m, i]
                by_columns[m, i] += both * w[i] * b
                by_carried[k, i] -= both * g * inverse
                by_carried[m, i] -= both * f * inverse
                by_pivot[i] += both * f * g * inverse * inverse
        by_pull[i] = pulled
    for k in range(q + 1):
        after = 0.0
        for i in range(n - 1, -1, -1):
            after = by_carried[k, i] - (ratio[i + 1] * after if i < n - 1 else 0.0)
            if i > 0:
                by_ratio[i] -= after * carried[k, i - 1]
            if k == q:
                by_pull[i] += after
            else:
                by_columns[k, i] += w[i] * after
    by_off[0] = 0.0
    for i in range(n - 1, 0, -1):
        by_diag[i] = by_pivot[i]
        whole = by_ratio[i] - by_pivot[i] * off[i]
        by_off[i] = whole / pivot[i - 1] - by_pivot[i] * ratio[i]
        by_pivot[i - 1] -= whole * ratio[i] / pivot[i - 1]
    by_diag[0] = by_pivot[0]


@nb.njit(cache=True, **STRICT)
def _cholesky_back(root, by_root):  # type: ignore[no-untyped-def]
    """Turn derivatives by a lower Cholesky factor into those by the matrix's lower triangle, in place."""
    n = len(root)
    for i in range(n - 1, -1, -1):
        for j in range(i, -1, -1):
            if i == j:
                by_root[i, i] *= 0.5 / root[i, i]
            else:
                by_root[i, j] /= root[j, j]
                by_root[j, j] -= by_root[i, j] * root[i, j]
            for k in range(j):
                by_root[i, k] -= by_root[i, j] * root[j, k] * (2.0 if i == j else 1.0)
                if i != j:
                    by_root[j, k] -= by_root[i, j] * root[i, k]
