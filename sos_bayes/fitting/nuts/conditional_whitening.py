"""Conditional whitening: authorities' latent values as near independent standard normals given all else.

A non-centred reparametrisation around the conditional Gaussian approximation; its vector-Jacobian product is
`conditional_whitening_vjp`. Given hyperparameters and shared coefficients, the likelihood around its mode is read as a
normal with curvature W (``w``) and linear term ``pull``. An authority's own coefficients c and shocks x then have the
approximate posterior

    P = I + S B'(W - W E W) B S      precision of c            (B the own columns, S their sds, E = (R + W)^-1)
    M = R + W                        precision of x given c    (R the shocks' precision, tridiagonal)

and both are drawn from standard normals by the Cholesky factors of the precision matrices P and M. M = L D L' with a
unit bidiagonal L, so everything is a recursion over the slots. R is a diagonal and an off-diagonal, zero where a chain
starts afresh, times a number for each authority. Arrays have authorities last: loops over them have no order to keep,
and vectorise.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT

BLOCK = 8  # pivots whose product is taken before its logarithm


class GaussianLikelihood(NamedTuple):
    """The likelihood around its mode: ``w`` (n, A); own columns ``own`` (q, n, A), them times w, and B'WB (q, q, A)."""

    w: Floats
    own: Floats
    weighted: Floats
    gram: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


class Workspace(NamedTuple):
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

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def workspace_for(q, n, n_a):  # type: ignore[no-untyped-def]
    """Room for ``n_a`` authorities of ``n`` slots with ``q`` own coefficients."""
    cells, small = np.empty((6, n, n_a)), np.empty((3, q, n_a))
    squares = np.empty((2, q, q, n_a))
    return Workspace(
        cells[0], cells[1], cells[2], cells[3], np.empty((q, n, n_a)), squares[0], small[0], squares[1], small[1],
        small[2], cells[4], cells[5],
    )  # fmt: skip


@nb.njit(cache=True, **STRICT)
def whiten_there(around, diag, off, unit, sd, own_noise, noise, workspace):  # type: ignore[no-untyped-def]
    """Turn noise into own coefficients c (standardised) and shocks x; returns the map's log determinant.

    Parameters
    ----------
    around : GaussianLikelihood
    diag, off : ndarray (n,)
        Shocks' precision in units of ``unit``; ``off[t]`` links slot t to the one before it.
    unit : ndarray (A,)
    sd : ndarray (q,)
        Of own coefficients.
    own_noise, noise : ndarray (q, A), (n, A)
    workspace : Workspace
        ``pull`` is given, the rest is filled.
    """
    n, n_a = noise.shape
    q = sd.size
    log_det = _factor(around, diag, off, unit, workspace)
    # forward substitution: L^-1 pull and L^-1 W B
    for t in range(n):
        for a in range(n_a):
            workspace.solved[t, a] = workspace.pull[t, a]
        if t > 0:
            for a in range(n_a):
                workspace.solved[t, a] -= workspace.ratio[t, a] * workspace.solved[t - 1, a]
        for k in range(q):
            for a in range(n_a):
                workspace.carried[k, t, a] = around.weighted[k, t, a]
            if t > 0:
                for a in range(n_a):
                    workspace.carried[k, t, a] -= workspace.ratio[t, a] * workspace.carried[k, t - 1, a]
    _condense(around, workspace)
    log_det -= _own_there(sd, own_noise, workspace)
    # L^-1 (pull - W B S c), then x = M^-1 (pull - W B S c) + L'^-1 D^-1/2 noise by back substitution
    for t in range(n):
        for a in range(n_a):
            workspace.inner[t, a] = workspace.solved[t, a]
        for k in range(q):
            for a in range(n_a):
                workspace.inner[t, a] -= workspace.carried[k, t, a] * sd[k] * workspace.own[k, a]
    for t in range(n - 1, -1, -1):
        for a in range(n_a):
            inverse = workspace.inverse[t, a]
            workspace.shock[t, a] = workspace.inner[t, a] * inverse + noise[t, a] * math.sqrt(inverse)
        if t < n - 1:
            for a in range(n_a):
                workspace.shock[t, a] -= workspace.ratio[t + 1, a] * workspace.shock[t + 1, a]
    return log_det


