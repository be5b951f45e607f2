"""The fast route: nested Laplace approximation of the same model that the sampler fits.

With h the hyperparameters and x = (theta, z, beta) the latent Gaussian field, the marginal likelihood p(y | h) is
approximated by Laplace's method at the mode of x (`conditional_mode`), as in INLA (Rue, Martino and Chopin 2009), and
corrected to second order (`second_order`). The posterior p(h | y) is then integrated by adaptive importance sampling
(`adaptive_importance`), not over a grid. A draw is one of h by its importance weight, then one of x from the Gaussian
approximation of p(x | h, y) (`conditional_draws`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.cores import side_by_side
from sos_bayes._core.errors import FitError
from sos_bayes.fitting.arrays.ar1_shocks import shock_root, with_noise
from sos_bayes.fitting.arrays.array_bundles import LatentField, PriorAtPoint
from sos_bayes.fitting.arrays.problem import Problem, Scales
from sos_bayes.fitting.laplace.adaptive_importance import Points, find_mode, integrate
from sos_bayes.fitting.laplace.conditional_draws import Mode, Rows, draw_around, mode_around
from sos_bayes.fitting.laplace.hyper_proposal import Proposal, crossing, refocused, standard
from sos_bayes.fitting.laplace.newton_starts import Starts, all_from, along_axes, first_beta
from sos_bayes.fitting.laplace.taylor_table import counts_around
from sos_bayes.fitting.posterior.draws import Draws, assemble

ENOUGH = 200.0
TOLERANCE = 1e-4  # of the last step of any cell's predictor
LOST = 1e-3  # of a point's log density, at most, for the sake of fewer steps
FRESH, CARRIED = (192, 256), (192,)  # points planned, from the mode and from a neighbour's proposal
MANY = 8  # hyperparameters, beyond which twice as many points are planned


@dataclass(frozen=True, slots=True, eq=False)
class NestedLaplaceFit:
    """The integrated model: weighted points of hyperparameters, and posterior draws of everything reported."""

    points: Points
    draws: Draws


def first_field(problem: Problem) -> LatentField:
    """Start of Newton's search: smoothed values of theta, finite in every cell, empty ones included."""
    events, total = problem.likely_events, problem.total.sum(axis=2)
    overall = problem.family.start(float(events.sum()), float(total.sum()))
    theta = np.where(total > 0, problem.family.start(events, np.where(total > 0, total, 1.0)), overall)
    middles = problem.family.middles(problem.counts.single)
    theta = theta if middles is None else middles
    p, _, _ = problem.sizes
    return LatentField(np.clip(theta, overall - 4, overall + 4), np.zeros(p), first_beta(problem))


def prior_at(problem: Problem, scales: Scales, i: int) -> PriorAtPoint:
    """Gaussian prior of the field given the hyperparameters of point ``i``.

    Shocks that an authority's streams share are further own columns of it.
    """
    own, rho, start = problem.own * scales.own[i], float(scales.rho[i]), float(scales.start[i])
    if problem.model.shocks.streams > 1:
        fading = scales.common[i][:, None, None] * shock_root(problem.chain, rho, start)
        roots = with_noise(fading, scales.common_noise[i])
        own = np.concatenate([own, np.tile(roots, (1, problem.model.shocks.streams, 1))], axis=2)
    columns = problem.columns_at(rho, start, float(scales.period[i]))
    return PriorAtPoint(
        columns, scales.shared[i], problem.kind, own, rho, start, scales.shocks[i], problem.chain,
        float(scales.dispersion[i]), scales.noise[i],
    )  # fmt: skip


def mode_at(
    problem: Problem,
    scales: Scales,
    i: int,
    field: LatentField,
    tol: float,
    *,
    lost: float = 0.0,
    corrected: bool = True,
) -> tuple[Mode, LatentField]:
    """Find the conditional mode of the field at point ``i``, by Newton's method from ``field``.

    Returns what draws around the mode need, with the log marginal likelihood, and the mode itself.
    """
    at_mode = LatentField(field.theta.copy(), field.z.copy(), field.beta.copy())
    mode = mode_around(problem.counts, prior_at(problem, scales, i), problem.adopters, at_mode, tol, lost, corrected)
    return mode, at_mode


