"""Who counts how much: weights over adopters' treated cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes.data.outcomes import Outcome
from sos_bayes.designs import Layout

EVERYBODY = "all adopters"  # the label of the one group of all


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Groups:
    """Labelled groups that divide adopters' treated cells.

    Attributes
    ----------
    labels : tuple of str
    of : ndarray of int (K, T, C)
        Position of each cell's group; -1 for a cell of none.

    Examples
    --------
    >>> groups = Groups(("early", "late"), np.array([[[0], [1], [-1]]]))
    >>> [part.ravel().tolist() for part in groups.parts(np.full((1, 3, 1), 0.5))]
    [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]
    """

    labels: tuple[str, ...]
    of: NDArray[np.intp]

    def parts(self, weights: Floats) -> Iterator[Floats]:
        """Weights (K, T, C) of one group after the other, zero elsewhere."""
        return (np.where(self.of == g, weights, 0.0) for g in range(len(self.labels)))

    def sums(self, weights: Floats) -> Floats:
        """Sums of weights (K, T, C) by group and adopter, (group, K)."""
        inside = self.of >= 0
        n_k = len(self.of)
        place = (self.of * n_k + np.arange(n_k)[:, None, None])[inside]
        sums = np.bincount(place, weights[inside], minlength=len(self.labels) * n_k)
        return sums.reshape(-1, n_k).astype(np.float64)  # bincount counts in integers where no cell is inside

    def __repr__(self) -> str:
        return f"<Groups: {len(self.labels)}>"


def treated_cells(layout: Layout) -> NDArray[np.bool_]:
    """Adopters' cells at or after their start that have data, (K, T)."""
    seen = layout.cells.total[layout.adopters].sum(axis=2) > 0
    return np.asarray(layout.treated[layout.adopters] & seen)


def groups_by(layout: Layout, by: str | None) -> Groups:
    """Split treated cells by event time, authority or a column of the patterns; None keeps them together.

    Raises
    ------
    DesignError
        If ``by`` is none of these; the message lists what there is.
    """
    cells = layout.cells
    treated = treated_cells(layout)[:, :, None]
    shape = (*treated.shape[:2], len(cells.patterns))
    if by is None:
        return Groups((EVERYBODY,), _divided(treated, 0, shape))
    if by == "event_time":
        lags = layout.lags[layout.adopters][:, :, None]
        present, position = np.unique(lags[treated], return_inverse=True)
        of = np.zeros(treated.shape, dtype=np.intp)
        of[treated] = position
        return Groups(tuple(str(e) for e in present), _divided(treated, of, shape))
    if by == "authority":
        names = tuple(cells.names[a] for a in layout.adopters)
        return Groups(names, _divided(treated, np.arange(len(names))[:, None, None], shape))
    if by not in cells.columns:
        known = ("event_time", "authority", *_scales(cells.outcome), *cells.columns)
        raise DesignError(
            f"by={by!r} is not something this fit can split by.{nearest(by, known)}",
            where=f"it has {', '.join(known)}",
            cure="Name a column of adjust or vary_by in the design to split by it.",
        )
    values = [pattern[cells.columns.index(by)] for pattern in cells.patterns]
    levels = tuple(dict.fromkeys(values))
    return Groups(levels, _divided(treated, np.array([levels.index(v) for v in values]), shape))


def _scales(outcome: Outcome) -> tuple[str, ...]:
    """What an outcome's own scale may be split by."""
    return () if outcome.split_by is None else (outcome.split_by,)


def _divided(treated: NDArray[np.bool_], of: NDArray[np.intp] | int, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Groups of treated cells, -1 elsewhere, (K, T, C)."""
    return np.broadcast_to(np.where(treated, of, -1), shape)


def child_weights(layout: Layout) -> Floats:
    """Mean denominator of each adopter and pattern before its start, on every period, (K, T, C).

    Fixed before the rollout, because practice can change who is counted after it.
    """
    total = layout.cells.counted[layout.adopters]
    before = layout.before[layout.adopters] & (total.sum(axis=2) > 0)
    mean = (total * before[:, :, None]).sum(axis=1) / before.sum(axis=1)[:, None]
    return np.broadcast_to(mean[:, None, :], total.shape).copy()


def authority_weights(layout: Layout) -> Floats:
    """Every adopter counts the same, every period of one the same, (K, T, C)."""
    mean = child_weights(layout)
    cells = treated_cells(layout).sum(axis=1)
    return np.asarray(mean / mean.sum(axis=2, keepdims=True) / np.maximum(cells, 1)[:, None, None])


def normalised(weights: Floats, groups: Groups) -> Floats:
    """Weights (K, T, C) that sum to one in each group and are zero outside all groups."""
    sums = groups.sums(weights).sum(axis=1)
    return np.asarray(np.where(groups.of >= 0, weights, 0.0) / np.where(sums > 0, sums, 1.0)[groups.of])


def effective_number(own: Floats, clusters: tuple[str, ...] | None = None, shared: float = 0.0) -> Floats:
    """Effective number of adopters behind each group, ``1 / sum(w_a ** 2)`` of adopters' weights (group, K).

    Where authorities share shocks with their cluster, the ``shared`` part of the sum is that of clusters' weights:
    three areas cut from one authority are worth one where all is shared, and three where nothing is.

    Examples
    --------
    >>> effective_number(np.full((1, 4), 0.25))
    array([4.])
    >>> effective_number(np.full((1, 4), 0.25), ("a", "a", "b", "b"), 1.0)
    array([2.])
    """
    squares = (own**2).sum(axis=1)
    if clusters is not None:
        names = np.array(clusters)
        whole = np.stack([own[:, names == name].sum(axis=1) for name in np.unique(names)], axis=1)
        squares = (1.0 - shared) * squares + shared * (whole**2).sum(axis=1)
    return np.divide(1.0, squares, out=np.zeros_like(squares), where=squares > 0)
