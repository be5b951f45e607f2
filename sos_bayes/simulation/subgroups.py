"""A made-up England whose children fall into subgroups that have good and bad years of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes.data import Cells, Outcome, Rollout
from sos_bayes.simulation.children import expand, made_up_ids
from sos_bayes.simulation.england import MadeUp, made_up_england
from sos_bayes.simulation.ground import events_of, mean_of
from sos_bayes.simulation.latent import ar1, solve_increasing, walk
from sos_bayes.simulation.scenario import Scenario
from sos_bayes.simulation.truth import fixed_weights, weighted

if TYPE_CHECKING:
    import pandas as pd


LETTERS = "abcdefgh"
SHARES = (0.45, 0.35, 0.20)
COLUMN = "subgroup"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MadeUpSubgroups:
    """A synthetic England of subgroups, as exact cells or as children, with the true effect in each.

    Made by :func:`made_up_subgroups`. Arrays are (authority, period, subgroup).

    Parameters
    ----------
    base : MadeUp
        What all subgroups share: sizes, levels, shared shocks, who adopts.
    labels : tuple of str
    events, total : ndarray
    without, with_rollout : ndarray
        Risk, or rate per `per`, without the rollout and as it is.
    """

    base: MadeUp
    labels: tuple[str, ...]
    events: Floats
    total: Floats
    without: Floats
    with_rollout: Floats

    @property
    def rollout(self) -> Rollout:
        """Who adopts, and from which period."""
        return self.base.rollout

    @property
    def outcome(self) -> Outcome:
        """The outcome as it stands in the table of children."""
        return self.base.child_outcome

    @property
    def cells(self) -> Cells:
        """The exact cells, by subgroup: what `collapse` makes of the children."""
        plain = self.base.cells
        patterns = tuple((label,) for label in self.labels)
        return replace(
            plain, columns=(COLUMN,), patterns=patterns, events=self.events, total=self.total, source="children",
            outcome=self.outcome,
        )  # fmt: skip

    @property
    def truth(self) -> dict[str, float]:
        """SATT in each subgroup, natural scale, children weighted as before the start."""
        weights = self._weights()
        apart = self.with_rollout - self.without
        return {label: weighted(apart[..., g], weights[..., g]) for g, label in enumerate(self.labels)}

    @property
    def contrasts(self) -> dict[str, float]:
        """SATT in each subgroup minus the SATT among the children of all the others."""
        size, satt = self._weights().sum(axis=(0, 1)), np.array(list(self.truth.values()))
        others = ((size * satt).sum() - size * satt) / (size.sum() - size)
        return dict(zip(self.labels, (satt - others).tolist(), strict=True))

    def children(self, seed: int = 20180401) -> pd.DataFrame:
        """One shuffled row per synthetic child: child, authority, period, events, and the subgroup.

        Parameters
        ----------
        seed : int
            Says which child has which event, and the order of the rows.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd

        name = self.base.scenario.total_name
        panel, parts = self.base.panel, []
        for g, label in enumerate(self.labels):
            own = {"events": self.events[..., g].ravel().astype(int), name: self.total[..., g].ravel().astype(int)}
            parts.append(expand(panel.assign(**own), name, seed + g).assign(**{COLUMN: label}))
        rows = pd.concat(parts, ignore_index=True)
        rows = rows.iloc[np.random.default_rng(seed).permutation(len(rows))].reset_index(drop=True)
        return rows.assign(child=made_up_ids(len(rows)))

    def _weights(self) -> Floats:
        n = len(self.labels)
        return np.stack([fixed_weights(self.total[..., g], self.base.start) for g in range(n)], axis=-1)

    def __repr__(self) -> str:
        s = self.base.scenario
        return (
            f"MadeUpSubgroups(synthetic {s.family} data: {s.authorities} authorities, {s.adopters} adopters, "
            f"{len(self.labels)} subgroups, seed {self.base.seed})"
        )


