"""Laplace approximation of one model at one set of hyperparameters, in compiled loops.

Coefficients are standardised (their prior is N(0, 1) and the columns carry the scale), so nothing breaks when
a scale goes to zero. For each authority the shocks' precision is tridiagonal, and coefficients of its own
(level, departure, trend) are absorbed as a low-rank term. Written out, with C the prior covariance of an
authority's theta given the shared coefficients z, W the likelihood's curvature and r = W theta + slope:

    D = (C^-1 + W)^-1          posterior covariance of theta given z
    N = W - W D W = (C + W^-1)^-1
    S = I + G'NG               posterior precision of z            (G the scaled shared columns)

No step divides by W, so an empty cell is a row of zeros, and none inverts C, so a scale may be zero.
Cost is O(A T^2) plus one pass over the cells for each Newton step.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from sos_bayes.families import binomial_cell, poisson_cell

LIMIT = 5.0  # largest Newton step of any cell's predictor


@nb.njit(cache=True)
def _likelihood(code, theta, beta, events, total, columns, w, g, v, gb, wb):  # type: ignore[no-untyped-def]
    """One pass over the cells: value; slope and curvature by theta, by beta and across."""
    n_a, n_t, n_c = total.shape
    k = columns.shape[1]
    value = 0.0
    gb[:] = 0.0
    wb[:, :] = 0.0
    v[:, :, :] = 0.0
    shift = np.zeros(n_c)
    for c in range(n_c):
        for i in range(k):
            shift[c] += columns[c, i] * beta[i]
    for a in range(n_a):
        for t in range(n_t):
            w_sum = 0.0
            g_sum = 0.0
            for c in range(n_c):
                if total[a, t, c] <= 0.0:
                    continue
                eta = theta[a, t] + shift[c]
                if code == 0:
                    one, slope, curve = binomial_cell(eta, events[a, t, c], total[a, t, c])
                else:
                    one, slope, curve = poisson_cell(eta, events[a, t, c], total[a, t, c])
                value += one
                g_sum += slope
                w_sum += curve
                for i in range(k):
                    gb[i] += slope * columns[c, i]
                    v[a, t, i] += curve * columns[c, i]
                    for j in range(i + 1):
                        wb[i, j] += curve * columns[c, i] * columns[c, j]
            w[a, t] = w_sum
            g[a, t] = g_sum
    for i in range(k):
        for j in range(i):
            wb[j, i] = wb[i, j]
    return value


@nb.njit(cache=True)
def _shock_covariance(diag, off, w, cov):  # type: ignore[no-untyped-def]
    """Inverse of tridiag(diag + w, off) into ``cov``; returns the log determinant of the matrix."""
    n = w.size
    pivot = np.empty(n)
    pivot[0] = diag[0] + w[0]
    for i in range(1, n):
        pivot[i] = diag[i] + w[i] - off * off / pivot[i - 1]
    log_det = np.log(pivot[n - 1])
    cov[n - 1, n - 1] = 1.0 / pivot[n - 1]
    for i in range(n - 2, -1, -1):
        log_det += np.log(pivot[i])
        e = off / pivot[i]
        for j in range(i + 1, n):
            cov[i, j] = -e * cov[i + 1, j]
            cov[j, i] = cov[i, j]
        cov[i, i] = 1.0 / pivot[i] - e * cov[i + 1, i]
    return log_det


@nb.njit(cache=True)
def _absorb(own, w, cov, gram, carry):  # type: ignore[no-untyped-def]
    """Add an authority's own coefficients (columns ``own``, (T, q), prior N(0, I)) to its covariance.

    ``gram`` becomes the Cholesky factor of I + own' N own, ``carry`` the (T, q) loadings of the update.
    """
    n, q = own.shape
    for i in range(n):
        for k in range(q):
            total = own[i, k]
            for j in range(n):
                total -= cov[i, j] * w[j] * own[j, k]
            carry[i, k] = total
    for k in range(q):
        for m in range(k + 1):
            total = 1.0 if k == m else 0.0
            for i in range(n):
                total += own[i, k] * w[i] * carry[i, m]
            for j in range(m):
                total -= gram[k, j] * gram[m, j]
            gram[k, m] = np.sqrt(total) if k == m else total / gram[m, m]
    log_det = 0.0
    solved = np.empty((n, q))
    for k in range(q):
        log_det += 2.0 * np.log(gram[k, k])
        for i in range(n):
            total = carry[i, k]
            for j in range(k):
                total -= gram[k, j] * solved[i, j]
            solved[i, k] = total / gram[k, k]
    for i in range(n):
        for j in range(n):
            for k in range(q):
                cov[i, j] += solved[i, k] * solved[j, k]
    return log_det


@nb.njit(cache=True)
def _shock_precision(n, rho, start, sd, diag):  # type: ignore[no-untyped-def]
    """Fill the diagonal of the shocks' precision; returns the off-diagonal and the log determinant."""
    unit = 1.0 / (sd * sd)
    for i in range(n):
        diag[i] = (1.0 + rho * rho) * unit
    diag[n - 1] = unit
    diag[0] = (start + (rho * rho if n > 1 else 0.0)) * unit
    return -rho * unit, n * np.log(unit) + np.log(start)


