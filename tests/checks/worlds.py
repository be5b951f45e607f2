"""Made-up rollouts without an effect in which the comparison does not hold: what is wrong is known."""

from dataclasses import replace

import numpy as np

from sos_bayes.designs import layout_of
from sos_bayes.simulation import Scenario, made_up_england

LARGE = Scenario(size_median=2000, size_min=1000, size_max=8000, size_log_sd=0.3, sd_shock=0.08)


def odds(risk):
    return np.log(risk / (1 - risk))


def without_effect(predictor, seed, scenario=LARGE):
    """Layout of a made-up England with another predictor (A, T), log-odds, and nothing that the rollout did."""
    made = made_up_england(scenario, seed=seed)
    eta = predictor(made.predictor.copy(), np.random.default_rng([seed, 1]))
    events = np.random.default_rng([seed, 2]).binomial(made.total.astype(int), 1 / (1 + np.exp(-eta)))
    return layout_of(replace(made.cells, events=events[:, :, None].astype(float)), made.rollout)


def dipped(seed, size=0.25):
    """Adopters lie higher in their last year before the start, and no longer after it."""

    def predictor(eta, rng):
        eta[:9, 3] += size
        return eta

    return without_effect(predictor, seed)


def parallel_in_points(seed, times=3.0, fall=0.08):
    """Everybody falls by the same points; adopters lie that many times as high."""

    def predictor(eta, rng):
        level = np.full(eta.shape, 0.15)
        level[:9] *= times
        risk = level + np.linspace(fall / 2, -fall / 2, eta.shape[1])
        return odds(risk) + 0.05 * rng.standard_normal(eta.shape) + 0.1 * rng.standard_normal((len(eta), 1))

    return without_effect(predictor, seed)


def shaken(seed, size=0.4):
    """Every authority steps for good in the year of the start, by an amount of its own."""

    def predictor(eta, rng):
        eta[:, 4:] += size * rng.standard_normal((len(eta), 1))
        return eta

    return without_effect(predictor, seed)
