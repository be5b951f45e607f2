"""Log densities of single cells by scipy alone, and the prior of one authority's cells by dense matrices."""

import numpy as np
from scipy import stats
from scipy.special import expit, logsumexp

from tests.fitting.dense import Dense, in_order


def dense_prior(problem, values, a):
    """Covariance (n, n) of authority ``a``'s cells given all that it shares, its own coefficients integrated out."""
    found = Dense(problem, values)
    n = problem.total.shape[1]
    p = found.shared.shape[1]
    own = found.theta[a * n : (a + 1) * n, p:]
    return own @ own.T


def conditional(mean, cov, theta, slots):
    """Mean and covariance of some slots given the others, which stand at ``theta``."""
    others = np.setdiff1d(np.arange(len(theta)), slots)
    gain = np.linalg.solve(cov[np.ix_(others, others)], cov[np.ix_(others, slots)]).T
    return mean[slots] + gain @ (theta - mean)[others], cov[np.ix_(slots, slots)] - gain @ cov[np.ix_(others, slots)]


def slot_density(problem, values, beta, rows=None):
    """Function of authority, slot and predictors (M,): log density of what was seen there, (M,)."""
    cells, streams = problem.cells, problem.model.slots
    shift = problem.patterns @ beta
    periods = problem.chain

    def of(a, slot, theta):
        stream, t = slot // periods, slot % periods
        total = np.zeros(len(theta))
        for c in range(len(cells.patterns)):
            if cells.bands is None and streams.of[c] != stream:
                continue
            at = one_cell(problem, values, (a, t, c), stream, rows)
            if cells.levels is not None:
                cuts = cells.levels.shape[3] - 1
                total += at(theta[:, None] + shift[c * cuts : (c + 1) * cuts])
            else:
                total += at(theta + shift[streams.rest[c]])
        return total

    return of


def one_cell(problem, values, place, band, rows):
    """Log density of one cell as a function of its predictors."""
    cells = problem.cells
    if cells.bands is not None:
        ended, reached = cells.bands[place][band]
        return lambda eta: stats.binom.logpmf(ended, reached, expit(eta))
    if cells.levels is not None:
        levels = cells.levels[place]
        return lambda eta: stats.multinomial.logpmf(levels, levels.sum(), shares(eta))
    if problem.model.residual is not None:
        return measured(problem, values, place, rows)
    y, n = cells.events[place], cells.total[place]
    for a, t, *bounds in in_order(cells.intervals):
        if (a, t) == place[:2]:
            return lambda eta: within(problem, n, eta, bounds)
    return lambda eta: law(problem, values, n, eta).logpmf(y) if n > 0 else 0.0 * eta


def shares(eta):
    """Shares of levels (M, K) from the predictors of reaching each level above the lowest, (M, K - 1)."""
    reach = np.pad(expit(eta), ((0, 0), (1, 1)), constant_values=((0, 0), (1.0, 0.0)))
    return reach[:, :-1] - reach[:, 1:]


def law(problem, values, n, eta):
    """Distribution of a count."""
    name = problem.family.name
    size = values.get("overdispersion", 1.0) ** -2
    if name == "negative_binomial":
        return stats.nbinom(size, size / (size + n * np.exp(eta)))
    if name == "beta_binomial":
        return stats.betabinom(n, size * expit(eta), size * expit(-eta))
    return stats.binom(n, expit(eta)) if name == "binomial" else stats.poisson(n * np.exp(eta))


def within(problem, n, eta, bounds):
    """Log probability of bounds."""
    low, high, sure, chance = bounds
    counts = np.arange(low, high + 1)
    log_weight = np.log(np.where(counts > sure, chance, 1.0))
    return logsumexp(law(problem, {}, n, eta[:, None]).logpmf(counts) + log_weight, axis=1)


def measured(problem, values, place, rows):
    """Children one by one, or one plain number."""
    cells, units = problem.cells, problem.model.residual.units
    sd = units.sd * values["sd_within"]
    if units.plain:
        value = cells.events[place]
        return lambda eta: stats.norm.logpdf(value, units.mean + units.sd * eta, sd / np.sqrt(units.children))
    where = (rows["la"] == cells.authorities[place[0]]) & (
        rows["year"].astype(str) == str(cells.calendar.labels[place[1]])
    )
    for column, level in zip(cells.columns, cells.patterns[place[2]], strict=True):
        where &= rows[column] == level
    children = rows["score"].to_numpy()[where.to_numpy()]
    kind = stats.t(problem.family.degrees) if cells.outcome.long_tails else stats.norm()
    return lambda eta: (kind.logpdf((children - units.mean - units.sd * eta[:, None]) / sd) - np.log(sd)).sum(axis=1)
