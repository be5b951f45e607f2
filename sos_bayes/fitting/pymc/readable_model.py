"""The model of a difference-in-differences in PyMC's own words: written once, from the design's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes.designs import Layout
from sos_bayes.designs.streams import Streams
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.pymc.cutpoint_gaps import minus_cutpoints
from sos_bayes.fitting.pymc.names import ADOPTERS, coords
from sos_bayes.fitting.pymc.observed import Latent, observe
from sos_bayes.fitting.pymc.outcome_scale import both_worlds
from sos_bayes.fitting.pymc.shocks import cluster_shocks, shocks
from sos_bayes.fitting.pymc.variables import Declared, OwnPrior, by_authority, hyperparameters, shared

OwnTerm = Callable[[pm.Model], Any]


class Own(NamedTuple):
    """What the caller puts into the model: priors by variable, and terms by name."""

    priors: Mapping[str, OwnPrior]
    terms: Mapping[str, OwnTerm]


def readable_model(problem: Problem, layout: Layout, weights: Floats, own: Own) -> pm.Model:
    """Write a problem as a PyMC model.

    Parameters
    ----------
    problem : Problem
    layout : Layout
    weights : ndarray (K, T, C)
        Of the SATT: they sum to one.
    own : Own

    Returns
    -------
    pm.Model
    """
    model, latent, added = _observed(problem, layout, own)
    with model:
        both_worlds(problem, latent, added, weights)
    return model


def sampled_model(problem: Problem, layout: Layout) -> pm.Model:
    """Write the same without what follows from its draws, and with adopters' predictors apart (`draw_record`)."""
    model, latent, _ = _observed(problem, layout, Own({}, {}))
    with model:
        ours = latent.predictor[problem.adopters]
        pm.Deterministic(ADOPTERS, ours.reshape((len(problem.adopters), *_shape(problem))))
    return model


def _observed(problem: Problem, layout: Layout, own: Own) -> tuple[pm.Model, Latent, Any]:
    """Terms, shocks and the cells observed through them; with the effect on adopters' predictors (K, n)."""
    declared = Declared(own.priors)
    with pm.Model(coords=coords(problem, layout)) as model:
        scalars = hyperparameters(problem.model, declared)
        predictor, effect = _predictor(problem, scalars, declared)
        for name, term in own.terms.items():
            predictor = predictor + _own_term(name, term(model), problem)
        dims = _dims(problem)
        named = predictor.reshape((len(problem.kind), *_shape(problem)))
        pm.Deterministic(problem.cells.outcome.predictor, named, dims=("authority", *dims))
        added = effect[problem.adopters]
        pm.Deterministic("effect", added.reshape((len(problem.adopters), *_shape(problem))), dims=("adopter", *dims))
        cuts = problem.model.cutpoints
        latent = Latent(
            predictor, _shift(problem, declared), scalars, None if cuts is None else minus_cutpoints(cuts, declared)
        )
        observe(problem, latent)
    declared.refuse_unknown()
    return model, latent, added


def _predictor(problem: Problem, scalars: dict[str, Any], declared: Declared) -> tuple[Any, Any]:
    """What terms and shocks give every authority in every slot, and the part that the rollout added, (A, n)."""
    model = problem.model
    parts: dict[str, Any] = {"background": pt.zeros(problem.total.shape[:2]), "effect": 0.0, "lead": 0.0}
    for term in model.shared:
        if term.chain:
            coefficients = cluster_shocks(term, model.shocks, scalars, declared)
        else:
            coefficients = shared(term, scalars, declared)
        parts[term.role] += pt.dot(term.columns, coefficients)
    for own in model.by_authority:
        parts[own.role] += by_authority(own, problem.adopters, scalars, declared)[:, None] * own.weights
    every = sum(parts.values()) + shocks(model.shocks, problem.chain, scalars, declared)
    return every, parts["effect"]


def _shape(problem: Problem) -> tuple[int, ...]:
    streams = problem.model.shocks.streams
    return (problem.chain,) if streams == 1 else (streams, problem.chain)


def _dims(problem: Problem) -> tuple[str, ...]:
    return ("period",) if problem.model.shocks.streams == 1 else ("stream", "period")


def _shift(problem: Problem, declared: Declared) -> Any:
    """What covariates add to the predictor of each pattern that streams leave, (R,)."""
    term, streams = problem.model.patterns, problem.model.slots
    assert isinstance(streams, Streams)
    if term is None:
        return pt.zeros(len(streams.patterns))
    sd = term.sd
    beta = declared("covariate_effect", ("covariate",), lambda name, dims: pm.Normal(name, 0.0, sd, dims=dims))
    return pt.dot(term.columns, beta)


def _own_term(name: str, value: Any, problem: Problem) -> Any:
    """A term of the caller's, (A, T), with several streams alike in all or (A, S, T)."""
    value = pt.as_tensor_variable(value)
    n_a, shape = len(problem.kind), _shape(problem)
    if value.ndim not in (2, 1 + len(shape)):
        raise DesignError(
            f"The term {name!r} has {value.ndim} dimensions.",
            where="terms",
            cure=f"Return an array over {', '.join(('authority', *_dims(problem)))}.",
        )
    whole = value[:, None] if value.ndim < 1 + len(shape) else value
    return pm.Deterministic(name, pt.broadcast_to(whole, (n_a, *shape)), dims=("authority", *_dims(problem))).reshape(
        (n_a, int(np.prod(shape)))
    )
