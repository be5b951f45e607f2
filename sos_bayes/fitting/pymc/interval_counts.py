"""Counts that PyMC has no distribution of: those withheld within bounds, and those divided by a design effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes._core.array_types import Floats


def withheld(name: str, count: Callable[[Floats], Any], bounds: tuple[Floats, ...], **named: Any) -> Any:
    """Whether each of M counts is withheld within its bounds: 1 where it is, which is all that is known of it.

    A count from low to sure is withheld, one above sure and up to high with probability ``chance``.

    Parameters
    ----------
    name : str
    count : callable
        Log probability of counts (M, W), a row for each cell.
    bounds : tuple of ndarray (M,)
        Low, high, sure and chance.
    **named
        ``observed`` and ``dims``.
    """
    low, high, sure, chance = (bound[:, None] for bound in bounds)
    values = low + np.arange(int((high - low).max()) + 1)
    weights = np.where(values > sure, chance, 1.0)
    shares = pt.switch(values <= high, count(np.minimum(values, high)) + np.log(weights), -np.inf)
    return pm.CustomDist(name, pt.logsumexp(shares, axis=1), dist=_drawn, logp=_log_probability, **named)


def _drawn(log_chance: Any, size: Any) -> Any:
    return pm.Bernoulli.dist(p=pt.exp(log_chance), size=size)


def _log_probability(value: Any, log_chance: Any) -> Any:
    return pt.switch(pt.eq(value, 1), log_chance, pt.log1mexp(log_chance))


def divided_binomial(name: str, trials: Any, log_odds: Any, **named: Any) -> Any:
    """Events and trials that were divided by a design effect: no whole numbers, with a binomial's likelihood.

    Draws are those of the whole trials, and of a fraction of one more.
    """
    return pm.CustomDist(name, trials, log_odds, dist=_fractions, logp=_divided_log_odds, **named)


def _fractions(trials: Any, log_odds: Any, size: Any) -> Any:
    whole = pt.floor(trials).astype("int64")
    more = pm.Bernoulli.dist(logit_p=log_odds, size=size)
    return pm.Binomial.dist(n=whole, logit_p=log_odds, size=size) + (trials - whole) * more


def _divided_log_odds(value: Any, trials: Any, log_odds: Any) -> Any:
    ways = pt.gammaln(trials + 1) - pt.gammaln(value + 1) - pt.gammaln(trials - value + 1)
    return ways + value * log_odds - trials * pt.softplus(log_odds)


def divided_poisson(name: str, mean: Any, **named: Any) -> Any:
    """Events over exposure that were divided by a design effect: no whole numbers, with a Poisson's likelihood."""
    return pm.CustomDist(name, mean, dist=_whole, logp=_divided_log_rate, **named)


def _whole(mean: Any, size: Any) -> Any:
    return 1.0 * pm.Poisson.dist(mu=mean, size=size)


def _divided_log_rate(value: Any, mean: Any) -> Any:
    return value * pt.log(mean) - mean - pt.gammaln(value + 1)
