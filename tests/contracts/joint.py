"""The joint log density in plain numpy and scipy, from the terms alone, in standardised coefficients."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from sos_bayes.data.cells.within_cell_units import pooled
from sos_bayes.designs.priors import HalfNormal, Normal
from tests.contracts.free_point import point_of
from tests.fitting.dense import in_order, shock_root


class Free(NamedTuple):
    """A point: hyperparameters by name, and standard normals behind coefficients, authorities' own and shocks."""

    values: dict[str, float]
    joint: NDArray[np.float64]
    own: NDArray[np.float64]
    innovations: NDArray[np.float64]


def log_density(problem, free):
    """Log density of a point, up to a constant."""
    model = problem.model
    value, theta = field_density(problem, free)
    eta = theta[:, :, None] + shifts(problem, free)
    n, y = problem.total, problem.cells.events
    binomial = model.family == "binomial"
    found = problem.cells.intervals
    if found is not None:
        law = stats.binom(n, expit(eta)) if binomial else stats.poisson(n * np.exp(eta))
        for a, t, low, high, sure, chance in in_order(found):
            counts = np.arange(low, high + 1)
            value += np.log(sum(law.pmf(one)[a, t, 0] * (chance if one > sure else 1) for one in counts))
        n = np.where(np.isnan(y), 0, n)
        y = np.nan_to_num(y)
    if model.family == "negative_binomial":
        size = free.values["overdispersion"] ** -2
        cells = stats.nbinom.logpmf(y, size, size / (size + n * np.exp(eta)))
        return float(value + cells[n > 0].sum())
    if model.family == "beta_binomial":
        size = free.values["overdispersion"] ** -2
        cells = stats.betabinom.logpmf(y, n, size * expit(eta), size * expit(-eta))
        return float(value + cells[n > 0].sum())
    cells = stats.binom.logpmf(y, n, expit(eta)) if binomial else stats.poisson.logpmf(y, n * np.exp(eta))
    return float(value + cells[n > 0].sum())


def shifts(problem, free):
    """What covariates add to every pattern (C,)."""
    model, p = problem.model, problem.sizes[0]
    if model.patterns is None:
        return np.zeros(len(problem.cells.patterns))
    k = model.patterns.columns.shape[1]
    return model.patterns.columns @ free.joint[p : p + k] * model.patterns.sd


def field_density(problem, free):
    """Log prior of a point, a residual sd's aside, and cells' predictors, covariates aside, (A, T)."""
    model, (n_a, n_t, _) = problem.model, problem.total.shape
    scalars = scalars_of(model, free.values)
    value = sum(log_prior(h, free.values[h.name]) for h in model.hypers if h.name != "within")
    value += stats.norm.logpdf(free.joint).sum() + stats.norm.logpdf(free.innovations).sum()
    mean, at = np.zeros((n_a, n_t)), 0
    for term in model.shared:
        width = term.columns.shape[2]
        sd = scalars[term.sd] if isinstance(term.sd, str) else term.sd
        mean += term.columns @ (sd * free.joint[at : at + width])
        at += width
    for part, drawn in zip(model.by_authority, free.own, strict=True):
        value += stats.norm.logpdf(drawn[part.members]).sum()
        mean += part.weights * (scalars[part.sd] * drawn)[:, None]
    roots = shock_roots(model, scalars, n_a, n_t)
    return value, mean + np.einsum("aij,aj->ai", roots, free.innovations)


def scalars_of(model, values):
    if model.shocks.walk:
        return values | {"sd_authority": values["spread"], "rho": 1.0}
    every_year = values["spread"] ** 2 + values["sd_shock"] ** 2
    rho = values["memory"] * values["spread"] / np.sqrt(every_year)
    level = np.sqrt(every_year - values["sd_shock"] ** 2 / (1 - rho**2))
    return values | {"rho": rho, "sd_authority": level}