@nb.njit(cache=True)
def _distance(x, diag, off, own):  # type: ignore[no-untyped-def]
    """X' C^-1 x for one authority, with its own coefficients integrated out."""
    n, q = own.shape
    px = np.empty(n)
    pl = np.empty((n, q))
    for i in range(n):
        px[i] = diag[i] * x[i]
        for k in range(q):
            pl[i, k] = diag[i] * own[i, k]
        if i > 0:
            px[i] += off * x[i - 1]
            for k in range(q):
                pl[i, k] += off * own[i - 1, k]
        if i < n - 1:
            px[i] += off * x[i + 1]
            for k in range(q):
                pl[i, k] += off * own[i + 1, k]
    total = 0.0
    for i in range(n):
        total += x[i] * px[i]
    root = np.empty((q, q))
    solved = np.empty(q)
    for k in range(q):
        for m in range(k + 1):
            gram = 1.0 if k == m else 0.0
            for i in range(n):
                gram += own[i, k] * pl[i, m]
            for j in range(m):
                gram -= root[k, j] * root[m, j]
            root[k, m] = np.sqrt(gram) if k == m else gram / root[m, m]
        inner = 0.0
        for i in range(n):
            inner += own[i, k] * px[i]
        for j in range(k):
            inner -= root[k, j] * solved[j]
        solved[k] = inner / root[k, k]
        total -= solved[k] * solved[k]
    return total


@nb.njit(cache=True)
def _step(theta, w, g, v, cov, kind, n_sum, b_sum, k_sum):  # type: ignore[no-untyped-def]
    """Sums over authorities of one kind (same shared columns) that the normal equations need."""
    n_a, n_t = theta.shape
    k = v.shape[2]
    n_sum[:, :, :] = 0.0
    b_sum[:, :] = 0.0
    k_sum[:, :, :] = 0.0
    for a in range(n_a):
        u = kind[a]
        for i in range(n_t):
            n_sum[u, i, i] += w[a, i]
            b_sum[u, i] += w[a, i] * theta[a, i] + g[a, i]
            for m in range(k):
                k_sum[u, i, m] += v[a, i, m]
            for j in range(n_t):
                d = w[a, i] * cov[a, i, j]
                n_sum[u, i, j] -= d * w[a, j]
                b_sum[u, i] -= d * (w[a, j] * theta[a, j] + g[a, j])
                for m in range(k):
                    k_sum[u, i, m] -= d * v[a, j, m]


@nb.njit(cache=True)
def _shared_equations(columns, scale, beta, n_sum, b_sum, k_sum, precision, right):  # type: ignore[no-untyped-def]
    """Add to the normal equations what the shared coefficients need, kind by kind."""
    kinds, n_t, p = columns.shape
    k = beta.size
    for u in range(kinds):
        for i in range(p):
            for t in range(n_t):
                lead = columns[u, t, i] * scale[i]
                if lead == 0.0:
                    continue
                value = b_sum[u, t]
                for m in range(k):
                    value += k_sum[u, t, m] * beta[m]
                    precision[i, p + m] += lead * k_sum[u, t, m]
                right[i] += lead * value
                for r in range(n_t):
                    weight = lead * n_sum[u, t, r]
                    for j in range(i + 1):
                        precision[i, j] += weight * columns[u, r, j] * scale[j]


