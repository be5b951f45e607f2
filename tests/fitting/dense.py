"""The same model by dense matrices and scipy: slow, plain, and written from the terms alone.

The latent vector holds standardised values: shared coefficients, authorities' own, shocks' innovations, covariates.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logsumexp

from sos_bayes.fitting.arrays.problem import LEAST, LEAST_STREAM


def shock_root(n_t, rho, start, sd):
    """Lower-triangular map from standard normal innovations to one authority's shocks."""
    root = np.zeros((n_t, n_t))
    root[0, 0] = sd / np.sqrt(start)
    for t in range(1, n_t):
        root[t] = rho * root[t - 1]
        root[t, t] = sd
    return root


def in_order(intervals):
    """Positions and bounds of intervals, one cell after the other; nothing for None."""
    if intervals is None:
        return []
    return list(zip(intervals.authority, intervals.period, *intervals.bounds, strict=True))


def truncated(code, eta, total, low, high, sure, chance):
    """Log sum over the counts within bounds, and their mean, variance, third and fourth cumulant, term by term."""
    y = np.arange(low, high + 1)
    weight = np.where(y > sure, np.log(chance), 0.0)
    base = weight - gammaln(y + 1)
    base = base + (gammaln(total + 1) - gammaln(total - y + 1) if code == 0 else y * np.log(total))
    log_sum = logsumexp(base + y * eta)
    share = np.exp(base + y * eta - log_sum)
    mean = share @ y
    two, three, four = (share @ (y - mean) ** k for k in (2, 3, 4))
    return log_sum, (mean, two, three, four - 3 * two**2)


@dataclass
class Dense:
    """Linear maps of one problem at one point of hyperparameters; ``values`` maps names of scalars to numbers."""

    problem: object
    values: dict

    def __post_init__(self):
        model, (n_a, n_t, _) = self.problem.model, self.problem.total.shape

        def at(sd):
            return self.values[sd] if isinstance(sd, str) else sd

        shocks = model.shocks
        rho, sd, years = self.values["rho"], self.values["sd_shock"], shocks.years
        if shocks.walk:
            period_rho, period_sd, start = 1.0, sd * np.sqrt(years), 1.0
        else:
            period_rho, start = rho**years, 1 - rho ** (2 * years)
            period_sd = sd * np.sqrt((1 - rho ** (2 * years)) / (1 - rho**2))
        larger = np.where(shocks.own_scale, np.exp(self.values["log_adopter_scale"]), 1.0)
        each = period_sd * (1.0 if shocks.streams == 1 else self.values["sd_stream"] / sd)
        own = (period_rho, start)
        if shocks.noisy and shocks.streams == 1:
            each, own = self.values["sd_noise"], (0.0, 1.0)
        fading = shock_root(n_t // shocks.streams, period_rho, start, period_sd / sd)
        self.shared = np.concatenate([
            t.columns * at(t.sd) if not t.chain
            else t.columns @ np.kron(np.eye(t.columns.shape[2] // t.chain), fading) * at(t.sd)
            for t in model.shared
        ], axis=2).reshape(n_a * n_t, -1)  # fmt: skip
        blocks, self.own_columns, position = [self.shared], {}, self.shared.shape[1]
        for term in model.by_authority:
            block = np.zeros((n_a, n_t, n_a))
            for a in range(n_a):
                block[a, :, a] = term.weights[a] * at(term.sd)
            self.own_columns[term.name] = (np.arange(position, position + n_a), at(term.sd))
            position += n_a
            blocks.append(block.reshape(n_a * n_t, n_a))
        chain = n_t // shocks.streams
        noise, common = np.zeros((n_a * n_t, n_a * n_t)), np.zeros((n_a * n_t, n_a * chain))
        for at in range(0, n_a * n_t, chain):
            a = at // n_t
            noise[at : at + chain, at : at + chain] = shock_root(
                chain, *own, max(each * larger[a], LEAST_STREAM if shocks.streams > 1 else LEAST)
            )
            shared = shock_root(chain, period_rho, start, period_sd * larger[a])
            if shocks.noisy and shocks.streams > 1:
                alone = (self.values["sd_noise"] * larger[a]) ** 2 * np.eye(chain)
                shared = np.linalg.cholesky(shared @ shared.T + alone)
            common[at : at + chain, a * chain : (a + 1) * chain] = shared
        if shocks.streams > 1 or shocks.noisy:
            noise = np.concatenate([common, noise], axis=1)
        if shocks.streams > 1:
            innovations = position + np.arange(n_a * chain).reshape(n_a, chain)
            self.own_columns |= {f"shared shock {t}": (innovations[:, t], 1.0) for t in range(chain)}
        self.theta = np.concatenate([*blocks, noise], axis=1)
        self.patterns = np.zeros((self.problem.total.shape[2], 0))
        if model.patterns is not None:
            self.patterns = model.patterns.columns * model.patterns.sd
        n_c, k = self.patterns.shape
        eta = np.repeat(self.theta, n_c, axis=0)
        self.eta = np.concatenate([eta, np.tile(self.patterns, (n_a * n_t, 1))], axis=1)
        self.theta = np.concatenate([self.theta, np.zeros((n_a * n_t, k))], axis=1)
        events = model.slots.laid_out(self.problem.cells.events)
        self.events, self.total = events.ravel(), self.problem.total.ravel()

    def likelihood(self, latent):
        """Value without its constant, slope and curvature by cell."""
        value, slope, curve = self.without_bounds(latent)
        theta, n_t, (code, total) = (
            self.theta @ latent,
            self.problem.total.shape[1],
            (self.problem.family.code, self.total),
        )
        found = self.problem.cells.intervals
        for a, t, *bounds in in_order(found):
            i = a * n_t + t
            log_sum, (mean, variance, *_) = truncated(code, theta[i], total[i], *bounds)
            value, slope[i], curve[i] = value + log_sum, slope[i] + mean, max(curve[i] - variance, 0.0)
        return value, slope, curve

    def without_bounds(self, latent):
        """The same, as if counts known by bounds were zero."""
        eta, y, n = self.eta @ latent, np.nan_to_num(self.events), self.total
        if self.problem.family.name == "binomial":
            p = expit(eta)
            return (y * eta - n * np.logaddexp(0, eta)).sum(), y - n * p, n * p * (1 - p)
        mean = n * np.exp(eta)
        if self.problem.family.name == "negative_binomial":
            size = self.values["overdispersion"] ** -2
            value = y * eta - (y + size) * np.log1p(mean / size)
            return value.sum(), (y - mean) * size / (size + mean), (y + size) * mean * size / (size + mean) ** 2
        return (y * eta - mean).sum(), y - mean, mean

    def solve(self):
        """Mode, its covariance and the log Laplace evidence, by Newton's method in scipy."""

        def down(x):
            return 0.5 * x @ x - self.likelihood(x)[0]

        def slope(x):
            return x - self.eta.T @ self.likelihood(x)[1]

        def curvature(x):
            return np.eye(len(x)) + self.eta.T @ (self.likelihood(x)[2][:, None] * self.eta)

        start = np.zeros(self.eta.shape[1])
        mode = minimize(down, start, jac=slope, hess=curvature, method="trust-exact", options={"gtol": 1e-9}).x
        for _ in range(3):
            mode = mode - np.linalg.solve(curvature(mode), slope(mode))
        precision = curvature(mode)
        self.mode, self.cov = mode, np.linalg.inv(precision)
        self.evidence = -down(mode) - 0.5 * np.linalg.slogdet(precision)[1]
        return self
