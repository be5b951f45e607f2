"""How often something happens, from rows with a number of events and an exposure."""

from __future__ import annotations

from dataclasses import replace

import narwhals as nw

from sos_bayes.data.children.kinds.authority_columns import with_denominator
from sos_bayes.data.children.kinds.summands import Summands, numbers, plain_cells
from sos_bayes.data.frames.number_columns import is_whole
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Table
from sos_bayes.data.outcomes import Count

LARGEST = 2**40
HIGH, LOW = 2.0**20, 2.0**32  # exposures are summed as integers: no order of rows can change a bit
cells = plain_cells


def every_row(outcome: Count) -> None:
    """Nothing else to do: every row of a child may count."""
    return


def roles(outcome: Count) -> dict[str, str | None]:
    """Columns of child rows, by argument."""
    return {"events": outcome.events, "exposure": outcome.exposure, "among": outcome.among}


def authority_roles(outcome: Count) -> dict[str, str]:
    """Columns of authority rows, by argument."""
    return with_denominator(outcome, "exposure")


def columns(table: Table, outcome: Count) -> tuple[Table, tuple[Check, ...]]:
    """The rows with ``__y``, ``__x`` and ``__a`` as numbers."""
    checked = numbers(table, roles(outcome), outcome.missing)
    return replace(table, frame=table.frame.with_columns(**checked)), ()


def sums(table: Table, outcome: Count, repeated: bool) -> Summands:
    """Events, and the exposure in whole numbers of two sizes where it is none itself."""
    whole_y, whole_x = is_whole(table, outcome.events), is_whole(table, outcome.exposure)
    frame = table.frame.with_columns(
        nw.col("__y").cast(nw.Int64 if whole_y else nw.Float64), nw.col("__x").cast(nw.Int64 if whole_x else nw.Float64)
    )
    y, x = nw.col("__y"), nw.col("__x")
    fine = (y >= 0) & (y <= LARGEST) & (x >= 0) & (x <= LARGEST) & ((x > 0) | (y == 0))
    if not whole_y:
        fine = fine & (y % 1 == 0)
    kinds = {"__fine": fine}
    if outcome.among is not None:
        kinds = {"__fine": (nw.col("__a") == 1) & fine, "__out": nw.col("__a") == 0}
    if repeated:
        kinds["__again"] = kinds["__fine"] & nw.col("__later")
        kinds["__fine"] = kinds["__fine"] & nw.col("__first")
    frame = frame.with_columns(**kinds)
    x = nw.when(nw.col("__fine")).then(x).otherwise(0)
    sums = {name: nw.col(name) for name in kinds}
    sums["__events"] = nw.when(nw.col("__fine")).then(y).otherwise(0).cast(nw.Int64)
    if whole_x:
        return Summands(frame, sums | {"__high": x}, tuple(kinds), (("__high", 1.0),))
    frame = frame.with_columns(__scaled=x * HIGH)
    high = nw.col("__scaled").floor()
    sums["__high"], sums["__low"] = high.cast(nw.Int64), ((nw.col("__scaled") - high) * LOW).floor().cast(nw.Int64)
    return Summands(frame, sums, tuple(kinds), (("__high", 1 / HIGH), ("__low", 1 / (HIGH * LOW))))


def checks(outcome: Count) -> list[Check]:
    """Counts and exposures that cannot be."""
    column, exposure = outcome.events, outcome.exposure
    known, y, x = nw.col("__known"), nw.col("__y"), nw.col("__x")
    small = (y >= 0) & (y <= LARGEST)
    return [
        Check(column, known & ~small, "Counts are negative or infinite.", "Correct them.", f'"{column}" is below 0'),
        Check(
            column,
            known & small & (y % 1 != 0),
            "Counts are not whole numbers.",
            "Give numbers of events, not rates or shares.",
            f'"{column}" is not a whole number',
        ),
        Check(
            exposure,
            known & ((x < 0) | (x > LARGEST)),
            "Exposures are negative or infinite.",
            "Correct them: an exposure is a time or a number of children.",
            f'"{exposure}" is below 0',
        ),
        Check(
            exposure,
            known & (x == 0) & (y > 0),
            "Events are counted where the exposure is zero.",
            "Correct the exposure of these rows.",
            f'"{exposure}" is 0 and "{column}" is above 0',
        ),
    ]
