"""Bands of a number as numbers again: the midpoint of each, from its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from sos_bayes._core.array_types import Floats

UNDER, BETWEEN, OVER = (re.compile(p) for p in (r"under (\S+)", r"(\S+) to under (\S+)", r"(\S+) and over"))


def midpoints(labels: Sequence[str]) -> Floats:
    """Midpoints of bands, (L,); NaN for what is no band.

    The first and the last band have one edge. Their point lies as far beyond it as the next band is wide, which is
    between the mean of a flat tail (half as far) and that of an exponential one (1.4 times, bands of equal numbers).

    Parameters
    ----------
    labels : sequence of str, length L
        As `Bins.labels` writes them, in any order.

    Examples
    --------
    >>> midpoints(["under 1", "1 to under 5", "5 and over", "not recorded"]).tolist()
    [-3.0, 3.0, 9.0, nan]
    """
    ends = [_edges(label) for label in labels]
    inner = [(low, high) for low, high in ends if np.isfinite([low, high]).all()]
    above, below = {low: high - low for low, high in inner}, {high: high - low for low, high in inner}
    middle = [high - above.get(high, 0.0) if np.isneginf(low) else low + below.get(low, 0.0) if np.isposinf(high)
              else (low + high) / 2 for low, high in ends]  # fmt: skip
    return np.array(middle, dtype=np.float64)


def _edges(label: str) -> tuple[float, float]:
    if found := BETWEEN.fullmatch(label):
        return float(found[1]), float(found[2])
    if found := UNDER.fullmatch(label):
        return -np.inf, float(found[1])
    found = OVER.fullmatch(label)
    return (float(found[1]), np.inf) if found else (np.nan, np.nan)
