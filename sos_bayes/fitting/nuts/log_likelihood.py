"""Log-likelihood of the latent field with its gradient: the one place where the sampler reads the data."""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.shapes import shapes_only
from sos_bayes.families.by_code import is_square, table_of
from sos_bayes.families.cellwise import CellwiseData
from sos_bayes.families.compiled import STRICT
from sos_bayes.families.cutpoints import add_gaps
from sos_bayes.families.intervals import interval_cumulants
from sos_bayes.fitting.arrays.array_bundles import Counts


class SlotTable(NamedTuple):
    """Counts with their cells in the sampler's order, slots first: B = n_slots x A cells.

    ``code`` of the family, events by cell (B,) and by pattern (C,), totals (B, C), covariate columns (k, C). Cells
    whose count is known by bounds lie at ``places`` (M,), with ``bounds`` (4, M) as in `BoundedCells`; arrays of cells
    in ``single`` are (B, C); the rest as in `Counts`.
    """

    code: int
    by_cell: Floats
    by_pattern: Floats
    total: Floats
    patterns: Floats
    gaps: Floats
    between: Floats
    fixed: float
    filled: float
    places: Indices
    bounds: Floats
    single: CellwiseData

    def __repr__(self) -> str:
        return shapes_only(self)


def _rows(cells: Floats) -> Floats:
    """Cells (A, n_slots, C) as rows (B, C) in the sampler's order."""
    n_a, n, n_c = cells.shape
    return np.ascontiguousarray(cells.transpose(1, 0, 2), dtype=float).reshape(n * n_a, n_c)


def _single_rows(single: CellwiseData) -> CellwiseData:
    n_a, n, n_c, _ = single.spans.shape
    spans = np.ascontiguousarray(single.spans.transpose(1, 0, 2, 3)).reshape(n * n_a, n_c, 2)
    return single._replace(events=_rows(single.events), logs=_rows(single.logs), spans=spans)


def slots_first(counts: Counts) -> SlotTable:
    """Put the cells of a table of counts, (A, n_slots), in the sampler's order."""
    bounded = counts.bounded
    return SlotTable(
        counts.code, np.ascontiguousarray(counts.by_cell.T, dtype=float).ravel(),
        np.asarray(counts.by_pattern, dtype=float), _rows(counts.total), counts.patterns,
        counts.gaps, counts.between, float(counts.fixed), float(counts.filled),
        np.asarray(bounded.period * len(counts.by_cell) + bounded.authority, dtype=np.intp),
        np.array(bounded[2:], dtype=float),
        _single_rows(counts.single),
    )  # fmt: skip


@nb.njit(cache=True, nogil=True, **STRICT)
def first_order(table, log_sd, theta, beta, by_theta, by_beta):  # type: ignore[no-untyped-def]
    """Return the log-likelihood (without its constant) and its derivative by ``log_sd``, and fill its gradients.

    Outside the cone of an ordinal outcome's rising cutpoints it is minus infinity, and the gradients say nothing.

    Parameters
    ----------
    table : SlotTable
    log_sd : float
        Half the log of the dispersion (`PriorAtPoint`); families without one do not read it.
    theta : ndarray (B,)
        Cells' predictors, covariates aside.
    beta : ndarray (k,)
        Standardised coefficients of the covariate columns.
    by_theta, by_beta : ndarray (B,), (k,)
        Filled.
    """
    cells, n_c = table.total.shape
    k = beta.size
    shift, by_shift = np.zeros(n_c), np.empty(n_c)
    for i in range(k):
        for c in range(n_c):
            shift[c] += beta[i] * table.patterns[i, c]
    value, by_log_sd = table_of(table, log_sd, theta, shift, by_theta, by_shift)
    for b in range(cells):
        value += table.by_cell[b] * theta[b]
        by_theta[b] += table.by_cell[b]
    for c in range(n_c):
        value += table.by_pattern[c] * shift[c]
        by_shift[c] += table.by_pattern[c]
    for i in range(k):  # beta moves the predictors of patterns: X by_shift
        by_beta[i] = 0.0
        for c in range(n_c):
            by_beta[i] += table.patterns[i, c] * by_shift[c]
    low, high, sure, chance = table.bounds
    for i in range(table.places.size):
        b = table.places[i]
        log_sum, mean, _, _, _ = interval_cumulants(
            table.code, theta[b], table.total[b, 0], low[i], high[i], sure[i], chance[i]
        )
        value += log_sum
        by_theta[b] += mean
    if is_square(table.code):
        precision = math.exp(-2.0 * log_sd)
        value = precision * (value + table.fixed)
        by_log_sd = -2.0 * value - table.filled
        value -= table.filled * log_sd
        by_theta *= precision
        by_beta *= precision
    if table.between.size > 0:
        value += add_gaps(table.gaps, table.between, beta, by_beta, np.zeros((k, k)))
    return value, by_log_sd