def solved_at(
    problem: Problem, scales: Scales, starts: list[LatentField], lost: float
) -> list[tuple[Mode, LatentField]]:
    """Solve for the modes at several points, each from its own start."""
    return side_by_side(lambda i: mode_at(problem, scales, i, starts[i], TOLERANCE, lost=lost), range(len(starts)))


@dataclass(slots=True)
class HyperPosterior:
    """Log posterior density of the hyperparameters' scores, (n, d) to (n,), the field integrated out by Laplace.

    Scores are standard normal a priori: log p(h | y) is the log marginal likelihood less half the sum of their squares,
    up to a constant. The modes are kept, since draws are made around them. Where a search starts depends on the point's
    scores alone, so neither order nor the number of workers changes a value. ``lost`` is what may be missing of a log
    density for the sake of fewer Newton steps.
    """

    problem: Problem
    starts: Starts
    modes: list[Mode]
    lost: float = 0.0

    def __call__(self, scores: Floats) -> Floats:
        """Evaluate (n, d) scores."""
        return self.with_fields(scores)[0]

    def with_fields(self, scores: Floats) -> tuple[Floats, list[LatentField]]:
        """Evaluate (n, d) scores, and give the fields at their modes."""
        scales = self.problem.scales(scores)
        solutions = solved_at(self.problem, scales, self.starts.at(scores), self.lost)
        self.modes.extend(mode for mode, _ in solutions)
        out = np.array([mode.log_ml for mode, _ in solutions]) + scales.alone - 0.5 * (scores**2).sum(axis=1)
        return np.where(np.isfinite(out), out, -1e300), [field for _, field in solutions]


def solve(
    problem: Problem, *, seed: int, n_draws: int, warm_start: Proposal | None, enough: float, anew: bool = False
) -> NestedLaplaceFit:
    """Integrate over the hyperparameters, and draw from the posterior.

    Parameters
    ----------
    problem : Problem
    seed : int
    n_draws : int
    warm_start : Proposal or None
        Proposal distribution fitted to a neighbouring model with the same hyperparameters: it saves the search for
        their mode. It is refocused by a parabola along each of its axes.
    enough : float
        Effective number of importance-weighted points wanted.
    anew : bool
        Search for the hyperparameters' mode all the same, from ``warm_start``.

    Raises
    ------
    FitError
        If the field's mode is found at no point.
    """
    rounds: tuple[int, ...]
    carried = warm_start is not None and not anew
    if warm_start is None or anew:
        rounds, (warm_start, field) = FRESH, climb(problem, warm_start)
    else:
        rounds, field = CARRIED, _settled(problem, warm_start.centre, first_field(problem))
    if len(problem.model.hypers) > MANY:
        rounds = tuple(2 * count for count in rounds)
    around = expanded_around(problem, field)
    values, (middle, *ends) = HyperPosterior(around, all_from(field), []).with_fields(crossing(warm_start))
    target = HyperPosterior(around, along_axes(warm_start, middle, ends), [], LOST)
    proposal = refocused(warm_start, values) if carried else warm_start
    points = integrate(target, proposal, seed=seed, rounds=rounds, enough=enough)
    if not np.isfinite(points.log_evidence) or points.log_evidence < -1e200:
        raise FitError(
            "The fast route found no mode of the model.",
            why="The data may hold almost no events, or a column may be constant.",
            cure='Fit with method="nuts", or look at the outcome\'s counts.',
        )
    return NestedLaplaceFit(points, _draw(problem, points, target.modes, seed, n_draws))


def climb(problem: Problem, warm_start: Proposal | None = None) -> tuple[Proposal, LatentField]:
    """Mode of the hyperparameters' scores with the curvature there as a proposal, and the field's mode there.

    The search starts at ``warm_start`` where it is given, else at the prior's centre.
    """
    start = standard(len(problem.model.hypers)) if warm_start is None else warm_start
    field = _settled(problem, start.centre, first_field(problem))
    proposal = find_mode(HyperPosterior(expanded_around(problem, field), all_from(field), []), start)
    return proposal, _settled(problem, proposal.centre, field)


