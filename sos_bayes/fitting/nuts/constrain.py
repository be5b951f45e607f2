"""From the sampler's variables to the model's parameters at one point: hyperparameters, coefficients, cells.

The variables are a non-centred reparametrisation, near independent standard normals whatever the data: the
hyperparameters' scores, shifted and scaled by the approximate posterior at its mode; shared and covariate coefficients
(`coefficient_map`); and for every authority the noise behind its own coefficients and shocks (`conditional_whitening`),
and behind the shocks that its streams share (`shared_shocks`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.ar1_shocks import ar1_path, ar1_precision_row
from sos_bayes.fitting.nuts.coefficient_map import joint_there
from sos_bayes.fitting.nuts.conditional_whitening import Workspace, whiten_there, workspace_for
from sos_bayes.fitting.nuts.hyper_transforms import derived, dispersed, values_at
from sos_bayes.fitting.nuts.shared_shocks import common_there, fill_noisy_root


class Constrained(NamedTuple):
    """The model's parameters at one point.

    ``log_prior`` is the log prior density with the map's log determinant (the Jacobian of the reparametrisation);
    ``scalars`` (9,) are what `derived` returns;
    ``values`` (d,) the hyperparameters and ``slopes`` their derivatives by the scores; ``joint`` (p + k,) standardised
    shared and covariate coefficients, by way of ``turned``; ``scale`` (p,), ``own_scale`` (q,) sds; ``weights`` (p,)
    what multiplies the shared columns; ``diag``, ``off`` (n,) and ``unit`` (A,) the shocks' precision; ``log_sd`` half
    the log of the dispersion, zero without one; ``innovations`` and ``common`` (T, A) the shocks that streams share, in
    units of ``each`` (A,), and ``root`` (T, T) what turns the first into the second, of no length without noise;
    ``theta`` (n, A).
    """

    log_prior: float
    scores: Floats
    values: Floats
    slopes: Floats
    scalars: Floats
    turned: Floats
    joint: Floats
    scale: Floats
    weights: Floats
    own_scale: Floats
    diag: Floats
    off: Floats
    unit: Floats
    log_sd: float
    innovations: Floats
    common: Floats
    root: Floats
    each: Floats
    own_noise: Floats
    noise: Floats
    workspace: Workspace
    theta: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@nb.njit(cache=True, **STRICT)
def _affine(centre, root, values, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with centre + root values."""
    for i in range(centre.size):
        total = centre[i]
        for j in range(centre.size):
            total += root[i, j] * values[j]
        out[i] = total


@nb.njit(cache=True, **STRICT)
def _sds(names, fixed, values, level, out):  # type: ignore[no-untyped-def]
    """Sds of coefficients: numbers, hyperparameters, or levels' sd."""
    for i in range(names.size):
        name = names[i]
        out[i] = fixed[i] if name < 0 else level if name == values.size else values[name]


@nb.njit(cache=True, **STRICT)
def _weights(chained, scale, joint, rho, start, period):  # type: ignore[no-untyped-def]
    """What multiplies the shared columns, (p,): coefficients, and the shocks that innovations of chains add up to."""
    weights = scale * joint[: scale.size]
    begin, chain, end = chained
    for first in range(begin, end, chain):
        weights[first : first + chain] *= period
        ar1_path(rho, start, weights[first : first + chain].reshape(chain, 1))
    return weights


@nb.njit(cache=True, **STRICT)
def _means(target, weights):  # type: ignore[no-untyped-def]
    """What shared coefficients give every cell, (n, A)."""
    kinds, n, p = target.columns.shape
    n_a = target.kind.size
    by_kind, mean = np.empty(kinds), np.empty((n, n_a))
    for t in range(n):
        for u in range(kinds):
            total = 0.0
            for i in range(p):
                total += target.columns[u, t, i] * weights[i]
            by_kind[u] = total
        for a in range(n_a):
            mean[t, a] = by_kind[target.kind[a]]
    return mean


@nb.njit(cache=True, **STRICT)
def _precision(target, rho, start, sd, adopter):  # type: ignore[no-untyped-def]
    """Shocks' precision: diagonal and off-diagonal (n,) in units of the innovations' (A,), and half its log det."""
    n, n_a = target.linear.shape
    diag, off, unit = np.empty(n), np.empty(n), np.empty(n_a)
    half = 0.0
    for t in range(n):
        diag[t], off[t] = ar1_precision_row(target.first[t], target.last[t], rho, start)
        half += 0.5 * n_a * math.log(start) if target.first[t] else 0.0
    for a in range(n_a):
        log_sd = math.log(sd) + adopter * target.adopts[a]
        unit[a] = math.exp(-2.0 * log_sd)
        half -= n * log_sd
    return diag, off, unit, half


