"""Ways in which a world departs from the one that the default model describes, one value noun each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.simulation.ground import Ground
from sos_bayes.simulation.latent import ar1, inverse_logit
from sos_bayes.simulation.scenario import Scenario

FLOOR = 0.01  # no risk below this, nor above its complement, where risks move in points


class Disturbance(Protocol):
    """Changes the ground that an England stands on; knows nothing of the effect."""

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Ground after the disturbance, drawn from its own stream."""
        ...


@dataclass(frozen=True, slots=True)
class Regions:
    """Shocks that the authorities of a region share.

    Parameters
    ----------
    count : int
        Number of regions. Authorities fill them in order, so that adopters, the first by name, fill as few as they
        can; with `spread` they are dealt out in turn.
    sd, rho : float
        Marginal sd and lag-1 correlation of each region's stationary shocks.
    spread : bool
    named : str
        What a cluster is called, before its number.

    Examples
    --------
    >>> Regions(8).clusters(40)[:6]
    ('Region 1', 'Region 1', 'Region 1', 'Region 1', 'Region 1', 'Region 2')
    """

    count: int = 8
    sd: float = 0.15
    rho: float = 0.0
    spread: bool = False
    named: str = "Region"

    def membership(self, authorities: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Position of the region of each authority."""
        own = np.arange(authorities)
        return np.asarray(own % self.count if self.spread else own * self.count // authorities, dtype=np.int64)

    def clusters(self, authorities: int) -> tuple[str, ...]:
        """Name of the region of each authority."""
        return tuple(f"{self.named} {r + 1}" for r in self.membership(authorities).tolist())

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Add each region's shocks to those of its authorities."""
        shared = self.sd * ar1(rng, (self.count, scenario.periods), self.rho)
        shaken = ground.shaken(shared[self.membership(scenario.authorities)])
        return replace(shaken, clusters=self.clusters(scenario.authorities))


@dataclass(frozen=True, slots=True)
class Seasons:
    """Seasons of each authority's own, the same every year, of this sd."""

    sd: float = 0.15

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Add a season to every period, centred over the year."""
        year = rng.standard_normal((scenario.authorities, scenario.in_a_year))
        centred = year - year.mean(axis=1, keepdims=True)
        spread = float(self.sd / np.sqrt(1 - 1 / scenario.in_a_year)) if scenario.in_a_year > 1 else 0.0
        return ground.shaken(spread * centred[:, np.arange(scenario.periods) % scenario.in_a_year])


@dataclass(frozen=True, slots=True)
class Noise:
    """Independent noise of each authority and period, of this sd."""

    sd: float = 0.15

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Add noise without memory."""
        return ground.shaken(self.sd * rng.standard_normal(ground.shocks.shape))


@dataclass(frozen=True, slots=True)
class BadYear:
    """Adopters are those with the worst last year before the start: their shock then, plus noise of `noise` its sd."""

    noise: float = 1.0

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Deal the shocks out again, worst to the adopters; within each group they stay in order."""
        first = int(ground.start.min())
        last = ground.shocks[:, max(first - scenario.in_a_year, 0) : first].mean(axis=1)
        seen = last + self.noise * last.std() * rng.standard_normal(len(last))
        chosen = np.zeros(len(last), dtype=bool)
        chosen[np.argsort(-seen, kind="stable")[: scenario.adopters]] = True
        order = np.concatenate([np.flatnonzero(chosen), np.flatnonzero(~chosen)])
        return replace(ground, shocks=ground.shocks[order])


@dataclass(frozen=True, slots=True)
class Dip:
    """Adopters' last year before their start is off by this much, on the scale of the link, and back afterwards."""

    size: float = 0.2

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Shift the periods of that year."""
        lag = np.arange(scenario.periods)[None, :] - ground.start[:, None]
        adopts = (ground.start < scenario.periods)[:, None]
        return ground.shaken(
            np.asarray(self.size * ((lag < 0) & (lag >= -scenario.in_a_year) & adopts), dtype=np.float64)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A lasting step of every authority's own, of this sd, from the first start on."""

    sd: float = 0.4

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Add the step from the first start on."""
        after = np.arange(scenario.periods) >= ground.start.min()
        return ground.shaken(self.sd * rng.standard_normal((scenario.authorities, 1)) * after)


@dataclass(frozen=True, slots=True)
class Factor:
    """One latent course that all follow, each to its own degree: loadings of mean 1 and this sd."""

    sd_loading: float = 0.5
    sd: float = 0.15
    rho: float = 0.7

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Add loading times course."""
        course = self.sd * ar1(rng, (1, scenario.periods), self.rho)
        return ground.shaken((1 + self.sd_loading * rng.standard_normal((scenario.authorities, 1))) * course)


@dataclass(frozen=True, slots=True)
class InPoints:
    """Risks that move in parallel in points and not in log-odds.

    Parameters
    ----------
    fall : float
        Points by which everybody's risk falls each year.
    times : float
        The adopters' level is this many times what it would be.
    """

    fall: float = 0.01
    times: float = 2.0

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Move the lasting part on the scale of risks, never below .01 nor above .99."""
        adopts = np.arange(scenario.authorities) < scenario.adopters
        years = (np.arange(scenario.periods) - (scenario.periods - 1) / 2) * scenario.years
        risk = inverse_logit(ground.lasting) * np.where(adopts, self.times, 1.0)[:, None] - self.fall * years
        inside = np.clip(risk, FLOOR, 1 - FLOOR)
        return replace(ground, lasting=np.log(inside) - np.log1p(-inside))


@dataclass(frozen=True, slots=True)
class LargestAdopt:
    """The largest authorities adopt."""

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Deal the sizes out again, in falling order."""
        return replace(ground, total=ground.total[np.argsort(-ground.total.mean(axis=1), kind="stable")])


@dataclass(frozen=True, slots=True)
class OneHoldsHalf:
    """The first adopter has as many children as all other adopters together."""

    def on(self, ground: Ground, scenario: Scenario, rng: np.random.Generator) -> Ground:
        """Give the first adopter the others' sum in every period."""
        total: Floats = ground.total.copy()
        total[0] = total[1 : scenario.adopters].sum(axis=0)
        return replace(ground, total=total)
