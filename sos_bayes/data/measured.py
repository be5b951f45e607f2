"""Sums and squares of a measured column: counted from a centre, in whole numbers that no order of rows can change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from sos_bayes.data.numerals import is_whole
from sos_bayes.data.outcomes import Continuous
from sos_bayes.data.tables import Frame, Table, collected

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]
type Parts = tuple[tuple[str, float], ...]

HUGE = 1e100  # beyond which a value is no measurement
HIGH, LOW = 2.0**20, 2.0**32  # of a step: fractions are summed as integers down to 2 ** -52
EXACT = 2.0**60  # largest sum of squares that is kept as whole numbers


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Deviations z = (value - centre) / step: columns whose sums, times a unit each, are those of z and of z * z."""

    centre: float
    step: float
    deviations: Parts
    squares: Parts


def is_measurement(y: nw.Expr) -> nw.Expr:
    """Whether a value is a finite number of a size that can be squared; false for NaN and missing values."""
    return (y >= -HUGE) & (y <= HUGE)


def deviations(frame: Frame, table: Table, outcome: Continuous) -> tuple[Frame, dict[str, nw.Expr], Scale]:
    """Columns to sum, from rows with the value as ``__y`` and ``__fine`` where it counts.

    A first look at the column's mean and sd gives the centre and the step, a power of two: squares of deviations are
    then of order one and nothing cancels. Whole numbers are left whole where their squares fit.
    """
    y = nw.col("__y").cast(nw.Float64)
    look = frame.filter(nw.col("__fine")).select(mean=y.mean(), sd=y.std(), rows=y.len())
    found = collected(look)
    mean, sd, rows = (_number(found[name].to_list()[0]) for name in ("mean", "sd", "rows"))
    whole = is_whole(table, outcome.events) and rows * (sd + 1.0) ** 2 < EXACT
    step = 1.0 if whole or sd == 0.0 else 2.0 ** math.floor(math.log2(sd))
    centre = round(mean / step) * step
    fine = nw.col("__fine")
    if whole:
        z = nw.when(fine).then(nw.col("__y").cast(nw.Int64) - int(centre)).otherwise(0)
        frame = frame.with_columns(__z=z)
        sums = {"__z": nw.col("__z"), "__q": nw.col("__z") * nw.col("__z")}
        return frame, sums, Scale(centre, step, (("__z", 1.0),), (("__q", 1.0),))
    frame = frame.with_columns(__z=nw.when(fine).then((y - centre) / step).otherwise(0.0))
    frame = frame.with_columns(__zs=nw.col("__z") * HIGH, __qs=nw.col("__z") * nw.col("__z") * HIGH)
    sums = {}
    for name in ("z", "q"):
        scaled = nw.col(f"__{name}s")
        high = scaled.floor()
        sums[f"__{name}_high"] = high.cast(nw.Int64)
        sums[f"__{name}_low"] = ((scaled - high) * LOW).floor().cast(nw.Int64)
    parts = [((f"__{name}_high", 1 / HIGH), (f"__{name}_low", 1 / (HIGH * LOW))) for name in ("z", "q")]
    return frame, sums, Scale(centre, step, parts[0], parts[1])


def _number(value: Any) -> float:
    """A summary that an engine gives, 0 where it has none."""
    return 0.0 if value is None or not math.isfinite(value) else float(value)


def natural(scale: Scale, number: Floats, z: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """Sums of values and of squared deviations from the cell's own mean, from sums of z and z * z by cell.

    One child deviates from its own mean by nothing, whatever is left of the last digits of both sums.
    """
    mean = np.divide(z, number, out=np.zeros_like(z), where=number > 0)
    within = np.where(number > 1, np.maximum(squares - z * mean, 0.0), 0.0)
    return number * scale.centre + scale.step * z, scale.step**2 * within
