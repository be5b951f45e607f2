"""From what untreated cells predict to effects: the second stage, exact and without a sampler.

The first stage saw no treated cell. Here each of its draws gives a normal prediction of adopters' cells without the
rollout (mean and covariance, residuals that last included), and treated cells are read against it:

    treated cell = prediction + dose * (mu_tau + omega * z[a] + g[lag]) + error of counting.

Given omega and the step of g all of it is normal; both are integrated by quadrature over nodes of their priors. So
effects are pooled over adopters, and nothing that happened after a start moves a weight, a loading or a donor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.designs.terms import centred_walk_basis
from sos_bayes.synthesis.panel.series import Series

NODES = 7  # of omega and of the step of the lag profile
CHUNK = 10_000_000  # numbers held at a time


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Prediction of one adopter's periods from its start on, given each of S draws: normal.

    Attributes
    ----------
    mean : ndarray (S, T1)
    cov : ndarray (S, T1, T1)
    before : ndarray (S, T0)
        Predictor before the start.
    """

    mean: Floats
    cov: Floats
    before: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@dataclass(frozen=True, slots=True)
class EffectPriors:
    """Scales of the second stage: sd of the average effect, half-normal scales of omega and of the yearly step.

    With a free profile the yearly step has this sd and is not learnt: what drifts apart after the start is then effect,
    and not in part a residual that lasts.
    """

    effect_sd: float
    heterogeneity: float
    lag_step: float
    free_profile: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class EffectDraws:
    """Draws (S, ...) of the second stage: predictor with the rollout, what it added, and the lag profile (S, L)."""

    mu: Floats
    omega: Floats
    departure: Floats
    theta: Floats
    effect: Floats
    lag: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Adopter:
    """One adopter's periods from its start on.

    Attributes
    ----------
    columns : ndarray (T1, p)
        What the average effect, the lag profile and, where asked for, a drift are multiplied by.
    dose : ndarray (T1,)
    seen : ndarray of int (m,)
        Periods with data.
    value, error : ndarray (m,)
    """

    columns: Floats
    dose: Floats
    seen: NDArray[np.intp]
    value: Floats
    error: Floats
    predicted: Predicted

    def __repr__(self) -> str:
        return shapes_only(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Forms:
    """Quadratic forms with the precision B of an adopter's treated cells, omega aside: X'BX, X'Bw, X'Br, w'Bw, ...

    X are the columns, w the dose and r the residual from the prediction.
    """

    xx: Floats
    xw: Floats
    xr: Floats
    ww: Floats
    wr: Floats
    rr: Floats
    log_det: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def read_effects(
    series: Series, predicted: list[Predicted], priors: EffectPriors, seed: int, *, drift: float | None = None
) -> EffectDraws:
    """Draw effects given the first stage.

    Parameters
    ----------
    series : Series
    predicted : list of Predicted
        One for each adopter, with the same number of draws S.
    priors : EffectPriors
    seed : int
    drift : float, optional
        Prior sd, per year on the model's scale, of adopters drifting apart from their prediction anyway.
    """
    rng = np.random.default_rng([seed, 17])
    basis = lag_basis(series)
    adopters = _adopters(series, basis, predicted, drift)
    size, width = len(predicted[0].mean), adopters[0].columns.shape[1]
    chunk = max(1, CHUNK // (NODES**2 * width**2))
    parts = []
    for begin in range(0, size, chunk):
        at = slice(begin, min(begin + chunk, size))
        given = _coefficients(_by_node(adopters, basis, priors, drift, at), rng)
        profile = given[1][:, 1 : 1 + basis.shape[1]] @ basis.T
        parts.append((*_drawn(series, adopters, given, rng, at), profile))
    return EffectDraws(*(np.concatenate([part[i] for part in parts]) for i in range(6)))


def lag_basis(series: Series) -> Floats:
    """Basis of the lag profile, (L, L - 1): a walk whose average over treated cells is zero."""
    lags = np.arange(series.periods) - series.starts[:, None]
    longest = int(lags.max()) + 1
    if longest == 1:
        return np.zeros((1, 0))
    k = series.adopters
    treated = series.layout.dose[series.rows[:k]] * series.seen[:k]
    weight = np.array([((lags == e) * treated).sum() for e in range(longest)])
    return np.asarray(centred_walk_basis(np.maximum(weight, 1e-9)) * np.sqrt(series.layout.cells.calendar.years))


def _adopters(series: Series, basis: Floats, predicted: Sequence[Predicted], drift: float | None) -> list[_Adopter]:
    return [_adopter(series, a, basis, one, drift) for a, one in enumerate(predicted)]


def _adopter(series: Series, a: int, basis: Floats, predicted: Predicted, drift: float | None) -> _Adopter:
    start, n_t = int(series.starts[a]), series.periods
    dose = series.layout.dose[series.rows[a], start:]
    columns: list[Floats] = [dose[:, None], dose[:, None] * basis[: n_t - start]]
    if drift is not None:
        since = np.asarray(series.layout.cells.calendar.years * (np.arange(start, n_t) - (start - 1) / 2))
        columns.append(since[:, None])
    seen = np.flatnonzero(series.seen[a, start:])
    value, error = series.value[a, start:][seen], series.error[a, start:][seen]
    return _Adopter(np.concatenate(columns, axis=1), dose, seen, value, error, predicted)


def _inverse_root(one: _Adopter, at: slice) -> Floats:
    """Inverse Cholesky factor of the covariance of treated cells, omega aside, (n, m, m)."""
    cov = one.predicted.cov[at][:, one.seen[:, None], one.seen] + np.diag(one.error**2)
    return np.asarray(np.linalg.inv(np.linalg.cholesky(cov)))


def _forms(one: _Adopter, at: slice) -> _Forms:
    root = _inverse_root(one, at)
    x = root @ one.columns[one.seen]
    w = root @ one.dose[one.seen]
    r = (root @ (one.value - one.predicted.mean[at][:, one.seen])[..., None])[..., 0]
    return _Forms(
        np.einsum("nmp,nmq->npq", x, x), np.einsum("nmp,nm->np", x, w), np.einsum("nmp,nm->np", x, r),
        (w * w).sum(axis=1), (w * r).sum(axis=1), (r * r).sum(axis=1),
        -2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _ByNode:
    """Given each node of omega (i) and of the step (j), all else integrated out.

    Attributes
    ----------
    omegas, steps : ndarray (i,), (j,)
    log : ndarray (n, i, j)
        Marginal likelihood, but for a constant.
    root : ndarray (n, i, j, p, p)
        Cholesky factor of the coefficients' posterior precision.
    half : ndarray (n, i, j, p)
        ``root.T`` times their posterior mean.
    """

    omegas: Floats
    steps: Floats
    log: Floats
    root: Floats
    half: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def _by_node(adopters: list[_Adopter], basis: Floats, priors: EffectPriors, drift: float | None, at: slice) -> _ByNode:
    """The coefficients' normal posterior, and the marginal likelihood, given every node."""
    omegas = half_normal_nodes(priors.heterogeneity)
    lags = basis.shape[1]
    learnt = lags > 0 and not priors.free_profile
    steps = half_normal_nodes(priors.lag_step) if learnt else np.array([priors.lag_step])
    xx, xr, rr = np.zeros(1), np.zeros(1), np.zeros(1)
    for one in adopters:
        f = _forms(one, at)
        squared = omegas**2
        # precision with omega, (B^-1 + omega^2 w w')^-1 = B - pull B w w' B (Sherman and Morrison)
        pull = squared / (1 + squared * f.ww[:, None])  # (n, omega)
        xx = xx + f.xx[:, None] - pull[..., None, None] * (f.xw[:, None, :, None] * f.xw[:, None, None, :])
        xr = xr + f.xr[:, None] - pull[..., None] * (f.xw * f.wr[:, None])[:, None]
        rr = rr + f.rr[:, None] - pull * f.wr[:, None] ** 2 + f.log_det[:, None] + np.log1p(squared * f.ww[:, None])
    sds = [[priors.effect_sd, *[step] * lags, *([] if drift is None else [drift])] for step in steps]
    prior = 1 / np.array(sds) ** 2  # (step, p)
    precision = np.asarray(xx)[:, :, None] + prior[:, :, None] * np.eye(prior.shape[1])
    root = np.linalg.cholesky(precision)
    half = np.linalg.solve(root, np.broadcast_to(np.asarray(xr)[:, :, None, :, None], (*root.shape[:-1], 1)))[..., 0]
    log = 0.5 * (half**2).sum(axis=-1) - np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1)
    log = log - 0.5 * np.asarray(rr)[..., None] + 0.5 * np.log(prior).sum(axis=1)
    return _ByNode(omegas, steps, log, root, half)


def _coefficients(given: _ByNode, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw omega (n,), and then the coefficients (n, p) of the columns: mu_tau, the lag profile and a drift.

    Omega and the step are drawn from their nodes by the marginal likelihood of each (by the largest of Gumbel
    variables); the coefficients from their normal posterior given both.
    """
    log = given.log.reshape(len(given.log), -1)
    picked = (log + rng.gumbel(size=log.shape)).argmax(axis=1)
    n, (i, j) = np.arange(len(log)), np.unravel_index(picked, given.log.shape[1:])
    noise = given.half[n, i, j] + rng.standard_normal((len(log), given.half.shape[-1]))
    drawn = np.linalg.solve(np.swapaxes(given.root[n, i, j], 1, 2), noise[..., None])[..., 0]
    return given.omegas[i], drawn


def _drawn(
    series: Series, adopters: list[_Adopter], given: tuple[Floats, Floats], rng: np.random.Generator, at: slice
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Draw departures and shocks given the coefficients: mu_tau, omega, departure, theta and effect.

    Shocks are conditioned on the cells by correcting a draw from their prior.
    """
    omega, coefficients = given
    n, n_k, n_t = len(omega), len(adopters), series.periods
    departure, theta, effect = np.zeros((n, n_k)), np.zeros((n, n_k, n_t)), np.zeros((n, n_k, n_t))
    for a, one in enumerate(adopters):
        start, seen, cov = n_t - len(one.dose), one.seen, one.predicted.cov[at]
        root = _inverse_root(one, at)
        common = coefficients @ one.columns.T
        rest = one.value - (one.predicted.mean[at] + common)[:, seen]
        w = root @ one.dose[seen]
        weight = 1 / omega**2 + (w**2).sum(axis=1)
        mean = (w * (root @ rest[..., None])[..., 0]).sum(axis=1) / weight
        own = mean + rng.standard_normal(n) / np.sqrt(weight)
        fresh = (np.linalg.cholesky(cov) @ rng.standard_normal((n, len(one.dose), 1)))[..., 0]
        missed = rest - own[:, None] * one.dose[seen] - fresh[:, seen] - one.error * rng.standard_normal(rest.shape)
        pulled = np.swapaxes(root, 1, 2) @ (root @ missed[..., None])
        shock = fresh + (cov[:, :, seen] @ pulled)[..., 0]
        departure[:, a] = own
        lasting = common if one.columns.shape[1] == _width(series) else common - _drift(one, coefficients)
        effect[:, a, start:] = lasting + own[:, None] * one.dose
        theta[:, a, :start] = one.predicted.before[at]
        theta[:, a, start:] = one.predicted.mean[at] + shock + common + own[:, None] * one.dose
    return coefficients[:, 0], omega, departure, theta, effect


def _width(series: Series) -> int:
    """Number of columns without a drift."""
    return int(series.periods - series.starts.min())


def _drift(one: _Adopter, coefficients: Floats) -> Floats:
    return np.asarray(coefficients[:, -1:] * one.columns[:, -1])


def half_normal_nodes(scale: float) -> Floats:
    """Equally likely values of a half-normal.

    Examples
    --------
    >>> round(float(np.sqrt((half_normal_nodes(0.2) ** 2).mean())), 2)
    0.19
    """
    return np.asarray(scale * ndtri(0.5 + (np.arange(NODES) + 0.5) / (2 * NODES)))
