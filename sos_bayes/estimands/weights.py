"""Who counts how much: weights over adopters' treated cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import DesignError, nearest
from sos_bayes.designs import Layout

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Labelled groups of adopters' cells: ``masks`` is boolean, (group, K, T, C)."""

    labels: tuple[str, ...]
    masks: NDArray[np.bool_]


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
    treated = treated_cells(layout)
    full = np.broadcast_to(treated[:, :, None], (*treated.shape, len(cells.patterns)))
    if by is None:
        return Groups(("all adopters",), full[None])
    if by == "event_time":
        lags = layout.lags[layout.adopters]
        present = np.unique(lags[treated])
        return Groups(tuple(str(e) for e in present), np.stack([full & (lags == e)[:, :, None] for e in present]))
    if by == "authority":
        rows = np.eye(len(treated), dtype=bool)[:, :, None, None]
        return Groups(tuple(cells.names[a] for a in layout.adopters), full[None] & rows)
    if by not in cells.columns:
        known = ("event_time", "authority", *cells.columns)
        raise DesignError(
            f"by={by!r} is not something this fit can split by.{nearest(by, known)}",
            where=f"it has {', '.join(known)}",
            cure="Name a column of adjust in the design to split by it.",
        )
    values = [pattern[cells.columns.index(by)] for pattern in cells.patterns]
    levels = tuple(dict.fromkeys(values))
    return Groups(levels, np.stack([full & (np.array(values) == level) for level in levels]))


def child_weights(layout: Layout) -> Floats:
    """Mean denominator of each adopter and pattern before its start, on every period, (K, T, C).

    Fixed before the rollout, because practice can change who is counted after it.
    """
    total = layout.cells.total[layout.adopters]
    before = (~layout.treated[layout.adopters]) & (total.sum(axis=2) > 0)
    mean = (total * before[:, :, None]).sum(axis=1) / before.sum(axis=1)[:, None]
    return np.broadcast_to(mean[:, None, :], total.shape).copy()


def authority_weights(layout: Layout) -> Floats:
    """Every adopter counts the same, every period of one the same, (K, T, C)."""
    mean = child_weights(layout)
    cells = treated_cells(layout).sum(axis=1)
    return np.asarray(mean / mean.sum(axis=2, keepdims=True) / np.maximum(cells, 1)[:, None, None])


def normalised(weights: Floats, groups: Groups) -> Floats:
    """Weights of each group, summing to one, (group, K, T, C)."""
    parts = np.where(groups.masks, weights, 0.0)
    sums = parts.sum(axis=(1, 2, 3), keepdims=True)
    return np.asarray(parts / np.where(sums > 0, sums, 1.0))


def effective_number(weights: Floats) -> Floats:
    """Effective number of adopters behind each group's weights, ``1 / sum(w_a ** 2)``.

    Examples
    --------
    >>> effective_number(np.full((1, 4, 1, 1), 0.25))
    array([4.])
    """
    squares = (weights.sum(axis=(2, 3)) ** 2).sum(axis=1)
    return np.divide(1.0, squares, out=np.zeros_like(squares), where=squares > 0)