def shock_roots(model, scalars, n_a, n_t):
    rho, years = scalars["rho"], model.shocks.years
    if model.shocks.walk:
        period, ratio, start = 1.0, years, 1.0
    else:
        period, start = rho**years, 1 - rho ** (2 * years)
        ratio = start / (1 - rho**2)
    larger = np.where(model.shocks.own_scale, np.exp(scalars["log_adopter_scale"]), 1.0)
    return [shock_root(n_t, period, start, scalars["sd_shock"] * np.sqrt(ratio) * larger[a]) for a in range(n_a)]


def rounding(problem, free, parts):
    """How far two ways of summing one log density may differ by rounding.

    ``parts`` are its terms. Each summand is rounded as often as there are summands, and is a difference of logarithms
    of gamma functions some ten times its size.
    """
    size = sum(float(np.abs(part).sum()) for part in parts)
    times = 10.0 * (problem.total.size + free.joint.size + free.own.size + free.innovations.size)
    return float(np.finfo(float).eps * size * times)


def assert_a_constant_apart(gaps, bounds):
    """Differences of two log densities are one number, but for their rounding."""
    assert np.isfinite(gaps).all()
    apart, allowed = np.abs(np.subtract(gaps, gaps[0])), np.add(bounds, bounds[0])
    assert max(bounds) < 1e-5  # no fault of a term is so small
    assert (apart <= allowed).all(), (apart, allowed)


def log_prior(hyper, value):
    if isinstance(hyper.prior, HalfNormal):
        return float(stats.halfnorm.logpdf(value, scale=hyper.prior.scale))
    if isinstance(hyper.prior, Normal):
        return float(stats.norm.logpdf(value, 0, hyper.prior.sd))
    return 0.0


def random_point(problem, rng):
    """A point with every hyperparameter well inside its prior and the level near the data's, and as PyMC holds it."""
    model, (p, q, k) = problem.model, problem.sizes
    values = {h.name: float(h.prior.from_score(rng.normal(0, 0.7))) for h in model.hypers}
    joint = rng.normal(0, 0.7, p + k)
    at = 0
    for term in model.shared:
        width = term.columns.shape[2]
        joint[at : at + width] /= 1.0 if isinstance(term.sd, str) else max(term.sd, 1.0)
        at += width
    level = problem.family.start(float(problem.likely_events.sum()), float(problem.total.sum()))
    joint[[t.name for t in model.shared].index("intercept")] += level / model.shared[0].sd
    if model.cutpoints is not None:  # cutpoints rise
        basis, cut = model.cutpoints.basis, joint[-model.cutpoints.basis.shape[1] :]
        cut[:] = basis.T @ np.sort(basis @ cut)[::-1]
    own, innovations = rng.normal(0, 0.7, (q, len(problem.kind))), rng.normal(0, 0.7, problem.total.shape[:2])
    return Free(values, joint, own, innovations), point_of(model, values, joint, own) | {"z_shock": innovations}


def density_of_rows(law, problem, rows, free):
    """Log density of every child's standardised value, with the priors, up to a constant.

    ``law`` gives it from values, means and the residual scale.
    """
    value, theta = field_density(problem, free)
    model, cells = problem.model, problem.cells
    shift = shifts(problem, free)
    scale = np.exp(model.residual.centre + model.residual.width * free.values["within"])
    value += stats.invgamma.logpdf(scale**2, 0.5, scale=0.5)  # one degree of prior around the unit
    a = np.searchsorted(cells.authorities, rows["la"])
    t = np.array([list(cells.calendar.labels).index(str(y)) for y in rows["year"]])
    c = np.zeros(len(rows), dtype=int)
    if cells.columns:
        c = np.array([cells.patterns.index(tuple(p)) for p in rows[list(cells.columns)].to_numpy()])
    units = pooled(cells)
    y = (rows["score"].to_numpy() - units.mean) / units.sd
    return value + law(y, theta[a, t] + shift[c], scale).sum()
