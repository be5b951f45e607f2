"""Nested Laplace: the fast route of the same model that the sampler fits.

Hyperparameters are integrated by adaptive importance sampling; given them, the latent field is approximated by
a normal at its mode (`laplace`). Draws are of the hyperparameters first, then of the field.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.cores import inner_threads
from sos_bayes._core.errors import FitError
from sos_bayes.fitting.arrays import Field, Frame
from sos_bayes.fitting.correction import correct
from sos_bayes.fitting.draws import Draws, assemble
from sos_bayes.fitting.importance import Points, Proposal, find_mode, integrate
from sos_bayes.fitting.laplace import laplace_mode
from sos_bayes.fitting.problem import Problem, Scales
from sos_bayes.fitting.shocks import shock_precision

Floats = NDArray[np.float64]
ENOUGH = 200.0


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """Latent field around its mode for one point, with what is needed to draw it: K adopters only.

    Attributes
    ----------
    log_ml : float
    z, beta, root : ndarray
        Means of shared and covariate coefficients (standardised), and the Cholesky factor of their joint precision.
    cov : ndarray (K, T, T)
    w, linear : ndarray (K, T)
        Curvature, and curvature times theta plus slope, corrected for skewness.
    v : ndarray (K, T, k)
    signal, weight, slope : ndarray (U,), (U, T), (U, k)
        Sums by kind of authority from which comparators' mean level follows.
    """

    log_ml: float
    z: Floats
    beta: Floats
    root: Floats
    cov: Floats
    w: Floats
    linear: Floats
    v: Floats
    signal: Floats
    weight: Floats
    slope: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """Integrated model: weighted hyperparameter points and draws of everything reported."""

    points: Points
    draws: Draws


def first_field(problem: Problem) -> Field:
    """Smoothed cell values: a start that is finite in every cell, empty ones included."""
    events, total = problem.counts.by_cell, problem.total.sum(axis=2)
    overall = problem.family.start(float(events.sum()), float(total.sum()))
    theta = np.where(total > 0, problem.family.start(events, np.where(total > 0, total, 1.0)), overall)
    p, _, k = problem.sizes
    return Field(np.clip(theta, overall - 4, overall + 4), np.zeros(p), np.zeros(k))


def mode_at(
    problem: Problem, scales: Scales, i: int, field: Field, tol: float, *, corrected: bool = True
) -> tuple[Mode, Field]:
    """Solve for the mode of the field at point ``i``, and correct the approximation around it to second order."""
    found_at = Field(field.theta.copy(), field.z.copy(), field.beta.copy())
    frame = Frame(
        problem.columns, scales.shared[i], problem.kind, problem.own * scales.own[i],
        float(scales.rho[i]), float(scales.start[i]), scales.shocks[i],
    )  # fmt: skip
    solved = laplace_mode(problem.counts, frame, found_at, tol)
    p, _, k = problem.sizes
    w, sums = solved.bend.curve, solved.sums
    log_ml, pull, moved = solved.log_ml, np.zeros_like(w), np.zeros(p + k)
    if corrected and np.isfinite(log_ml):
        more, pull, moved = correct(problem.counts, frame, found_at, solved)
        log_ml += more
    signal = sums.r + _by_kind(problem, pull - w * np.einsum("aij,aj->ai", solved.cov, pull))
    a = problem.adopters
    mode = Mode(
        log_ml=float(log_ml),
        z=found_at.z + moved[:p],
        beta=found_at.beta + moved[p:],
        root=solved.root,
        cov=solved.cov[a],
        w=w[a],
        linear=w[a] * found_at.theta[a] + solved.bend.slope[a] + pull[a],
        v=solved.bend.cross[a],
        signal=signal.sum(axis=1),
        weight=sums.n.sum(axis=1),
        slope=sums.cross.sum(axis=1),
    )
    return mode, found_at


def _by_kind(problem: Problem, values: Floats) -> Floats:
    out = np.zeros((len(problem.columns), values.shape[1]))
    np.add.at(out, problem.kind, values)
    return out


@dataclass(slots=True)
class Target:
    """Log posterior density of scores, (n, d) to (n,), which keeps the modes it found.

    Every point starts from the same field, so neither order nor the number of workers changes a value.
    """

    problem: Problem
    field: Field
    modes: list[Mode]

    def __call__(self, scores: Floats) -> Floats:
        """Evaluate (n, d) scores."""
        scales = self.problem.scales(scores)
        with ThreadPoolExecutor(inner_threads()) as pool:
            found = pool.map(lambda i: mode_at(self.problem, scales, i, self.field, 1e-4)[0], range(len(scores)))
            modes = list(found)
        self.modes.extend(modes)
        out = np.array([m.log_ml for m in modes]) - 0.5 * (scores**2).sum(axis=1)
        return np.where(np.isfinite(out), out, -1e300)


def solve(problem: Problem, *, seed: int, n_draws: int, near: Proposal | None, enough: float) -> Nested:
    """Integrate the model and draw from it.

    Parameters
    ----------
    problem : Problem
    seed : int
    n_draws : int
    near : Proposal or None
        Fitted to a neighbouring model with the same hyperparameters: saves the climb to the mode.
    enough : float
        Effective number of hyperparameter points wanted.

    Raises
    ------
    FitError
        If the field's mode is found at no point.
    """
    near, field = climb(problem, near)
    target = Target(problem, field, [])
    points = integrate(target, near, seed=seed, rounds=(192, 256), enough=enough)
    if not np.isfinite(points.log_evidence) or points.log_evidence < -1e200:
        raise FitError(
            "The fast route found no mode of the model.",
            why="The data may hold almost no events, or a column may be constant.",
            cure='Fit with method="nuts", or look at the outcome\'s counts.',
        )
    return Nested(points, _draw(problem, points, target.modes, seed, n_draws))


def climb(problem: Problem, near: Proposal | None = None) -> tuple[Proposal, Field]:
    """Mode and spread of the hyperparameters' scores, unless given, and the latent field there."""
    d = len(problem.model.hypers)
    field = _settled(problem, np.zeros(d) if near is None else near.centre, first_field(problem))
    if near is not None:
        return near, field
    near = find_mode(Target(problem, field, []), d)
    return near, _settled(problem, near.centre, field)


