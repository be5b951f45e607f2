"""Sums and squares of a measured column: counted from a centre, in whole numbers that no order of rows can change."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DataError
from sos_bayes.data.children.follow_up_windows import inside_of, narrowed
from sos_bayes.data.children.kinds.authority_columns import refuse_among, with_denominator
from sos_bayes.data.children.kinds.summands import Held, Scale, Summands, Summed, numbers
from sos_bayes.data.frames.number_columns import is_whole
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Frame, Table, collected
from sos_bayes.data.outcomes import Continuous

HUGE = 1e100  # beyond which a value is no measurement
HIGH, LOW = 2.0**20, 2.0**32  # of a step: fractions are summed as integers down to 2 ** -52
EXACT = 2.0**60  # largest sum of squares that is kept as whole numbers


def every_row(outcome: Continuous) -> str:
    """What to do instead of counting every row of a child."""
    return "average a child's rows before reading"


def roles(outcome: Continuous) -> dict[str, str | None]:
    """Columns of child rows, by argument."""
    if (outcome.number, outcome.sd, outcome.squares) != (None, None, None):
        raise DataError(
            "number, sd and squares are for authority rows: children's own values are summed.",
            where=f'outcome "{outcome.label}"',
            cure="Drop them, or read the table with read_panel.",
        )
    return {"events": outcome.events, "among": outcome.among}


def authority_roles(outcome: Continuous) -> dict[str, str]:
    """Columns of authority rows, by argument: a plain number alone, or with how many were measured and their spread."""
    if (outcome.number, outcome.sd, outcome.squares) == (None, None, None):
        refuse_among(outcome)
        return {"events": outcome.events}
    roles = with_denominator(outcome, "number")
    if outcome.sd is not None:
        return {**roles, "sd": outcome.sd}
    if outcome.squares is not None:
        return {**roles, "squares": outcome.squares}
    raise DataError(
        "Authority rows of a measured outcome need how much children vary.",
        where=f'outcome "{outcome.label}"',
        cure='Name the column of their sd, sd="...", or of the sum of squares, squares="...".',
    )


def columns(table: Table, outcome: Continuous) -> tuple[Table, tuple[Check, ...]]:
    """The rows with ``__y`` and ``__a`` as numbers."""
    checked = numbers(table, roles(outcome), outcome.missing)
    return replace(table, frame=table.frame.with_columns(**checked)), ()


def sums(table: Table, outcome: Continuous, repeated: bool) -> Summands:
    """Deviations and their squares; with long tails the value itself is grouped by."""
    kinds = {"__fine": is_measurement(nw.col("__y"))}
    if narrowed(outcome):
        kinds = {"__fine": inside_of(outcome) & kinds["__fine"], "__out": nw.col("__a") == 0}
    if repeated:
        kinds["__again"] = kinds["__fine"] & nw.col("__later")
        kinds["__fine"] = kinds["__fine"] & nw.col("__first")
    frame, sums, scale = deviations(table.frame.with_columns(**kinds), table, outcome)
    kinds = {name: nw.col(name) for name in kinds}
    apart: tuple[str, ...] = ()
    if outcome.tails == "t":
        apart, y = ("__value",), nw.col("__y").cast(nw.Float64)
        frame = frame.with_columns(__value=nw.when(nw.col("__fine")).then(y).otherwise(0.0))
    sums = kinds | sums | {"__events": nw.col("__fine")}
    return Summands(frame, sums, tuple(kinds), (("__fine", 1.0),), scale, apart)


def checks(outcome: Continuous) -> list[Check]:
    """Values that are no measurements."""
    column = outcome.events
    return [
        Check(
            column,
            nw.col("__known") & ~is_measurement(nw.col("__y")),
            "Values are infinite or too large to be measurements.",
            "Correct them, or leave them blank where nothing was measured.",
            f'"{column}" is not a finite number',
        )
    ]


def cells(summed: Summed, outcome: Continuous) -> Held:
    """Sums of values, and squared deviations from the cell's own mean."""
    assert summed.deviations is not None
    z, squares, scale = summed.deviations
    events, within = natural(scale, summed.total, z, squares)
    return Held(events, summed.total, squares=within)


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
    centres = collected(look)
    mean, sd, rows = (_number(centres[name].to_list()[0]) for name in ("mean", "sd", "rows"))
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
