"""Edges of bands at quantiles, from counts on a round grid: the same on every engine, and nobody's value."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor, log10

import narwhals as nw
import numpy as np

from sos_bayes._core.errors import DataError
from sos_bayes._core.sealed import sealed
from sos_bayes.data.children.cohort import Cohort
from sos_bayes.data.children.covariates import Bins, Covariate
from sos_bayes.data.children.period_of_rows import binned, period_label
from sos_bayes.data.frames.number_columns import missing_in, number
from sos_bayes.data.frames.table import Frame, Table, collected, factorise, plain_value
from sos_bayes.data.periods.calendar import resolve
from sos_bayes.data.rollouts.rollout import Rollout

FINEST = 1_000  # steps of the grid from the smallest to the largest value
NEAR, PASSES = (
    0.005,
    8,
)  # a grid is fine enough where edges are so near their quantiles


@sealed
def settled(covariates: tuple[Covariate, ...], cohort: Cohort, rollout: Rollout) -> tuple[Covariate, ...]:
    """Work out the edges of bands that are asked for by quantiles.

    Raises
    ------
    DataError
        If no row before the first start has a value, or all have the same.
    RolloutError
        If a start is not in the data's calendar.
    """
    open_ones = [c for c in covariates if isinstance(c, Bins) and not c.edges]
    if not open_ones:
        return covariates
    cohort.table.need({f"adjust ({c.column})": c.column for c in open_ones}, known=(cohort.authority, cohort.period))
    before = _before_first_start(cohort, rollout, [c.column for c in open_ones])
    cut = {c.column: replace(c, edges=_edges(before, c)) for c in open_ones}
    return tuple(cut.get(c.column, c) if isinstance(c, Bins) else c for c in covariates)


def _before_first_start(cohort: Cohort, rollout: Rollout, columns: list[str]) -> Table:
    table = cohort.table.plain([cohort.period, *columns])
    frame = table.frame.with_columns(
        **{f"__v{i}": number(table, column, "drop").cast(nw.Float64) for i, column in enumerate(columns)}
    )
    frame = binned(frame, cohort.period, cohort.calendar)
    labels = collected(frame.select(cohort.period).unique(cohort.period))
    raw = [label for label in labels[cohort.period].to_list() if label is not None and label == label]
    _, values = factorise(labels[cohort.period])
    known = [value for value in values if value is not None]
    calendar, positions = resolve([period_label(cohort, v) for v in known], cohort.calendar, column=cohort.period)
    starts = [calendar.position(label) for name, label in rollout.starts if name in rollout.adopters]
    early = {value for value, position in zip(known, positions, strict=True) if position < min(starts)}
    names = {f"__v{i}": column for i, column in enumerate(columns)}
    kept = frame.filter(nw.col(cohort.period).is_in([label for label in raw if plain_value(label) in early]))
    return replace(table, frame=kept.select(**{column: nw.col(name) for name, column in names.items()}))


def _edges(table: Table, bins: Bins) -> tuple[float, ...]:
    """Grid points nearest to the quantiles; while they are far, counted again on the part that holds them."""
    value = nw.col(bins.column)
    known = table.frame.filter(~missing_in(value) & (value > float("-inf")) & (value < float("inf")))
    known = known.with_columns(__fraction=(value % 1 != 0).cast(nw.Int64))
    ends = collected(known.select(low=value.min(), high=value.max(), n=nw.len(), fractions=nw.col("__fraction").sum()))
    n = int(ends["n"][0] or 0)
    where = f'covariate "{bins.column}"'
    if n == 0:
        raise DataError("No row before the first start has a value to cut at.", where=where, cure="Give edges=.")
    low, high = float(ends["low"][0]), float(ends["high"][0])
    least = 0.0 if int(ends["fractions"][0]) else 1.0
    shares = np.arange(1, int(bins.quantiles or 2)) / int(bins.quantiles or 2)
    edges: list[float] = []
    nearest = np.inf
    for _ in range(PASSES if low < high else 0):
        step = max(round_step((high - low) / FINEST), least)
        points, below = _counted(known, bins.column, low, high, step)
        # of points with as many values below them, the last: the value that follows, where values are few
        place = len(points) - 1 - np.abs(below[None, ::-1] / n - shares[:, None]).argmin(axis=1)
        error = float(np.abs(below[place] / n - shares).max())
        if error < nearest:
            nearest, edges = error, sorted({float(points[i]) for i in place.tolist() if 0 < below[i] < n})
        if error <= NEAR or step == least:
            break
        least_below, most_above = np.searchsorted(below, shares[0] * n, "right"), np.searchsorted(below, shares[-1] * n)
        low, high = float(points[max(least_below - 1, 0)]), float(points[min(most_above, len(points) - 1)])
    if not edges:
        raise DataError(
            "A covariate has one value only before the first start, and no bands.", where=where, cure="Leave it out."
        )
    return tuple(edges)


def _counted(frame: Frame, column: str, low: float, high: float, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of a round grid from low to high, and how many values lie below each."""
    first, last = floor(low / step), ceil(high / step)
    # the bands of the grid: those below the first point and above the last are joined
    band = (nw.col(column) / step).floor()
    band = nw.when(band < first).then(nw.lit(float(first - 1))).otherwise(band)
    band = nw.when(band > last).then(nw.lit(float(last))).otherwise(band)
    groups = collected(frame.select(__band=band).group_by("__band").agg(nw.len().alias("__n")))
    codes, rows = (np.array(groups[name].to_list(), dtype=np.float64) for name in ("__band", "__n"))
    counts = np.bincount(codes.astype(np.int64) - (first - 1), weights=rows, minlength=last - first + 2)
    numbers = np.arange(first, last + 1)
    points = np.array([grid_point(int(i), step) for i in numbers])
    return points, np.cumsum(counts)[: len(points)]


def round_step(width: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below a width.

    Examples
    --------
    >>> round_step(0.017), round_step(3)
    (0.02, 5.0)
    """
    power = floor(log10(width))
    return next(s for s in (float(f"{m}e{power}") for m in (1, 2, 5, 10)) if s >= width)


def grid_point(i: int, step: float) -> float:
    """A multiple of a round step, as its decimal writing says.

    Examples
    --------
    >>> grid_point(3, 0.1)
    0.3
    """
    return float(f"{i * step:.12g}")
