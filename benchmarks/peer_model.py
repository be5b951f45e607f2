"""The peer of the sampling benchmarks as a PyMC model, in the parametrisation that mixes better for its cells.

Where cells are informative the observed cell log-odds are free, the effect lies inside the shocks' mean, and authority
levels are integrated out; where cells are sparse the shocks' innovations are free and levels are centred at what
adopters and comparators share. Departures are standardised. The overall level is taken out as an offset, so that every
free variable starts near zero. Binomial counts with one stream are all that the benchmarks need; the library's own
readable model (`to_pymc`) is written for every outcome and in one parametrisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from peer_table import table_log_likelihood
from peer_variables import FreeVariables, free_variables

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.terms import ByAuthority, Model, Shared, Shocks
from sos_bayes.fitting.arrays.problem import Problem

if TYPE_CHECKING:
    from pytensor.tensor import TensorVariable


def data_of(problem: Problem) -> dict[str, Floats]:
    """Arrays of the graph by the name they have there."""
    counts = problem.counts
    data = {
        "by_cell": counts.by_cell.ravel(),
        "total": counts.total.reshape(counts.by_cell.size, -1),
        "offset": problem.family.start(float(problem.likely_events.sum()), float(counts.total.sum())),
    }
    if problem.sizes[2]:
        data |= {"by_pattern": counts.by_pattern, "patterns": counts.patterns}
    return data


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
        Variables: the vectors of `free_variables`, and ``theta_free`` (A, T) where it follows from innovations.
    """
    model = problem.model
    layout = free_variables(problem, centred=centred_shocks)
    levels = next(t for t in model.by_authority if t.around)
    with pm.Model() as graph:
        data = {name: pm.Data(name, value) for name, value in data_of(problem).items()}
        vectors = _vectors(layout, data["offset"])
        free = layout.unpack(vectors)
        scalars = model.scalars({h.name: free[h.name] for h in model.hypers}, pt)
        if not centred_shocks:
            free |= layout.unpack({"levels": _levels(model, levels, free, scalars)})
        inside = () if centred_shocks else levels.around
        mean = _shared_mean([t for t in model.shared if t.name not in inside], free, scalars)
        mean = mean + sum(_own(t, free, scalars) for t in model.by_authority if f"{t.name}_free" in free)
        if centred_shocks:
            theta = free["theta_free"]
            pm.Potential("shocks", _shock_density(theta - mean, model.shocks, levels, scalars))
        else:
            shocks = _shocks_from(free["innovations"], model.shocks, scalars)
            theta = pm.Deterministic("theta_free", mean + shocks)
        shift: Any = pt.dot(free["beta_free"], data["patterns"]) if problem.sizes[2] else pt.zeros(1)
        margins = (data["by_cell"], data.get("by_pattern", np.zeros(1)))
        eta = (theta + data["offset"]).ravel()
        pm.Potential("likelihood", table_log_likelihood(model.family, eta, shift, *margins, data["total"]))
    return graph


def _vectors(layout: FreeVariables, offset: TensorVariable) -> dict[str, Any]:
    """One random vector for each kind of prior; the intercept is counted from the offset."""
    sizes = layout.sizes
    intercept = np.concatenate(
        [np.full(p.stop - p.start, p.name == "intercept_free") for p in layout.places if p.vector == "known"]
    )
    vectors = {
        "scales": pm.HalfNormal("scales", layout.scales("scales"), shape=sizes["scales"]),
        "known": pm.Normal("known", -offset * intercept, layout.scales("known"), shape=sizes["known"]),
        "standard": pm.Normal("standard", 0.0, 1.0, shape=sizes["standard"]),
    }
    if "shares" in sizes:
        vectors["shares"] = pm.Uniform("shares", 0.0, 1.0, shape=sizes["shares"])
    if "cells" in sizes:
        vectors["cells"] = pm.Flat("cells", shape=sizes["cells"])
    return vectors


def _levels(model: Model, levels: ByAuthority, free: dict[str, Any], scalars: dict[str, Any]) -> TensorVariable:
    """Authorities' levels around what adopters and comparators share."""
    around = [t for t in model.shared if t.name in levels.around]
    columns = np.concatenate([t.columns[levels.members, 0] for t in around], axis=1)
    centre = pt.dot(columns, pt.concatenate([free[f"{t.name}_free"] for t in around]))
    return pm.Normal("levels", centre, scalars[levels.sd], shape=len(levels.members))


def _shared_mean(terms: list[Shared], free: dict[str, Any], scalars: dict[str, Any]) -> Any:
    """What shared coefficients give every authority in every period, (A, T)."""
    n_a, n_t = terms[0].columns.shape[:2]
    columns = np.concatenate([t.columns for t in terms], axis=2).reshape(n_a * n_t, -1)
    named = []
    for term in terms:
        drawn = free[f"{term.name}_free"] * (scalars[term.sd] if isinstance(term.sd, str) else 1.0)
        named.append(drawn)
    return pt.dot(columns, pt.concatenate(named)).reshape((n_a, n_t))


def _own(term: ByAuthority, free: dict[str, Any], scalars: dict[str, Any]) -> Any:
    """Contribution (A, T) of one coefficient an authority; levels carry their own scale."""
    members = term.members
    spread = np.zeros((len(term.weights), len(members)))
    spread[members, np.arange(len(members))] = 1.0
    value = free[f"{term.name}_free"] * (1.0 if term.around else scalars[term.sd])
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


def _carry(rho: Any, start: Any, chain: int) -> Any:
    """Map (T, T) from a chain's innovations to its shocks, in units of the innovations' sd."""
    ages = np.subtract.outer(np.arange(chain), np.arange(chain))
    first = pt.concatenate([(1 / pt.sqrt(start))[None], pt.ones(chain - 1)])
    return pt.exp(pt.log(rho) * np.maximum(ages, 0)) * (ages >= 0) * first


def _shocks_from(innovations: TensorVariable, shocks: Shocks, scalars: dict[str, Any]) -> TensorVariable:
    """Shocks (A, T) from standardised innovations, by the closed form of the recursion."""
    rho, start, each = _shock_scales(shocks, scalars)
    return each[:, None] * pt.dot(innovations, _carry(rho, start, innovations.type.shape[1]).T)
