"""Laplace approximation of the model given its hyperparameters, in compiled loops: the inner step of nested Laplace.

Newton's method finds the mode of the latent field (theta, z, beta). Coefficients are standardised: z and beta have the
prior N(0, I), and the columns carry the scale; theta given z is N(Gz, C), independent between authorities, G the scaled
shared columns. With s, W the slope and curvature of the log-likelihood by theta, V the cross curvature by theta and
beta, b, Q its slope and curvature by beta, and r = W theta + s, all at the current point, a Newton step solves the
normal equations of a Gaussian model, theta eliminated from them (a Schur complement for each authority):

    D = (C^-1 + W)^-1                  conditional covariance of theta given z and beta   (`authority_blocks`)
    N = W - W D W = (C + W^-1)^-1      what cells say of z, theta integrated out

    S = [ I + G'NG        G'(I - W D) V ]      precision matrix of (z, beta), theta integrated out
        [ V'(I - D W) G   I + Q - V'D V ]

The log marginal likelihood is that of the field at its mode less half of log det S and of log det (I + C W). No step
divides by W, so an empty cell is a row of zeros, and none inverts C, so a scale may be zero. A Newton step costs one
pass over the table of counts and O(T^2) for each authority.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from sos_bayes.families.by_code import is_square, row_of, third_is_bounded
from sos_bayes.families.compiled import STRICT
from sos_bayes.families.cutpoints import add_gaps, share_inside
from sos_bayes.fitting.arrays.array_bundles import KindSums, LaplaceFit, LatentField, LikelihoodDerivatives
from sos_bayes.fitting.arrays.dense_algebra import backward, cholesky, forward, log_det_of
from sos_bayes.fitting.laplace.authority_blocks import (
    absorb,
    cell_covariance,
    distance,
    shock_precision,
)
from sos_bayes.fitting.laplace.newton_rows import add_bounded, shifts
from sos_bayes.fitting.laplace.taylor_table import BUDGET, expanded

LIMIT = 5.0  # largest Newton step of any cell's predictor
STEPS = 60
NEAR = 0.1  # a last step beyond which Newton's next one is not taken to be small


@nb.njit(cache=True, **STRICT)
def _multiply(derivatives, times):  # type: ignore[no-untyped-def]
    """Multiply all slopes and curvatures by a number."""
    derivatives.slope[:, :] *= times
    derivatives.curve[:, :] *= times
    derivatives.cross[:, :, :] *= times
    derivatives.beta_slope[:] *= times
    derivatives.beta_curve[:, :] *= times


@nb.njit(cache=True, **STRICT)
def _likelihood(counts, prior, field, derivatives):  # type: ignore[no-untyped-def]
    """Return the log-likelihood (no constant) and fill ``derivatives``.

    The table's Taylor expansion is read where its remainder is small enough, which the second value says; else the
    table itself.
    """
    value, left_out = 0.0, np.inf
    if counts.around.theta.size:
        value, left_out = expanded(counts, field, derivatives)
    if left_out > BUDGET:
        value = _table(counts, prior.dispersion, field, derivatives)
    if is_square(counts.code):
        value = (value + counts.fixed) / prior.dispersion - 0.5 * counts.filled * np.log(prior.dispersion)
        _multiply(derivatives, 1.0 / prior.dispersion)
    value += add_gaps(counts.gaps, counts.between, field.beta, derivatives.beta_slope, derivatives.beta_curve)
    return value, left_out <= BUDGET


@nb.njit(cache=True, **STRICT)
def _table(counts, dispersion, field, derivatives):  # type: ignore[no-untyped-def]
    """Read the whole table once: returns the log-likelihood (no constant) and fills ``derivatives``."""
    n_a, n_t, n_c = counts.total.shape
    k = field.beta.size
    by_shift, curve, row = np.zeros(n_c), np.zeros(n_c), np.empty(n_c)
    shift = shifts(counts.patterns, field.beta)
    value = 0.0
    for a in range(n_a):
        for t in range(n_t):
            theta = field.theta[a, t]
            one, expected, bent = row_of(counts, a, t, dispersion, theta, shift, by_shift, curve, row)
            value += one + counts.by_cell[a, t] * theta
            derivatives.slope[a, t] = counts.by_cell[a, t] - expected
            derivatives.curve[a, t] = bent
            for i in range(k):
                crossed = 0.0
                for c in range(n_c):
                    crossed += row[c] * counts.patterns[i, c]
                derivatives.cross[a, t, i] = crossed  # V
    for c in range(n_c):
        value += counts.by_pattern[c] * shift[0, c]
        by_shift[c] += counts.by_pattern[c]
    for i in range(k):  # b = X (y - expected events by pattern), Q = X diag(curve) X'
        derivatives.beta_slope[i] = 0.0
        for c in range(n_c):
            derivatives.beta_slope[i] += counts.patterns[i, c] * by_shift[c]
        for j in range(i + 1):
            both = 0.0
            for c in range(n_c):
                both += counts.patterns[i, c] * counts.patterns[j, c] * curve[c]
            derivatives.beta_curve[i, j] = both
            derivatives.beta_curve[j, i] = both
    return value + add_bounded(counts, field.theta, derivatives.slope, derivatives.curve)


@nb.njit(cache=True, **STRICT)
def _shared_mean(prior, z, mean):  # type: ignore[no-untyped-def]
    """Fill ``mean`` (U, T) with G z: what the shared coefficients give each kind of authority."""
    kinds, n_t, p = prior.columns.shape
    for u in range(kinds):
        for t in range(n_t):
            total = 0.0
            for i in range(p):
                total += prior.columns[u, t, i] * prior.scale[i] * z[i]
            mean[u, t] = total


@nb.njit(cache=True, **STRICT)
def _log_prior(prior, field, mean, diag, off):  # type: ignore[no-untyped-def]
    """Log prior density of the field, without its constant and its determinants.

    Minus half of (theta - Gz)' C^-1 (theta - Gz) + z'z + beta'beta.
    """
    n_a, n_t = field.theta.shape
    gap = np.empty(n_t)
    total = 0.0
    for a in range(n_a):
        for t in range(n_t):
            gap[t] = field.theta[a, t] - mean[prior.kind[a], t]
        shock_precision(prior.chain, prior.rho, prior.start, prior.shocks[a], diag, off)
        total += distance(gap, diag, off, prior.noise[a], prior.own[a])
    for i in range(field.z.size):
        total += field.z[i] * field.z[i]
    for i in range(field.beta.size):
        total += field.beta[i] * field.beta[i]
    return -0.5 * total


@nb.njit(cache=True, **STRICT)
def _covariances(prior, curve, cov, diag, off):  # type: ignore[no-untyped-def]
    """Fill D for every authority; returns minus half of log det (I + C W), summed over authorities."""
    total = 0.0
    for a in range(len(curve)):
        prior_det = shock_precision(prior.chain, prior.rho, prior.start, prior.shocks[a], diag, off)
        total += cell_covariance(diag, off, prior.noise[a], curve[a], cov[a]) - prior_det
        total += absorb(prior.own[a], curve[a], cov[a])
    return -0.5 * total


@nb.njit(cache=True, **STRICT)
def _sum_blocks(prior, field, derivatives, cov, sums, precision, right):  # type: ignore[no-untyped-def]
    """Sum over authorities what the normal equations need.

    Fills ``sums`` by kind, N, (I - W D) r and (I - W D) V; takes V'D V off the covariates' block of ``precision``, and
    adds V'theta - V'D (r + V beta) to their part of ``right``.
    """
    n_a, n_t = field.theta.shape
    p, k = field.z.size, field.beta.size
    sums.n[:, :, :] = 0.0
    sums.r[:, :] = 0.0
    sums.cross[:, :, :] = 0.0
    r, base, carried = np.empty(n_t), np.empty((n_a, n_t)), np.empty((n_a, n_t, k))
    for a in range(n_a):
        u, w, cross, held = prior.kind[a], derivatives.curve[a], derivatives.cross[a], carried[a]
        np.dot(cov[a], cross, held)  # D V
        for t in range(n_t):  # r, and r + V beta
            r[t] = w[t] * field.theta[a, t] + derivatives.slope[a, t]
            total = 0.0
            for m in range(k):
                total += cross[t, m] * field.beta[m]
            base[a, t] = r[t] + total
        for i in range(n_t):  # row i of N = W - W D W, of (I - W D) r and of (I - W D) V
            sums.n[u, i, i] += w[i]
            moved = 0.0
            for j in range(n_t):
                sums.n[u, i, j] -= w[i] * cov[a, i, j] * w[j]
                moved += cov[a, i, j] * r[j]
            sums.r[u, i] += r[i] - w[i] * moved
            for m in range(k):
                sums.cross[u, i, m] += cross[i, m] - w[i] * held[i, m]
    cross, flat = derivatives.cross.reshape(n_a * n_t, k), carried.reshape(n_a * n_t, k)
    right[p:] += np.dot(field.theta.ravel(), cross) - np.dot(base.ravel(), flat)
    precision[p:, p:] -= np.dot(cross.T, flat)


@nb.njit(cache=True, **STRICT)
def _normal_equations(prior, field, derivatives, cov, sums):  # type: ignore[no-untyped-def]
    """Normal equations of (z, beta), theta eliminated: the precision matrix S and the right-hand side."""
    kinds, n_t, p = prior.columns.shape
    k = field.beta.size
    precision, right = np.zeros((p + k, p + k)), np.zeros(p + k)
    for i in range(p + k):
        precision[i, i] = 1.0
    for m in range(k):  # I + Q, and b + Q beta
        right[p + m] = derivatives.beta_slope[m]
        for l in range(k):
            right[p + m] += derivatives.beta_curve[m, l] * field.beta[l]
            precision[p + m, p + l] += derivatives.beta_curve[m, l]
    _sum_blocks(prior, field, derivatives, cov, sums, precision, right)
    scaled, carried = np.empty((n_t, p)), np.empty((n_t, p))
    for u in range(kinds):
        for t in range(n_t):  # G
            for i in range(p):
                scaled[t, i] = prior.columns[u, t, i] * prior.scale[i]
                carried[t, i] = 0.0
        for t in range(n_t):  # N G; on the right G'(I - W D) (r + V beta); off the diagonal G'(I - W D) V
            for s in range(n_t):
                for i in range(p):
                    carried[t, i] += sums.n[u, t, s] * scaled[s, i]
            base = sums.r[u, t]
            for m in range(k):
                base += sums.cross[u, t, m] * field.beta[m]
            for i in range(p):
                right[i] += scaled[t, i] * base
                for m in range(k):
                    precision[i, p + m] += scaled[t, i] * sums.cross[u, t, m]
        for t in range(n_t):  # G'N G
            for i in range(p):
                lead = scaled[t, i]
                if lead != 0.0:
                    for j in range(p):
                        precision[i, j] += lead * carried[t, j]
    for i in range(p):
        for m in range(p, p + k):
            precision[m, i] = precision[i, m]
    return precision, right


@nb.njit(cache=True, **STRICT)
def _update(prior, field, before, derivatives, cov, mean):  # type: ignore[no-untyped-def]
    """Back-substitute: fill theta with its conditional mean given the new z and beta; returns the largest move.

    theta = Gz + D (W (theta_0 - Gz) + s + V (beta_0 - beta)), with theta_0 and beta_0 those ``before`` the step.
    """
    n_a, n_t = field.theta.shape
    pull = np.empty(n_t)
    moved = 0.0
    for a in range(n_a):
        u = prior.kind[a]
        for t in range(n_t):
            pull[t] = derivatives.curve[a, t] * (before.theta[a, t] - mean[u, t]) + derivatives.slope[a, t]
            for m in range(field.beta.size):
                pull[t] += derivatives.cross[a, t, m] * (before.beta[m] - field.beta[m])
        for t in range(n_t):
            new = mean[u, t]
            for j in range(n_t):
                new += cov[a, t, j] * pull[j]
            moved = max(moved, abs(new - before.theta[a, t]))
            field.theta[a, t] = new
    return moved


@nb.njit(cache=True)
def _shorten(field, before, share):  # type: ignore[no-untyped-def]
    """Move the field back to the point that lies ``share`` of the way from where it was."""
    for now, then in ((field.theta.ravel(), before.theta.ravel()), (field.z, before.z), (field.beta, before.beta)):
        for i in range(now.size):
            now[i] = then[i] + share * (now[i] - then[i])


@nb.njit(cache=True, **STRICT)
def near_enough(counts, curve, moved, tol, lost):  # type: ignore[no-untyped-def]
    """Whether Newton's steps may end after one that moved no cell by more than ``moved``.

    They may where that is below ``tol``, or where another would add less than ``lost`` to the log density: its length
    is at most ``moved ** 2 / 2``, since no third derivative exceeds its second, and ``curve`` is the summed curvature.
    That does not hold for long tails, nor for counts that may have been withheld for either of two reasons.
    """
    if moved < tol:
        return True
    if lost == 0.0 or not third_is_bounded(counts.code) or (counts.bounded.chance < 1.0).any():
        return False
    if is_square(counts.code):  # a step to its top is exact
        return moved < LIMIT
    return moved < NEAR and curve * moved**4 / 8.0 < lost


@nb.njit(cache=True, nogil=True)
def laplace_mode(counts, prior, field, tol, lost=0.0):  # type: ignore[no-untyped-def]
    """Find the mode of the latent field given hyperparameters, and the Laplace approximation there: a `LaplaceFit`.

    ``field`` holds the start and is overwritten by the mode. A step is halved while it lowers the density, and cut
    where it moves a cell by more than `LIMIT` or would turn ordered cutpoints round; steps end when they are
    `near_enough`.
    """
    n_a, n_t = field.theta.shape
    kinds, _, p = prior.columns.shape
    k = field.beta.size
    empty = np.empty((n_a, n_t))
    derivatives = LikelihoodDerivatives(empty, empty.copy(), np.empty((n_a, n_t, k)), np.empty(k), np.empty((k, k)))
    sums = KindSums(np.empty((kinds, n_t, n_t)), np.empty((kinds, n_t)), np.empty((kinds, n_t, k)))
    before = LatentField(field.theta.copy(), field.z.copy(), field.beta.copy())
    cov, diag, off, mean = np.empty((n_a, n_t, n_t)), np.empty(n_t), np.empty(n_t), np.empty((kinds, n_t))
    root = np.zeros((p + k, p + k))
    best, moved, near = -np.inf, np.inf, False
    for _ in range(STEPS):
        value, near = _likelihood(counts, prior, field, derivatives)
        _shared_mean(prior, field.z, mean)
        goal = value + _log_prior(prior, field, mean, diag, off)
        if (not np.isfinite(goal) or goal < best - 1e-6 * (1.0 + abs(best))) and moved > 1e-9:
            _shorten(field, before, 0.5)
            moved *= 0.5
            continue
        best = goal
        log_ml = goal + _covariances(prior, derivatives.curve, cov, diag, off)
        precision, solution = _normal_equations(prior, field, derivatives, cov, sums)
        cholesky(precision, len(precision), root)
        log_ml -= 0.5 * log_det_of(root)
        if near_enough(counts, derivatives.curve.sum() + counts.between.sum(), moved, tol, lost):
            return LaplaceFit(log_ml, cov, root, derivatives, sums, near)
        forward(root, solution)
        backward(root, solution)
        before.theta[:, :] = field.theta
        before.z[:] = field.z
        before.beta[:] = field.beta
        field.z[:] = solution[:p]
        field.beta[:] = solution[p:]
        _shared_mean(prior, field.z, mean)
        moved = _update(prior, field, before, derivatives, cov, mean)
        if moved > LIMIT:
            _shorten(field, before, LIMIT / moved)
            moved = LIMIT
        share, opened = share_inside(counts.gaps, before.beta, field.beta)
        if share < 1.0:
            _shorten(field, before, share)
        moved = max(moved, opened)
    return LaplaceFit(-np.inf, cov, root, derivatives, sums, near)
