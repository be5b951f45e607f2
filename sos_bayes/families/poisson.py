"""Poisson counts over an exposure, through the log-rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Poisson:
    """Events over exposure; the expected quantity is a rate.

    Examples
    --------
    >>> float(Poisson().mean(np.array(0.0)))
    1.0
    """

    name: str = "poisson"
    code: int = 1

    def mean(self, eta: Floats) -> Floats:
        """Rate at log-rate ``eta``."""
        return np.asarray(np.exp(eta))

    def start(self, events: Floats | float, total: Floats | float) -> Floats:
        """Log-rate of each cell, held off zero by half an event."""
        return np.asarray(np.log((events + 0.5) / np.maximum(total, 1e-12)))

    def graph(self, eta: Any, events: Any, total: Any) -> Any:
        """Log-likelihood as a PyTensor graph, without the constant."""
        from pytensor.tensor import exp

        return (events * eta - total * exp(eta)).sum()


@nb.njit(cache=True, inline="always")  # type: ignore[untyped-decorator,unused-ignore]
def poisson_cell(eta: float, events: float, total: float) -> tuple[float, float, float]:
    """Log-likelihood of one cell (no constant), its slope and its curvature (positive) in ``eta``."""
    expected = total * np.exp(eta)
    return events * eta - expected, events - expected, expected
