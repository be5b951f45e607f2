"""The peer of the sampling benchmarks, a PyMC model of rows: how it is parametrised, where it starts, what it found.

It gets what serves PyMC best: cells' predictors or their shocks' innovations by the cells' information, and starts
around the mode that the library found.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from peer_variables import free_variables, unconstrained

from sos_bayes.fitting.arrays.array_bundles import LatentField, PriorAtPoint
from sos_bayes.fitting.arrays.problem import Problem, Scales
from sos_bayes.fitting.laplace.conditional_draws import own_given_theta
from sos_bayes.fitting.laplace.hyper_proposal import Proposal
from sos_bayes.fitting.laplace.nested_laplace import mode_at, prior_at
from sos_bayes.fitting.posterior.draws import Draws, assemble

Floats = NDArray[np.float64]
APART = 0.7  # of the approximate posterior's sd: chains start apart, so that R-hat means something


INFORMATIVE = 0.25  # information of the median cell, times the shocks' variance, from which cells are centred


def informative(problem: Problem, proposal: Proposal, field: LatentField) -> bool:
    """Whether cells say enough about their own predictor, against the shocks' variance, to be sampled as such."""
    counts = problem.counts
    eta = field.theta[:, :, None] + field.beta @ counts.patterns
    family = problem.family
    information = (counts.total * family.variance(family.mean(eta))).sum(axis=2)
    shocks = problem.scales(proposal.centre[None]).shocks[0]
    seen = information > 0
    return bool(np.median((information * shocks[:, None] ** 2)[seen]) >= INFORMATIVE) if seen.any() else False


def drawn_by(problem: Problem, posterior: dict[str, Floats], offset: float, *, centred: bool) -> Draws:
    """What the peer's draws say of adopters' cells and departures; levels are left at nothing."""
    free = posterior | free_variables(problem, centred=centred).unpack(posterior)
    model = problem.model
    values = model.scalars({h.name: free[h.name] for h in model.hypers}, np)
    coefficients, own = {}, {}
    for term in model.shared:
        scale = values[term.sd][..., None] if isinstance(term.sd, str) else 1.0
        coefficients[term.name] = free[f"{term.name}_free"] * scale + (offset if term.name == "intercept" else 0.0)
    theta = free["theta_free"] + offset
    for part in model.by_authority:
        every = np.zeros(theta.shape[:3])
        if not part.around:
            every[..., part.members] = free[f"{part.name}_free"] * values[part.sd][..., None]
        own[part.name] = every[..., problem.adopters]
    gap = np.zeros(theta.shape[:2])
    return assemble(problem, coefficients, own, values, (theta[:, :, problem.adopters], free["beta_free"], gap))


def starts(
    problem: Problem, proposal: Proposal, field: LatentField, offset: float, *, centred: bool
) -> Callable[[int], dict[str, Floats]]:
    """Starting values of the sampler's vectors, unconstrained and by their names there, for a chain's seed.

    Parameters
    ----------
    problem : Problem
    proposal : Proposal
        Mode and spread of the hyperparameters' scores.
    field : LatentField
        The latent field there.
    offset : float
        What the sampler takes out of the overall level.
    centred : bool
        Whether cells' predictors are sampled themselves, or their innovations.
    """
    layout = free_variables(problem, centred=centred)

    def start(seed: int) -> dict[str, Floats]:
        rng = np.random.default_rng(seed)
        scores = proposal.centre + APART * proposal.root @ rng.standard_normal(len(proposal.centre))
        scales = problem.scales(scores[None])
        _, found = mode_at(problem, scales, 0, field, 1e-3, corrected=False)
        hypers = {
            h.name: np.asarray(h.prior.from_score(score)) for h, score in zip(problem.model.hypers, scores, strict=True)
        }
        named = hypers | _coefficients(problem, scales, found, offset, centred=centred)
        return unconstrained(layout.pack(named))

    return start


def _coefficients(
    problem: Problem, scales: Scales, field: LatentField, offset: float, *, centred: bool
) -> dict[str, Floats]:
    model = problem.model
    values, position = {}, 0
    for term in model.shared:
        width = term.columns.shape[2]
        drawn = field.z[position : position + width]
        if not isinstance(term.sd, str):
            drawn = drawn * term.sd - (offset if term.name == "intercept" else 0.0)
        values[f"{term.name}_free"] = drawn
        position += width
    mean = (problem.columns @ (field.z * scales.shared[0]))[problem.kind]
    own = _own_coefficients(prior_at(problem, scales, 0), field.theta - mean)
    gap = field.theta - mean - np.einsum("atq,aq,q->at", problem.own, own, scales.own[0])
    for j, part in enumerate(model.by_authority):
        drawn = own[part.members, j]
        if part.around:
            if centred:
                continue
            centre = [
                t.columns[part.members, 0] @ values[f"{t.name}_free"] for t in model.shared if t.name in part.around
            ]
            drawn = drawn * scales.own[0, j] + sum(centre)
        values[f"{part.name}_free"] = drawn
    if centred:
        values["theta_free"] = field.theta - offset
    else:
        rho, start = (np.broadcast_to(x, len(gap)) for x in (scales.rho, scales.start))
        values["innovations"] = _whitened(gap, rho, start) / scales.shocks[0][:, None]
    if problem.sizes[2]:
        values["beta_free"] = field.beta
    return values


def _own_coefficients(frame: PriorAtPoint, gap: Floats) -> Floats:
    """Authorities' own standardised coefficients (A, q) that theta's gap to the shared mean (A, T) speaks for."""
    n_a, n_t, q = frame.own.shape
    out = np.empty((n_a, q))
    for a in range(n_a):
        root, carried = np.zeros((q, q)), np.empty((q, n_t))
        own_given_theta(frame, a, root, carried)
        out[a] = np.linalg.solve(root @ root.T, carried @ gap[a])
    return out


def _whitened(values: Floats, rho: Floats, start: Floats) -> Floats:
    """Innovations behind autoregressive values (..., T), in units of their sd."""
    first = np.sqrt(start)[..., None] * values[..., :1]
    return np.concatenate([first, values[..., 1:] - rho[..., None] * values[..., :-1]], axis=-1)
