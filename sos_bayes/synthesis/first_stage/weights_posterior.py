"""The synthetic control's first stage: what its density reads, and what each draw predicts."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes.synthesis.first_stage.ar1_covariance import JITTER, STAY
from sos_bayes.synthesis.first_stage.donor_residuals import DonorResidual, drifting
from sos_bayes.synthesis.first_stage.weights_density import SHARE_SD, TILT_SD, Weighted
from sos_bayes.synthesis.panel.principal_directions import directions_of
from sos_bayes.synthesis.panel.series import Series
from sos_bayes.synthesis.panel.shrunk_cells import Known
from sos_bayes.synthesis.second_stage.effects_given_prediction import Predicted

CHUNK = 4_000_000  # numbers held at a time


class WeightPriors(Protocol):
    """The five numbers of a design that the density of its weights reads; see `SyntheticControl`."""

    @property
    def reaching(self) -> float:
        """Augmentation, in sds of donors' loadings."""
        ...

    @property
    def intercept(self) -> bool:
        """Whether adopters have a constant of their own."""
        ...

    @property
    def intercept_sd(self) -> float:
        """Prior sd of that constant."""
        ...

    @property
    def concentration(self) -> float | None:
        """Median of the concentration's prior; None where donors say it."""
        ...

    @property
    def concentration_log_sd(self) -> float:
        """Its sd on the log scale."""
        ...


def weighted_of(series: Series, known: Known, quiet: DonorResidual, design: WeightPriors) -> Weighted:
    """What the density reads."""
    k = series.adopters
    own, noise, place, count = before_first(series)
    directions = directions_of(known.centre[k:], intercept=design.intercept)
    left = design.reaching**2 * directions.along.T @ directions.along
    if design.intercept:
        left = left + quiet.drift * drifting(series.periods)
    memory_sd = np.sqrt(quiet.cov[1, 1])
    follow = quiet.cov[0, 1] / memory_sd
    log_tau, unsure = quiet.concentration
    if design.concentration is not None:
        log_tau, unsure = np.log(design.concentration), 0.0
    prior = [
        log_tau, np.hypot(unsure, design.concentration_log_sd), quiet.mean[0],
        np.sqrt(quiet.cov[0, 0] - follow**2), quiet.mean[1], memory_sd,
        design.intercept_sd if design.intercept else 0.0, follow,
    ]  # fmt: skip
    return Weighted(
        own, noise, place, count, np.ascontiguousarray(known.centre[k:]), np.ascontiguousarray(known.variance[k:]),
        directions.loadings, left, np.array(prior),
    )  # fmt: skip


def before_first(series: Series) -> tuple[Floats, Floats, NDArray[np.intp], NDArray[np.intp]]:
    """Adopters' cells with data before their start, moved to the front: value, error variance, period, number."""
    k = series.adopters
    used = series.before & series.seen[:k]
    count = used.sum(axis=1)
    own, noise = np.zeros((k, count.max())), np.zeros((k, count.max()))
    place = np.zeros((k, count.max()), dtype=np.intp)
    for a in range(k):
        place[a, : count[a]] = np.flatnonzero(used[a])
        own[a, : count[a]] = series.value[a, used[a]]
        noise[a, : count[a]] = series.error[a, used[a]] ** 2
    return own, noise, place, count.astype(np.intp)


def start_of(given: Weighted) -> Floats:
    """Where the mode is looked for: everything at its prior's centre."""
    k, j, q = len(given.own), len(given.centre), len(given.loadings)
    return np.zeros(2 + (k > 1) + k + k * (q + j) + (j if k > 1 else 0))


def named(given: Weighted, draws: Floats) -> dict[str, Floats]:
    """Draws (S, d) of the variables as quantities: concentration, rho, share, sd (S, K), weights (S, K, J)."""
    k, j, q = len(given.own), len(given.centre), len(given.loadings)
    size, p = len(draws), given.prior
    several = int(k > 1)
    tau = np.exp(p[0] + p[1] * draws[:, 0])
    quantities = {"concentration": tau, "rho": STAY / (1 + np.exp(-(p[4] + p[5] * draws[:, 1])))}
    at = 2 + several
    tilt, first = draws[:, at + k : at + k + k * q].reshape(size, k, q), at + k + k * q
    score = draws[:, first : first + k * j].reshape(size, k, j)
    if several:
        share = 1 / (1 + np.exp(-SHARE_SD * draws[:, 2]))
        quantities["share"] = share
        common = draws[:, first + k * j :]
        score = np.sqrt(1 - share)[:, None, None] * score + np.sqrt(share)[:, None, None] * common[:, None]
    score = tau[:, None, None] * score + TILT_SD * tilt @ given.loadings
    grown = np.exp(score - score.max(axis=2, keepdims=True))
    quantities["sd"] = np.exp(p[2] + p[3] * draws[:, at : at + k] + p[7] * draws[:, 1:2])
    quantities["weights"] = grown / grown.sum(axis=2, keepdims=True)
    return quantities


def predicted(series: Series, given: Weighted, draws: dict[str, Floats], later: float = 0.0) -> list[Predicted]:
    """Adopters' cells from their start on, without the rollout, given each draw and the cells before.

    ``later`` is the variance of the change of a drift that begins with each one's start.
    """
    return [_predicted(series, given, draws, a, later) for a in range(series.adopters)]


def _predicted(series: Series, given: Weighted, draws: dict[str, Floats], a: int, later: float) -> Predicted:
    start, n_t = int(series.starts[a]), series.periods
    left = given.left + later * drifting(n_t, start)
    weights, level = draws["weights"][:, a], given.prior[6] ** 2
    line = weights @ given.centre
    spread = weights**2 @ given.variance
    lags = np.abs(np.subtract.outer(np.arange(n_t), np.arange(n_t)))
    place = given.place[a, : given.cells[a]]
    value, noise = given.own[a, : given.cells[a]], given.noise[a, : given.cells[a]]
    parts = []
    step = max(1, CHUNK // n_t**2)
    for begin in range(0, len(weights), step):
        at = slice(begin, begin + step)
        lasting = (draws["sd"][at, a] ** 2)[:, None, None] * draws["rho"][at][:, None, None] ** lags
        cov = level + left + lasting + (spread[at] + JITTER)[:, :, None] * np.eye(n_t)
        parts.append(conditional(line[at], cov, place, value, noise, start))
    return Predicted(*(np.concatenate([part[i] for part in parts]) for i in range(3)))


def conditional(
    mean: Floats, cov: Floats, place: NDArray[np.intp], value: Floats, noise: Floats, start: int
) -> tuple[Floats, Floats, Floats]:
    """Condition normal rows (S, T) on values at ``place`` with errors.

    Returns the conditional mean and covariance from ``start`` on, and the mean before it.
    """
    seen = cov[:, place[:, None], place] + np.diag(noise)
    # K = (C_pp + noise)^-1 C_p., mean + K'(value - mean_p), C - C_.p K
    carry = np.linalg.solve(seen, cov[:, place, :])  # (S, m, T)
    shifted = mean + np.einsum("smt,sm->st", carry, value - mean[:, place])
    left = cov[:, start:, start:] - np.einsum("smt,smu->stu", cov[:, place, start:], carry[:, :, start:])
    return shifted[:, start:], 0.5 * (left + np.swapaxes(left, 1, 2)), shifted[:, :start]
