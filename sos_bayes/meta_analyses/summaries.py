"""One number of a synthesis in figures: mean, interval, and how probably it lies where it is wanted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats

PROB = 0.95


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where effects are wanted.

    Attributes
    ----------
    sign : int
        +1 or -1; 0 where no aim is given.
    worthwhile : float or None
        Smallest change that matters, in the unit of the effects.
    """

    sign: int
    worthwhile: float | None


@dataclass(frozen=True, slots=True)
class Summarised:
    """A number of a synthesis.

    Attributes
    ----------
    name : str
    mean, sd, low, high : float
        Of the posterior, with the ends of its 95 % interval.
    p_above : float
        Probability of a value above zero.
    p_favourable : float or None
        Probability of a value towards the aim; None where there is no aim.
    p_worthwhile, p_harm : float or None
        Probability of more than the worthwhile change towards the aim, and of more than it against the aim.
    """

    name: str
    mean: float
    sd: float
    low: float
    high: float
    p_above: float
    p_favourable: float | None = None
    p_worthwhile: float | None = None
    p_harm: float | None = None

    def row(self) -> dict[str, object]:
        """One tidy row."""
        return {slot: getattr(self, slot) for slot in self.__slots__}


def summarised(name: str, draws: Floats, wanted: Wanted | None = None, weights: Floats | None = None) -> Summarised:
    """Sum up draws, equally likely or weighted.

    Examples
    --------
    >>> found = summarised("mean effect", np.array([-3.0, -2.0, -1.0, 2.0]), Wanted(-1, 1.5))
    >>> found.mean, found.p_favourable, found.p_worthwhile, found.p_harm
    (-1.0, 0.75, 0.5, 0.25)
    """
    x = np.asarray(draws, dtype=float).ravel()
    w = np.full(len(x), 1 / len(x)) if weights is None else weights / weights.sum()
    mean = float(w @ x)
    low, high = quantiles(x, w)
    found = Summarised(name, mean, float(np.sqrt(w @ (x - mean) ** 2)), low, high, float(w @ (x > 0)))
    if wanted is None or wanted.sign == 0:
        return found
    towards = wanted.sign * x
    p: list[float | None] = [float(w @ (towards > 0)), None, None]
    if wanted.worthwhile is not None:
        p[1:] = [float(w @ (towards > wanted.worthwhile)), float(w @ (towards < -wanted.worthwhile))]
    return Summarised(name, mean, found.sd, low, high, found.p_above, *p)


def quantiles(x: Floats, w: Floats) -> tuple[float, float]:
    """Both ends of the 95 % interval of weighted values."""
    order = np.argsort(x)
    middle = np.cumsum(w[order]) - 0.5 * w[order]
    low, high = np.interp([(1 - PROB) / 2, (1 + PROB) / 2], middle, x[order])
    return float(low), float(high)
