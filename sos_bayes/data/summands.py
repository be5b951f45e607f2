"""What is summed over child rows: whole numbers that also show whether any row is faulty."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_

import narwhals as nw

from sos_bayes.data.levels import coded
from sos_bayes.data.measured import Scale, deviations, is_measurement
from sos_bayes.data.numerals import is_whole, number
from sos_bayes.data.outcomes import Binary, Continuous, Count, Duration, Ordinal, Outcome
from sos_bayes.data.tables import Frame, Table
from sos_bayes.data.waiting import kinds_of

LARGEST = 2**40
HIGH, LOW = 2.0**20, 2.0**32  # exposures are summed as integers: no order of rows can change a bit


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Summands:
    """Columns of child rows whose sums are all that is needed.

    Parameters
    ----------
    frame : narwhals DataFrame or LazyFrame
        The rows with the outcome's numbers as ``__y``, the exposure as ``__x`` and `among` as ``__a``.
    sums : dict of str to expression
        Integers or truth values to sum, by name; ``__events`` is one of them.
    placed : tuple of str
        Columns that are 1 for exactly one kind of good row each: where their sums fall short of the number of rows,
        some row is missing or faulty.
    total : tuple of (str, float)
        Columns whose sums, times a unit each, add up to the denominator.
    measured : Scale or None
        Of a measured outcome, what its deviations are counted from and in which of the sums.
    """

    frame: Frame
    sums: dict[str, nw.Expr]
    placed: tuple[str, ...]
    total: tuple[tuple[str, float], ...]
    measured: Scale | None = None


def summands(table: Table, outcome: Outcome) -> Summands:
    """The columns to sum for an outcome.

    Comparisons are false for missing values and for NaN, so that such a row adds nothing to any sum.
    """
    if isinstance(outcome, Ordinal):
        return _ordinal(table, outcome)
    if isinstance(outcome, Duration):
        return _duration(table, outcome)
    numbers = {"__y": outcome.events, "__x": outcome.total, "__a": outcome.among}
    frame = table.frame.with_columns(
        **{name: number(table, column, outcome.missing) for name, column in numbers.items() if column is not None}
    )
    if isinstance(outcome, Binary):
        return _binary(frame, outcome)
    if isinstance(outcome, Continuous):
        return _continuous(table, frame, outcome)
    return _count(frame, outcome, is_whole(table, outcome.events), is_whole(table, outcome.exposure))


def _binary(frame: Frame, outcome: Binary) -> Summands:
    y = nw.col("__y")
    kinds = {"__events": y == 1, "__none": y == 0}
    if outcome.among is not None:
        kinds = {name: (nw.col("__a") == 1) & flag for name, flag in kinds.items()} | {"__out": nw.col("__a") == 0}
    return Summands(frame, dict(kinds), tuple(kinds), (("__events", 1.0), ("__none", 1.0)))


def _ordinal(table: Table, outcome: Ordinal) -> Summands:
    """One summand for each level, lowest first."""
    frame = table.frame.with_columns(__y=coded(table, outcome))
    y = nw.col("__y")
    kinds = {f"__level{k}": y == k for k in range(len(outcome.levels))}
    out = {}
    if outcome.among is not None:
        frame = frame.with_columns(__a=number(table, outcome.among, outcome.missing))
        kinds = {name: (nw.col("__a") == 1) & flag for name, flag in kinds.items()}
        out = {"__out": nw.col("__a") == 0}
    events = reduce(or_, list(kinds.values())[outcome.reached :])  # some engines hold NaN for larger than any number
    return Summands(frame, kinds | out | {"__events": events}, (*kinds, *out), tuple((name, 1.0) for name in kinds))


def _duration(table: Table, outcome: Duration) -> Summands:
    """One summand for each thing that may be known of an episode's end."""
    numbers = {"__y": outcome.events, "__d": outcome.done, "__a": outcome.among}
    frame = table.frame.with_columns(
        **{name: number(table, column, outcome.missing) for name, column in numbers.items() if column is not None}
    )
    kinds = kinds_of(outcome, nw.col("__y"), None if outcome.done is None else nw.col("__d"))
    out = {}
    if outcome.among is not None:
        kinds = {name: (nw.col("__a") == 1) & flag for name, flag in kinds.items()}
        out = {"__out": nw.col("__a") == 0}
    events = reduce(or_, list(kinds.values())[: outcome.reached + 1])
    return Summands(frame, kinds | out | {"__events": events}, (*kinds, *out), tuple((name, 1.0) for name in kinds))


def _continuous(table: Table, frame: Frame, outcome: Continuous) -> Summands:
    fine, out = is_measurement(nw.col("__y")), {}
    if outcome.among is not None:
        fine, out = (nw.col("__a") == 1) & fine, {"__out": nw.col("__a") == 0}
    frame = frame.with_columns(__fine=fine, **out)
    kinds = {name: nw.col(name) for name in ("__fine", *out)}
    frame, sums, scale = deviations(frame, table, outcome)
    return Summands(frame, kinds | sums | {"__events": nw.col("__fine")}, tuple(kinds), (("__fine", 1.0),), scale)


def _count(frame: Frame, outcome: Count, whole_y: bool, whole_x: bool) -> Summands:
    frame = frame.with_columns(
        nw.col("__y").cast(nw.Int64 if whole_y else nw.Float64), nw.col("__x").cast(nw.Int64 if whole_x else nw.Float64)
    )
    y, x = nw.col("__y"), nw.col("__x")
    fine = (y >= 0) & (y <= LARGEST) & (x >= 0) & (x <= LARGEST) & ((x > 0) | (y == 0))
    if not whole_y:
        fine = fine & (y % 1 == 0)
    kinds = {"__fine": fine}
    if outcome.among is not None:
        kinds = {"__fine": (nw.col("__a") == 1) & fine, "__out": nw.col("__a") == 0}
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
