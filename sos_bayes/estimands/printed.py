"""An effect in its printed unit: posterior mean and limits, as figures and in words."""

from __future__ import annotations

from sos_bayes._core.words import between, change
from sos_bayes.estimands.effect import Effect


def printed(effect: Effect, prob: float = 0.95) -> tuple[float, float, float]:
    """Posterior mean, and both ends of its interval, in the printed unit.

    Parameters
    ----------
    effect : Effect
    prob : float
        How much of the posterior the interval holds.

    Returns
    -------
    mean, low, high : float

    Examples
    --------
    >>> import numpy as np
    >>> from sos_bayes.data import Aim, Binary
    >>> from sos_bayes.estimands.effect import effect_from_draws
    >>> outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    >>> printed(effect_from_draws(np.full((1, 4), -0.02), outcome))
    (-2.0, -2.0, -2.0)
    """
    f, (low, high) = effect.factor, effect.interval(prob)
    return f * effect.mean, f * low, f * high


def size(effect: Effect) -> str:
    """Posterior mean in words, with its unit and direction."""
    return change(effect.factor * effect.mean, effect.unit)


def span(effect: Effect, prob: float = 0.95) -> str:
    """An interval in words."""
    _, low, high = printed(effect, prob)
    return between(low, high, effect.unit)
