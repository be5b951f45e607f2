"""Log density and gradient of the whole model in the sampler's variables, in compiled loops.

The variables x are a reparametrisation of the model, non-centred around the Laplace approximation at its mode: they
would be independent standard normals if that were exact (`constrain`). Only fixed numbers are taken from the mode, and
the map's log determinant is in the density, so the density is exact whatever the mode. The gradient is taken in reverse
mode, by hand: `log_density` runs the maps of `constrain` backwards, each by its vector-Jacobian product. ``by_...``
holds the derivative of the log density by what its name says.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.ar1_shocks import ar1_path_back
from sos_bayes.fitting.nuts.coefficient_map import joint_back
from sos_bayes.fitting.nuts.conditional_whitening_vjp import Back, whiten_back
from sos_bayes.fitting.nuts.constrain import constrained_at
from sos_bayes.fitting.nuts.hyper_transforms import derived_back, dispersed_back
from sos_bayes.fitting.nuts.log_likelihood import first_order
from sos_bayes.fitting.nuts.packed_target import unpacked
from sos_bayes.fitting.nuts.shared_shocks import common_back


@nb.njit(cache=True, **STRICT)
def _affine_back(root, by, out):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of scores = centre + root x: fills ``out`` with root' by."""
    out[:] = 0.0
    for i in range(by.size):
        for j in range(by.size):
            out[j] += root[i, j] * by[i]


@nb.njit(cache=True, **STRICT)
def _scalars_back(target, point, back, by):  # type: ignore[no-untyped-def]
    """Carry derivatives by the shocks' precision matrix R, and by its log determinant, to the scalars: adds to ``by``.

    R is ``unit`` (A,) times a tridiagonal matrix of (rho, start); -x'R x / 2 is in the density, x the shocks. ``by``
    (7,) is ordered as in `derived_back`.
    """
    n, n_a = target.linear.shape
    rho, start, noisy = point.scalars[7], point.scalars[8], target.hypers.noisy > 0
    by_unit, by_rho, by_start = np.zeros(n_a), np.zeros(n_a), np.zeros(n_a)
    workspace = point.workspace
    for t in range(n):
        diag, off = point.diag[t], point.off[t]
        one, two = (0.0 if target.last[t] else 2.0 * rho), (0.0 if target.first[t] else 1.0)
        for a in range(n_a):
            straight = back.diag[t, a] - 0.5 * workspace.shock[t, a] * workspace.shock[t, a]
            aslant = back.off[t, a]
            if off != 0.0:
                aslant -= workspace.shock[t, a] * workspace.shock[t - 1, a]
            by_unit[a] += diag * straight + off * aslant
            by_rho[a] += one * straight - two * aslant
            if target.first[t]:
                by_start[a] += straight
        if target.first[t] and not noisy:
            by[2] += 0.5 * n_a / start
    for a in range(n_a):
        unit = point.unit[a]
        log_sd = -2.0 * unit * by_unit[a] - n
        if not noisy:
            by[1] += unit * by_rho[a]
            by[2] += unit * by_start[a]
        by[3] += log_sd
        by[4] += log_sd * target.adopts[a]


