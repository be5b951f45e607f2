"""Authorities' latent values as independent standard normals: there, and back for the derivatives.

Given hyperparameters and shared coefficients, the likelihood around its mode is read as a normal with curvature ``w``
and linear term ``pull``. An authority's own coefficients c and shocks x then have the approximate posterior

    P = I + S B'(W - W E W) B S      precision of c            (B the own columns, S their sds, E = (R + W)^-1)
    M = R + W                        precision of x given c    (R the shocks' precision, tridiagonal)

and both are drawn by the roots of P and M from standard normals. M = L D L' with a unit bidiagonal L, so everything is
a recursion over the slots. R is a diagonal and an off-diagonal, zero where a chain starts afresh, times a number for
each authority. Arrays have authorities last: loops over them have no order to keep, and vectorise.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes.families.compiled import STRICT

Floats = NDArray[np.float64]
BLOCK = 8  # pivots whose product is taken before its logarithm


class Around(NamedTuple):
    """The likelihood around its mode: ``w`` (n, A); own columns ``own`` (q, n, A), them times w, and B'WB (q, q, A)."""

    w: Floats
    own: Floats
    weighted: Floats
    gram: Floats


class Room(NamedTuple):
    """What the way there leaves for the way back, authorities last; see `whiten_there` for the names."""

    pull: Floats  # (n, A)
    inverse: Floats  # (n, A) of the pivots D
    ratio: Floats  # (n, A) the off-diagonal of L
    solved: Floats  # (n, A) L^-1 pull
    carried: Floats  # (q, n, A) L^-1 W B
    left: Floats  # (q, q, A) B'(W - W E W) B, lower triangle
    signal: Floats  # (q, A) B'(I - W E) pull
    root: Floats  # (q, q, A) of P
    right: Floats  # (q, A) root^-1 S signal
    own: Floats  # (q, A) c
    inner: Floats  # (n, A) L^-1 of the pull that is left to the shocks
    shock: Floats  # (n, A) x


@nb.njit(cache=True, **STRICT)
def room_for(q, n, n_a):  # type: ignore[no-untyped-def]
    """Room for ``n_a`` authorities of ``n`` slots with ``q`` own coefficients."""
    cells, small = np.empty((6, n, n_a)), np.empty((3, q, n_a))
    squares = np.empty((2, q, q, n_a))
    return Room(
        cells[0], cells[1], cells[2], cells[3], np.empty((q, n, n_a)), squares[0], small[0], squares[1], small[1],
        small[2], cells[4], cells[5],
    )  # fmt: skip


@nb.njit(cache=True, **STRICT)
def whiten_there(around, diag, off, unit, sd, own_noise, noise, room):  # type: ignore[no-untyped-def]
    """Turn noise into own coefficients (standardised) and shocks, in ``room``; returns the map's log determinant.

    Parameters
    ----------
    around : Around
    diag, off : ndarray (n,)
        Shocks' precision in units of ``unit``; ``off[t]`` links slot t to the one before it.
    unit : ndarray (A,)
    sd : ndarray (q,)
        Of own coefficients.
    own_noise, noise : ndarray (q, A), (n, A)
    room : Room
        ``pull`` is given, the rest is filled.
    """
    n, n_a = noise.shape
    q = sd.size
    log_det = _factor(around, diag, off, unit, room)
    for t in range(n):
        for a in range(n_a):
            room.solved[t, a] = room.pull[t, a]
        if t > 0:
            for a in range(n_a):
                room.solved[t, a] -= room.ratio[t, a] * room.solved[t - 1, a]
        for k in range(q):
            for a in range(n_a):
                room.carried[k, t, a] = around.weighted[k, t, a]
            if t > 0:
                for a in range(n_a):
                    room.carried[k, t, a] -= room.ratio[t, a] * room.carried[k, t - 1, a]
    _condense(around, room)
    log_det -= _own_there(sd, own_noise, room)
    for t in range(n):
        for a in range(n_a):
            room.inner[t, a] = room.solved[t, a]
        for k in range(q):
            for a in range(n_a):
                room.inner[t, a] -= room.carried[k, t, a] * sd[k] * room.own[k, a]
    for t in range(n - 1, -1, -1):
        for a in range(n_a):
            inverse = room.inverse[t, a]
            room.shock[t, a] = room.inner[t, a] * inverse + noise[t, a] * math.sqrt(inverse)
        if t < n - 1:
            for a in range(n_a):
                room.shock[t, a] -= room.ratio[t + 1, a] * room.shock[t + 1, a]
    return log_det


