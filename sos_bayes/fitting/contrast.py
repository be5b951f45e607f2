"""The hinge: the expected outcome of adopters' cells with the rollout and without it, averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import DesignError, nearest
from sos_bayes.fitting.draws import Draws
from sos_bayes.fitting.problem import Problem

Floats = NDArray[np.float64]
Arm = Literal["own", "population", "next_authority"] | float
ARMS = ("own", "population", "next_authority")
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
CHUNK = 2_000_000  # predictors held at once


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """Two averages for every draw, shape (chain, draw, group), on the natural scale."""

    with_rollout: Floats
    without: Floats


def average(problem: Problem, draws: Draws, weights: Floats, arm: Arm, seed: int) -> Contrast:
    """Average the mean function over weighted cells, with the effect and without, in bounded memory.

    The same mean function is called for both worlds; only the effect differs. See `Fit.contrast`.
    """
    chains, size = draws.shape
    _check(weights, (*draws.theta.shape[2:], problem.total.shape[2]), arm)
    used = np.flatnonzero(weights.any(axis=0).reshape(-1, weights.shape[3]).any(axis=1))
    flat = weights.reshape(len(weights), -1, weights.shape[3])[:, used]
    with_rollout = np.empty((chains * size, len(weights)))
    without = np.empty_like(with_rollout)
    rows = _rows(problem, draws, used)
    step = max(1, CHUNK // max(1, len(used) * weights.shape[3]))
    fresh = np.random.default_rng([seed, 7]).standard_normal(chains * size)
    for begin in range(0, chains * size, step):
        part = slice(begin, begin + step)
        base = (rows["theta"][part] - rows["effect"][part])[:, :, None] + rows["shift"][part][:, None, :]
        without[part] = _mean(problem, base, flat)
        with_rollout[part] = _switched_on(problem, rows, part, base, flat, arm, fresh)
    shape = (chains, size, len(weights))
    return Contrast(with_rollout.reshape(shape), without.reshape(shape))


def _check(weights: Floats, cells: tuple[int, ...], arm: Arm) -> None:
    if weights.ndim != 4 or weights.shape[1:] != cells:
        raise DesignError(f"weights have shape {weights.shape}; they need (group, {', '.join(map(str, cells))}).")
    if isinstance(arm, str) and arm not in ARMS:
        raise DesignError(
            f"arm={arm!r} is not known.{nearest(arm, ARMS)}", cure=f"Use one of {', '.join(ARMS)}, or a dose."
        )


def _rows(problem: Problem, draws: Draws, used: NDArray[np.intp]) -> dict[str, Floats]:
    """Draws as rows, used cells as columns; the effect split into its shared part and authorities' own."""
    flat = (-1, int(np.prod(draws.theta.shape[2:])))
    own = draws.own["departure"][..., None] * np.ones(draws.theta.shape[3])
    treated = next(t for t in problem.model.by_authority if t.name == "departure").weights
    own = own * treated[problem.model.shocks.own_scale]
    rows = {
        "theta": draws.theta.reshape(flat)[:, used],
        "effect": draws.effect.reshape(flat)[:, used],
        "own": own.reshape(flat)[:, used],
        "shift": draws.beta.reshape(int(np.prod(draws.shape)), draws.beta.shape[2]) @ problem.patterns.T,
    }
    dose = treated[problem.model.shocks.own_scale].reshape(-1)[used]
    return rows | {"omega": draws.hyper["omega"].reshape(-1, 1) * dose}


def _switched_on(
    problem: Problem, rows: dict[str, Floats], part: slice, base: Floats, flat: Floats, arm: Arm, fresh: Floats
) -> Floats:
    """The world with the rollout for one chunk of draws."""
    if arm == "own":
        return _mean(problem, base + rows["effect"][part][:, :, None], flat)
    if isinstance(arm, float | int):
        return _mean(problem, base + arm * rows["effect"][part][:, :, None], flat)
    shared = (rows["effect"][part] - rows["own"][part])[:, :, None]
    omega = rows["omega"][part][:, :, None]
    if arm == "next_authority":
        return _mean(problem, base + shared + omega * fresh[part][:, None, None], flat)
    total = np.zeros((base.shape[0], len(flat)))
    for node, weight in zip(NODES, NODE_WEIGHTS / NODE_WEIGHTS.sum(), strict=True):
        total += weight * _mean(problem, base + shared + omega * node, flat)
    return total


def _mean(problem: Problem, eta: Floats, flat: Floats) -> Floats:
    return np.asarray(np.einsum("dkc,gkc->dg", problem.family.mean(eta), flat, optimize=True))
