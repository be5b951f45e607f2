"""What a made-up England stands on before anybody has an effect: sizes, levels, time and shocks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.simulation.latent import ar1, inverse_logit, logit, walk
from sos_bayes.simulation.scenario import Scenario

type Streams = tuple[np.random.Generator, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ground:
    """A authorities by T periods without any rollout; parts of the predictor are on the scale of the link.

    Parameters
    ----------
    start : ndarray of int, shape (A,)
        Position of the first period with the rollout; T where it never comes.
    total : ndarray, shape (A, T)
        Children, or exposure.
    lasting : ndarray, shape (A, T)
        Base, level and trend of each authority.
    time : ndarray, shape (T,)
        What all share in a period.
    shocks : ndarray, shape (A, T)
        Each authority's own.
    clusters : tuple of str or None
        Name of the region, or of the real authority, that each authority belongs to.
    """

    start: NDArray[np.int64]
    total: Floats
    lasting: Floats
    time: Floats
    shocks: Floats
    clusters: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return shapes_only(self)

    @property
    def predictor(self) -> Floats:
        """Sum of the parts: (A, T)."""
        return np.asarray(self.lasting + self.time + self.shocks)

    def shaken(self, by: Floats) -> Ground:
        """Ground with something added to the shocks, (A, T) or broadcast to it."""
        return replace(self, shocks=self.shocks + by)


def ground_of(s: Scenario, sizes: np.random.Generator, when: np.random.Generator, streams: Streams) -> Ground:
    """Draw the ground of a scenario; `streams` are those of levels, of time and of shocks."""
    levels, time, shocks = streams
    start, total = starts(s, when), sizes_of(s, sizes)
    adopts = np.arange(s.authorities) < s.adopters
    level = s.sd_authority * levels.standard_normal(s.authorities) + s.level_gap * adopts
    slope = s.sd_trend * levels.standard_normal(s.authorities) + s.drift * adopts
    since = np.arange(s.periods) - (s.periods - 1) / 2
    scale = s.sd_shock * np.where(adopts, s.adopters_shock_scale, 1.0)
    lasting = base_of(s) + level[:, None] + slope[:, None] * since
    path = walk(time, s.periods, s.sd_period)
    own = ar1(shocks, (s.authorities, s.periods), s.rho, s.shock_df) * scale[:, None]
    return Ground(start, total, lasting, path, own)


def base_of(s: Scenario) -> float:
    """Base on the scale of the link."""
    return logit(s.base) if s.proportion else float(np.log(s.base / s.per))


def mean_of(eta: Floats, s: Scenario) -> Floats:
    """Risk, or rate per `per`, at a linear predictor."""
    return inverse_logit(eta) if s.proportion else np.asarray(s.per * np.exp(eta))


def events_of(expected: Floats, total: Floats, s: Scenario, rng: np.random.Generator) -> Floats:
    """Draw events given risks, or rates per `per`, and denominators."""
    if s.proportion:
        return rng.binomial(total.astype(np.int64), expected).astype(np.float64)
    return rng.poisson(total * expected / s.per).astype(np.float64)


def starts(s: Scenario, rng: np.random.Generator) -> NDArray[np.int64]:
    """First period with the rollout of each authority."""
    start = np.full(s.authorities, s.periods, dtype=np.int64)
    fixed = s.start_positions()
    if fixed is None:
        first, last = max(2, s.periods // 3), max(3, 2 * s.periods // 3)
        start[: s.adopters] = rng.integers(first, last + 1, s.adopters)
    else:
        start[: s.adopters] = fixed
    return start


def sizes_of(s: Scenario, rng: np.random.Generator) -> Floats:
    """Children, or exposure, of each authority and period."""
    own = s.size_median * np.exp(s.size_log_sd * rng.standard_normal((s.authorities, 1)))
    wobble = np.exp(s.size_wobble * rng.standard_normal((s.authorities, s.periods)))
    return np.floor(np.clip(own * wobble, s.size_min, s.size_max))