@nb.njit(cache=True, **STRICT)
def _factor(around, diag, off, unit, room):  # type: ignore[no-untyped-def]
    """Fill L and the inverse of D; returns minus half the log determinants."""
    n, n_a = around.w.shape
    product, log_det = np.ones(n_a), 0.0
    for t in range(n):
        if off[t] == 0.0:
            for a in range(n_a):
                room.ratio[t, a] = 0.0
                room.inverse[t, a] = 1.0 / (diag[t] * unit[a] + around.w[t, a])
        else:
            for a in range(n_a):
                link = off[t] * unit[a]
                ratio = link * room.inverse[t - 1, a]
                room.ratio[t, a] = ratio
                room.inverse[t, a] = 1.0 / (diag[t] * unit[a] + around.w[t, a] - link * ratio)
        for a in range(n_a):
            product[a] *= room.inverse[t, a]
        if t % BLOCK == BLOCK - 1 or t == n - 1:
            for a in range(n_a):
                log_det += math.log(product[a])
                product[a] = 1.0
    return 0.5 * log_det


@nb.njit(cache=True, **STRICT)
def _condense(around, room):  # type: ignore[no-untyped-def]
    """Fill what cells say about own coefficients, shocks integrated out: ``left`` and ``signal``."""
    q, n, n_a = room.carried.shape
    for k in range(q):
        for a in range(n_a):
            room.signal[k, a] = 0.0
        for t in range(n):
            for a in range(n_a):
                held = room.carried[k, t, a] * room.inverse[t, a]
                room.signal[k, a] += around.own[k, t, a] * room.pull[t, a] - held * room.solved[t, a]
        for m in range(k + 1):
            for a in range(n_a):
                room.left[k, m, a] = around.gram[k, m, a]
            for t in range(n):
                for a in range(n_a):
                    room.left[k, m, a] -= room.carried[k, t, a] * room.inverse[t, a] * room.carried[m, t, a]


@nb.njit(cache=True, **STRICT)
def _own_there(sd, noise, room):  # type: ignore[no-untyped-def]
    """Fill the root of P, ``right`` and c; returns half the log determinants of P."""
    q, n_a = noise.shape
    total, log_det = np.empty(n_a), 0.0
    for k in range(q):
        for m in range(k + 1):
            for a in range(n_a):
                total[a] = (1.0 if k == m else 0.0) + sd[k] * sd[m] * room.left[k, m, a]
            for j in range(m):
                for a in range(n_a):
                    total[a] -= room.root[k, j, a] * room.root[m, j, a]
            for a in range(n_a):
                room.root[k, m, a] = math.sqrt(total[a]) if k == m else total[a] / room.root[m, m, a]
        for a in range(n_a):
            log_det += math.log(room.root[k, k, a])
            room.right[k, a] = sd[k] * room.signal[k, a]
        for j in range(k):
            for a in range(n_a):
                room.right[k, a] -= room.root[k, j, a] * room.right[j, a]
        for a in range(n_a):
            room.right[k, a] /= room.root[k, k, a]
            room.own[k, a] = room.right[k, a] + noise[k, a]
    backward_all(room.root, room.own)
    return log_det


@nb.njit(cache=True, **STRICT)
def backward_all(root, values):  # type: ignore[no-untyped-def]
    """Solve root' x = values in place, (q, q, A) and (q, A)."""
    q, n_a = values.shape
    for k in range(q - 1, -1, -1):
        for a in range(n_a):
            values[k, a] /= root[k, k, a]
        for j in range(k):
            for a in range(n_a):
                values[j, a] -= root[k, j, a] * values[k, a]


class Back(NamedTuple):
    """Derivatives that the way back fills: by the pull (n, A), the pivots' matrix (n, A) and (n, A), and sds (q,)."""

    pull: Floats
    diag: Floats
    off: Floats
    sd: Floats


