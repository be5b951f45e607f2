"""How probable each study is given the model's variables, its own departure integrated out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import gammaln, logsumexp, roots_hermitenorm

from sos_bayes._core.array_types import Floats
from sos_bayes.meta_analyses.bias_terms import Bias, log_selection, regressor
from sos_bayes.meta_analyses.readable_model import BASELINE_SD, error_covariance
from sos_bayes.meta_analyses.study_table import Studies

WIDE, FINE = 12.0, 0.1  # errors around a study's effect that are looked at, and how finely
HERMITE = 24
LEVELS = 161


def means(studies: Studies, bias: Bias | None, draws: Mapping[str, Floats]) -> Floats:
    """Mean effects before departures, (draw, n)."""
    found = np.repeat(draws["mu"][:, None], len(studies.of), axis=1)
    if studies.covariates:
        found = found + draws["beta"] @ studies.standardised.T
    if bias is not None and bias.kind != "selection":
        found = found + draws["slope"][:, None] * regressor(bias, studies)
    return np.asarray(found)


def log_density(studies: Studies, bias: Bias | None, correlation: float, draws: Mapping[str, Floats]) -> Floats | None:
    """Log densities of studies, (draw, k); None of several tables of counts a study.

    Parameters
    ----------
    studies : Studies
    bias : Bias or None
    correlation : float
    draws : mapping from name to ndarray (draw, ...)
        ``mu``, ``tau``, and what else the model has.
    """
    mean, tau = means(studies, bias, draws), draws["tau"]
    if studies.arms is not None:
        return None if studies.several else _of_counts(studies, mean, tau)
    if studies.several:
        return _of_several(studies, correlation, mean, tau, draws["tau_within"])
    sd = np.sqrt(studies.error**2 + tau[:, None] ** 2)
    found = -0.5 * np.log(2 * np.pi) - np.log(sd) - 0.5 * ((studies.effect - mean) / sd) ** 2
    if bias is not None and bias.kind == "selection":
        found = found + log_selection(bias, studies, draws["parts"], mean, sd)
    return np.asarray(found)


def _of_several(studies: Studies, correlation: float, mean: Floats, tau: Floats, within: Floats) -> Floats:
    errors = error_covariance(studies, correlation)
    found = np.empty((len(tau), len(studies)))
    for i in range(len(studies)):
        at = np.flatnonzero(studies.of == i)
        covariance = errors[np.ix_(at, at)] + between(tau, within, len(at))
        away = studies.effect[at] - mean[:, at]
        solved = np.linalg.solve(covariance, away[..., None])[..., 0]
        log_det = np.linalg.slogdet(covariance)[1]
        found[:, i] = -0.5 * (len(at) * np.log(2 * np.pi) + log_det + (away * solved).sum(axis=1))
    return found


def between(tau: Floats, within: Floats, size: int) -> Floats:
    """Covariance of the departures of one study's effects, (draw, size, size)."""
    return np.asarray(tau[:, None, None] ** 2 + within[:, None, None] ** 2 * np.eye(size))


def _of_counts(studies: Studies, mean: Floats, tau: Floats) -> Floats:
    """Events of both arms, the study's level and its departure integrated out by quadrature."""
    steps = np.arange(-WIDE, WIDE + FINE / 2, FINE)
    nodes, weights = roots_hermitenorm(HERMITE)
    log_weights = np.log(weights / weights.sum())
    found = np.empty(mean.shape)
    for i in range(len(studies)):
        grid = studies.effect[i] + studies.error[i] * steps
        log_given = log_of_effect(studies, i, grid)
        wide = tau >= studies.error[i] / 2
        z = (grid - mean[wide, i, None]) / tau[wide, None]
        log_prior = -0.5 * z**2 - np.log(tau[wide, None]) - 0.5 * np.log(2 * np.pi)
        found[wide, i] = logsumexp(log_given + log_prior, axis=1) + np.log(FINE * studies.error[i])
        narrow = CubicSpline(grid, log_given)(mean[~wide, i, None] + tau[~wide, None] * nodes)
        found[~wide, i] = logsumexp(narrow + log_weights, axis=1)
    return found


def log_of_effect(studies: Studies, i: int, effect: Floats) -> Floats:
    """Log probability of study i's events at log odds ratios (m,), its level integrated out."""
    arms = studies.arms
    assert arms is not None
    counts = [(arms.events_with[i], arms.trials_with[i], 0.5), (arms.events_without[i], arms.trials_without[i], -0.5)]
    constant = sum(gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1) for y, n, _ in counts)

    def value(level: Floats) -> Floats:
        logits = [(y, n, level + half * effect) for y, n, half in counts]
        rows = sum(y * x - n * np.logaddexp(0.0, x) for y, n, x in logits)
        return np.asarray(rows - 0.5 * (level / BASELINE_SD) ** 2 + constant)

    mode, sd = _mode(counts, effect)
    steps = np.linspace(-WIDE, WIDE, LEVELS)[:, None]
    step = 2 * WIDE / (LEVELS - 1)
    whole = logsumexp(value(mode + sd * steps), axis=0) + np.log(step * sd)
    return np.asarray(whole - np.log(BASELINE_SD) - 0.5 * np.log(2 * np.pi))


def _mode(counts: list[tuple[float, float, float]], effect: Floats) -> tuple[Floats, Floats]:
    """The likeliest level at each effect, and how sharply it is known."""
    low, high = np.full(len(effect), -60.0), np.full(len(effect), 60.0)
    for _ in range(60):  # the slope falls with the level
        level = (low + high) / 2
        shares = [(y, n, 1 / (1 + np.exp(-(level + half * effect)))) for y, n, half in counts]
        rising = sum(y - n * p for y, n, p in shares) - level / BASELINE_SD**2 > 0
        low, high = np.where(rising, level, low), np.where(rising, high, level)
    curvature = sum(n * p * (1 - p) for _, n, p in shares) + 1 / BASELINE_SD**2
    return level, np.asarray(1 / np.sqrt(curvature))


def study_effects(
    studies: Studies, bias: Bias | None, correlation: float, draws: Mapping[str, Floats], rng: np.random.Generator
) -> Floats:
    """Draws of the effects behind those observed, (draw, n), given the model's variables."""
    if "study_effect" in draws:
        return draws["study_effect"]
    mean, tau = means(studies, bias, draws), draws["tau"]
    noise = rng.standard_normal(mean.shape)
    if not studies.several:
        share = tau[:, None] ** 2 / (tau[:, None] ** 2 + studies.error**2)
        return np.asarray(mean + share * (studies.effect - mean) + np.sqrt(share) * studies.error * noise)
    errors = error_covariance(studies, correlation)
    found = np.empty(mean.shape)
    for i in range(len(studies)):
        at = np.flatnonzero(studies.of == i)
        apart = between(tau, draws["tau_within"], len(at))
        gain = apart @ np.linalg.inv(errors[np.ix_(at, at)] + apart)
        left = apart - gain @ apart + 1e-12 * np.eye(len(at)) * errors[at[0], at[0]]
        away = (studies.effect[at] - mean[:, at])[..., None]
        root = np.linalg.cholesky((left + left.transpose(0, 2, 1)) / 2)
        found[:, at] = mean[:, at] + (gain @ away + root @ noise[:, at, None])[..., 0]
    return found
