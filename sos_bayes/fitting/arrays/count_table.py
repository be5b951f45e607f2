"""Cells laid out as the table that compiled loops count, and weights of cells as weights of the table.

Streams, and the bands of a duration, are slots of an authority. An ordinal outcome is a table of binomial counts whose
patterns are those of covariates times the K - 1 cutpoints, the cutpoint running fastest (`cutpoints`). Everything that
counts children stays by pattern of covariates, in the cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.shapes import shapes_only
from sos_bayes.data import Cells
from sos_bayes.designs.terms import Model


@dataclass(frozen=True, slots=True, eq=False)
class CountTable:
    """What the compiled loops count.

    Attributes
    ----------
    events, total : ndarray (A, T, C)
    patterns : ndarray (k, C)
        Columns of the pattern coefficients, scaled by their prior sd.
    gaps : ndarray (M, k)
        Gaps between neighbouring cutpoints as combinations of the pattern coefficients.
    between : ndarray (M,)
        What their ``log(1 - exp(-gap))`` is multiplied by.
    """

    events: Floats
    total: Floats
    patterns: Floats
    gaps: Floats
    between: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def table_of(cells: Cells, model: Model) -> CountTable:
    """Lay cells out as the table of a model: on its slots, by its patterns."""
    slots, cutpoints = model.slots, model.cutpoints
    if cells.bands is None:
        events, total = slots.laid_out(cells.events), slots.laid_out(cells.total)
    else:
        events, total = by_band(cells.bands[..., 0]), by_band(cells.bands[..., 1])
    patterns = np.zeros((0, total.shape[2]))
    if model.patterns is not None:
        patterns = model.patterns.columns.T * model.patterns.sd
    if cutpoints is None:
        return CountTable(events, total, patterns, np.zeros((0, len(patterns))), np.zeros(0))
    if cells.levels is None:
        raise DesignError("A model with cutpoints needs cells by level.", cure="Collapse rows with an Ordinal.")
    # n_(j+1) events among n_j + n_(j+1) trials at log-odds eta - c_j, for every cutpoint (`families.cutpoints`)
    levels = np.moveaxis(slots.laid_out(np.moveaxis(cells.levels, 3, 0)), 0, 3)
    lower, upper = levels[..., :-1], levels[..., 1:]
    *shape, cuts = upper.shape
    flat = (*shape[:2], shape[2] * cuts)
    columns = cutpoints.sd * cutpoints.basis
    gaps = np.zeros((cuts - 1, len(patterns) + cuts - 1))
    gaps[:, len(patterns) :] = columns[:-1] - columns[1:]
    return CountTable(
        events=upper.reshape(flat),
        total=(lower + upper).reshape(flat),
        patterns=np.vstack([np.repeat(patterns, cuts, axis=1), np.tile(columns.T, shape[2])]),
        gaps=gaps,
        between=cells.levels[..., 1:-1].sum(axis=(0, 1, 2)) + cutpoints.apart,
    )


def by_band(counts: Floats) -> Floats:
    """Counts (A, T, C, B) on the slots of streams that are bands, (A, B T, C)."""
    n_a, n_t, n_c, n_b = counts.shape
    return np.ascontiguousarray(np.moveaxis(counts, 3, 1).reshape(n_a, n_b * n_t, n_c))
