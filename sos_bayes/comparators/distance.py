"""How far each candidate is from each adopter, in standard deviations."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError

Distance = Literal["mahalanobis", "standardised"]
FLAT = 1e-8  # of the largest eigenvalue of the correlations: below it, features repeat each other


def distances(adopters: Floats, candidates: Floats, kind: Distance) -> Floats:
    """Distances (K, C) between rows of features (K, F) and (C, F).

    Parameters
    ----------
    adopters, candidates : ndarray
        Without missing values.
    kind : {"mahalanobis", "standardised"}
        Over the sds of features, with their correlations or without. Sds and correlations are those of adopters and
        candidates together.

    Raises
    ------
    DesignError
        If features repeat each other, so that their correlations cannot be undone.

    Examples
    --------
    >>> near = distances(np.array([[0.0]]), np.array([[-1.0], [2.0]]), "standardised")
    >>> (near[0] / near[0, 0]).tolist()
    [1.0, 2.0]
    """
    everybody = np.concatenate([adopters, candidates])
    sd = everybody.std(axis=0, ddof=1)
    one, two = adopters / sd, candidates / sd
    gap = one[:, None, :] - two[None, :, :]
    if kind == "mahalanobis" and adopters.shape[1] > 1:
        size, turn = np.linalg.eigh(np.corrcoef(everybody, rowvar=False))
        if size[0] <= FLAT * size[-1] or len(everybody) <= adopters.shape[1]:
            raise DesignError(
                "The features repeat each other: one of them follows from the others.",
                where="on",
                why="A Mahalanobis distance divides by their correlations.",
                cure='Leave one out, or say distance="standardised".',
            )
        gap = gap @ (turn / np.sqrt(size))
    return np.asarray(np.sqrt((gap**2).sum(axis=2)))
