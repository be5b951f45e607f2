"""Made-up plain numbers: one value for each authority and year, of which nothing else is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes.data import Aim, Cells, Continuous, Rollout, collapse, read_panel
from sos_bayes.simulation.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MadeUpNumbers:
    """Synthetic plain numbers with a known effect. Made by :func:`made_up_numbers`.

    Parameters
    ----------
    scenario : Scenario
        Its numbers of authorities, adopters and periods, and its starts.
    seed : int
    values : ndarray, shape (A, T)
    effect : float
        What the rollout added to each exposed value: the true SATT, in units of `values`.
    worthwhile : float
        In the same units.
    """

    scenario: Scenario
    seed: int
    values: Floats
    effect: float
    worthwhile: float

    def __repr__(self) -> str:
        s = self.scenario
        return f"MadeUpNumbers(synthetic: {s.authorities} authorities, {s.adopters} adopters, seed {self.seed})"

    @property
    def panel(self) -> pd.DataFrame:
        """One row per authority and period: authority, period, value."""
        import pandas as pd

        s = self.scenario
        return pd.DataFrame(
            {
                "authority": np.repeat(np.array(s.names, dtype=object), s.periods),
                "period": np.tile(np.array(s.labels), s.authorities),
                "value": self.values.ravel(),
            }
        )

    @property
    def rollout(self) -> Rollout:
        """Who adopts, and from which period."""
        s = self.scenario
        positions = s.start_positions() or ()
        return Rollout({s.names[a]: s.labels[start] for a, start in enumerate(positions)})

    @property
    def outcome(self) -> Continuous:
        """A value without number and spread."""
        return Continuous(
            "value", unit="units", aim=Aim.FEWER, worthwhile=self.worthwhile, label="made-up value (synthetic)"
        )

    @property
    def cells(self) -> Cells:
        """The exact cells of the panel."""
        return collapse(read_panel(self.panel, authority="authority", period="period"), self.outcome)


def made_up_numbers(
    *,
    trend: float = 0.0,
    effect: float = 0.0,
    adopters: int = 9,
    noise: float = 1.0,
    offset: float = 100.0,
    seed: int = 20180401,
) -> MadeUpNumbers:
    """Draw plain numbers of 40 authorities over eight years that may all move alike.

    Levels have an sd of three noise sds; the noise has no memory. Multiplying `noise`, or adding to `offset`, changes
    the unit and nothing else.

    Parameters
    ----------
    trend : float
        How far all authorities move each year, in noise sds.
    effect : float
        What the rollout adds from the start, in noise sds.
    adopters : int
    noise, offset : float
        Sd of the noise, and the level around which all is drawn, in the unit of the values.
    seed : int

    Returns
    -------
    MadeUpNumbers

    Raises
    ------
    DesignError
        If the noise is not positive.

    Examples
    --------
    >>> made = made_up_numbers(trend=4.0, noise=1000.0, seed=1)
    >>> made, made.effect
    (MadeUpNumbers(synthetic: 40 authorities, 9 adopters, seed 1), 0.0)
    """
    if not noise > 0:
        raise DesignError(f"A noise of {noise} is not positive.", where="made_up_numbers(noise=...)")
    s = Scenario(adopters=adopters)
    rng = np.random.default_rng(seed)
    level = 3.0 * rng.standard_normal((s.authorities, 1))
    scatter = rng.standard_normal((s.authorities, s.periods))
    exposed = np.zeros((s.authorities, s.periods))
    for a, start in enumerate(s.start_positions() or ()):
        exposed[a, start:] = 1.0
    values = offset + noise * (level + trend * np.arange(s.periods) + scatter + effect * exposed)
    return MadeUpNumbers(s, seed, values, noise * effect, 0.5 * noise)
