"""A compiled model, bound to data and to a place to start: compiled once for a structure, reused for every outcome."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sos_bayes.families.intervals import interval_cumulants
from sos_bayes.fitting.arrays import Field
from sos_bayes.fitting.free import FreeVariables, free_variables
from sos_bayes.fitting.importance import Proposal
from sos_bayes.fitting.nested import climb
from sos_bayes.fitting.problem import Problem
from sos_bayes.fitting.starts import starts

Floats = NDArray[np.float64]
KEPT = 4  # compiled models held at a time
INFORMATIVE = 0.25  # information of the median cell, times the shocks' variance, from which cells are centred
_compiled: OrderedDict[object, Any] = OrderedDict()


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What the sampler needs.

    Attributes
    ----------
    problem : Problem
    model : nutpie's compiled model, with this problem's data and starting points
    free : FreeVariables
        Where named variables lie in what is sampled.
    offset : float
        What is taken out of the overall level.
    """

    problem: Problem
    model: Any
    free: FreeVariables
    offset: float

    def __repr__(self) -> str:
        return f"<Prepared: {self.problem.model.family} model of {len(self.problem.kind)} authorities>"


def prepare(problem: Problem) -> Prepared:
    """Find the mode, choose the parametrisation there, and compile, or reuse what has the same structure.

    Models with the same terms, shapes and rollout share one compilation, whatever their counts.
    """
    from sos_bayes.fitting.build import data_of

    proposal, field = climb(problem)
    data = data_of(problem)
    offset = float(data["offset"])
    centred = informative(problem, proposal, field)
    model = compiled(problem, centred=centred).with_data(**data)
    start = starts(problem, proposal, field, offset, centred=centred)
    free = free_variables(problem, centred=centred)
    return Prepared(problem, replace(model, initial_point_func=_flat(model, start)), free, offset)


def informative(problem: Problem, proposal: Proposal, field: Field) -> bool:
    """Whether cells say enough about their own predictor, against the shocks' variance, to be sampled as such.

    The median cell's information at the mode, times the variance of its shock, is what decides: sampled both
    ways, from 10 to 3,000 children a cell and shocks of .15 and .5, cells centred won from about 0.25 on.
    """
    counts = problem.counts
    eta = field.theta[:, :, None] + field.beta @ counts.patterns
    family = problem.family
    information = (counts.total * family.variance(family.mean(eta))).sum(axis=2)
    for a, t, *bounds in zip(*counts.bounded, strict=True):
        information[a, t] -= interval_cumulants(counts.code, field.theta[a, t], counts.total[a, t, 0], *bounds)[2]
    shocks = problem.scales(proposal.centre[None]).shocks[0]
    seen = information > 1e-9  # bounds that exclude nothing say nothing
    return bool(np.median((information * shocks[:, None] ** 2)[seen]) >= INFORMATIVE) if seen.any() else False


def compiled(problem: Problem, *, centred: bool) -> Any:
    """Compile a problem's structure, or take it from the last few."""
    import nutpie

    from sos_bayes.fitting.build import build

    columns = (problem.columns.tobytes(), problem.kind.tobytes(), problem.own.tobytes())
    key = (centred, problem.model.key, problem.total.shape, columns, problem.counts.bounded.low.size > 0)
    if key not in _compiled:
        _compiled[key] = nutpie.compile_pymc_model(build(problem, centred_shocks=centred))
        while len(_compiled) > KEPT:
            _compiled.popitem(last=False)
    _compiled.move_to_end(key)
    return _compiled[key]


def _flat(model: Any, start: Callable[[int], dict[str, Floats]]) -> Callable[[int], Floats]:
    """Starting values as one flat array, in the compiled model's order."""
    names, places, _ = model.shape_info

    def point(seed: int) -> Floats:
        values, flat = start(seed), np.empty(model.n_dim)
        for name, place in zip(names, places, strict=True):
            if place.stop <= model.n_dim:
                flat[place] = np.ravel(values[name])
        return flat

    return point
