"""A made-up England: authorities by periods, a rollout in some of them, and the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes.data import Aim, Binary, Calendar, Cells, Count, Outcome, Rollout
from sos_bayes.simulation.children import expand
from sos_bayes.simulation.ground import Ground, events_of, ground_of, mean_of
from sos_bayes.simulation.latent import solve_increasing
from sos_bayes.simulation.scenario import Scenario
from sos_bayes.simulation.truth import Truth, by_authority, by_event_time, fixed_weights, treated_cells, weighted

if TYPE_CHECKING:
    import pandas as pd


_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(31)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MadeUp:
    """A synthetic England with a known truth, as a panel, as children, or as exact cells.

    Made by :func:`made_up_england`. Arrays are (authority, period) in the order of `scenario.names` and
    `scenario.labels`.

    Parameters
    ----------
    scenario : Scenario
        The settings it was drawn from.
    seed : int
        The seed it was drawn with.
    events, total : ndarray
        Number of events, and children or exposure.
    start : ndarray of int
        Position of the first period with the rollout; the number of periods where it never comes.
    predictor, push : ndarray
        Linear predictor without the rollout, and what the rollout adds to it.
    profile : ndarray
        Shape of the effect over time: 0 before the start, mean 1 over the treated cells.
    mu : float
        Mean effect on the scale of the link.
    clusters : tuple of str, optional
        The region, or the real authority, that each authority of `scenario.names` belongs to.
    """

    scenario: Scenario
    seed: int
    events: Floats
    total: Floats
    start: NDArray[np.int64]
    predictor: Floats
    push: Floats
    profile: Floats
    mu: float
    clusters: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        s = self.scenario
        return (
            f"MadeUp(synthetic {s.family} data: {s.authorities} authorities, {s.adopters} adopters, "
            f"{s.periods} {s.period}s, seed {self.seed})"
        )

    @property
    def panel(self) -> pd.DataFrame:
        """One row per authority and period: authority, period, events, trials (or exposure), and any cluster."""
        import pandas as pd

        s = self.scenario
        columns = {
            "authority": np.repeat(np.array(s.names, dtype=object), s.periods),
            "period": np.tile(np.array(s.labels, dtype=np.int64 if s.period == "year" else object), s.authorities),
            "events": self.events.ravel().astype(np.int64),
            s.total_name: self.total.ravel().astype(np.int64),
        }
        if self.clusters is not None:
            columns["cluster"] = np.repeat(np.array(self.clusters, dtype=object), s.periods)
        return pd.DataFrame(columns)

    def children(self, seed: int = 20180401) -> pd.DataFrame:
        """One shuffled row per synthetic child: child, authority, period, events (and exposure 1 for a count).

        Parameters
        ----------
        seed : int
            Says which child has which event, and the order of the rows; the sums by cell are those of the panel.

        Returns
        -------
        pandas.DataFrame
            With a 0/1 column ``events`` (a count of events for ``"poisson"``).
        """
        return expand(self.panel, self.scenario.total_name, seed)

    @property
    def rollout(self) -> Rollout:
        """Who adopts, and from which period."""
        s = self.scenario
        return Rollout({s.names[a]: s.labels[self.start[a]] for a in range(s.adopters)})

    @property
    def outcome(self) -> Outcome:
        """The outcome as it stands in the panel, with a worthwhile difference of a fifteenth of the base."""
        return _outcome(self.scenario, self.scenario.total_name)

    @property
    def child_outcome(self) -> Outcome:
        """The outcome as it stands in the table of children."""
        return _outcome(self.scenario, None if self.scenario.proportion else "exposure")

    @property
    def cells(self) -> Cells:
        """The exact cells, built without a table: what `collapse` makes of the panel."""
        s = self.scenario
        return Cells(
            authorities=s.names,
            names=s.names,
            calendar=Calendar.of(s.labels),
            columns=(),
            patterns=((),),
            events=self.events[:, :, None].copy(),
            total=self.total[:, :, None].copy(),
            outcome=self.outcome,
            source="authorities",
            notes=(),
        )

    @property
    def without(self) -> Floats:
        """Risk, or rate per `per`, without the rollout: (authority, period)."""
        return mean_of(self.predictor, self.scenario)

    @property
    def with_rollout(self) -> Floats:
        """Risk, or rate per `per`, as it is: with the rollout from each adopter's start."""
        return mean_of(self.predictor + self.push, self.scenario)

    @property
    def truth(self) -> Truth:
        """What an evaluation should find."""
        s, difference = self.scenario, self.with_rollout - self.without
        weights = fixed_weights(self.total, self.start)
        equal = treated_cells(self.start, s.periods) / np.maximum(s.periods - self.start, 1)[:, None]
        return Truth(
            satt=weighted(difference, weights),
            satt_authorities=weighted(difference, equal),
            patt=weighted(self._population_effect(), equal),
            mean_with=weighted(self.with_rollout, weights),
            mean_without=weighted(self.without, weights),
            mu=self.mu,
            by_event_time=by_event_time(difference, weights, self.start),
            by_authority=by_authority(difference, weights, s.names, s.adopters),
        )

    def _population_effect(self) -> Floats:
        s = self.scenario
        drawn = self.mu + s.heterogeneity * _NODES
        with_drawn = mean_of(self.predictor[..., None] + self.profile[..., None] * drawn, s)
        return np.asarray(with_drawn @ (_NODE_WEIGHTS / _NODE_WEIGHTS.sum()) - self.without)


