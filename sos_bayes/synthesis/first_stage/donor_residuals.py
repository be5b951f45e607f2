"""What an authority is like under no effect, learnt from the donors: its residual's sd and memory, and its weights.

Each donor stands in for an adopter: all others predict it in all periods, since none has the practice. Weights are
integrated out, not chosen: normal around equal ones, with a variance that donors have in common, so that a donor is

    level + the others' mean + loadings on what moves the others apart + normal(0, width ** 2 D D') + drift
    + AR(1) residual,

where D are the others' departures from their mean, and loadings are those of a donor drawn at random. A drift keeps its
direction: a random walk of steps that are one themselves. Donors that have some differ more the longer one looks, which
no residual that forgets can say; donors that have none say so within a few periods. Nothing is a fit,
so no fit is too good: a residual sd from the adopters' own best weights would be too small, since weights are chosen to
make it so. Errors of counting are known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.fitting.arrays.dense_algebra import cholesky
from sos_bayes.synthesis.first_stage.ar1_covariance import STAY
from sos_bayes.synthesis.panel.principal_directions import DIRECTIONS, directions_of
from sos_bayes.synthesis.panel.series import Series
from sos_bayes.synthesis.panel.shrunk_cells import Known

SDS, MEMORIES, SCALES = 21, 11, 8
CONCENTRATIONS = np.array([0.1, 0.3, 0.6, 1.0, 1.5, 2.2, 3.5])
SOFTMAX_DRAWS = 400
MOST = 60  # donors that stand in
WIDE = 100.0  # variance of levels, over that of what is left around them
DRIFTS = np.array([0.0, 0.2, 0.4, 0.8, 1.6, 3.2])  # root mean square of drifts, over the same
NONE = 0.5  # prior probability of no drift; the rest is even over the others


@dataclass(frozen=True, slots=True, eq=False)
class DonorResidual:
    """Normal in (log sd, logit of the memory over `STAY`): mean (2,) and covariance (2, 2).

    ``concentration`` (2,) is mean and sd of the log concentration that donors' weights have in common, ``drift`` the
    variance of a drift's change from one period to the next.
    """

    mean: Floats
    cov: Floats
    concentration: Floats
    drift: float

    def __repr__(self) -> str:
        return shapes_only(self)


@dataclass(frozen=True, slots=True, eq=False)
class StandIns:
    """Donors that stand in for adopters: gaps (n, T), products D D' and what else covers them (n, T, T), errors (n, T).

    ``spread`` is the donors' typical root mean square gap, with a constant around each one's own mean.
    """

    apart: Floats
    shape: Floats
    base: Floats
    noise: Floats
    spread: float

    def __repr__(self) -> str:
        return shapes_only(self)


def residual_of(series: Series, known: Known, *, intercept: bool) -> DonorResidual:
    """Posterior of residual sd, memory, weights' concentration and drift, from donors standing in for adopters."""
    donors = stand_ins(series, known, intercept=intercept)
    widths = uneven(series.donors - 1) / (series.donors - 1)
    drift = drift_of(donors, float(widths[len(widths) // 2]))
    log_sds, logits, rhos = _grids(donors, 1)
    base = donors.base + drift * drifting(series.periods)
    log = _likelihood(donors.apart, donors.shape, donors.noise, widths, np.exp(log_sds), rhos, base)
    return _moments(log, log_sds, logits, drift)


def stand_ins(series: Series, known: Known, *, intercept: bool, directions: int = DIRECTIONS) -> StandIns:
    """At most `MOST` donors, each held against all others."""
    centre, variance = known.centre[series.adopters :], known.variance[series.adopters :]
    some = np.unique(np.linspace(0, len(centre) - 1, min(len(centre), MOST)).astype(int))
    apart, shape, noise = _gaps(centre, variance, some)
    around = apart - apart.mean(axis=1, keepdims=True) if intercept else apart
    spread = float(np.median(np.sqrt((around**2).mean(axis=1)))) + 1e-6
    others = [directions_of(np.delete(centre, j, axis=0), intercept=intercept).along[:directions] for j in some]
    base = np.array([f.T @ f for f in others]) + (WIDE * spread**2 if intercept else 0.0)
    return StandIns(apart, shape, base, noise, spread)


def drift_of(donors: StandIns, width: float) -> float:
    """Variance of a drift's change: its posterior mean over `DRIFTS`, by the donors' marginal likelihood."""
    log_sds, logits, rhos = _grids(donors, 2)
    smooth = drifting(donors.apart.shape[1])
    sizes, evidence = (DRIFTS * donors.spread) ** 2 / smooth.diagonal().mean(), np.empty(len(DRIFTS))
    for i, size in enumerate(sizes):
        base = donors.base + size * smooth
        log = _likelihood(donors.apart, donors.shape, donors.noise, np.array([width]), np.exp(log_sds), rhos, base)
        every = _together(log, log_sds, logits)
        evidence[i] = every.max() + np.log(np.exp(every - every.max()).sum())
    weight = np.exp(evidence - evidence.max()) * np.where(DRIFTS > 0, (1 - NONE) / (len(DRIFTS) - 1), NONE)
    return float(weight @ sizes / weight.sum())


def drifting(periods: int, start: int | None = None) -> Floats:
    """Covariance (T, T) of a drift whose change has a variance of one: a random walk of steps that walk themselves.

    Around its mean; with ``start``, nothing before that period and from there on.

    Examples
    --------
    >>> drifting(4, start=2).round(6).tolist()
    [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 2.0], [0.0, 0.0, 2.0, 5.0]]
    """
    sums = np.tril(np.ones((periods, periods)))
    walk = sums @ sums
    if start is None:
        walk = walk - walk.mean(axis=0)
    else:
        walk[:, :start] = 0.0
    return np.asarray(walk @ walk.T)


def _grids(donors: StandIns, step: int) -> tuple[Floats, Floats, Floats]:
    """Log sds, logits of memories over `STAY`, and memories; every ``step``-th of them."""
    logits = np.linspace(-3.0, 5.0, MEMORIES)[::step]
    return (np.log(donors.spread) + np.linspace(-3.0, 1.5, SDS))[::step], logits, STAY / (1 + np.exp(-logits))


def uneven(donors: int) -> Floats:
    """Mean sum of squared departures from equal weights, of a softmax with each of `CONCENTRATIONS`.

    Examples
    --------
    >>> bool((np.diff(uneven(20)) > 0).all())
    True
    """
    score = np.random.default_rng(donors).standard_normal((SOFTMAX_DRAWS, donors))
    grown = np.exp(CONCENTRATIONS[:, None, None] * score)
    weights = grown / grown.sum(axis=2, keepdims=True)
    return np.asarray(((weights - 1 / donors) ** 2).sum(axis=2).mean(axis=1))


def _gaps(centre: Floats, variance: Floats, some: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
    """Gaps to the others' mean (n, T), products D D' (n, T, T) and error variances (n, T)."""
    size = len(centre) - 1
    mean = (centre.sum(axis=0) - centre[some]) / size
    total = np.einsum("js,jt->st", centre, centre)
    shape = np.array([
        total - np.outer(centre[j], centre[j]) - size * np.outer(m, m) for j, m in zip(some, mean, strict=True)
    ])  # fmt: skip
    noise = variance[some] + (variance.sum(axis=0) - variance[some]) / size**2
    return centre[some] - mean, shape, noise


@nb.njit(cache=True, **STRICT)
def _likelihood(apart, shape, noise, widths, sds, rhos, base):  # type: ignore[no-untyped-def]
    """Log marginal likelihood of each donor, (n, width, sd, memory): normal, weights and loadings integrated out."""
    n, t = apart.shape
    out = np.empty((n, widths.size, sds.size, rhos.size))
    cov, root, white = np.empty((t, t)), np.empty((t, t)), np.empty(t)
    for r in range(rhos.size):
        for d in range(n):
            for w in range(widths.size):
                for s in range(sds.size):
                    squared = sds[s] * sds[s]
                    for i in range(t):
                        for j in range(i + 1):
                            cov[i, j] = base[d, i, j] + widths[w] * shape[d, i, j] + squared * rhos[r] ** (i - j)
                        cov[i, i] += noise[d, i] + 1e-6 * squared
                    total = -0.5 * cholesky(cov, t, root)
                    for i in range(t):  # -r' cov^-1 r / 2, by forward substitution
                        left = apart[d, i]
                        for j in range(i):
                            left -= root[i, j] * white[j]
                        white[i] = left / root[i, i]
                        total -= 0.5 * white[i] * white[i]
                    out[d, w, s, r] = total if math.isfinite(total) else -1e300
    return out


def _together(log: Floats, log_sds: Floats, logits: Floats) -> Floats:
    """Log posterior (width, scale, centre, memory): memory and width are common, log sds normal over authorities."""
    scales = _scales()
    density = np.exp(-0.5 * ((log_sds - log_sds[:, None]) / scales[:, None, None]) ** 2)
    density /= density.sum(axis=-1, keepdims=True) + 1e-300
    every = np.zeros((log.shape[1], SCALES, len(log_sds), len(logits)))
    for one in log:  # (width, sd, memory)
        top = one.max(axis=1)
        every += top[:, None, None] + np.log(np.einsum("kcs,wsr->wkcr", density, np.exp(one - top[:, None])) + 1e-300)
    every += -0.5 * (scales[:, None, None] / 0.5) ** 2 - 0.5 * (logits / 1.5) ** 2
    return np.asarray(every + np.log(np.gradient(scales))[:, None, None])


def _scales() -> Floats:
    """Sds of log sds over authorities."""
    return np.geomspace(0.05, 1.5, SCALES)


def _moments(log: Floats, log_sds: Floats, logits: Floats, drift: float) -> DonorResidual:
    """Posterior moments of an adopter's (log sd, logit rho), summed over the grids."""
    every = _together(log, log_sds, logits)
    step = log_sds[1] - log_sds[0]
    weight = np.exp(every - every.max())
    weight /= weight.sum()
    by_width, logs = weight.sum(axis=(1, 2, 3)), np.log(CONCENTRATIONS)
    concentration = np.array([by_width @ logs, np.sqrt(max(by_width @ logs**2 - (by_width @ logs) ** 2, 0.0))])
    weight = weight.sum(axis=0)
    by_centre, by_memory = weight.sum(axis=(0, 2)), weight.sum(axis=(0, 1))
    mean = np.array([by_centre @ log_sds, by_memory @ logits])
    apart = np.stack(np.meshgrid(log_sds - mean[0], logits - mean[1], indexing="ij"), axis=-1)
    cov = np.einsum("ij,ijd,ije->de", weight.sum(axis=0), apart, apart)
    cov[0, 0] += float(weight.sum(axis=(1, 2)) @ _scales() ** 2) + step**2 / 12
    return DonorResidual(mean, cov + np.diag([0.05**2, 0.15**2]), concentration, drift)  # the grids are coarse
