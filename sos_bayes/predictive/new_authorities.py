"""Authorities drawn anew, given draws of all that they share: from the prior, or from a posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.arrays.ar1_shocks import faded
from sos_bayes.fitting.arrays.problem import Problem, Scales
from sos_bayes.predictive.given_authorities import GivenAuthorities


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NewAuthorities:
    """N draws of hyperparameters and of all that authorities share; what is an authority's own is drawn anew.

    Attributes
    ----------
    problem : Problem
    coefficients : ndarray (N, p)
        Of the shared columns, side by side; of shared shocks the shocks.
    beta : ndarray (N, k)
    scales : Scales
    seed : int
    """

    problem: Problem
    coefficients: Floats
    beta: Floats
    scales: Scales
    seed: int

    def __repr__(self) -> str:
        return shapes_only(self)

    def cells(self, a: int) -> Floats:
        """Cells of authority ``a`` on the predictor's scale, (N, n): terms of its own and shocks are drawn now."""
        problem, scales = self.problem, self.scales
        rng, streams = self.rng_of(a), problem.model.shocks.streams
        size, rho, start = len(self.beta), scales.rho[:, None], scales.start[:, None]
        columns = np.concatenate([t.columns[a] for t in problem.model.shared], axis=1)
        own = self.own_terms(rng)
        steps = rng.standard_normal((size, streams, problem.chain)) * scales.shocks[:, a, None, None]
        shocks = faded(steps, rho, start)
        if streams > 1:
            together = rng.standard_normal((size, 1, problem.chain)) * scales.common[:, a, None, None]
            shocks = shocks + faded(together, rho, start)
            if problem.model.shocks.noisy:
                alone = rng.standard_normal((size, 1, problem.chain))
                shocks = shocks + np.sqrt(scales.common_noise[:, a, None, None]) * alone
        noise = np.sqrt(scales.noise[:, a, None]) * rng.standard_normal((size, streams * problem.chain))
        return np.asarray(self.coefficients @ columns.T + own @ problem.own[a].T + shocks.reshape(size, -1) + noise)

    def rng_of(self, a: int) -> np.random.Generator:
        """Random numbers of authority ``a``, by the draws' seed."""
        return np.random.default_rng([self.seed, 45, a])

    def own_terms(self, rng: np.random.Generator) -> Floats:
        """Coefficients (N, q) of an authority's own: the first that its random numbers are used for."""
        return np.asarray(rng.standard_normal(self.scales.own.shape) * self.scales.own)


def anew(given: GivenAuthorities) -> NewAuthorities:
    """The same draws of what is shared, with other levels, departures and shocks of every authority."""
    return NewAuthorities(given.problem, given.coefficients, given.beta, given.scales, given.seed)