@nb.njit(cache=True)
def _pattern_equations(p, beta, theta, w, g, v, gb, wb, cov, precision, right):  # type: ignore[no-untyped-def]
    """Add to the normal equations what the covariate coefficients need."""
    n_a, n_t = theta.shape
    k = beta.size
    for m in range(k):
        right[p + m] += gb[m]
        for l in range(k):
            right[p + m] += wb[m, l] * beta[l]
            precision[p + m, p + l] += wb[m, l]
    for a in range(n_a):
        for m in range(k):
            for t in range(n_t):
                right[p + m] += v[a, t, m] * theta[a, t]
                for r in range(n_t):
                    weight = v[a, t, m] * cov[a, t, r]
                    base = w[a, r] * theta[a, r] + g[a, r]
                    for l in range(k):
                        base += v[a, r, l] * beta[l]
                        precision[p + m, p + l] -= weight * v[a, r, l]
                    right[p + m] -= weight * base


@nb.njit(cache=True)
def _normal_equations(columns, scale, beta, theta, w, g, v, gb, wb, cov, n_sum, b_sum, k_sum):  # type: ignore[no-untyped-def]
    """Precision and right-hand side for the shared coefficients and beta, both standardised."""
    p = scale.size
    size = p + beta.size
    precision = np.zeros((size, size))
    right = np.zeros(size)
    for i in range(size):
        precision[i, i] = 1.0
    _shared_equations(columns, scale, beta, n_sum, b_sum, k_sum, precision, right)
    if beta.size > 0:
        _pattern_equations(p, beta, theta, w, g, v, gb, wb, cov, precision, right)
    for i in range(p):
        for j in range(i):
            precision[j, i] = precision[i, j]
        for j in range(p, size):
            precision[j, i] = precision[i, j]
    return precision, right