@nb.njit(cache=True, **STRICT)
def _factor(around, diag, off, unit, workspace):  # type: ignore[no-untyped-def]
    """Factor M = L D L': fill the off-diagonal of L and the inverse of D; returns minus half the log determinants."""
    n, n_a = around.w.shape
    product, log_det = np.ones(n_a), 0.0
    for t in range(n):
        if off[t] == 0.0:
            for a in range(n_a):
                workspace.ratio[t, a] = 0.0
                workspace.inverse[t, a] = 1.0 / (diag[t] * unit[a] + around.w[t, a])
        else:
            for a in range(n_a):
                link = off[t] * unit[a]
                ratio = link * workspace.inverse[t - 1, a]
                workspace.ratio[t, a] = ratio
                workspace.inverse[t, a] = 1.0 / (diag[t] * unit[a] + around.w[t, a] - link * ratio)
        for a in range(n_a):
            product[a] *= workspace.inverse[t, a]
        if t % BLOCK == BLOCK - 1 or t == n - 1:
            for a in range(n_a):
                log_det += math.log(product[a])
                product[a] = 1.0
    return 0.5 * log_det


@nb.njit(cache=True, **STRICT)
def _condense(around, workspace):  # type: ignore[no-untyped-def]
    """Fill what cells say about own coefficients, shocks integrated out: ``left`` and ``signal``.

    B'(W - W E W) B = B'W B - (L^-1 W B)' D^-1 (L^-1 W B), and B'(I - W E) pull likewise.
    """
    q, n, n_a = workspace.carried.shape
    for k in range(q):
        for a in range(n_a):
            workspace.signal[k, a] = 0.0
        for t in range(n):
            for a in range(n_a):
                held = workspace.carried[k, t, a] * workspace.inverse[t, a]
                workspace.signal[k, a] += around.own[k, t, a] * workspace.pull[t, a] - held * workspace.solved[t, a]
        for m in range(k + 1):
            for a in range(n_a):
                workspace.left[k, m, a] = around.gram[k, m, a]
            for t in range(n):
                for a in range(n_a):
                    workspace.left[k, m, a] -= (
                        workspace.carried[k, t, a] * workspace.inverse[t, a] * workspace.carried[m, t, a]
                    )


@nb.njit(cache=True, **STRICT)
def _own_there(sd, noise, workspace):  # type: ignore[no-untyped-def]
    """Fill the Cholesky factor of P = I + S left S, ``right`` and c; returns half the log determinants of P.

    c = P^-1 S signal + root'^-1 noise.
    """
    q, n_a = noise.shape
    total, log_det = np.empty(n_a), 0.0
    for k in range(q):
        for m in range(k + 1):
            for a in range(n_a):
                total[a] = (1.0 if k == m else 0.0) + sd[k] * sd[m] * workspace.left[k, m, a]
            for j in range(m):
                for a in range(n_a):
                    total[a] -= workspace.root[k, j, a] * workspace.root[m, j, a]
            for a in range(n_a):
                workspace.root[k, m, a] = math.sqrt(total[a]) if k == m else total[a] / workspace.root[m, m, a]
        for a in range(n_a):
            log_det += math.log(workspace.root[k, k, a])
            workspace.right[k, a] = sd[k] * workspace.signal[k, a]
        for j in range(k):
            for a in range(n_a):
                workspace.right[k, a] -= workspace.root[k, j, a] * workspace.right[j, a]
        for a in range(n_a):
            workspace.right[k, a] /= workspace.root[k, k, a]
            workspace.own[k, a] = workspace.right[k, a] + noise[k, a]
    backward_all(workspace.root, workspace.own)
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