@nb.njit(cache=True, **STRICT)
def constrained_at(target, x):  # type: ignore[no-untyped-def]
    """The model's parameters at the variables ``x``: a `Constrained`."""
    hypers, around = target.hypers, target.around
    q, n, n_a = around.own.shape
    d, m, p = target.centre.size, target.joint.mode.size, hypers.shared.size
    scores, values, slopes, joint = np.empty(d), np.empty(d), np.empty(d), np.empty(m)
    _affine(target.centre, target.root, x[:d], scores)
    values_at(hypers, scores, values, slopes)
    level, rho, start, sd, adopter, shared_sd, period, own_rho, own_start = derived(hypers, values)
    scalars = np.array([level, rho, start, sd, adopter, shared_sd, period, own_rho, own_start])
    scale, own_scale, turned = np.empty(p), np.empty(q), np.empty(m)
    _sds(hypers.shared, hypers.fixed, values, level, scale)
    stretched = joint_there(target.joint, hypers.shared, scale, x[d : d + m], turned, joint)
    _sds(hypers.own, hypers.fixed, values, level, own_scale)
    diag, off, unit, value = _precision(target, own_rho, own_start, sd, adopter)
    log_sd, within = dispersed(hypers, values)
    value += stretched + within
    # theta = G z + shared shocks, so far
    weights = _weights(target.chained, scale, joint, rho, start, period)
    theta = _means(target, weights)
    at = d + m + target.active.size + n * n_a
    chain, each = target.common.mode.shape[0], shared_sd * np.exp(adopter * target.adopts)
    innovations, common = np.empty((chain, n_a)), np.empty((chain, n_a))
    noisy = chain if hypers.noise >= 0 else 0
    noisy_root = np.zeros((noisy, noisy))
    if noisy > 0:
        each = np.exp(adopter * target.adopts)
        fill_noisy_root(rho, start, shared_sd, values[hypers.noise], noisy_root)
    if chain > 0:
        value += common_there(target.common, rho, start, noisy_root, x[at:].reshape(chain, n_a), innovations, common)
        for t in range(n):
            for a in range(n_a):
                theta[t, a] += each[a] * common[t % chain, a]
    # the likelihood's linear term around its mode, given what is known so far: r - W mean - V (beta - mode)
    workspace = workspace_for(q, n, n_a)
    for t in range(n):
        for a in range(n_a):
            workspace.pull[t, a] = target.linear[t, a] - around.w[t, a] * theta[t, a]
        for k in range(m - p):
            moved = joint[p + k] - target.joint.mode[p + k]
            for a in range(n_a):
                workspace.pull[t, a] -= target.cross[k, t, a] * moved
    own_noise, at = np.zeros((q, n_a)), d + m
    flat = own_noise.reshape(q * n_a)
    for i in range(target.active.size):
        flat[target.active[i]] = x[at + i]
    at += target.active.size
    noise = x[at : at + n * n_a].reshape(n, n_a)
    value += whiten_there(around, diag, off, unit, own_scale, own_noise, noise, workspace)
    # prior: N(0, I) of scores, coefficients and own coefficients c, N(0, R^-1) of shocks x; theta += B S c + x
    for i in range(d):
        value -= 0.5 * scores[i] * scores[i]
    for i in range(m):
        value -= 0.5 * joint[i] * joint[i]
    squares = np.zeros(n_a)
    for k in range(q):
        for a in range(n_a):
            squares[a] += workspace.own[k, a] * workspace.own[k, a]
        for t in range(n):
            for a in range(n_a):
                theta[t, a] += around.own[k, t, a] * own_scale[k] * workspace.own[k, a]
    for t in range(n):
        for a in range(n_a):
            theta[t, a] += workspace.shock[t, a]
            squares[a] += diag[t] * unit[a] * workspace.shock[t, a] * workspace.shock[t, a]
        if off[t] != 0.0:
            for a in range(n_a):
                squares[a] += 2.0 * off[t] * unit[a] * workspace.shock[t, a] * workspace.shock[t - 1, a]
    for a in range(n_a):
        value -= 0.5 * squares[a]
    return Constrained(
        value, scores, values, slopes, scalars, turned, joint, scale, weights, own_scale, diag, off, unit, log_sd,
        innovations, common, noisy_root, each, own_noise, noise, workspace, theta,
    )  # fmt: skip
