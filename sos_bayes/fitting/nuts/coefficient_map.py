"""Shared and covariate coefficients as near independent standard normals: the map and its vector-Jacobian product.

Most have a scale of their own, and a fixed linear map from the mode is enough. Those whose sd is a hyperparameter s
would change their width with it: in the directions in which the data's information about the coefficient is diagonal
(eigenvalues ``weight``), the standardised coefficient y has precision 1 + s^2 weight and a linear term s ``pull``. The
others follow what these moved, s y - ``origin``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT

LEAST = 1e-8  # sd at the mode, below which it is not divided by


class Joint(NamedTuple):
    """Fixed numbers of the map; m coefficients, the first p of them shared.

    ``mode`` (m,), standardised; ``base`` (m,), which is the mode but zero where an sd is a hyperparameter; ``spread``
    and ``follow`` (m, m); ``pull``, ``weight``, ``origin`` (m,), zero where the sd is a number.
    """

    mode: Floats
    base: Floats
    spread: Floats
    follow: Floats
    pull: Floats
    weight: Floats
    origin: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def joint_of(mode: Floats, precision: Floats, names: NDArray[np.intp], scale: Floats) -> Joint:
    """Find the map from the coefficients' mode (m,) and posterior precision (m, m) there, both standardised.

    ``names`` (p,) are the hyperparameters that shared coefficients scale with, -1 without; ``scale`` (p,) their sds.
    """
    m = len(mode)
    named = np.concatenate([names, np.full(m - len(names), -1)])
    rest = np.flatnonzero(named < 0)
    base = np.where(named < 0, mode, 0.0)
    spread, follow = np.zeros((m, m)), np.zeros((m, m))
    pull, weight, origin = np.zeros(m), np.zeros(m), np.zeros(m)
    within = precision[np.ix_(rest, rest)]
    spread[np.ix_(rest, rest)] = np.linalg.inv(np.linalg.cholesky(within)).T
    for name in np.unique(named[named >= 0]):
        block = np.flatnonzero(named == name)
        others = np.flatnonzero(named != name)
        held = np.linalg.solve(precision[np.ix_(others, others)], precision[np.ix_(others, block)])
        left = precision[np.ix_(block, block)] - precision[np.ix_(block, others)] @ held
        values, vectors = np.linalg.eigh(left - np.eye(len(block)))
        values, sd = np.maximum(values, 0.0), max(float(scale[block[0]]), LEAST)
        at = vectors.T @ mode[block]
        spread[np.ix_(block, block)] = vectors
        weight[block], pull[block], origin[block] = values / sd**2, at * (1 + values) / sd, sd * at
        follow[np.ix_(rest, block)] = -np.linalg.solve(within, precision[np.ix_(rest, block)]) @ vectors / sd
    return Joint(mode, base, spread, follow, pull, weight, origin)


@nb.njit(cache=True, **STRICT)
def joint_there(joint, names, scale, noise, turned, out):  # type: ignore[no-untyped-def]
    """Turn ``noise`` (m,) into coefficients ``out`` (m,), by way of ``turned`` (m,); returns the log determinant."""
    m, p = noise.size, names.size
    log_det = 0.0
    moved = np.zeros(m)
    for i in range(m):
        turned[i] = noise[i]
        if i < p and names[i] >= 0:
            square = 1.0 + scale[i] * scale[i] * joint.weight[i]
            turned[i] = scale[i] * joint.pull[i] / square + noise[i] / math.sqrt(square)
            moved[i] = scale[i] * turned[i] - joint.origin[i]
            log_det -= 0.5 * math.log(square)
    for i in range(m):
        total = joint.base[i]
        for j in range(m):
            total += joint.spread[i, j] * turned[j] + joint.follow[i, j] * moved[j]
        out[i] = total
    return log_det


@nb.njit(cache=True, **STRICT)
def joint_back(joint, names, scale, noise, turned, by_out, by_noise, by_values):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of `joint_there`: fills derivatives by ``noise``, adds those by the sds to ``by_values``.

    The log determinant has derivative one.
    """
    m, p = noise.size, names.size
    by_moved = np.zeros(m)
    by_noise[:] = 0.0
    for i in range(m):
        for j in range(m):
            by_noise[j] += joint.spread[i, j] * by_out[i]
            by_moved[j] += joint.follow[i, j] * by_out[i]
    for i in range(p):
        if names[i] < 0:
            continue
        s, weight = scale[i], joint.weight[i]
        square = 1.0 + s * s * weight
        root = math.sqrt(square)
        by_turned = by_noise[i] + s * by_moved[i]
        by_scale = joint.pull[i] * (1.0 - s * s * weight) / (square * square) - noise[i] * s * weight / (square * root)
        by_values[names[i]] += by_moved[i] * turned[i] + by_turned * by_scale - s * weight / square
        by_noise[i] = by_turned / root
