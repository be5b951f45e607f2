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
    shift = columns @ beta
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
def _normal_equations(columns, scale, beta, theta, w, g, v, gb, wb, cov, n_sum, b_sum, k_sum):  # type: ignore[no-untyped-def]
    """Precision and right-hand side for the shared coefficients and beta, both standardised."""
    p = scale.size
    k = beta.size
    precision = np.eye(p + k)
    right = np.zeros(p + k)
    for u in range(columns.shape[0]):
        gu = columns[u] * scale
        gt = np.ascontiguousarray(gu.T)
        precision[:p, :p] += gt @ (n_sum[u] @ gu)
        right[:p] += gt @ b_sum[u]
        if k > 0:
            cross = gt @ k_sum[u]
            precision[:p, p:] += cross
            precision[p:, :p] += cross.T
    if k > 0:
        right[p:] += gb + wb @ beta
        precision[p:, p:] += wb
        for a in range(theta.shape[0]):
            base = w[a] * theta[a] + g[a] + v[a] @ beta
            weighted = np.ascontiguousarray(v[a].T) @ cov[a]
            right[p:] += np.ascontiguousarray(v[a].T) @ theta[a] - weighted @ base
            precision[p:, p:] -= weighted @ v[a]
        # b_sum was formed at the current beta; the linear term in z is at base, which adds V beta.
        for u in range(columns.shape[0]):
            right[:p] += np.ascontiguousarray((columns[u] * scale).T) @ (k_sum[u] @ beta)
    return precision, right


@nb.njit(cache=True, nogil=True)
def laplace_mode(  # type: ignore[no-untyped-def]
    code,
    events,
    total,
    patterns,
    pattern_sd,
    columns,
    kind,
    own_columns,
    own_sd,
    scale,
    rho,
    start,
    sds,
    theta,
    z,
    beta,
    tol,
    limit,
):
    """Find the mode of the latent field given hyperparameters, and the Laplace marginal likelihood there.

    ``theta`` (A, T), ``z`` (p,), ``beta`` (k,) hold the start and are overwritten by the mode; ``z`` and
    ``beta`` are standardised. Returns log marginal likelihood, steps taken, covariances ``cov`` (A, T, T),
    joint precision of (z, beta), curvature ``w``, slope ``g`` and cross curvature ``v``.
    """
    n_a, n_t = theta.shape
    p = z.size
    k = beta.size
    q = own_sd.size
    x_columns = patterns * pattern_sd
    own = np.empty((n_a, n_t, q))
    for j in range(q):
        own[:, :, j] = own_columns[:, :, j] * own_sd[j]
    w = np.empty((n_a, n_t))
    g = np.empty((n_a, n_t))
    v = np.empty((n_a, n_t, k))
    gb = np.empty(k)
    wb = np.empty((k, k))
    cov = np.empty((n_a, n_t, n_t))
    diag = np.empty(n_t)
    gram = np.empty((q, q))
    carry = np.empty((n_t, q))
    kinds = columns.shape[0]
    mean = np.empty((kinds, n_t))
    pull = np.empty(n_t)
    n_sum = np.empty((kinds, n_t, n_t))
    b_sum = np.empty((kinds, n_t))
    k_sum = np.empty((kinds, n_t, k))
    precision = np.eye(p + k)
    old_theta = theta.copy()
    old_z = z.copy()
    old_beta = beta.copy()
    best = -np.inf
    log_ml = -np.inf
    moved = np.inf
    for it in range(limit):
        value = _likelihood(code, theta, beta, events, total, x_columns, w, g, v, gb, wb)
        distance = 0.0
        for u in range(kinds):
            mean[u] = columns[u] @ (scale * z)
        for a in range(n_a):
            off, _ = _shock_precision(n_t, rho, start, sds[a], diag)
            distance += _distance(theta[a] - mean[kind[a]], diag, off, own[a])
        goal = value - 0.5 * (distance + z @ z + beta @ beta)
        if (not np.isfinite(goal) or goal < best - 1e-6 * (1.0 + abs(best))) and moved > 1e-9:
            theta[:, :] = 0.5 * (theta + old_theta)
            z[:] = 0.5 * (z + old_z)
            beta[:] = 0.5 * (beta + old_beta)
            moved *= 0.5
            continue
        best = goal
        log_ml = goal
        for a in range(n_a):
            off, prior_det = _shock_precision(n_t, rho, start, sds[a], diag)
            det = _shock_covariance(diag, off, w[a], cov[a]) - prior_det
            if q > 0:
                det += _absorb(own[a], w[a], cov[a], gram, carry)
            log_ml -= 0.5 * det
        _step(theta, w, g, v, cov, kind, n_sum, b_sum, k_sum)
        precision, right = _normal_equations(columns, scale, beta, theta, w, g, v, gb, wb, cov, n_sum, b_sum, k_sum)
        log_ml -= 0.5 * np.linalg.slogdet(precision)[1]
        if moved < tol:
            return log_ml, it, cov, precision, w, g, v, n_sum, b_sum, k_sum
        solution = np.linalg.solve(precision, right)
        old_theta[:, :] = theta
        old_z[:] = z
        old_beta[:] = beta
        moved = 0.0
        for u in range(kinds):
            mean[u] = columns[u] @ (scale * solution[:p])
        for a in range(n_a):
            at = mean[kind[a]]
            for t in range(n_t):
                pull[t] = w[a, t] * (theta[a, t] - at[t]) + g[a, t]
                for m in range(k):
                    pull[t] += v[a, t, m] * (old_beta[m] - solution[p + m])
            for t in range(n_t):
                new = at[t]
                for j in range(n_t):
                    new += cov[a, t, j] * pull[j]
                moved = max(moved, abs(new - old_theta[a, t]))
                theta[a, t] = new
        z[:] = solution[:p]
        beta[:] = solution[p:]
        if moved > LIMIT:
            part = LIMIT / moved
            theta[:, :] = old_theta + part * (theta - old_theta)
            z[:] = old_z + part * (z - old_z)
            beta[:] = old_beta + part * (beta - old_beta)
            moved = LIMIT
    return -np.inf, limit, cov, precision, w, g, v, n_sum, b_sum, k_sum
