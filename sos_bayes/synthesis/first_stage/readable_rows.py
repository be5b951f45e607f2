"""What both first stages share as PyMC models: the memory of residuals, and what is predicted of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes.synthesis.first_stage.ar1_covariance import JITTER, STAY
from sos_bayes.synthesis.panel.series import Series


def memory(name: str, mean: float, sd: float) -> Any:
    """Declare the logit of the memory; returns the correlation from one period to the next, below `STAY`."""
    return pm.Deterministic("rho", STAY * pm.math.invlogit(pm.Normal(name, mean, sd)))


def lasting(rho: Any, periods: int) -> Any:
    """Correlations rho ** |s - t|, (T, T)."""
    return rho ** np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))


def predicted_rows(
    series: Series, used: Flags, mean: Any, covariance: Any, noise: Floats, more: Any
) -> None:  # fmt: skip
    """Declare what adopters' cells would have been without the rollout: the mean given their cells before the start.

    ``noise`` (K, T) are the variances of adopters' own errors, ``more`` (K, T) what else is on the diagonal.
    """
    found = []
    for a in range(series.adopters):
        at = np.flatnonzero(used[a])
        whole = covariance[a] + (more[a] + JITTER) * np.eye(series.periods)
        seen = whole[at[:, None], at] + np.diag(noise[a, at])
        found.append(mean[a] + pt.dot(whole[:, at], pt.linalg.solve(seen, series.value[a, at] - mean[a, at])))
    pm.Deterministic("predicted", pt.stack(found), dims=("adopter", "period"))