@nb.njit(cache=True)
def _solved(precision, right):  # type: ignore[no-untyped-def]
    """Solve by Cholesky; returns the solution and the log determinant of the precision."""
    n = right.size
    root = np.zeros((n, n))
    solution = right.copy()
    log_det = 0.0
    for i in range(n):
        for j in range(i + 1):
            total = precision[i, j]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            root[i, j] = np.sqrt(total) if i == j else total / root[j, j]
        log_det += 2.0 * np.log(root[i, i])
        for k in range(i):
            solution[i] -= root[i, k] * solution[k]
        solution[i] /= root[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            solution[i] -= root[k, i] * solution[k]
        solution[i] /= root[i, i]
    return solution, log_det


@nb.njit(cache=True)
def _shared_mean(columns, scale, z, mean):  # type: ignore[no-untyped-def]
    """Fill ``mean`` (U, T) with what the shared coefficients give each kind of authority."""
    kinds, n_t, p = columns.shape
    for u in range(kinds):
        for t in range(n_t):
            total = 0.0
            for i in range(p):
                total += columns[u, t, i] * scale[i] * z[i]
            mean[u, t] = total


@nb.njit(cache=True)
def _move(values, before, share):  # type: ignore[no-untyped-def]
    """Set flat ``values`` to the point that lies ``share`` of the way from ``before`` to them."""
    for i in range(values.size):
        values[i] = before[i] + share * (values[i] - before[i])


@nb.njit(cache=True)
def _prior_distance(theta, z, beta, mean, kind, own, rho, start, sds, diag):  # type: ignore[no-untyped-def]
    """Twice the negative log prior density of the field, without its constant."""
    n_a, n_t = theta.shape
    gap = np.empty(n_t)
    total = 0.0
    for a in range(n_a):
        for t in range(n_t):
            gap[t] = theta[a, t] - mean[kind[a], t]
        off, _ = _shock_precision(n_t, rho, start, sds[a], diag)
        total += _distance(gap, diag, off, own[a])
    for i in range(z.size):
        total += z[i] * z[i]
    for i in range(beta.size):
        total += beta[i] * beta[i]
    return total


@nb.njit(cache=True)
def _update(theta, old_beta, beta, mean, kind, w, g, v, cov, old_theta):  # type: ignore[no-untyped-def]
    """Fill theta with its mean given new shared and covariate coefficients; returns the largest move."""
    n_a, n_t = theta.shape
    pull = np.empty(n_t)
    moved = 0.0
    for a in range(n_a):
        for t in range(n_t):
            pull[t] = w[a, t] * (old_theta[a, t] - mean[kind[a], t]) + g[a, t]
            for m in range(beta.size):
                pull[t] += v[a, t, m] * (old_beta[m] - beta[m])
        for t in range(n_t):
            new = mean[kind[a], t]
            for j in range(n_t):
                new += cov[a, t, j] * pull[j]
            moved = max(moved, abs(new - old_theta[a, t]))
            theta[a, t] = new
    return moved


@nb.njit(cache=True, nogil=True)
def laplace_mode(  # type: ignore[no-untyped-def]
    code, events, total, patterns, columns, kind, own, scale, rho, start, sds, theta, z, beta, tol, limit
):
    """Find the mode of the latent field given hyperparameters, and the Laplace marginal likelihood there.

    ``theta`` (A, T), ``z`` (p,), ``beta`` (k,) hold the start and are overwritten by the mode; ``z`` and
    ``beta`` are standardised, ``own`` (A, T, q) and ``patterns`` (C, k) carry their scales. Returns log marginal
    likelihood, steps taken, covariances (A, T, T), joint precision of (z, beta), curvature, slope, cross curvature
    and three sums by kind. A field that is not found has a likelihood of minus infinity.
    """
    n_a, n_t = theta.shape
    p, k, q = z.size, beta.size, own.shape[2]
    w, g, v = np.empty((n_a, n_t)), np.empty((n_a, n_t)), np.empty((n_a, n_t, k))
    gb, wb = np.empty(k), np.empty((k, k))
    cov, diag = np.empty((n_a, n_t, n_t)), np.empty(n_t)
    gram, carry = np.empty((q, q)), np.empty((n_t, q))
    kinds = columns.shape[0]
    mean = np.empty((kinds, n_t))
    n_sum, b_sum, k_sum = np.empty((kinds, n_t, n_t)), np.empty((kinds, n_t)), np.empty((kinds, n_t, k))
    precision = np.zeros((p + k, p + k))
    old_theta, old_z, old_beta = theta.copy(), z.copy(), beta.copy()
    best, moved = -np.inf, np.inf
    for it in range(limit):
        value = _likelihood(code, theta, beta, events, total, patterns, w, g, v, gb, wb)
        _shared_mean(columns, scale, z, mean)
        goal = value - 0.5 * _prior_distance(theta, z, beta, mean, kind, own, rho, start, sds, diag)
        if (not np.isfinite(goal) or goal < best - 1e-6 * (1.0 + abs(best))) and moved > 1e-9:
            _move(theta.ravel(), old_theta.ravel(), 0.5)
            _move(z, old_z, 0.5)
            _move(beta, old_beta, 0.5)
            moved *= 0.5
            continue
        best = goal
        log_ml = goal
        for a in range(n_a):
            off, prior_det = _shock_precision(n_t, rho, start, sds[a], diag)
            log_ml -= 0.5 * (_shock_covariance(diag, off, w[a], cov[a]) - prior_det)
            if q > 0:
                log_ml -= 0.5 * _absorb(own[a], w[a], cov[a], gram, carry)
        _step(theta, w, g, v, cov, kind, n_sum, b_sum, k_sum)
        precision, right = _normal_equations(columns, scale, beta, theta, w, g, v, gb, wb, cov, n_sum, b_sum, k_sum)
        solution, log_det = _solved(precision, right)
        if moved < tol:
            return log_ml - 0.5 * log_det, it, cov, precision, w, g, v, n_sum, b_sum, k_sum
        _move(old_theta.ravel(), theta.ravel(), 0.0)
        _move(old_z, z, 0.0)
        _move(old_beta, beta, 0.0)
        _move(z, solution[:p], 0.0)
        _move(beta, solution[p:], 0.0)
        _shared_mean(columns, scale, z, mean)
        moved = _update(theta, old_beta, beta, mean, kind, w, g, v, cov, old_theta)
        if moved > LIMIT:
            _move(theta.ravel(), old_theta.ravel(), LIMIT / moved)
            _move(z, old_z, LIMIT / moved)
            _move(beta, old_beta, LIMIT / moved)
            moved = LIMIT
    return -np.inf, limit, cov, precision, w, g, v, n_sum, b_sum, k_sum
