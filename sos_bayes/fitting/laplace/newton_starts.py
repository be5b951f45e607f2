"""Starts of Newton's method: where the latent field's mode is likely to be at given hyperparameters.

The mode is a smooth function of the scores. It is solved for at the centre of a proposal and one standard deviation
along each of its axes, both ways; in between it is taken to be a parabola along each axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.arrays.array_bundles import LatentField
from sos_bayes.fitting.laplace.hyper_proposal import Proposal

if TYPE_CHECKING:
    from sos_bayes.fitting.arrays.problem import Problem

REACH = 3.0  # standard deviations beyond which the parabolas are not followed


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """A field for every score.

    Attributes
    ----------
    field : LatentField
        At the centre.
    proposal : Proposal
    theta, beta : ndarray (2, d, A, T), (2, d, k)
        First and second coefficients of the parabolas; with no axes, every start is the centre's field.
    """

    field: LatentField
    proposal: Proposal
    theta: Floats
    beta: Floats

    def __repr__(self) -> str:
        return shapes_only(self)

    def at(self, scores: Floats) -> list[LatentField]:
        """Fields at (n, d) scores."""
        if not self.theta.shape[1]:
            return [self.field] * len(scores)
        along = np.linalg.solve(self.proposal.root, (scores - self.proposal.centre).T).T.clip(-REACH, REACH)
        steps = np.concatenate([along, along**2], axis=1)
        theta = self.field.theta + np.tensordot(steps, self.theta.reshape(-1, *self.field.theta.shape), axes=1)
        beta = self.field.beta + steps @ self.beta.reshape(steps.shape[1], len(self.field.beta))
        return [LatentField(one, self.field.z, other) for one, other in zip(theta, beta, strict=True)]


def all_from(field: LatentField) -> Starts:
    """Start every point from one field."""
    nowhere = Proposal(np.empty(0), np.empty((0, 0)))
    return Starts(field, nowhere, np.empty((2, 0, *field.theta.shape)), np.empty((2, 0, len(field.beta))))


def along_axes(proposal: Proposal, middle: LatentField, ends: list[LatentField]) -> Starts:
    """Parabolas through the modes at a proposal's crossing: at its centre, and at the 2 d ends."""
    return Starts(
        middle, proposal, *(_parabolas(np.array([f[i] for f in ends]), middle[i]) for i in (0, 2))
    )  # fmt: skip


def _parabolas(ends: Floats, middle: Floats) -> Floats:
    """First and second coefficients, (2, d, ...), from values one step along each axis and back, (2 d, ...)."""
    up, down = ends.reshape(2, len(ends) // 2, *middle.shape)
    return np.stack([(up - down) / 2, (up + down) / 2 - middle])


def first_beta(problem: Problem) -> Floats:
    """Pattern coefficients to start from: covariates without effect, cutpoints at the pooled shares."""
    beta = np.zeros(len(problem.counts.patterns))
    cuts, levels = problem.model.cutpoints, problem.cells.levels
    if cuts is not None and levels is not None and cuts.basis.shape[1]:
        counts = levels.sum(axis=(0, 1, 2)) + 0.5
        reach = np.cumsum(counts[::-1])[::-1][1:] / counts.sum()
        beta[-cuts.basis.shape[1] :] = cuts.basis.T @ np.log(reach / (1 - reach)) / cuts.sd
    return beta
