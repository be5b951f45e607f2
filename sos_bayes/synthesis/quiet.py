"""What an authority's residual is like under no effect, learnt from the donors: sd and memory.

Every donor is fitted by the others in all periods, since none of them has the practice: simplex weights by ridge
regression, with one penalty for all by generalised cross-validation, a cheap stand-in for the full model of each. What
is left is scaled up for the degrees of freedom that the weights used. A residual sd from the adopters' own fit would be
too small: weights are chosen to make it so. Errors of measurement are taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes.synthesis.reference import simplex_weights
from sos_bayes.synthesis.series import Series

Floats = NDArray[np.float64]
SDS, MEMORIES, SCALES = 25, 12, 8
MOST = 60  # donors that are fitted by the others
RIDGES = (0.0, 0.01, 0.1, 1.0, 10.0, 1e3)  # times the periods' sum of squared steps


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """Normal in (log sd, logit rho): mean (2,), root (2, 2) of the covariance, and donors' gaps (J, T)."""

    mean: Floats
    root: Floats
    gaps: Floats


def filled(series: Series) -> Floats:
    """Working values (K + J, T); what is missing or treated from row and period effects of what is not."""
    seen = series.seen.copy()
    seen[: series.adopters] &= series.before
    weight = np.where(seen, 1.0, 0.0)
    value = np.where(seen, series.value, 0.0)
    rows, periods = np.zeros(len(value)), np.zeros(value.shape[1])
    for _ in range(100):
        rows = (weight * (value - periods)).sum(axis=1) / np.maximum(weight.sum(axis=1), 1)
        periods = (weight * (value - rows[:, None])).sum(axis=0) / np.maximum(weight.sum(axis=0), 1)
    return np.asarray(np.where(seen, series.value, rows[:, None] + periods))


def residual_of(series: Series, *, intercept: bool) -> Residual:
    """Fit donors by each other in all periods, and read sd and memory off what is left."""
    values = filled(series)[series.adopters :].T
    noise = np.where(series.seen[series.adopters :], series.error[series.adopters :], 0.0).T
    if intercept:
        values = values - values.mean(axis=0)
    step = len(values) * float(np.diff(values, axis=0).var())
    some = np.unique(np.linspace(0, values.shape[1] - 1, min(values.shape[1], MOST)).astype(int))
    tried = [[_left(values, int(j), ridge * step, intercept) for j in some] for ridge in RIDGES]
    loss = [sum(float((gap**2).sum()) / (1 - df / len(gap)) ** 2 for gap, _, df in each) for each in tried]
    best = tried[int(np.argmin(loss))]
    gaps = np.stack([gap / np.sqrt(1 - df / len(gap)) for gap, _, df in best])
    known = np.empty_like(gaps)
    for i, (j, (_, weights, _)) in enumerate(zip(some, best, strict=True)):
        known[i] = noise[:, j] ** 2 + noise[:, np.arange(values.shape[1]) != j] ** 2 @ weights**2
    return Residual(*_posterior(gaps, known, level=intercept), gaps)


def _left(values: Floats, j: int, ridge: float, intercept: bool) -> tuple[Floats, Floats, float]:
    """What the other donors leave of one (T,), their weights, and the degrees of freedom that these used."""
    others = np.delete(values, j, axis=1)
    weights = simplex_weights(others, values[:, j], ridge=ridge)
    used = others[:, weights > 1e-9]
    bent = used.T @ used
    df = float(np.trace(np.linalg.lstsq(bent + ridge * np.eye(len(bent)), bent, rcond=None)[0])) - 1 + intercept
    return values[:, j] - others @ weights, weights, min(max(df, float(intercept)), 0.75 * len(values))


def _posterior(gaps: Floats, known: Floats, *, level: bool) -> tuple[Floats, Floats]:
    """Moments of an adopter's (log sd, logit rho), given donors' gaps (n, T1): AR(1) with errors of known variance.

    Memory is common; log sds are normal over authorities, so that one donor that runs away does not set all.
    """
    spread = np.median(np.sqrt((gaps**2).mean(axis=1))) + 1e-6
    log_sds, rhos = np.log(spread) + np.linspace(-2.5, 2.5, SDS), np.linspace(0.02, 0.98, MEMORIES)
    logits = np.log(rhos / (1 - rhos))
    log = _log_likelihood(gaps, known, np.exp(log_sds), rhos, 100.0 * spread**2 * level) - 0.5 * (
        logits / 1.5
    ) ** 2 / len(gaps)
    centres, scales = log_sds, np.geomspace(0.05, 1.5, SCALES)
    step = log_sds[1] - log_sds[0]
    density = -0.5 * ((log_sds - centres[:, None]) / scales[:, None, None]) ** 2 - np.log(scales[:, None, None] / step)
    every = np.zeros((SCALES, SDS, MEMORIES))  # scale, centre, memory
    for one in log:  # (sd, memory)
        top = one.max()
        every += top + np.log(np.exp(density) @ np.exp(one - top) + 1e-300)
    every += -0.5 * (scales[:, None, None] / 0.5) ** 2 - np.log(rhos * (1 - rhos))
    weight = np.exp(every - every.max())
    weight /= weight.sum()
    mean = np.array([(weight.sum(axis=(0, 2)) * centres).sum(), (weight.sum(axis=(0, 1)) * logits).sum()])
    apart = np.stack(np.meshgrid(centres - mean[0], logits - mean[1], indexing="ij"), axis=-1)
    cov = np.einsum("ij,ijd,ije->de", weight.sum(axis=0), apart, apart)
    cov[0, 0] += (weight.sum(axis=(1, 2)) * scales**2).sum()
    return mean, np.linalg.cholesky(cov + np.diag([0.05**2, 0.15**2]))  # the grids are coarse


def _log_likelihood(gaps: Floats, known: Floats, sds: Floats, rhos: Floats, level: float) -> Floats:
    """Of each donor's gaps, (n, sd, memory), around a level with this prior variance."""
    ages = np.abs(np.subtract.outer(*(np.arange(gaps.shape[1]),) * 2))
    log = np.empty((len(gaps), len(sds), len(rhos)))
    for i, sd in enumerate(sds):
        for j, rho in enumerate(rhos):
            root = np.linalg.cholesky(
                level + sd**2 * rho**ages + np.eye(len(ages)) * (known[:, :, None] + 1e-9 * sd**2)
            )
            white = np.linalg.solve(root, gaps[:, :, None])[..., 0]
            log[:, i, j] = -0.5 * (white**2).sum(axis=1) - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    return log
