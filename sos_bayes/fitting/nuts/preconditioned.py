"""A problem ready to be sampled: laid out around its mode for the compiled density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import FitError
from sos_bayes.fitting.arrays.array_bundles import LatentField
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.laplace.conditional_mode import laplace_mode
from sos_bayes.fitting.laplace.nested_laplace import climb, prior_at
from sos_bayes.fitting.nuts.packed_target import packed, size_of, target_of


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What the sampler needs.

    Attributes
    ----------
    problem : Problem
    numbers, whole : ndarray
        The packed target of the compiled density (`packed_target`).
    size : int
        How many variables are sampled.
    """

    problem: Problem
    numbers: Floats
    whole: NDArray[np.intp]
    size: int

    def __repr__(self) -> str:
        return f"<Prepared: {self.problem.model.family} model of {len(self.problem.kind)} authorities>"


def prepare(problem: Problem) -> Prepared:
    """Find the mode, and lay the problem out around its Laplace approximation; no shape of data is compiled for.

    Raises
    ------
    FitError
        If there is no mode to lay it out around.
    """
    proposal, field = climb(problem)
    scales = problem.scales(proposal.centre[None])
    at_mode = LatentField(field.theta.copy(), field.z.copy(), field.beta.copy())
    prior = prior_at(problem, scales, 0)
    solved = laplace_mode(problem.counts, prior, at_mode, 1e-6)
    target = target_of(problem, proposal, at_mode, solved, prior)
    numbers, whole = packed(target)
    if not np.isfinite(numbers).all():
        raise FitError(
            "The sampler found no mode of the model to start from.",
            why="The data may hold almost no events, or a column may be constant.",
            cure="Look at the outcome's counts.",
        )
    return Prepared(problem, numbers, whole, size_of(target))
