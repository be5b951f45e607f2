"""The joint log density in plain numpy and scipy, from the terms alone, in the PyMC model's own variables."""

import numpy as np
from scipy import stats
from scipy.special import expit

from sos_bayes.data.cells.within_cell_units import pooled
from sos_bayes.designs.priors import HalfNormal, Normal
from sos_bayes.fitting.pymc.free_variables import free_variables, unconstrained
from tests.fitting.dense import in_order, shock_root


def log_density(problem, free, offset, centred):
    """Log density of the named free variables; ``centred`` where cell log-odds are free and levels integrated out."""
    model = problem.model
    value, theta = field_density(problem, free, offset, centred)
    shift = np.zeros(problem.total.shape[2])
    if model.patterns is not None:
        value += stats.norm.logpdf(free["beta_free"]).sum()
        shift = model.patterns.columns @ free["beta_free"] * model.patterns.sd
    eta = (theta + offset)[:, :, None] + shift
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
        size = free["overdispersion"] ** -2
        cells = stats.nbinom.logpmf(y, size, size / (size + n * np.exp(eta)))
        return float(value + cells[n > 0].sum())
    if model.family == "beta_binomial":
        size = free["overdispersion"] ** -2
        cells = stats.betabinom.logpmf(y, n, size * expit(eta), size * expit(-eta))
        return float(value + cells[n > 0].sum())
    cells = stats.binom.logpmf(y, n, expit(eta)) if binomial else stats.poisson.logpmf(y, n * np.exp(eta))
    return float(value + cells[n > 0].sum())


def field_density(problem, free, offset, centred):
    """Log prior of hyperparameters and cells, covariates and data aside, and cells' theta without the offset (A, T)."""
    model, (n_a, n_t, _) = problem.model, problem.total.shape
    scalars = scalars_of(model, free)
    value = sum(log_prior(h, float(free[h.name])) for h in model.hypers)
    coefficients = {}
    for term in model.shared:
        drawn = free[f"{term.name}_free"]
        if isinstance(term.sd, str):
            value += stats.norm.logpdf(drawn).sum()
            coefficients[term.name] = drawn * scalars[term.sd]
        else:
            shift = offset if term.name == "intercept" else 0.0
            value += stats.norm.logpdf(drawn + shift, 0, term.sd).sum()
            coefficients[term.name] = drawn
    mean = sum(t.columns @ coefficients[t.name] for t in model.shared)
    for part in model.by_authority:
        members, sd = part.members, scalars[part.sd]
        if part.around and centred:
            continue
        drawn = free[f"{part.name}_free"]
        if part.around:
            centre = sum(t.columns[:, 0] @ coefficients[t.name] for t in model.shared if t.name in part.around)
            value += stats.norm.logpdf(drawn, centre[members], sd).sum()
            mean = mean + (drawn - centre)[:, None]
        else:
            value += stats.norm.logpdf(drawn).sum()
            every = np.zeros(n_a)
            every[members] = drawn * sd
            mean = mean + part.weights * every[:, None]
    if centred:
        theta = free["theta_free"]
        for cov, apart in zip(covariances(problem, scalars), theta - mean, strict=True):
            value += stats.multivariate_normal(np.zeros(n_t), cov).logpdf(apart)
    else:
        roots = shock_roots(model, scalars, n_a, n_t)
        value += stats.norm.logpdf(free["innovations"]).sum()
        theta = mean + np.einsum("aij,aj->ai", roots, free["innovations"])
    return value, theta


def scalars_of(model, free):
    values = {h.name: float(free[h.name]) for h in model.hypers}
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


def covariances(problem, scalars):
    """Covariance of each authority's cells, shocks and level together, (A, T, T)."""
    model, (n_a, n_t, _) = problem.model, problem.total.shape
    level = next(scalars[part.sd] for part in model.by_authority if part.around)
    return [root @ root.T + level**2 for root in shock_roots(model, scalars, n_a, n_t)]


def rounding(problem, free, parts, centred):
    """How far two ways of summing one log density may differ by rounding.

    ``parts`` are its terms. Each summand is rounded as often as there are summands, and is a difference of logarithms
    of gamma functions some ten times its size; the squares of centred cells are divided by their covariance, which
    multiplies a relative error by no more than its condition number.
    """
    size = sum(float(np.abs(part).sum()) for part in parts)
    times = 10.0 * (problem.total.size + sum(np.size(value) for value in free.values()))
    if centred:
        found = covariances(problem, scalars_of(problem.model, free))
        times += max(np.linalg.cond(cov) for cov in found)
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


def random_point(problem, rng, *, centred):
    """Free variables by name, every hyperparameter well inside its prior, and the same as the graph holds them."""
    layout = free_variables(problem, centred=centred)
    priors = {h.name: h.prior for h in problem.model.hypers}
    free = {}
    for place in layout.places:
        score = rng.normal(0, 0.7, place.shape)
        free[place.name] = priors[place.name].from_score(score) if place.name in priors else score
    return free, unconstrained(layout.pack(free))


def density_of_rows(law, problem, rows, free, offset, centred):
    """Log density of every child's standardised value, with the priors, up to a constant.

    ``law`` gives it from values, means and the residual scale.
    """
    value, theta = field_density(problem, free, offset, centred)
    model, cells = problem.model, problem.cells
    shift = np.zeros(len(cells.patterns))
    if model.patterns is not None:
        value += stats.norm.logpdf(free["beta_free"]).sum()
        shift = model.patterns.columns @ free["beta_free"] * model.patterns.sd
    scale = np.exp(model.residual.centre + model.residual.width * free["within"])
    # one degree of prior around the unit takes the place of the score's standard normal
    value += -np.log(scale) - 0.5 / scale**2 + 0.5 * free["within"] ** 2
    a = np.searchsorted(cells.authorities, rows["la"])
    t = np.array([list(cells.calendar.labels).index(str(y)) for y in rows["year"]])
    c = np.zeros(len(rows), dtype=int)
    if cells.columns:
        c = np.array([cells.patterns.index(tuple(p)) for p in rows[list(cells.columns)].to_numpy()])
    units = pooled(cells)
    y = (rows["score"].to_numpy() - units.mean) / units.sd
    return value + law(y, (theta + offset)[a, t] + shift[c], scale).sum()
