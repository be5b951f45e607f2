"""The expected outcome of adopters' cells in both worlds, on the outcome's own scale, as variables of a PyMC model."""

from __future__ import annotations

from typing import Any

import pymc as pm
import pytensor.tensor as pt

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.streams import Streams
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.pymc.observed import Latent


def both_worlds(problem: Problem, latent: Latent, effect: Any, weights: Floats) -> None:
    """Declare ``with_rollout``, ``without_rollout`` and ``satt``.

    Parameters
    ----------
    problem : Problem
    latent : Latent
        Its predictors are those with the rollout, (A, n).
    effect : tensor (K, n)
        What the rollout adds to adopters' predictors.
    weights : ndarray (K, T, C)
        Of the SATT: they sum to one.
    """
    dims = ("adopter", "period", "pattern") if len(problem.cells.patterns) > 1 else ("adopter", "period")
    predictor = latent.predictor[problem.adopters]
    worlds = [problem.cells.outcome.per * _expected(problem, latent, x) for x in (predictor, predictor - effect)]
    for name, world in zip(("with_rollout", "without_rollout"), worlds, strict=True):
        pm.Deterministic(name, world if len(dims) == 3 else world[:, :, 0], dims=dims)
    pm.Deterministic("satt", (weights * (worlds[0] - worlds[1])).sum())


def _expected(problem: Problem, latent: Latent, predictor: Any) -> Any:
    """Expected outcome (K, T, C) at adopters' predictors (K, n): a share, a rate, or a mean in its own unit."""
    outcome, streams = problem.cells.outcome, problem.model.slots
    assert isinstance(streams, Streams)
    by_stream = predictor.reshape((len(problem.adopters), len(streams), problem.chain))
    if outcome.bands:  # done by a day: not still open after its band
        eta = by_stream[..., None] + latent.shift
        until = outcome.reached + 1
        return 1.0 - pt.sigmoid(-eta[:, :until]).prod(axis=1)
    eta = by_stream[:, streams.of].swapaxes(1, 2) + latent.shift[streams.rest]
    if outcome.levels:
        return pt.sigmoid(eta + latent.minus_cuts[outcome.reached - 1])
    if problem.model.residual is not None:
        return problem.model.residual.units.mean + problem.model.residual.units.sd * eta
    return pt.sigmoid(eta) if outcome.proportion else pt.exp(eta)