def made_up_england(scenario: Scenario | None = None, *, seed: int = 20180401) -> MadeUp:
    """Draw a synthetic England in which the effect of a rollout is known.

    Each ingredient has its own stream of random numbers, so that two scenarios with one seed differ only in what
    was changed.

    Parameters
    ----------
    scenario : Scenario, optional
        The settings; by default 40 authorities, 9 adopters, 8 years, base risk 15 per cent and no effect.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    MadeUp
        Panel, children, cells, rollout, outcome and truth.

    Raises
    ------
    DesignError
        If no effect on the scale of the link can give the one asked for.

    Examples
    --------
    >>> made_up = made_up_england(Scenario(effect=-0.02), seed=1)
    >>> made_up
    MadeUp(synthetic binomial data: 40 authorities, 9 adopters, 8 years, seed 1)
    >>> round(made_up.truth.satt, 10)
    -0.02
    """
    s = Scenario() if scenario is None else scenario
    sizes, levels, time, shocks, when, own, counts = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(7)
    )
    return settled(s, seed, ground_of(s, sizes, when, (levels, time, shocks)), own, counts)


def settled(s: Scenario, seed: int, ground: Ground, own: np.random.Generator, counts: np.random.Generator) -> MadeUp:
    """Put the scenario's effect on a ground, and count events."""
    start, total, predictor = ground.start, ground.total, ground.predictor
    profile = _profile(s, start, total)
    mu = _mean_effect(s, predictor, profile, fixed_weights(total, start))
    effects = mu + s.heterogeneity * own.standard_normal(s.authorities)
    push = effects[:, None] * profile
    expected = mean_of(predictor + push, s)
    events = events_of(expected, total, s, counts)
    return MadeUp(s, seed, events, total, start, predictor, push, profile, mu, ground.clusters)


def replicates(scenario: Scenario | None = None, *, count: int, seed: int = 20180401) -> Iterator[MadeUp]:
    """Draw many synthetic Englands from one scenario, each with a seed of its own.

    Parameters
    ----------
    scenario : Scenario, optional
        The settings, as for :func:`made_up_england`.
    count : int
        How many.
    seed : int
        Gives the seeds of all of them; the first ones do not depend on `count`.

    Yields
    ------
    MadeUp
        One after another; `MadeUp.seed` makes it again.

    Examples
    --------
    >>> [round(one.truth.satt, 6) for one in replicates(Scenario(effect=0.05), count=2)]
    [0.05, 0.05]
    """
    for own in np.random.SeedSequence(seed).generate_state(count, np.uint64).tolist():
        yield made_up_england(scenario, seed=own)


def _outcome(s: Scenario, total: str | None) -> Outcome:
    label = "made-up outcome (synthetic)"
    if s.proportion:
        return Binary("events", total, aim=Aim.FEWER, worthwhile=s.base / 15, label=label, denominator="population")
    assert total is not None
    return Count(
        "events", total, per=s.per, aim=Aim.FEWER, worthwhile=s.base / 15, label=label, denominator="population"
    )


def _profile(s: Scenario, start: NDArray[np.int64], total: Floats) -> Floats:
    treated = treated_cells(start, s.periods)
    periods_since = np.where(treated, np.arange(s.periods)[None, :] - start[:, None], 0)
    years = periods_since * s.years
    shapes = {
        "constant": np.ones_like(years),
        "grow": np.minimum(1.0, (periods_since + 1) * s.years / 3),
        "fade": 0.7**years,
        "delayed": (years >= 1).astype(np.float64),
    }
    profile = shapes[s.shape] * treated
    mean = weighted(profile, fixed_weights(total, start))
    return np.asarray(profile / mean) if mean > 0 else profile


def _mean_effect(s: Scenario, predictor: Floats, profile: Floats, weights: Floats) -> float:
    if s.effect == 0:
        return 0.0
    cells = weights > 0
    eta, shape, share = predictor[cells], profile[cells], weights[cells] / weights.sum()
    without = mean_of(eta, s)
    return solve_increasing(lambda mu: float(share @ (mean_of(eta + mu * shape, s) - without)), s.effect)