@nb.njit(cache=True, **STRICT)
def whiten_back(around, off, unit, sd, noise, room, by_own, by_shock, by_own_noise, by_noise, back):  # type: ignore[no-untyped-def]
    """Carry derivatives back to all that `whiten_there` was given; the log determinant counts with weight one.

    ``by_own`` (q, A), by the coefficients times their sds, and ``by_shock`` (n, A) are overwritten; the rest is filled.
    """
    n, n_a = noise.shape
    q = sd.size
    by_ratio, by_solved, by_pivot = np.empty((n, n_a)), np.empty((n, n_a)), back.diag
    by_carried = np.empty((q, n, n_a))
    for t in range(n):
        if t > 0:
            for a in range(n_a):
                by_ratio[t, a] = -by_shock[t - 1, a] * room.shock[t, a]
                by_shock[t, a] -= room.ratio[t, a] * by_shock[t - 1, a]
        for a in range(n_a):
            inverse = room.inverse[t, a]
            scale = math.sqrt(inverse)
            inner = by_shock[t, a] * inverse
            by_noise[t, a] = by_shock[t, a] * scale
            by_solved[t, a] = inner
            by_pivot[t, a] = -inner * (room.inner[t, a] * inverse + 0.5 * noise[t, a] * scale) - 0.5 * inverse
        for k in range(q):
            for a in range(n_a):
                by_carried[k, t, a] = -by_solved[t, a] * sd[k] * room.own[k, a]
                by_own[k, a] -= by_solved[t, a] * room.carried[k, t, a]
    by_left, by_signal = _own_back(sd, room, by_own, by_own_noise, back.sd)
    for t in range(n):
        for a in range(n_a):
            back.pull[t, a] = 0.0
    for k in range(q):
        for t in range(n):
            for a in range(n_a):
                inverse, carried = room.inverse[t, a], room.carried[k, t, a]
                held = by_signal[k, a] * inverse
                back.pull[t, a] += by_signal[k, a] * around.own[k, t, a]
                by_carried[k, t, a] -= held * room.solved[t, a]
                by_pivot[t, a] += held * inverse * carried * room.solved[t, a]
                by_solved[t, a] -= held * carried
        for m in range(k + 1):
            for t in range(n):
                for a in range(n_a):
                    inverse, one, two = room.inverse[t, a], room.carried[k, t, a], room.carried[m, t, a]
                    held = by_left[k, m, a] * inverse
                    by_carried[k, t, a] -= held * two
                    by_carried[m, t, a] -= held * one
                    by_pivot[t, a] += held * inverse * one * two
    for t in range(n - 1, -1, -1):
        if t < n - 1:
            for a in range(n_a):
                by_solved[t, a] -= room.ratio[t + 1, a] * by_solved[t + 1, a]
            for k in range(q):
                for a in range(n_a):
                    by_carried[k, t, a] -= room.ratio[t + 1, a] * by_carried[k, t + 1, a]
        for a in range(n_a):
            back.pull[t, a] += by_solved[t, a]
        if t > 0:
            for a in range(n_a):
                by_ratio[t, a] -= by_solved[t, a] * room.solved[t - 1, a]
            for k in range(q):
                for a in range(n_a):
                    by_ratio[t, a] -= by_carried[k, t, a] * room.carried[k, t - 1, a]
    for t in range(n - 1, -1, -1):
        if off[t] == 0.0:
            for a in range(n_a):
                back.off[t, a] = 0.0
            continue
        for a in range(n_a):
            whole = (by_ratio[t, a] - by_pivot[t, a] * off[t] * unit[a]) * room.inverse[t - 1, a]
            back.off[t, a] = whole - by_pivot[t, a] * room.ratio[t, a]
            by_pivot[t - 1, a] -= whole * room.ratio[t, a]


@nb.njit(cache=True, **STRICT)
def _own_back(sd, room, by_own, by_noise, by_sd):  # type: ignore[no-untyped-def]
    """From derivatives by S c to those by noise, sds, ``left`` and ``signal``; c has its prior, P its determinant."""
    q, n_a = by_own.shape
    for k in range(q):
        by_sd[k] = 0.0
        for a in range(n_a):
            by_sd[k] += by_own[k, a] * room.own[k, a]
            by_noise[k, a] = sd[k] * by_own[k, a] - room.own[k, a]
    for k in range(q):
        for j in range(k):
            for a in range(n_a):
                by_noise[k, a] -= room.root[k, j, a] * by_noise[j, a]
        for a in range(n_a):
            by_noise[k, a] /= room.root[k, k, a]
    by_signal, by_left = by_noise.copy(), np.empty((q, q, n_a))
    backward_all(room.root, by_signal)
    for k in range(q):
        for m in range(k + 1):
            for a in range(n_a):
                by_left[k, m, a] = -room.own[k, a] * by_noise[m, a] - by_signal[k, a] * room.right[m, a]
        for a in range(n_a):
            by_left[k, k, a] -= 1.0 / room.root[k, k, a]
    _cholesky_back(room.root, by_left)
    for k in range(q):
        for a in range(n_a):
            by_sd[k] += by_signal[k, a] * room.signal[k, a]
            by_signal[k, a] *= sd[k]
        for m in range(k + 1):
            for a in range(n_a):
                both = by_left[k, m, a] * room.left[k, m, a]
                by_sd[k] += both * sd[m]
                by_sd[m] += both * sd[k]
                by_left[k, m, a] *= sd[k] * sd[m]
    return by_left, by_signal


@nb.njit(cache=True, **STRICT)
def _cholesky_back(root, by):  # type: ignore[no-untyped-def]
    """Turn derivatives by lower Cholesky factors (q, q, A) into those by the matrices' lower triangles, in place."""
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
