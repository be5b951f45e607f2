"""What some outcomes keep in their cells beside events and totals: levels, squares, bands of waiting, bounds."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DataError
from sos_bayes.data.cells.count_intervals import Intervals
from sos_bayes.data.outcomes import Outcome


def checked_levels(levels: Floats | None, events: Floats, total: Floats, outcome: Outcome) -> Floats | None:
    """Children by level (A, T, C, K) of an Ordinal, as contiguous floats that add up to its events and totals."""
    if not outcome.levels:
        if levels is not None:
            raise DataError("Only cells of an Ordinal hold levels.")
        return None
    shape = (*total.shape, len(outcome.levels))
    if levels is None or np.shape(levels) != shape:
        raise DataError(f"levels must have shape {shape}: authorities, periods, patterns and levels.")
    counts = np.ascontiguousarray(levels, dtype=np.float64)
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise DataError("levels holds negative or infinite numbers.")
    if (counts.sum(axis=3) != total).any() or (counts[..., outcome.reached :].sum(axis=3) != events).any():
        raise DataError("Children by level do not add up to the events and the totals.")
    return counts


def checked_squares(squares: Floats | None, total: Floats, outcome: Outcome) -> Floats | None:
    """Squared deviations (A, T, C) of a Continuous, as contiguous floats that some values can have."""
    if not outcome.measured:
        if squares is not None:
            raise DataError("Only cells of a Continuous hold squares.")
        return None
    if squares is None or np.shape(squares) != total.shape:
        raise DataError(f"squares must have shape {total.shape}, as the totals.")
    sums = np.ascontiguousarray(squares, dtype=np.float64)
    if not np.isfinite(sums).all() or (sums < 0).any() or (sums[total <= 1] > 0).any():
        raise DataError("squares holds negative or infinite numbers, or some where fewer than two were measured.")
    return sums


def checked_bands(bands: Floats | None, events: Floats, total: Floats, outcome: Outcome) -> Floats | None:
    """Episodes done and at risk by band (A, T, C, B, 2) of a Duration, as contiguous floats that can be."""
    if not outcome.bands:
        if bands is not None:
            raise DataError("Only cells of a Duration hold bands.")
        return None
    shape = (*total.shape, len(outcome.bands), 2)
    if bands is None or np.shape(bands) != shape:
        raise DataError(f"bands must have shape {shape}: authorities, periods, patterns, bands, done and at risk.")
    counts = np.ascontiguousarray(bands, dtype=np.float64)
    if not np.isfinite(counts).all() or (counts < 0).any() or (counts[..., 0] > counts[..., 1]).any():
        raise DataError("bands holds negative or infinite numbers, or more episodes done than reached a band.")
    if (counts[..., : outcome.reached + 1, 0].sum(axis=3) != events).any():
        raise DataError("Episodes done by band do not add up to the events.")
    return counts


def around_one_mean(events: Floats, total: Floats, squares: Floats) -> Floats:
    """Squared deviations of all patterns' children from the mean they have together, (A, T, 1)."""
    mean = np.divide(events, total, out=np.zeros_like(events), where=total > 0)
    number = total.sum(axis=2, keepdims=True)
    whole = np.divide(events.sum(axis=2, keepdims=True), number, out=np.zeros_like(number), where=number > 0)
    pooled: Floats = (squares + total * (mean - whole) ** 2).sum(axis=2, keepdims=True)
    return pooled


def with_upper_bounds(intervals: Intervals, events: Floats, total: Floats, outcome: Outcome) -> Floats:
    """Events (A, T, 1) with the upper bound where the count is not known, each cell of intervals checked."""
    if outcome.measured or outcome.readings:
        raise DataError(
            f"Counts of a {type(outcome).__name__} cannot be known by bounds.",
            why="Bounds are those of one number of events: a Binary's or a Count's.",
            cure="Give one number of events as a Binary, or leave these cells out.",
        )
    if events.shape[2] != 1:
        raise DataError(
            "Counts known by bounds cannot be split by covariates.",
            why="A bound on a sum over covariates says nothing of its parts that a model could use part by part.",
            cure="Leave adjust and vary_by out, or use rows of children.",
        )
    place = (intervals.authority, intervals.period, 0)
    inside = len(intervals) == 0 or (
        intervals.authority.max() < events.shape[0] and intervals.period.max() < events.shape[1]
    )
    if not inside or not np.isnan(events[place]).all():
        raise DataError("Intervals must lie in cells whose number of events is NaN.")
    if (total[place] <= 0).any():
        raise DataError("Counts known by bounds need a denominator.")
    known = events.copy()
    known[place] = intervals.high
    return known
