"""Effects with standard errors, one a study: the posterior by quadrature, and how likely the data were.

Given tau everything linear is normal and integrated out; selection takes a grid of the mean and of the weights as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, ndtr

from sos_bayes._core.array_types import Floats
from sos_bayes.estimands.pooling import Mixture
from sos_bayes.meta_analyses.bias_terms import SLOPE_SD, Bias, interval_of, regressor, thresholds
from sos_bayes.meta_analyses.measures import SynthesisPriors
from sos_bayes.meta_analyses.study_table import Studies

TAUS, BEYOND, MEANS, PARTS = 72, 16, 161, 24
RANGES = 3.0  # of the effects, above which the heterogeneity is looked for coarsely
FAR = 12.0  # posterior sds without selection that the mean is looked for around
LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """A posterior by quadrature.

    Attributes
    ----------
    mean : Mixture
        Of the mean effect.
    site : Mixture
        Of the effect at a new site.
    tau : tuple of float
        Posterior mean and standard deviation of the heterogeneity.
    log_evidence : float
        Log marginal likelihood: how likely these effects were before they were seen.
    """

    mean: Mixture
    site: Mixture
    tau: tuple[float, float]
    log_evidence: float


def exact(studies: Studies, priors: SynthesisPriors, bias: Bias | None = None) -> Exact:
    """Posterior of one effect a study with standard errors.

    Parameters
    ----------
    studies : Studies
        With effects and errors, one a study.
    priors : SynthesisPriors
    bias : Bias, optional
        With selection there may be no covariate, and at most two steps.

    Returns
    -------
    Exact
    """
    tau, weight = _heterogeneities(studies, priors)
    if bias is not None and bias.kind == "selection":
        return _selected(studies, priors, bias, tau, np.log(weight))
    level, centre, variance = _given_tau(studies, priors, bias, tau)
    log_weights = level + np.log(weight)
    return _summed(log_weights, centre, np.sqrt(variance), tau)


def _heterogeneities(studies: Studies, priors: SynthesisPriors) -> tuple[Floats, Floats]:
    """Values of tau and their prior weights, most of them where these effects could put it, however wide the prior."""
    edge = priors.share_below(RANGES * max(float(np.ptp(studies.effect)), float(studies.error.max())))
    parts = [_legendre(TAUS), _legendre(BEYOND)]
    share = np.concatenate([edge * parts[0][0], edge + (1 - edge) * parts[1][0]])
    weight = np.concatenate([edge * parts[0][1], (1 - edge) * parts[1][1]])
    tau = priors.from_shares(share)
    held = (weight > 0) & np.isfinite(tau)  # beyond a narrow prior there is nothing
    return tau[held], weight[held]


def _legendre(size: int) -> tuple[Floats, Floats]:
    """Nodes and weights between 0 and 1."""
    x, w = np.polynomial.legendre.leggauss(size)
    return (x + 1) / 2, w / 2


def _summed(log_weights: Floats, centre: Floats, sd: Floats, tau: Floats) -> Exact:
    evidence = float(logsumexp(log_weights))
    p = np.exp(log_weights - evidence)
    mean = float(p @ tau)
    spread = max(float(p @ tau**2) - mean**2, 0.0) ** 0.5
    return Exact(Mixture(p, centre, sd), Mixture(p, centre, np.hypot(sd, tau)), (mean, spread), evidence)


def _given_tau(
    studies: Studies, priors: SynthesisPriors, bias: Bias | None, tau: Floats
) -> tuple[Floats, Floats, Floats]:
    """Log likelihood of the effects at each tau, and mean and variance of the mean effect, (tau,) each."""
    columns = [np.ones((len(studies.of), 1)), studies.standardised]
    sds = [priors.mean, *[priors.coefficient] * len(studies.covariates)]
    if bias is not None:
        columns.append(regressor(bias, studies)[:, None])
        sds.append(SLOPE_SD)
    x, prior = np.hstack(columns), np.diag(1 / np.square(sds))
    variances = studies.error**2 + tau[:, None] ** 2
    precision = np.einsum("ni,tn,nj->tij", x, 1 / variances, x) + prior
    seen = np.einsum("ni,tn->ti", x, studies.effect / variances)
    covariance = np.linalg.inv(precision)
    found = np.einsum("tij,tj->ti", covariance, seen)
    level = -0.5 * (len(studies.of) * LOG_2PI + np.log(variances).sum(axis=1) + (studies.effect**2 / variances).sum(1))
    level += 0.5 * ((found * seen).sum(axis=1) - np.linalg.slogdet(precision)[1]) - np.log(sds).sum()
    return level, found[:, 0], covariance[:, 0, 0]


def _selected(studies: Studies, priors: SynthesisPriors, bias: Bias, tau: Floats, log_weight: Floats) -> Exact:
    plain, around, variance = _given_tau(studies, priors, None, tau)
    p = np.exp(plain + log_weight - logsumexp(plain + log_weight))
    centre, spread = float(p @ around), float(np.sqrt(p @ (variance + (around - p @ around) ** 2)))
    mu = centre + FAR * spread * np.linspace(-1, 1, MEANS)
    sd = np.sqrt(studies.error**2 + tau[:, None, None] ** 2)  # (tau, 1, n)
    away = (studies.effect - mu[:, None]) / sd  # (tau, mu, n)
    base = (-0.5 * away**2 - np.log(sd) - 0.5 * LOG_2PI).sum(axis=2)
    base += -0.5 * (mu / priors.mean) ** 2 - np.log(priors.mean) - 0.5 * LOG_2PI + log_weight[:, None]
    above = [ndtr((bias.sign * mu[:, None] - at) / sd) for at in thresholds(bias, studies.error)]
    held = np.bincount(interval_of(bias, studies), minlength=len(above) + 1)
    terms = [
        base + held @ np.log(np.cumsum(parts[::-1])[::-1]) + np.log(w) - np.log(_chance(parts, above)).sum(axis=2)
        for parts, w in _simplex(len(above))
    ]
    joint = logsumexp(np.array(terms), axis=0) + np.log(mu[1] - mu[0])
    rows = joint.ravel()
    taus = np.repeat(tau, MEANS)
    return _summed(rows, np.tile(mu, len(tau)), np.full(len(rows), mu[1] - mu[0]) / np.sqrt(12), taus)


def _chance(parts: Floats, above: list[Floats]) -> Floats:
    """Chance that any result of a study is published, (tau, mu, n)."""
    return np.asarray(parts[-1] + sum(part * p for part, p in zip(parts, above, strict=False)))


def _simplex(steps: int) -> list[tuple[Floats, float]]:
    """Points that are evenly spread over the parts of one or two steps, with their weights."""
    share, weight = _legendre(PARTS)
    if steps == 1:
        return [(np.array([s, 1 - s]), float(w)) for s, w in zip(share, weight, strict=True)]
    first = 1 - np.sqrt(1 - share)  # quantiles of the first of three even parts
    return [
        (np.array([a, (1 - a) * s, (1 - a) * (1 - s)]), float(v * w))
        for a, v in zip(first, weight, strict=True)
        for s, w in zip(share, weight, strict=True)
    ]
