"""What both first stages share as PyMC models: rows of cells, normal around a line, and their memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes.synthesis.first_stage.ar1_covariance import JITTER, STAY
from sos_bayes.synthesis.panel.series import Series


def coords_of(series: Series) -> dict[str, list[Any]]:
    """Labels of adopters, donors and periods."""
    names, k = series.names, series.adopters
    return {
        "adopter": list(names[:k]), "donor": list(names[k:]), "period": list(series.layout.cells.calendar.labels)
    }  # fmt: skip


def memory(name: str, mean: float, sd: float) -> Any:
    """Declare the logit of the memory; returns the correlation from one period to the next, below `STAY`."""
    return pm.Deterministic("rho", STAY * pm.math.invlogit(pm.Normal(name, mean, sd)))


def lasting(rho: Any, periods: int) -> Any:
    """Correlations rho ** |s - t|, (T, T)."""
    return rho ** np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))


def observe_rows(prefix: str, value: Floats, used: Flags, mean: Any, covariance: Any, noise: Any) -> None:
    """Declare rows as normals, those with the same cells together.

    Parameters
    ----------
    prefix : str
        Of the variables' names.
    value : ndarray (n, T)
    used : ndarray of bool (n, T)
        Which cells of a row are observed.
    mean : tensor (n, T)
    covariance : tensor (n, T, T)
    noise : tensor (n, T)
        Variances of the cells' own errors.
    """
    groups: dict[bytes, list[int]] = {}
    for row in np.flatnonzero(used.any(axis=1)):
        groups.setdefault(used[row].tobytes(), []).append(int(row))
    several = len(groups) > 1
    for i, rows in enumerate(groups.values()):
        at = np.flatnonzero(used[rows[0]])
        pm.MvNormal(
            f"{prefix}_{i}" if several else prefix, mu=mean[rows][:, at], cov=_of(covariance, noise, rows, at),
            observed=value[np.ix_(rows, at)],
        )  # fmt: skip


def _of(covariance: Any, noise: Any, rows: list[int], at: NDArray[np.intp]) -> Any:
    own = noise[rows][:, at] + JITTER
    return covariance[rows][:, at[:, None], at] + own[:, :, None] * np.eye(len(at))


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
