"""Draws of a fit by name, along named dimensions, as the readable model calls them; in the order of reading."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
from sos_bayes.fitting.pymc.names import coords, written_as
from sos_bayes.fitting.runs.fit_result import Fit

CHAINS = 4  # that independent draws are cut into
ADOPTERS = "authority"  # the dimension
KINDS = {"diverging": np.bool_, "tree_depth": np.int64, "n_steps": np.int64}


class Variable(NamedTuple):
    """Draws (chain, draw, ...) with the names of the dimensions after these two."""

    values: Floats
    dims: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return shapes_only(self)


Variables = dict[str, Variable]


def as_arviz(name: str, value: Floats) -> NDArray[Any]:
    """A sampler's statistic in the type that ArviZ looks for: divergences are true or false, counts whole."""
    return value.astype(KINDS.get(name, np.float64))


def in_chains(draws: Draws) -> Draws:
    """The fast route's one chain of independent draws as four, all of them kept; others as they are."""
    chains, size = draws.shape
    if chains != 1 or draws.statistics or size % CHAINS:
        return draws

    return draws.each(lambda value: value.reshape(CHAINS, size // CHAINS, *value.shape[2:]))


def hyperparameters(draws: Draws) -> Variables:
    """Hyperparameters and what follows from them; of a measured outcome's residual its variance, not its score."""
    variables = {name: Variable(value) for name, value in draws.hyper.items() if name != "within"}
    if "sd_within" in draws.hyper:
        variables["variance_within"] = Variable(draws.hyper["sd_within"] ** 2)
    return {name: value for name, value in variables.items() if np.ptp(value.values) > 0}  # the walk's correlation is 1


def effects(fit: FitProtocol, draws: Draws) -> Variables:
    """What the rollout did, on the predictor's scale: its average, what departs from it, and each adopter's own."""
    terms = fit.problem.model.shared if isinstance(fit, Fit) else ()
    background = {t.name for t in terms if t.role != "effect"}
    return {
        **{_name(name): _shared(name, value, fit) for name, value in draws.shared.items() if name not in background},
        "departure": Variable(draws.own["departure"], (ADOPTERS,)),
    }


def of_cells(fit: FitProtocol, draws: Draws) -> Variables:
    """Everything else: levels, periods, covariates, adopters' predictors and effects in every period."""
    told = effects(fit, draws)
    variables = {_name(name): _shared(name, value, fit) for name, value in draws.shared.items()}
    variables |= {_name(name): Variable(value, (ADOPTERS,)) for name, value in draws.own.items()}
    variables = {name: value for name, value in variables.items() if name not in told}
    variables["level_gap"] = Variable(draws.level_gap)
    if isinstance(fit, Fit):
        variables |= _coefficients(fit.problem, draws)
    labels = fit.slots.labels
    dims = (ADOPTERS, "period") if len(labels) == 1 else (ADOPTERS, "stream", "period")
    for name, value in ((f"adopter_{fit.outcome.predictor}", draws.theta), ("effect", draws.effect)):
        shape = value.shape[:3] if len(labels) == 1 else (*value.shape[:3], len(labels))
        variables[name] = Variable(value.reshape(*shape, -1), dims)
    return variables


def labels_of(fit: FitProtocol) -> dict[str, list[str]]:
    """Labels of every dimension; the authorities are the adopters."""
    if isinstance(fit, Fit):
        labels = coords(fit.problem, fit.layout)
    else:
        labels = {"period": fit.layout.cells.calendar.labels}
        if "lag" in fit.draws.shared:
            labels["lag"] = [str(e) for e in range(fit.draws.shared["lag"].shape[2])]
    names = fit.layout.cells.names
    return {dim: [str(x) for x in given] for dim, given in labels.items()} | {
        ADOPTERS: [names[a] for a in fit.layout.adopters]
    }


def _name(term: str) -> str:
    return written_as(term).name


def _shared(name: str, value: Floats, fit: FitProtocol) -> Variable:
    dims = written_as(name).dims
    if not dims:
        return Variable(value[..., 0])
    labels = labels_of(fit)
    return Variable(value.reshape(*value.shape[:2], *(len(labels[dim]) for dim in dims)), dims)


def _coefficients(problem: Problem, draws: Draws) -> Variables:
    """Covariates' coefficients and an ordinal outcome's cutpoints, from what is standardised."""
    patterns, cuts = problem.model.patterns, problem.model.cutpoints
    width = 0 if patterns is None else patterns.columns.shape[1]
    variables: Variables = {}
    if patterns is not None:
        variables["covariate_effect"] = Variable(draws.beta[..., :width] * patterns.sd, ("covariate",))
    if cuts is not None and len(cuts.basis) > 1:
        variables["cutpoints"] = Variable(-cuts.sd * draws.beta[..., width:] @ cuts.basis.T, ("cutpoint",))
    return variables
