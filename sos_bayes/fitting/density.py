"""Log density and gradient of the whole model in the sampler's variables, in compiled loops.

The variables are near independent standard normals, whatever the data: the hyperparameters' scores, shifted and scaled
by the approximate posterior at its mode; shared and covariate coefficients, likewise; and for every authority the
noise behind its own coefficients and shocks (`whitened`), whose map follows the hyperparameters and the shared
coefficients. Only fixed numbers come from the mode (`Anchor`), so the density is exact and only its shape is
approximate.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays import Counts
from sos_bayes.fitting.hypers import Hypers, derived, derived_back, values_at
from sos_bayes.fitting.likelihood import first_order
from sos_bayes.fitting.whitened import room_for, whiten_back, whiten_there

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Anchor(NamedTuple):
    """Fixed numbers around which the variables are counted, from the approximate posterior at its mode.

    ``centre`` (d,) and ``root`` (d, d) are of the scores; ``coefficients`` (p + k,) and ``spread`` (p + k, p + k) of
    shared and covariate coefficients, standardised; ``theta``, ``slope``, ``w`` (A, n_slots) and ``cross``
    (A, n_slots, k) are the field there with the likelihood's slope and curvature.
    """

    centre: Floats
    root: Floats
    coefficients: Floats
    spread: Floats
    theta: Floats
    slope: Floats
    w: Floats
    cross: Floats


class Target(NamedTuple):
    """The model as flat arrays.

    ``columns`` (U, n_slots, p) by ``kind`` (A,); ``own`` (A, n_slots, q), of which authority a has those that
    ``which[begin[a]:begin[a + 1]]`` names; ``first`` and ``last`` (n_slots,) say where chains of shocks begin and end,
    ``adopts`` (A,) is 1 where shocks have the adopters' scale.
    """

    counts: Counts
    hypers: Hypers
    columns: Floats
    kind: Indices
    own: Floats
    begin: Indices
    which: Indices
    first: Floats
    last: Floats
    adopts: Floats
    anchor: Anchor


@nb.njit(cache=True, **STRICT)
def size_of(target):  # type: ignore[no-untyped-def]
    """How many variables are sampled."""
    return target.anchor.centre.size + target.anchor.coefficients.size + target.which.size + target.anchor.w.size


@nb.njit(cache=True, **STRICT)
def _affine(centre, root, values, out):  # type: ignore[no-untyped-def]
    for i in range(centre.size):
        total = centre[i]
        for j in range(centre.size):
            total += root[i, j] * values[j]
        out[i] = total


@nb.njit(cache=True, **STRICT)
def _affine_back(root, by, out):  # type: ignore[no-untyped-def]
    for j in range(by.size):
        total = 0.0
        for i in range(by.size):
            total += root[i, j] * by[i]
        out[j] = total


@nb.njit(cache=True, **STRICT)
def _chain(target, rho, start, sd, diag, off):  # type: ignore[no-untyped-def]
    """Fill the tridiagonal precision of one authority's shocks."""
    unit = 1.0 / (sd * sd)
    for i in range(diag.size):
        diag[i] = ((start if target.first[i] else 1.0) + (0.0 if target.last[i] else rho * rho)) * unit
        off[i] = 0.0 if target.first[i] else -rho * unit
    return unit


@nb.njit(cache=True, **STRICT)
def _chain_back(target, rho, start, unit, by_diag, by_off, by):  # type: ignore[no-untyped-def]
    """Add derivatives by correlation, first precision and log sd to ``by`` (5,), the log determinant included."""
    by_unit = 0.0
    for i in range(by_diag.size):
        if target.first[i]:
            by[2] += unit * by_diag[i] + 0.5 / start
            by_unit += start * by_diag[i]
        else:
            by[1] -= unit * by_off[i]
            by_unit += by_diag[i] - rho * by_off[i]
        if not target.last[i]:
            by[1] += 2.0 * rho * unit * by_diag[i]
            by_unit += rho * rho * by_diag[i]
    return -2.0 * unit * by_unit - by_diag.size


@nb.njit(cache=True, **STRICT)
def _scale_of(index, fixed, values, level):  # type: ignore[no-untyped-def]
    if index < 0:
        return fixed
    return level if index == values.size else values[index]


@nb.njit(cache=True, **STRICT)
def _pull(anchor, a, mean, moved, pull):  # type: ignore[no-untyped-def]
    """Linear term of the likelihood's normal approximation, counted from what is shared."""
    for i in range(pull.size):
        total = anchor.w[a, i] * (anchor.theta[a, i] - mean[i]) + anchor.slope[a, i]
        for m in range(moved.size):
            total -= anchor.cross[a, i, m] * moved[m]
        pull[i] = total


