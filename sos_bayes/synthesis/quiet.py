"""What an authority is like under no effect, learnt from the donors: its residual's sd and memory, and its weights.

Each donor stands in for an adopter: all others predict it in all periods, since none has the practice. Weights are
integrated out, not chosen: normal around equal ones, with a variance that donors have in common, so that a donor is

    level + the others' mean + loadings on what moves the others apart + normal(0, width ** 2 D D') + AR(1) residual,

where D are the others' departures from their mean, and loadings are those of a donor drawn at random. Nothing is a fit,
so no fit is too good: a residual sd from the adopters' own best weights would be too small, since weights are chosen to
make it so. Errors of counting are known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.compiled import STRICT
from sos_bayes.synthesis.known import Known
from sos_bayes.synthesis.rows import cholesky
from sos_bayes.synthesis.series import Series
from sos_bayes.synthesis.weights_density import STAY

Floats = NDArray[np.float64]
SDS, MEMORIES, SCALES = 21, 11, 8
CONCENTRATIONS = np.array([0.1, 0.3, 0.6, 1.0, 1.5, 2.2, 3.5])
SOFTMAX_DRAWS = 400
DIRECTIONS, LASTING = 2, 1.1
MOST = 60  # donors that stand in
WIDE = 100.0  # variance of levels, over that of what is left around them


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """Normal in (log sd, logit of the memory over `STAY`): mean (2,) and covariance (2, 2).

    ``concentration`` (2,) is mean and sd of the log concentration that donors' weights have in common.
    """

    mean: Floats
    cov: Floats
    concentration: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def residual_of(series: Series, known: Known, *, intercept: bool) -> Residual:
    """Let donors stand in for adopters, and read sd and memory off them."""
    centre, variance = known.centre[series.adopters :], known.variance[series.adopters :]
    some = np.unique(np.linspace(0, len(centre) - 1, min(len(centre), MOST)).astype(int))
    apart, shape, noise = _stand_ins(centre, variance, some)
    around = apart - apart.mean(axis=1, keepdims=True) if intercept else apart
    spread = float(np.median(np.sqrt((around**2).mean(axis=1)))) + 1e-6
    log_sds = np.log(spread) + np.linspace(-3.0, 1.5, SDS)
    logits = np.linspace(-3.0, 5.0, MEMORIES)
    others = [directions_of(np.delete(centre, j, axis=0), intercept=intercept).along for j in some]
    base = np.array([f.T @ f for f in others]) + (WIDE * spread**2 if intercept else 0.0)
    widths = uneven(len(centre) - 1) / (len(centre) - 1)
    log = _likelihood(apart, shape, noise, widths, np.exp(log_sds), STAY / (1 + np.exp(-logits)), base)
    return _moments(log, log_sds, logits)


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


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """What moves donors apart: loadings (q, J) with mean square one, and what one of them moves by (q, T)."""

    loadings: Floats
    along: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def directions_of(centre: Floats, *, intercept: bool) -> Directions:
    """Principal directions of donors' departures from the periods' means, and with a constant from their own.

    At most two, and none that independent noise would be as likely to show.

    Examples
    --------
    >>> both = np.linspace(-1.0, 1.0, 12)
    >>> found = directions_of(np.outer(both, both), intercept=True)
    >>> round(float((found.loadings[0] ** 2).mean()), 6)
    1.0
    """
    apart = centre - centre.mean(axis=0)
    if intercept:
        apart = apart - apart.mean(axis=1, keepdims=True)
    left, size, right = np.linalg.svd(apart, full_matrices=False)
    kept, root = 0, np.sqrt(len(centre))
    while kept < min(DIRECTIONS, len(size) - 1) and size[kept] > _largest_of_noise(size[kept:], apart.shape, kept):
        kept += 1
    return Directions(root * left[:, :kept].T, size[:kept, None] * right[:kept] / root)


def _largest_of_noise(size: Floats, shape: tuple[int, ...], kept: int) -> float:
    """Largest singular value that noise with these others' mean square has, and somewhat more for noise that lasts."""
    rows, periods = (n - kept for n in shape)
    return float(LASTING * np.sqrt((size**2).sum() / (rows * periods)) * (np.sqrt(rows) + np.sqrt(periods)))


def _stand_ins(centre: Floats, variance: Floats, some: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
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
    """Log likelihood of each donor, (n, width, sd, memory)."""
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
                    for i in range(t):
                        left = apart[d, i]
                        for j in range(i):
                            left -= root[i, j] * white[j]
                        white[i] = left / root[i, i]
                        total -= 0.5 * white[i] * white[i]
                    out[d, w, s, r] = total if math.isfinite(total) else -1e300
    return out


def _moments(log: Floats, log_sds: Floats, logits: Floats) -> Residual:
    """Moments of an adopter's (log sd, logit rho): memory and width are common, log sds normal over authorities."""
    centres, scales = log_sds, np.geomspace(0.05, 1.5, SCALES)
    step = log_sds[1] - log_sds[0]
    density = np.exp(-0.5 * ((log_sds - centres[:, None]) / scales[:, None, None]) ** 2)
    density /= density.sum(axis=-1, keepdims=True) + 1e-300
    every = np.zeros((log.shape[1], SCALES, SDS, MEMORIES))  # width, scale, centre, memory
    for one in log:  # (width, sd, memory)
        top = one.max(axis=1)
        every += top[:, None, None] + np.log(np.einsum("kcs,wsr->wkcr", density, np.exp(one - top[:, None])) + 1e-300)
    every += -0.5 * (scales[:, None, None] / 0.5) ** 2 - 0.5 * (logits / 1.5) ** 2
    every += np.log(np.gradient(scales))[:, None, None]
    weight = np.exp(every - every.max())
    weight /= weight.sum()
    by_width, logs = weight.sum(axis=(1, 2, 3)), np.log(CONCENTRATIONS)
    concentration = np.array([by_width @ logs, np.sqrt(max(by_width @ logs**2 - (by_width @ logs) ** 2, 0.0))])
    weight = weight.sum(axis=0)
    by_centre, by_memory = weight.sum(axis=(0, 2)), weight.sum(axis=(0, 1))
    mean = np.array([by_centre @ centres, by_memory @ logits])
    apart = np.stack(np.meshgrid(centres - mean[0], logits - mean[1], indexing="ij"), axis=-1)
    cov = np.einsum("ij,ijd,ije->de", weight.sum(axis=0), apart, apart)
    cov[0, 0] += float(weight.sum(axis=(1, 2)) @ scales**2) + step**2 / 12
    return Residual(mean, cov + np.diag([0.05**2, 0.15**2]), concentration)  # the grids are coarse