def made_up_subgroups(
    scenario: Scenario | None = None,
    *,
    effects: tuple[float, ...] = (0.0, 0.0, 0.0),
    shares: tuple[float, ...] = SHARES,
    sd_stream: float = 0.15,
    sd_level: float = 0.2,
    seed: int = 20180401,
) -> MadeUpSubgroups:
    """Draw a synthetic England of subgroups whose own effects are known. Nothing in it is real.

    Every authority has, beside the level and the shocks that all its children share, a level and AR(1) shocks of its
    own in each subgroup; every subgroup has its own course over the periods, and its own base. Without those, many
    children would buy certainty about differences between subgroups, which real data do not give.

    Parameters
    ----------
    scenario : Scenario, optional
        What all subgroups share. Its ``effect`` must be 0: effects are given by subgroup.
    effects : tuple of float
        SATT of each subgroup on the natural scale, as many as subgroups: -0.05 is 5 percentage points fewer.
    shares : tuple of float
        Their shares of the children.
    sd_stream, sd_level : float
        Marginal sd of the shocks, and sd of the levels, that each authority has in each subgroup, on the scale of the
        link. The shocks have the scenario's correlation.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    MadeUpSubgroups

    Raises
    ------
    DesignError
        If the numbers of effects and shares differ, or the scenario has an effect of its own.

    Examples
    --------
    >>> made = made_up_subgroups(effects=(-0.05, 0.0, 0.0), seed=1)
    >>> {label: round(effect, 6) + 0.0 for label, effect in made.truth.items()}
    {'a': -0.05, 'b': 0.0, 'c': 0.0}
    """
    s = Scenario() if scenario is None else scenario
    _refuse(s, effects, shares)
    base = made_up_england(s, seed=seed)
    levels, time, shocks, own, counts = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence([seed, 101]).spawn(5)
    )
    total = np.maximum(np.floor(base.total[..., None] * np.array(shares) / sum(shares)), 1.0)
    eta = np.stack([base.predictor + _departure(s, (levels, time, shocks), sd_level, sd_stream) for _ in shares], -1)
    departure = s.heterogeneity * own.standard_normal(s.authorities)[:, None] * base.profile
    without = mean_of(eta, s)
    with_rollout = np.stack(
        [
            _with_effect(s, base, eta[..., g], departure, fixed_weights(total[..., g], base.start), effect)
            for g, effect in enumerate(effects)
        ],
        axis=-1,
    )
    events = events_of(with_rollout, total, s, counts)
    labels = tuple(LETTERS[: len(shares)])
    return MadeUpSubgroups(base, labels, events, total, without, with_rollout)


def _refuse(s: Scenario, effects: tuple[float, ...], shares: tuple[float, ...]) -> None:
    if s.effect:
        raise DesignError("The scenario has an effect of its own.", cure="Leave it at 0 and give effects=.")
    if len(effects) != len(shares) or not 2 <= len(shares) <= len(LETTERS) or min(shares) <= 0:
        raise DesignError(
            f"There are {len(effects)} effects and {len(shares)} shares.",
            cure=f"Give one effect and one positive share for each of 2 to {len(LETTERS)} subgroups.",
        )


def _departure(
    s: Scenario,
    streams: tuple[np.random.Generator, np.random.Generator, np.random.Generator],
    sd_level: float,
    sd_stream: float,
) -> Floats:
    """How one subgroup departs from what all share, (authority, period)."""
    levels, time, shocks = streams
    base = 0.3 * levels.standard_normal()
    own = base + sd_level * levels.standard_normal((s.authorities, 1))
    return np.asarray(
        own + walk(time, s.periods, s.sd_period) + sd_stream * ar1(shocks, (s.authorities, s.periods), s.rho)
    )


def _with_effect(s: Scenario, base: MadeUp, eta: Floats, departure: Floats, weights: Floats, effect: float) -> Floats:
    without = mean_of(eta, s)

    def average(mu: float) -> float:
        return weighted(mean_of(eta + mu * base.profile, s) - without, weights)

    mu = 0.0 if effect == 0 else solve_increasing(average, effect)
    return mean_of(eta + mu * base.profile + departure, s)