@nb.njit(cache=True, nogil=True, **STRICT)
def log_density(target, x, gradient):  # type: ignore[no-untyped-def]
    """Return the log density at ``x`` without its constant, and fill its gradient."""
    hypers, anchor = target.hypers, target.anchor
    n_a, n = anchor.w.shape
    d, p, q = anchor.centre.size, hypers.shared.size, hypers.own.size
    k, kinds = anchor.coefficients.size - p, len(target.columns)
    scores, values, slopes, by_values = np.empty(d), np.empty(d), np.empty(d), np.zeros(d)
    _affine(anchor.centre, anchor.root, x[:d], scores)
    values_at(hypers, scores, values, slopes)
    level, rho, start, sd, adopter = derived(hypers, values)
    joint, by_joint = np.empty(p + k), np.empty(p + k)
    _affine(anchor.coefficients, anchor.spread, x[d : d + p + k], joint)
    beta, moved = joint[p:], joint[p:] - anchor.coefficients[p:]
    scale, own_scale = np.empty(p), np.empty(q)
    for i in range(p):
        scale[i] = _scale_of(hypers.shared[i], hypers.fixed[i], values, level)
    for j in range(q):
        own_scale[j] = _scale_of(hypers.own[j], 1.0, values, level)
    mean, by_mean = np.zeros((kinds, n)), np.zeros((kinds, n))
    for u in range(kinds):
        for t in range(n):
            for i in range(p):
                mean[u, t] += target.columns[u, t, i] * scale[i] * joint[i]
    value = 0.0
    for i in range(d):
        value -= 0.5 * scores[i] * scores[i]
    for i in range(p + k):
        value -= 0.5 * joint[i] * joint[i]
    # there: every authority's cells, and what the way back needs
    theta, by_theta, by_beta = np.empty((n_a, n)), np.empty((n_a, n)), np.empty(k)
    diag, off, pulls = np.empty((n_a, n)), np.empty((n_a, n)), np.empty((n_a, n))
    units = np.empty(n_a)
    rooms = [room_for(n, target.begin[a + 1] - target.begin[a]) for a in range(n_a)]
    at = d + p + k
    for a in range(n_a):
        room, u = rooms[a], target.kind[a]
        each = room.own.size
        for j in range(each):
            one = target.which[target.begin[a] + j]
            for t in range(n):
                room.columns[j, t] = target.own[a, t, one] * own_scale[one]
        units[a] = _chain(target, rho, start, sd * math.exp(adopter * target.adopts[a]), diag[a], off[a])
        _pull(anchor, a, mean[u], moved, pulls[a])
        value += whiten_there(diag[a], off[a], anchor.w[a], pulls[a], x[at : at + each + n], room)
        value += 0.5 * n * math.log(units[a])
        for j in range(each):
            value -= 0.5 * room.own[j] * room.own[j]
        for t in range(n):
            if target.first[t]:
                value += 0.5 * math.log(start)
            s = room.shock[t]
            value -= 0.5 * diag[a, t] * s * s + (off[a, t] * s * room.shock[t - 1] if t > 0 else 0.0)
            total = mean[u, t] + s
            for j in range(each):
                total += room.columns[j, t] * room.own[j]
            theta[a, t] = total
        at += each + n
    value += first_order(target.counts, theta, beta, by_theta, by_beta)
    # and back
    by, by_own_scale = np.zeros(5), np.zeros(q)
    by_shock, by_pull, by_diag, by_off = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    at = d + p + k
    for a in range(n_a):
        room, u = rooms[a], target.kind[a]
        each = room.own.size
        by_own, by_columns = np.empty(each), np.empty((each, n))
        for j in range(each):
            by_own[j] = -room.own[j]
            for t in range(n):
                by_own[j] += by_theta[a, t] * room.columns[j, t]
                by_columns[j, t] = by_theta[a, t] * room.own[j]
        for t in range(n):
            total = by_theta[a, t] - diag[a, t] * room.shock[t]
            if t > 0:
                total -= off[a, t] * room.shock[t - 1]
            if t < n - 1:
                total -= off[a, t + 1] * room.shock[t + 1]
            by_shock[t] = total
        noise, by_noise = x[at : at + each + n], gradient[at : at + each + n]
        whiten_back(off[a], anchor.w[a], pulls[a], noise, room, by_own, by_shock, by_noise, by_pull, by_columns,
                    by_diag, by_off)  # fmt: skip
        for t in range(n):
            s = room.shock[t]
            by_diag[t] -= 0.5 * s * s
            if t > 0:
                by_off[t] -= s * room.shock[t - 1]
            by_mean[u, t] += by_theta[a, t] - anchor.w[a, t] * by_pull[t]
            for m in range(k):
                by_beta[m] -= anchor.cross[a, t, m] * by_pull[t]
        log_sd = _chain_back(target, rho, start, units[a], by_diag, by_off, by)
        by[3] += log_sd
        by[4] += log_sd * target.adopts[a]
        for j in range(each):
            one = target.which[target.begin[a] + j]
            for t in range(n):
                by_own_scale[one] += by_columns[j, t] * target.own[a, t, one]
        at += each + n
    for i in range(p):
        total = 0.0
        for u in range(kinds):
            for t in range(n):
                total += by_mean[u, t] * target.columns[u, t, i]
        by_joint[i] = total * scale[i] - joint[i]
        if hypers.shared[i] >= 0:
            by_values[hypers.shared[i]] += total * joint[i]
    for m in range(k):
        by_joint[p + m] = by_beta[m] - joint[p + m]
    for j in range(q):
        if hypers.own[j] == d:
            by[0] += by_own_scale[j]
        else:
            by_values[hypers.own[j]] += by_own_scale[j]
    derived_back(hypers, values, by, by_values)
    for i in range(d):
        by_values[i] = by_values[i] * slopes[i] - scores[i]
    _affine_back(anchor.root, by_values, gradient[:d])
    _affine_back(anchor.spread, by_joint, gradient[d : d + p + k])
    return value
