"""Binomial counts of events among trials, through the log-odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Binomial:
    """Events out of trials; the expected quantity is a risk.

    Examples
    --------
    >>> float(Binomial().mean(np.array(0.0)))
    0.5
    """

    name: str = "binomial"
    code: int = 0

    def mean(self, eta: Floats) -> Floats:
        """Risk at log-odds ``eta``."""
        return np.asarray(expit(eta))

    def start(self, events: Floats | float, total: Floats | float) -> Floats:
        """Log-odds of each cell, held off the edges by half an event."""
        return np.asarray(np.log((events + 0.5) / (total - events + 0.5)))

    def graph(self, eta: Any, events: Any, total: Any) -> Any:
        """Log-likelihood as a PyTensor graph, without the constant."""
        from pytensor.tensor import softplus

        return (events * eta - total * softplus(eta)).sum()


@nb.njit(cache=True, inline="always")  # type: ignore[untyped-decorator,unused-ignore]
def binomial_cell(eta: float, events: float, total: float) -> tuple[float, float, float]:
    """Log-likelihood of one cell (no constant), its slope and its curvature (positive) in ``eta``."""
    small = np.exp(-abs(eta))
    risk = 1.0 / (1.0 + small) if eta >= 0 else small / (1.0 + small)
    value = events * eta - total * (max(eta, 0.0) + np.log1p(small))
    return value, events - total * risk, total * small / ((1.0 + small) * (1.0 + small))