@nb.njit(cache=True, **STRICT)
def log_density(target, x, gradient):  # type: ignore[no-untyped-def]
    """Return the log density at ``x`` without its constant, and fill its gradient.

    The order of ``x`` is d scores of hyperparameters, m shared and covariate coefficients, the ``active`` own
    coefficients, n A shocks, and the innovations that streams share.

    Parameters
    ----------
    target : WhitenedModel
    x, gradient : ndarray (N,)
    """
    hypers, around = target.hypers, target.around
    q, n, n_a = around.own.shape
    d, m, p = target.centre.size, target.joint.mode.size, hypers.shared.size
    point = constrained_at(target, x)
    workspace = point.workspace
    by_cells, by_joint, by_values, by = np.empty(n * n_a), np.empty(m), np.zeros(d), np.zeros(7)
    cells = point.theta.reshape(n * n_a)
    value, by_log_sd = first_order(target.table, point.log_sd, cells, point.joint[p:], by_cells, by_joint[p:])
    by_theta = by_cells.reshape(n, n_a)
    # theta = mean + own columns times S c + x: by S c and, with the prior -x'R x / 2, by the shocks x
    by_own, by_shock = np.zeros((q, n_a)), np.empty((n, n_a))
    for k in range(q):
        for t in range(n):
            for a in range(n_a):
                by_own[k, a] += by_theta[t, a] * around.own[k, t, a]
    for t in range(n):
        for a in range(n_a):
            by_shock[t, a] = by_theta[t, a] - point.diag[t] * point.unit[a] * workspace.shock[t, a]
        if point.off[t] != 0.0:
            for a in range(n_a):
                link = point.off[t] * point.unit[a]
                by_shock[t, a] -= link * workspace.shock[t - 1, a]
                by_shock[t - 1, a] -= link * workspace.shock[t, a]
    # through the whitening, back to noise, to sds of own coefficients, and to what is pulled at
    back = Back(np.empty((n, n_a)), np.empty((n, n_a)), np.empty((n, n_a)), np.empty(q))
    at, end = d + m, gradient.size - target.common.mode.size
    by_own_noise, by_noise = np.empty((q, n_a)), gradient[at + target.active.size : end].reshape(n, n_a)
    whiten_back(around, point.off, point.unit, point.own_scale, point.noise, workspace, by_own, by_shock, by_own_noise,
                by_noise, back)  # fmt: skip
    flat = by_own_noise.reshape(q * n_a)
    for i in range(target.active.size):
        gradient[at + i] = flat[target.active[i]]
    for k in range(q):
        if hypers.own[k] == d:
            by[0] += back.sd[k]
        else:
            by_values[hypers.own[k]] += back.sd[k]
    # by the cells' mean: theta moves with it, and the pull, linear - w mean, against it
    _scalars_back(target, point, back, by)
    for t in range(n):
        for a in range(n_a):
            by_theta[t, a] -= around.w[t, a] * back.pull[t, a]
    _shared_back(target, point, by_theta, back.pull, by_joint, by_values, by)
    if target.common.mode.shape[0] > 0:
        by_common = gradient[end:].reshape(target.common.mode.shape)
        common_back(target, point, by_theta, by_common, by, by_values)
    # to the hyperparameters' values, then to their scores, which have a standard normal prior, and to x
    derived_back(hypers, point.values, by, by_values)
    dispersed_back(hypers, point.values, point.log_sd, by_log_sd, by_values)
    joint_back(target.joint, hypers.shared, point.scale, x[d : d + m], point.turned, by_joint, gradient[d : d + m],
               by_values)  # fmt: skip
    for i in range(d):
        by_values[i] = by_values[i] * point.slopes[i] - point.scores[i]
    _affine_back(target.root, by_values, gradient[:d])
    return point.log_prior + value


@nb.njit(cache=True, **STRICT)
def _chains_back(chained, point, by_weights, by):  # type: ignore[no-untyped-def]
    """Vector-Jacobian product of the AR(1) chains of shared shocks, run from their end.

    Turns derivatives by the shocks into those by ``scale * joint``, in place, and adds those by the scalars.
    """
    begin, chain, end = chained
    rho, start, period = point.scalars[1], point.scalars[2], point.scalars[6]
    for first in range(begin, end, chain):
        path = point.weights[first : first + chain].reshape(chain, 1)
        by_path = by_weights[first : first + chain].reshape(chain, 1)
        ar1_path_back(rho, start, path, by_path, by)
        for t in range(chain):  # innovations e = period times coefficients: by log period, and by the coefficients
            innovation = path[t, 0] - rho * path[t - 1, 0] if t > 0 else path[0, 0] * math.sqrt(start)
            by[6] += by_path[t, 0] * innovation
            by_path[t, 0] *= period


@nb.njit(cache=True, **STRICT)
def _shared_back(target, point, by_mean, by_pull, by_joint, by_values, by):  # type: ignore[no-untyped-def]
    """Fill derivatives by shared and covariate coefficients; add those by shared terms' sds and by the scalars.

    Both have the prior N(0, I). Shared coefficients move the cells' mean, G z; those of covariates the pull, -V beta.
    """
    hypers = target.hypers
    n, n_a = by_mean.shape
    kinds, _, p = target.columns.shape
    by_kind, by_columns = np.empty(kinds), np.zeros(p)
    for t in range(n):
        by_kind[:] = 0.0
        for a in range(n_a):
            by_kind[target.kind[a]] += by_mean[t, a]
        for u in range(kinds):
            for i in range(p):
                by_columns[i] += by_kind[u] * target.columns[u, t, i]
    _chains_back(target.chained, point, by_columns, by)
    for i in range(p):
        by_joint[i] = by_columns[i] * point.scale[i] - point.joint[i]
        if hypers.shared[i] >= 0:
            by_values[hypers.shared[i]] += by_columns[i] * point.joint[i]
    for k in range(by_joint.size - p):
        total = np.zeros(n_a)
        for t in range(n):
            for a in range(n_a):
                total[a] += target.cross[k, t, a] * by_pull[t, a]
        by_joint[p + k] -= total.sum() + point.joint[p + k]


@nb.njit(cache=True, nogil=True, **STRICT)
def evaluate(numbers, whole, x):  # type: ignore[no-untyped-def]
    """Log density and gradient at ``x`` of a packed target."""
    gradient = np.empty(x.size)
    return log_density(unpacked(numbers, whole), x, gradient), gradient
