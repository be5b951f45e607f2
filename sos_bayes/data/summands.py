"""What is summed over child rows: whole numbers that also show whether any row is faulty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

import narwhals as nw

from sos_bayes.data.dates import day_checks
from sos_bayes.data.faults import Check
from sos_bayes.data.follow_up import early_check, event_in_time, followed, inside_of, narrowed
from sos_bayes.data.levels import coded
from sos_bayes.data.measured import Scale, deviations, is_measurement
from sos_bayes.data.nesting import nested
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
    apart : tuple of str
        Further columns to group by: the value itself, where no sums replace it.
    """

    frame: Frame
    sums: dict[str, nw.Expr]
    placed: tuple[str, ...]
    total: tuple[tuple[str, float], ...]
    measured: Scale | None = None
    apart: tuple[str, ...] = ()


def numbered(table: Table, outcome: Outcome) -> tuple[Table, tuple[Check, ...]]:
    """The rows with the outcome's numbers, follow-up and nesting worked in, and the checks that these need.

    Adds ``__y``, ``__x`` and ``__a``, of a Duration ``__d`` in place of ``__x``; with a window also ``__complete`` and
    ``__open``. An Ordinal's ``__y`` is the position of its level.
    """
    window = outcome.within if isinstance(outcome, Binary) else None
    roles = {"__y": outcome.events, "__x": outcome.total, "__a": outcome.among}
    if isinstance(outcome, Duration):
        roles["__d"] = outcome.done
    dated: dict[str, str] = {}
    if isinstance(outcome, Binary):
        roles["__f"] = outcome.after
        dated = {"__y": outcome.events, "__f": outcome.after or ""} if window is not None and window.dated else {}
    columns: dict[str, nw.Expr] = {}
    checks: list[Check] = []
    for name, column in roles.items():
        if column is None:
            continue
        if name == "__y" and isinstance(outcome, Ordinal):
            columns[name] = coded(table, outcome)
            continue
        if window is None or name not in dated:
            columns[name] = number(table, column, outcome.missing)
            continue
        columns[name], columns[f"{name}_odd"], columns[f"{name}_early"] = event_in_time(table, column, window)
        checks += [*day_checks(column, f"{name}_odd"), early_check(column, window.since, f"{name}_early")]
    table = replace(table, frame=table.frame.with_columns(**columns))
    if isinstance(outcome, Binary) and outcome.after is not None:
        frame, found = nested(table.frame, outcome)
        table, checks = replace(table, frame=frame), [*checks, *found]
    if isinstance(outcome, Binary) and window is not None:
        frame, found = followed(table, outcome, window)
        table, checks = replace(table, frame=frame), [*found, *checks]
    return table, tuple(checks)


def summands(table: Table, outcome: Outcome, repeated: bool = False) -> Summands:
    """The columns to sum for an outcome; with ``repeated``, rows that are not ``__first`` are counted apart.

    Comparisons are false for missing values and for NaN, so that such a row adds nothing to any sum.
    """
    if isinstance(outcome, Ordinal):
        kinds = {f"__level{k}": nw.col("__y") == k for k in range(len(outcome.levels))}
        return _kinds(table.frame, outcome, kinds, list(kinds)[outcome.reached :], repeated)
    if isinstance(outcome, Duration):
        kinds = kinds_of(outcome, nw.col("__y"), None if outcome.done is None else nw.col("__d"))
        return _kinds(table.frame, outcome, kinds, list(kinds)[: outcome.reached + 1], repeated)
    if isinstance(outcome, Binary):
        return _binary(table.frame, outcome, repeated)
    if isinstance(outcome, Continuous):
        return _continuous(table, outcome, repeated)
    return _count(table.frame, outcome, is_whole(table, outcome.events), is_whole(table, outcome.exposure), repeated)


def _binary(frame: Frame, outcome: Binary, repeated: bool) -> Summands:
    y, inside = nw.col("__y"), inside_of(outcome)
    # small numbers of a stated type: Arrow would else widen a narrow column to compare it
    kinds = {"__events": y == nw.lit(1, nw.Int8), "__none": y == nw.lit(0, nw.Int8)}
    if narrowed(outcome):
        kinds = {name: inside & flag for name, flag in kinds.items()}
    if outcome.within is not None:
        kinds = {name: nw.col("__complete") & flag for name, flag in kinds.items()}
    if repeated:
        again = (kinds["__events"] | kinds["__none"]) & nw.col("__later")
        kinds = {name: nw.col("__first") & flag for name, flag in kinds.items()} | {"__again": again}
    if narrowed(outcome):
        kinds["__out"] = nw.col("__a") == 0
    sums = dict(kinds)
    if outcome.within is not None:
        kinds["__open"] = sums["__open"] = inside & nw.col("__open")
        sums["__followed"] = inside & nw.col("__complete")
    return Summands(frame, sums, tuple(kinds), (("__events", 1.0), ("__none", 1.0)))


def _kinds(
    frame: Frame, outcome: Ordinal | Duration, kinds: dict[str, nw.Expr], events: list[str], repeated: bool
) -> Summands:
    """One summand for each level, or each thing that may be known of an episode's end; some of them are events."""
    counted, apart = tuple(kinds), {}
    if narrowed(outcome):
        kinds, apart = {name: inside_of(outcome) & flag for name, flag in kinds.items()}, {"__out": nw.col("__a") == 0}
    if repeated:
        apart["__again"] = reduce(or_, kinds.values()) & nw.col("__later")
        kinds = {name: nw.col("__first") & flag for name, flag in kinds.items()}
    # not a comparison of their order: some engines hold NaN for larger than any number
    sums = kinds | apart | {"__events": reduce(or_, [kinds[name] for name in events])}
    return Summands(frame, sums, (*kinds, *apart), tuple((name, 1.0) for name in counted))


def _continuous(table: Table, outcome: Continuous, repeated: bool) -> Summands:
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


def _count(frame: Frame, outcome: Count, whole_y: bool, whole_x: bool, repeated: bool) -> Summands:
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
