"""Posterior draws that every question needs, the same from both routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.designs.terms import Shared
from sos_bayes.fitting.arrays.ar1_shocks import faded, period_shocks
from sos_bayes.fitting.arrays.problem import Problem


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Draws:
    """Draws by chain; K adopters, T periods.

    Attributes
    ----------
    hyper : dict of str to ndarray (chain, draw)
    shared : dict of str to ndarray (chain, draw, m)
        Reported values of every shared term (``basis @ coefficients``).
    own : dict of str to ndarray (chain, draw, K)
        Adopters' own coefficients: ``authority`` is the departure of its level.
    beta : ndarray (chain, draw, k)
        Standardised coefficients of the covariate columns.
    theta : ndarray (chain, draw, K, T)
        Adopters' log-odds or log-rate with the rollout, covariates aside.
    effect : ndarray (chain, draw, K, T)
        What the rollout added to theta.
    lead : ndarray (chain, draw, K, T)
        What leads added; zeros without them.
    level_gap : ndarray (chain, draw)
        Adopters' mean level minus comparators', before the effect.
    statistics : dict of str to ndarray (chain, draw)
        What a sampler says of its draws, as ArviZ names it: ``diverging`` (0 or 1), ``energy``, ...; empty by the fast
        route.
    """

    hyper: dict[str, Floats]
    shared: dict[str, Floats]
    own: dict[str, Floats]
    beta: Floats
    theta: Floats
    effect: Floats
    lead: Floats
    level_gap: Floats
    statistics: dict[str, Floats] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of chains and draws."""
        chains, draws = self.level_gap.shape
        return chains, draws

    @property
    def finite(self) -> bool:
        """Whether every draw is a number."""
        named = (value for each in (self.hyper, self.shared, self.own) for value in each.values())
        plain = (self.beta, self.theta, self.effect, self.lead, self.level_gap)
        return all(bool(np.isfinite(value).all()) for value in (*named, *plain))

    def laid_on(self, adopters: int, periods: int) -> bool:
        """Whether every part has the shape that it has on so many adopters and periods, or streams of periods."""
        cells = self.theta.shape[2:]
        fine = len(cells) == 2 and cells[0] == adopters and cells[1] > 0 and cells[1] % periods == 0
        by_cell = {self.theta.shape, self.effect.shape, self.lead.shape}
        named = [*((value, 2) for value in self.hyper.values()), *((value, 3) for value in self.shared.values())]
        every = [*named, *((value, 3) for value in self.own.values()), (self.beta, 3), (self.theta, 4)]
        return (
            fine
            and len(by_cell) == 1
            and all(value.ndim == ndim and value.shape[:2] == self.shape for value, ndim in every)
            and all(value.shape[2] == adopters for value in self.own.values())
        )

    def kept(self, picked: NDArray[np.intp]) -> Draws:
        """Some of the draws, counted through all chains, in one chain."""

        def some(value: Floats) -> Floats:
            return flat(value)[picked][None]

        return self.each(some)

    def every(self, step: int) -> Draws:
        """One draw in so many, from the first on, in every chain."""
        return self if step == 1 else self.each(lambda value: np.ascontiguousarray(value[:, ::step]))

    def each(self, some: Callable[[Floats], Floats]) -> Draws:
        """Do the same to every array (chain, draw, ...)."""
        hyper, shared, own, said = (
            {name: some(value) for name, value in each.items()}
            for each in (self.hyper, self.shared, self.own, self.statistics)
        )
        beta, theta, effect = some(self.beta), some(self.theta), some(self.effect)
        return Draws(hyper, shared, own, beta, theta, effect, some(self.lead), some(self.level_gap), said)

    def __repr__(self) -> str:
        return f"<Draws: {self.shape[0]} chains of {self.shape[1]}>"


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Draws of one run with what the gate asks of the sampler."""

    draws: Draws
    divergences: int
    energy: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def flat(value: Floats) -> Floats:
    """Chains one after the other, (chain, draw, ...) to (N, ...)."""
    return value.reshape(value.shape[0] * value.shape[1], *value.shape[2:])


def assemble(
    problem: Problem,
    coefficients: dict[str, Floats],
    own: dict[str, Floats],
    hyper: dict[str, Floats],
    field: tuple[Floats, Floats, Floats],
) -> Draws:
    """Add up what the rollout and the leads did to adopters' cells, and name everything.

    Parameters
    ----------
    problem : Problem
    coefficients : dict of str to ndarray (chain, draw, k)
        Of every shared term.
    own : dict of str to ndarray (chain, draw, K)
        Of every authority term, adopters only, counted from its centre.
    hyper : dict of str to ndarray (chain, draw)
    field : tuple
        ``theta`` (chain, draw, K, T), ``beta`` (chain, draw, k) and the level gap (chain, draw).
    """
    theta, beta, level_gap = field
    added = {"effect": np.zeros(theta.shape), "lead": np.zeros(theta.shape)}
    for term in problem.model.shared:
        if term.role != "background":
            added[term.role] += np.einsum("ktj,cdj->cdkt", term.columns[problem.adopters], coefficients[term.name])
    for part in problem.model.by_authority:
        if part.role != "background":
            added[part.role] += own[part.name][..., None] * part.weights[problem.adopters]
    shared = {
        t.name: reported_values(t, coefficients[t.name], hyper, problem.model.shocks.years)
        for t in problem.model.shared
    }
    return Draws(
        _in_rows(hyper), _in_rows(shared), _in_rows(own), np.ascontiguousarray(beta), np.ascontiguousarray(theta),
        added["effect"], added["lead"], np.ascontiguousarray(level_gap),
    )  # fmt: skip


def reported_values(term: Shared, coefficients: Floats, hyper: dict[str, Floats], years: float) -> Floats:
    """Reported values of a shared term; of innovations of shocks, the shocks that they add up to."""
    if not term.chain:
        return np.asarray(coefficients @ term.basis.T)
    rho, period, start = (x[..., None] for x in period_shocks(hyper["rho"], np.ones(hyper["rho"].shape), years))
    steps = coefficients.reshape(*coefficients.shape[:-1], -1, term.chain) * period[..., None]
    return faded(steps, rho, start).reshape(coefficients.shape)


def _in_rows(values: dict[str, Floats]) -> dict[str, Floats]:
    """One memory order: sums of draws then agree to the bit before and after a journey by pickle or file."""
    return {name: np.ascontiguousarray(value) for name, value in values.items()}
