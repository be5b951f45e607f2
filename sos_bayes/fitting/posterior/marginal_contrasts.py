"""Marginal contrasts: the expected outcome of adopters' cells with the rollout and without it, averaged over cells.

Standardisation (g-computation): the one mean function is evaluated in both worlds with the same shocks and covariates,
and only what the rollout adds to theta differs. Estimands are read from these averages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.cores import side_by_side
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.posterior.marginal_means import Averager, averager, pack
from sos_bayes.fitting.posterior.survival_curves import Curves, read


@dataclass(frozen=True, slots=True)
class AtDose:
    """Adopters' own effects, had every exposed cell had this dose."""

    dose: float


Arm = Literal["own", "population", "next_authority"] | AtDose | float
ARMS = ("own", "population", "next_authority")
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)  # Gauss-Hermite, for departures of sd omega
CHUNK = 50_000  # numbers that each worker holds of one kind
FIRST = 256  # draws whose mean is the point that averages are expanded around


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """Averages of the expected outcome in both worlds, for every draw: (chain, draw, group), on the natural scale."""

    with_rollout: Floats
    without: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def average(
    problem: Problem, draws: Draws, weights: Iterable[Floats], arm: Arm, seed: int, at: object = None
) -> Contrast:
    """Average the mean function over weighted cells, with the effect and without, in bounded memory.

    The same mean function is called for both worlds; only the effect differs. See `Fit.contrast`. Weights are of
    children's cells (K, T, C). Of an ordinal outcome the share that reaches ``at`` is averaged; of a duration the
    curve of waiting, which is then read at a day, or as "mean" or "median" days.
    """
    check_arm(arm)
    _, _, n_k, n_t = draws.theta.shape
    n_c = len(problem.patterns)
    waiting = problem.cells.outcome if problem.cells.outcome.bands else None
    packed = pack(on_table(problem, weights, at), (n_k, n_t if waiting is None else problem.chain, n_c))
    chains, size = draws.shape
    fresh = new_authorities(draws, seed)
    departure = next(t for t in problem.model.by_authority if t.name == "departure")
    dose = departure.weights[problem.adopters]
    groups = len(packed.row_ends)
    with_rollout = np.empty((chains, size, groups * (1 if waiting is None else 1 + problem.model.shocks.streams)))
    without = np.empty_like(with_rollout)

    def worlds(at: tuple[int, slice]) -> Iterator[tuple[float, Floats]]:
        """The world without, then every alternative with its probability: theta (n, K T)."""
        theta = (draws.theta[at] - draws.effect[at]).reshape(-1, n_k * n_t)
        yield 1.0, theta
        for share, added in alternatives(draws, at, dose, arm, fresh):
            yield share, theta + added.reshape(theta.shape)

    first = (0, slice(0, FIRST))
    averagers: list[Averager | Curves] = [
        averager(problem, packed, theta, draws.beta[first]) if waiting is None else Curves(problem, packed)
        for _, theta in worlds(first)
    ]

    def fill(at: tuple[int, slice]) -> None:
        averages = (share * of(theta, draws.beta[at]) for of, (share, theta) in zip(averagers, worlds(at), strict=True))
        without[at] = next(averages)
        with_rollout[at] = sum(averages)

    step = max(1, CHUNK // (n_k * n_t + n_c))
    parts = [(chain, slice(begin, begin + step)) for chain in range(chains) for begin in range(0, size, step)]
    side_by_side(fill, parts)
    if waiting is not None:
        day = at if isinstance(at, int | str) else None
        curves = (world.reshape(chains, size, groups, -1) for world in (with_rollout, without))
        return Contrast(*(read(waiting, world, day) for world in curves))
    return Contrast(with_rollout, without)


def check_arm(arm: Arm) -> None:
    """Refuse an arm that is not known.

    Raises
    ------
    DesignError
        If it is a text and none of `ARMS`.
    """
    if isinstance(arm, str) and arm not in ARMS:
        raise DesignError(
            f"arm={arm!r} is not known.{nearest(arm, ARMS)}", cure=f"Use one of {', '.join(ARMS)}, or a dose."
        )


def new_authorities(draws: Draws, seed: int) -> Floats:
    """Departures of one new authority in each draw, in units of omega, (chain, draw)."""
    return np.random.default_rng([seed, 7]).standard_normal(draws.shape)


def alternatives(draws: Draws, at: Any, dose: Floats, arm: Arm, fresh: Floats) -> Iterator[tuple[float, Floats]]:
    """What an arm adds to theta (..., K, T) in some draws, as alternatives with their probabilities.

    Adopters' own effects are one alternative. Of another authority, the departure omega z is drawn anew ("next
    authority") or integrated out by Gauss-Hermite quadrature ("population").

    Parameters
    ----------
    draws : Draws
    at : index of draws
    dose : ndarray (K, T)
        What departures are multiplied by.
    arm : Arm
    fresh : ndarray (chain, draw)
        As from `new_authorities`.
    """
    effect = draws.effect[at]
    if isinstance(arm, AtDose):
        yield 1.0, effect * np.divide(arm.dose, dose, out=np.zeros_like(dose), where=dose > 0)
        return
    if not isinstance(arm, str):
        yield 1.0, arm * effect
        return
    if arm == "own":
        yield 1.0, effect
        return
    shared = effect - draws.own["departure"][at][..., None] * dose
    spread = draws.hyper["omega"][at][..., None, None] * dose
    if arm == "next_authority":
        yield 1.0, shared + spread * fresh[at][..., None, None]
        return
    for node, share in zip(NODES, NODE_WEIGHTS / NODE_WEIGHTS.sum(), strict=True):
        yield float(share), shared + node * spread


def on_table(problem: Problem, weights: Iterable[Floats], at: object = None) -> Iterable[Floats]:
    """Weights of children's cells (K, T, C) as weights of the table's, at one level of an ordinal outcome.

    Parameters
    ----------
    problem : Problem
    weights : iterable of ndarray (K, T, C)
    at : str or number, optional
        The level whose reach is averaged; the outcome's own by default.

    Raises
    ------
    DesignError
        If the outcome has no such level.
    """
    outcome = problem.cells.outcome
    weights = _on_slots(problem, weights)
    if not outcome.levels:
        if at is not None and not outcome.bands:
            raise DesignError("at is for an Ordinal or a Duration: this outcome has no levels.", cure="Leave it out.")
        return weights
    names = outcome.names
    name = names[outcome.reached] if at is None else str(at)
    if name not in names[1:]:
        raise DesignError(
            f"at={name!r} is not a level above the lowest.{nearest(name, names[1:])}",
            cure=f"Use one of {', '.join(names[1:])}.",
        )
    return _spread(weights, len(names) - 1, names.index(name) - 1)


def _on_slots(problem: Problem, weights: Iterable[Floats]) -> Iterator[Floats]:
    cells = (len(problem.adopters), problem.chain, len(problem.cells.patterns))
    for part in weights:
        if np.shape(part) != cells:
            got, wanted = (", ".join(map(str, shape)) for shape in (np.shape(part), cells))
            raise DesignError(f"weights have shape (group, {got}); they need (group, {wanted}).")
        yield part if problem.cells.outcome.bands else problem.model.slots.laid_out(part)


def _spread(weights: Iterable[Floats], cuts: int, at: int) -> Iterator[Floats]:
    for part in weights:
        spread = np.zeros((*part.shape, cuts))
        spread[..., at] = part
        yield spread.reshape(*part.shape[:-1], part.shape[-1] * cuts)
