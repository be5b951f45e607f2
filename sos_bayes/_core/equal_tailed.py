"""The equal-tailed interval of draws."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Floats


def equal_tailed(draws: Floats, prob: float = 0.95, axis: int | None = None) -> Floats:
    """Both ends of the interval that holds ``prob`` of the draws, with as many below it as above, (2, ...).

    Parameters
    ----------
    draws : ndarray
    prob : float
        Between 0 and 1.
    axis : int, optional
        Over which draws run; all axes by default.

    Examples
    --------
    >>> equal_tailed(np.arange(101.0), 0.9).round(6).tolist()
    [5.0, 95.0]
    """
    return np.asarray(np.quantile(draws, [(1 - prob) / 2, (1 + prob) / 2], axis=axis))
