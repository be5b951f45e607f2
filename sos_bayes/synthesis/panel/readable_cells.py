"""What the stages share as PyMC models: labels of authorities and periods, and rows of cells that are normal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
from numpy.typing import NDArray

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes.synthesis.panel.series import Series


def coords_of(series: Series) -> dict[str, list[Any]]:
    """Labels of adopters, donors and periods."""
    names, k = series.names, series.adopters
    return {
        "adopter": list(names[:k]), "donor": list(names[k:]), "period": list(series.layout.cells.calendar.labels)
    }  # fmt: skip


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
    own = noise[rows][:, at]
    return covariance[rows][:, at[:, None], at] + own[:, :, None] * np.eye(len(at))