def _settled(problem: Problem, centre: Floats, field: Field) -> Field:
    """Field at its mode for one point; the start itself where none was found."""
    mode, settled = mode_at(problem, problem.scales(centre[None, :]), 0, field, 1e-6)
    return settled if np.isfinite(mode.log_ml) else field


def _draw(problem: Problem, points: Points, modes: list[Mode], seed: int, n_draws: int) -> Draws:
    rng = np.random.default_rng([seed, 1])
    edges = (rng.random() + np.arange(n_draws)) / n_draws
    picked = np.searchsorted(np.cumsum(points.weights), edges).clip(max=len(points.weights) - 1)
    chosen, counts = np.unique(picked, return_counts=True)
    scales = problem.scales(points.scores[chosen])
    parts = [
        _around(problem, scales, i, modes[j], int(count), rng)
        for i, (j, count) in enumerate(zip(chosen, counts, strict=True))
    ]
    order = rng.permutation(n_draws)
    stacked = {key: np.concatenate([part[key] for part in parts])[order][None] for key in parts[0]}
    scores = np.repeat(points.scores[chosen], counts, axis=0)[order]
    hyper = {name: value[None] for name, value in problem.values(scores).items()}
    return _assemble(problem, stacked, hyper)


def _around(
    problem: Problem, scales: Scales, i: int, mode: Mode, count: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """Draw ``count`` fields around one mode: shared and covariate coefficients, then adopters' theta and own."""
    p, q, _ = problem.sizes
    adopters = problem.adopters
    n_k, n_t = mode.w.shape
    step = np.linalg.solve(mode.root.T, rng.standard_normal((len(mode.root), count))).T
    z, beta = mode.z + step[:, :p], mode.beta + step[:, p:]
    columns = problem.columns[problem.kind[adopters]]
    mean = np.einsum("ktp,dp->kdt", columns, z * scales.shared[i])
    linear = mode.linear[:, None, :] + np.einsum("ktj,dj->kdt", mode.v, mode.beta - beta)
    theta = mean + (linear - mean * mode.w[:, None, :]) @ mode.cov
    tiny = 1e-12 * np.eye(n_t)
    theta += rng.standard_normal((n_k, count, n_t)) @ np.linalg.cholesky(mode.cov + tiny).transpose(0, 2, 1)
    precision, carried = own_given_theta(problem, scales, i, adopters)
    centre = np.linalg.solve(precision, carried @ (theta - mean).transpose(0, 2, 1))
    lower = np.linalg.cholesky(precision).transpose(0, 2, 1)
    own = (centre + np.linalg.solve(lower, rng.standard_normal((n_k, q, count)))).transpose(2, 0, 1) * scales.own[i]
    level = _comparator_level(problem, scales, i, mode, z, beta, rng)
    drawn = {"z": z * scales.shared[i], "beta": beta, "theta": theta.transpose(1, 0, 2)}
    return drawn | {"own": own, "comparator_level": level}


def own_given_theta(problem: Problem, scales: Scales, i: int, members: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Precision (M, q, q) of authorities' own coefficients given theta; what carries theta's gap to them (M, q, T)."""
    columns = problem.own[members] * scales.own[i]
    n_t = columns.shape[1]
    prior = shock_precision(n_t, scales.rho[i], scales.start[i]) / scales.shocks[i, members, None, None] ** 2
    carried = columns.transpose(0, 2, 1) @ prior
    return np.eye(columns.shape[2]) + carried @ columns, carried


def _comparator_level(
    problem: Problem, scales: Scales, i: int, mode: Mode, z: Floats, beta: Floats, rng: np.random.Generator
) -> Floats:
    """Draw the comparators' mean level departure given shared coefficients, (count,)."""
    comparators = np.flatnonzero(~problem.model.shocks.own_scale)
    if not len(comparators):
        return np.zeros(len(z))
    total, spread = np.zeros(len(z)), 0.0
    sd = scales.own[i, 0]
    for u in np.unique(problem.kind[comparators]):
        mean = (z * scales.shared[i]) @ problem.columns[u].T
        total += mode.signal[u] + (mode.beta - beta) @ mode.slope[u] - mean @ mode.weight[u]
        spread += mode.weight[u].sum()
    count = len(comparators)
    variance = max(sd**2 / count - sd**4 * spread / count**2, 0.0)
    return np.asarray(sd**2 * total / count + np.sqrt(variance) * rng.standard_normal(len(z)))


def _assemble(problem: Problem, parts: dict[str, Floats], hyper: dict[str, Floats]) -> Draws:
    """Split the coefficients by term."""
    model = problem.model
    edges = np.cumsum([t.columns.shape[2] for t in model.shared])[:-1]
    blocks = np.split(parts["z"], edges, axis=-1)
    coefficients = {t.name: block for t, block in zip(model.shared, blocks, strict=True)}
    own = {t.name: parts["own"][..., j] for j, t in enumerate(model.by_authority)}
    gap = coefficients["ever"][..., 0] + own["authority"].mean(axis=-1) - parts["comparator_level"]
    return assemble(problem, coefficients, own, hyper, (parts["theta"], parts["beta"], gap))
