"""Posterior draws that every question needs, the same from both routes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
    """

    hyper: dict[str, Floats]
    shared: dict[str, Floats]
    own: dict[str, Floats]
    beta: Floats
    theta: Floats
    effect: Floats
    lead: Floats
    level_gap: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of chains and draws."""
        chains, draws = self.level_gap.shape
        return chains, draws

    def __repr__(self) -> str:
        return f"<Draws: {self.shape[0]} chains of {self.shape[1]}>"