def expanded_around(problem: Problem, field: LatentField) -> Problem:
    """The problem with its table read through a Taylor expansion around a field, where that is cheaper."""
    return replace(problem, counts=counts_around(problem.counts, problem.family, field))


def _settled(problem: Problem, centre: Floats, field: LatentField) -> LatentField:
    """Field at its mode for one point; the start itself where none was found."""
    mode, settled = mode_at(problem, problem.scales(centre[None, :]), 0, field, 1e-6)
    return settled if np.isfinite(mode.log_ml) else field


def _draw(problem: Problem, points: Points, modes: list[Mode], seed: int, n_draws: int) -> Draws:
    """Draw hyperparameters by their weights (systematic resampling), then a field around each one's mode."""
    rng = np.random.default_rng([seed, 1])
    edges = (rng.random() + np.arange(n_draws)) / n_draws
    picked = np.searchsorted(np.cumsum(points.weights), edges).clip(max=len(points.weights) - 1)
    chosen, counts = np.unique(picked, return_counts=True)
    scales = problem.scales(points.scores[chosen])
    places = np.split(rng.permutation(n_draws), np.cumsum(counts)[:-1])
    rows = empty_rows(problem, n_draws)

    def fill(i: int) -> None:
        normals = np.random.default_rng([seed, 1, i]).standard_normal((len(places[i]), normals_of(problem)))
        scatter(problem, scales, i, modes[chosen[i]], normals, places[i], rows)

    side_by_side(fill, range(len(chosen)))
    scores = np.empty((n_draws, points.scores.shape[1]))
    for i, place in enumerate(places):
        scores[place] = points.scores[chosen[i]]
    hyper = {name: value[None] for name, value in problem.values(scores).items()}
    return _assemble(problem, rows, hyper)


def empty_rows(problem: Problem, n: int) -> Rows:
    """Room for ``n`` draws of the field."""
    p, _, k = problem.sizes
    n_k, n_t, q = len(problem.adopters), problem.total.shape[1], _own_columns(problem)
    return Rows(np.empty((n, p)), np.empty((n, k)), np.empty((n, n_k, n_t)), np.empty((n, n_k, q)), np.empty(n))


def normals_of(problem: Problem) -> int:
    """How many standard normals one draw of the field takes."""
    p, _, k = problem.sizes
    return p + k + len(problem.adopters) * (int(problem.total.shape[1]) + _own_columns(problem)) + 1


def _own_columns(problem: Problem) -> int:
    """Own coefficients of an authority, those of shared shocks included."""
    return problem.sizes[1] + (problem.chain if problem.model.shocks.streams > 1 else 0)


def scatter(
    problem: Problem, scales: Scales, i: int, mode: Mode, normals: Floats, where: NDArray[np.intp], rows: Rows
) -> None:
    """Turn rows of standard normals into draws around one mode, at the places ``where`` of ``rows``."""
    comparators = np.flatnonzero(~problem.model.shocks.own_scale)
    kinds = np.unique(problem.kind[comparators])
    prior = prior_at(problem, scales, i)
    own_scale = np.ones(_own_columns(problem))
    own_scale[: problem.sizes[1]] = scales.own[i]
    draw_around(mode, prior, problem.adopters, kinds, len(comparators), own_scale, normals, where, rows)


def _assemble(problem: Problem, rows: Rows, hyper: dict[str, Floats]) -> Draws:
    """Split the coefficients by term."""
    model = problem.model
    edges = np.cumsum([t.columns.shape[2] for t in model.shared])[:-1]
    blocks = np.split(rows.z[None], edges, axis=-1)
    coefficients = {t.name: block for t, block in zip(model.shared, blocks, strict=True)}
    own = {t.name: rows.own[None, ..., j] for j, t in enumerate(model.by_authority)}
    gap = coefficients["ever"][..., 0] + own["authority"].mean(axis=-1) - rows.level[None]
    return assemble(problem, coefficients, own, hyper, (rows.theta[None], rows.beta[None], gap))
