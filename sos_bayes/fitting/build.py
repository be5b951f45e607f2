"""The same terms as a PyMC model: the sampler's route.

Free variables follow what mixes. Where cells are informative the observed cell log-odds are free, the effect lies
inside the shocks' mean, and authority levels are integrated out (they return from `nuts`); where cells are
sparse the shocks' innovations are free and levels are centred at what adopters and comparators share.
Departures are standardised. The overall level is taken out as an offset, so that every free variable starts
near zero whatever the outcome.
Everything that differs between outcomes of one shape goes in as data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from sos_bayes.designs.priors import HalfNormal, Hyper, Normal
from sos_bayes.designs.terms import ByAuthority, Shared, Shocks
from sos_bayes.families.graph import table_log_likelihood
from sos_bayes.fitting.problem import Problem

if TYPE_CHECKING:
    from pytensor.tensor import TensorVariable

Floats = NDArray[np.float64]


def data_of(problem: Problem) -> dict[str, Floats]:
    """Arrays that differ between outcomes of one shape, by the name they have in the graph."""
    family = problem.family
    counts = problem.counts
    data = {
        "by_cell": counts.by_cell.ravel(),
        "total": counts.total.reshape(counts.by_cell.size, -1),
        "offset": family.start(float(counts.by_cell.sum()), float(counts.total.sum())),
    }
    if problem.model.patterns is None:
        return data
    return data | {"by_pattern": counts.by_pattern, "patterns": counts.patterns}


def build(problem: Problem, *, centred_shocks: bool) -> pm.Model:
    """Compose the PyMC model of a problem.

    Parameters
    ----------
    problem : Problem
    centred_shocks : bool
        Sample the cell log-odds themselves (informative cells) or standardised innovations (sparse cells).

    Returns
    -------
    pm.Model
        Variables: one for each hyperparameter, ``<term>_free`` for coefficients, ``theta_free`` (A, T).
    """
    model = problem.model
    n_a, n_t = problem.total.shape[:2]
    with pm.Model() as graph:
        data = {name: pm.Data(name, value) for name, value in data_of(problem).items()}
        hyper = {h.name: _hyper(h) for h in model.hypers}
        scalars = model.scalars(hyper, pt)
        levels = next(t for t in model.by_authority if t.around)
        inside = () if centred_shocks else levels.around
        coefficients = {t.name: _shared(t, scalars, data["offset"]) for t in model.shared}
        outside = [t for t in model.shared if t.name not in inside]
        columns = np.concatenate([t.columns for t in outside], axis=2).reshape(n_a * n_t, -1)
        mean = pt.dot(columns, pt.concatenate([coefficients[t.name] for t in outside])).reshape((n_a, n_t))
        for own in model.by_authority:
            if not (centred_shocks and own is levels):
                mean = mean + _own(own, model.shared, scalars, coefficients)
        if centred_shocks:
            theta = pm.Flat("theta_free", shape=(n_a, n_t))
            pm.Potential("shocks", _shock_density(theta - mean, model.shocks, levels, scalars))
        else:
            innovations = pm.Normal("innovations", 0.0, 1.0, shape=(n_a, n_t))
            theta = pm.Deterministic("theta_free", mean + _shocks_from(innovations, model.shocks, scalars))
        shift: Any = pt.zeros(1)
        if model.patterns is not None:
            shift = pt.dot(pm.Normal("beta_free", 0.0, 1.0, shape=problem.sizes[2]), data["patterns"])
        margins = (data["by_cell"], data.get("by_pattern", np.zeros(1)))
        eta = (theta + data["offset"]).ravel()
        pm.Potential("likelihood", table_log_likelihood(model.family, eta, shift, *margins, data["total"]))
    return graph


def _hyper(hyper: Hyper) -> TensorVariable:
    prior = hyper.prior
    if isinstance(prior, HalfNormal):
        return pm.HalfNormal(hyper.name, prior.scale, initval=0.5 * prior.scale)
    if isinstance(prior, Normal):
        return pm.Normal(hyper.name, 0.0, prior.sd, initval=0.0)
    return pm.Uniform(hyper.name, 0.0, 1.0, initval=0.5)


def _shared(term: Shared, scalars: dict[str, Any], offset: TensorVariable) -> TensorVariable:
    """Coefficients of one shared term; the intercept is counted from the offset."""
    width = term.columns.shape[2]
    name = f"{term.name}_free"
    if isinstance(term.sd, str):
        return pm.Normal(name, 0.0, 1.0, shape=width, initval=np.zeros(width)) * scalars[term.sd]
    mean = -offset if term.name == "intercept" else 0.0
    return pm.Normal(name, mean, term.sd, shape=width, initval=np.zeros(width))


def _own(term: ByAuthority, shared: tuple[Shared, ...], scalars: dict[str, Any], coefficients: dict[str, Any]) -> Any:
    """Contribution (A, T) of one coefficient an authority, centred where the term says so."""
    members = term.members
    spread = np.zeros((len(term.weights), len(members)))
    spread[members, np.arange(len(members))] = 1.0
    sd = scalars[term.sd]
    zeros = np.zeros(len(members))
    if term.around:
        columns = np.concatenate([t.columns[members, 0] for t in shared if t.name in term.around], axis=1)
        around = pt.concatenate([coefficients[t.name] for t in shared if t.name in term.around])
        value = pm.Normal(f"{term.name}_free", pt.dot(columns, around), sd, shape=len(members), initval=zeros)
    else:
        value = pm.Normal(f"{term.name}_free", 0.0, 1.0, shape=len(members), initval=zeros) * sd
    return term.weights * pt.dot(spread, value)[:, None]


def _shock_scales(shocks: Shocks, scalars: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Correlation over a period, relative precision of the first shock, innovation sd by authority (A,)."""
    years, innovation = shocks.years, scalars["sd_shock"]
    if shocks.walk:
        rho, start, sd = pt.constant(1.0), pt.constant(1.0), innovation * np.sqrt(years)
    else:
        log_rho = pt.log(scalars["rho"])
        start = -pt.expm1(2 * years * log_rho)
        rho, sd = pt.exp(years * log_rho), innovation * pt.sqrt(start / -pt.expm1(2 * log_rho))
    return rho, start, sd * pt.exp(scalars["log_adopter_scale"] * shocks.own_scale.astype(float))


