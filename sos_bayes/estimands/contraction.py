"""What the data taught about one number: its prior beside its posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sos_bayes._core.array_types import Floats
from sos_bayes.designs.priors import Prior
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

PROB = 0.90
GRID = ndtri((np.arange(4000) + 0.5) / 4000)


@dataclass(frozen=True, slots=True)
class Learned:
    """One number before and after the data.

    Attributes
    ----------
    name : str
    prior_mean, prior_low, prior_high : float
        Mean and 90 % interval before the data.
    mean, low, high : float
        The same after them.
    contraction : float
        One minus the ratio of posterior to prior variance: near 1 where the data decide, near 0 (or below) where the
        answer is the prior's.

    Examples
    --------
    >>> from sos_bayes.designs.priors import HalfNormal
    >>> known = learned("omega", prior_grid(HalfNormal(0.2)), np.array([0.05, 0.10, 0.15]))
    >>> round(known.prior_mean, 3), round(known.mean, 3), round(known.contraction, 2)
    (0.16, 0.1, 0.89)
    """

    name: str
    prior_mean: float
    prior_low: float
    prior_high: float
    mean: float
    low: float
    high: float
    contraction: float

    def row(self) -> dict[str, object]:
        """One tidy row."""
        return {slot: getattr(self, slot) for slot in self.__slots__}


def unread(fit: FitProtocol) -> str:
    """Say that a fit which missed its gate answers nothing; empty where it may be read."""
    if fit.health.ok:
        return ""
    return f"{fit.outcome.label}: not answered, because the fit did not pass its gate. {' '.join(fit.health.reasons)}"


def prior_grid(prior: Prior) -> Floats:
    """Evenly likely values of a prior."""
    return prior.from_score(GRID)


def learned(name: str, prior: Floats, posterior: Floats) -> Learned:
    """Set draws of the posterior beside draws (or `prior_grid`) of the prior."""
    tails = [(1 - PROB) / 2, (1 + PROB) / 2]
    before, after = np.quantile(prior, tails), np.quantile(posterior, tails)
    return Learned(
        name, float(prior.mean()), float(before[0]), float(before[1]), float(posterior.mean()), float(after[0]),
        float(after[1]), float(1 - posterior.var() / prior.var()),
    )  # fmt: skip