def _shock_density(gap: TensorVariable, shocks: Shocks, levels: ByAuthority, scalars: dict[str, Any]) -> TensorVariable:
    """Log density of shocks plus levels (A, T), levels integrated out, without its constant."""
    rho, start, each = _shock_scales(shocks, scalars)
    steps, ones = _whitened(gap, rho, start), _whitened(pt.as_tensor(levels.weights), rho, start)
    variance = (scalars[levels.sd] / each) ** 2
    inner = 1 + variance * (ones**2).sum(axis=1)
    squares = (steps**2).sum(axis=1) - variance * (steps * ones).sum(axis=1) ** 2 / inner
    log_scale = gap.shape[1] * pt.log(each) - 0.5 * pt.log(start) + 0.5 * pt.log(inner)
    return (-0.5 * squares / each**2 - log_scale).sum()


def _whitened(values: Any, rho: Any, start: Any) -> Any:
    """Independent innovations behind (A, T) autoregressive values, in units of the innovation's sd."""
    return pt.concatenate([pt.sqrt(start) * values[:, :1], values[:, 1:] - rho * values[:, :-1]], axis=1)


def _shocks_from(innovations: TensorVariable, shocks: Shocks, scalars: dict[str, Any]) -> TensorVariable:
    """Shocks (A, T) from standardised innovations, by the closed form of the recursion."""
    rho, start, each = _shock_scales(shocks, scalars)
    n_t = innovations.type.shape[1]
    ages = np.subtract.outer(np.arange(n_t), np.arange(n_t))
    carry = pt.exp(pt.log(rho) * np.maximum(ages, 0)) * (ages >= 0)
    first = pt.concatenate([(1 / pt.sqrt(start))[None], pt.ones(n_t - 1)])
    return each[:, None] * pt.dot(innovations * first, carry.T)
