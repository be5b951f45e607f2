"""Sums over child rows in one pass, with the checks riding along."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from sos_bayes._core.errors import DataError
from sos_bayes.data.calendar import days
from sos_bayes.data.child_checks import among_checks, key_checks, level_checks, missing_checks, value_checks
from sos_bayes.data.cohort import Cohort
from sos_bayes.data.faults import Check, raise_first
from sos_bayes.data.keys import Integers, Keys, make_keys
from sos_bayes.data.numerals import missing_in, number
from sos_bayes.data.outcomes import Binary, Count, Outcome
from sos_bayes.data.patterns import Levels
from sos_bayes.data.periods import FIRST_MONTH, CalendarKind, printed
from sos_bayes.data.tables import Frame, Table, collected, factorise, size

HIGH, LOW = 2.0**20, 2.0**32  # exposures are summed as integers: no order of rows can change a bit


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sums:
    """Integer sums per group of rows with equal keys; a group's total is high * unit_high + low * unit_low."""

    keys: Keys
    levels: tuple[Levels, ...]
    untyped: frozenset[str]
    events: Integers
    high: Integers
    low: Integers
    unit_high: float
    unit_low: float
    rows: int
    notes: tuple[str, ...]

    @property
    def total(self) -> Integers:
        """Positive where a group has observations."""
        return self.high + self.low


def sum_rows(cohort: Cohort, outcome: Outcome, columns: tuple[str, ...]) -> Sums:
    """Sum events and denominators over rows with the same authority, period and covariates."""
    table = _narrowed(cohort, outcome, columns)
    prepared, checks, missing = _prepared(table, outcome)
    keys = [cohort.authority, cohort.period, *columns]
    table = replace(table, frame=_binned(prepared, cohort.period, cohort.calendar))
    groups = _grouped(table.frame, keys)
    found = {key: factorise(groups[key].to_list()) for key in keys}
    checks = [*key_checks(table, (cohort.authority, cohort.period)), *checks]
    if sum(groups["__fault"].to_list()) or _has_blank(groups, found):
        raise_first(table, [*checks, *level_checks(table, columns)])
        raise DataError("Some rows hold an authority, a period or a covariate that cannot be read.")
    dropped = int(sum(groups["__missing"].to_list()))
    if dropped and outcome.missing == "error":
        raise_first(table, missing)
    rows = int(sum(groups["__rows"].to_list()))
    high = _integers(groups["__high"])
    if not high.any() and not _integers(groups["__low"]).any():
        raise DataError(
            f'No row has an observation of "{outcome.label}".',
            where=f'column "{outcome.events}"',
            cure="Check the column, `among` and the filter before reading.",
        )
    whole = isinstance(outcome, Binary)
    return Sums(
        keys=_keys(found, cohort),
        levels=tuple(found[column] for column in columns),
        untyped=table.untyped,
        events=_integers(groups["__events"]),
        high=high,
        low=_integers(groups["__low"]),
        unit_high=1.0 if whole else 1 / HIGH,
        unit_low=1.0 if whole else 1 / (HIGH * LOW),
        rows=rows,
        notes=_dropped_note(dropped, rows, outcome),
    )


def _narrowed(cohort: Cohort, outcome: Outcome, columns: tuple[str, ...]) -> Table:
    if isinstance(outcome, Binary) and outcome.trials is not None:
        raise DataError(
            "trials is for authority rows: child rows are counted one by one.",
            where=f'outcome "{outcome.label}"',
            cure="Drop trials, or read the table with read_panel.",
        )
    roles = {"events": outcome.events, "exposure": outcome.total, "among": outcome.among}
    taken = {cohort.authority, cohort.period, *(name for name in roles.values() if name is not None)}
    clash = [column for column in columns if column in taken]
    if clash:
        raise DataError(
            "A covariate is already the authority, the period or part of the outcome.",
            where=f'adjust, column "{clash[0]}"',
            cure="Leave it out of adjust.",
        )
    clash = [name for name in roles.values() if name in (cohort.authority, cohort.period)]
    if clash:
        raise DataError(
            "The outcome names a key column.", where=f'column "{clash[0]}"', cure="Name the outcome's column."
        )
    cohort.table.need({**roles, **{f"adjust ({column})": column for column in columns}})
    wanted = [cohort.authority, cohort.period, *columns, *(name for name in roles.values() if name is not None)]
    return cohort.table.plain(wanted)


def _prepared(table: Table, outcome: Outcome) -> tuple[Frame, list[Check], list[Check]]:
    """The frame with integer columns to sum; checks of faulty values; checks of missing ones."""
    frame = table.frame.with_columns(__y=number(table, outcome.events, outcome.missing))
    among = outcome.among
    frame = frame.with_columns(
        __a=nw.lit(1.0) if among is None else number(replace(table, frame=frame), among, outcome.missing)
    )
    frame = frame.with_columns(
        __x=nw.lit(1.0)
        if isinstance(outcome, Binary)
        else number(replace(table, frame=frame), outcome.exposure, outcome.missing)
    )
    y, a, x = nw.col("__y"), nw.col("__a"), nw.col("__x")
    lost = missing_in(a)
    frame = frame.with_columns(__out=~lost & (a == 0), __lost_a=lost)
    counts = ~nw.col("__out") & ~nw.col("__lost_a")
    frame = frame.with_columns(__lost_y=counts & missing_in(y), __lost_x=counts & missing_in(x))
    unseen = nw.col("__lost_a") | nw.col("__lost_y") | nw.col("__lost_x")
    frame = frame.with_columns(__missing=unseen, __known=~nw.col("__out") & ~unseen)
    values = value_checks(outcome)
    checks = [*among_checks(among), *values]
    fault = checks[0].flag
    for check in checks[1:]:
        fault = fault | check.flag
    frame = frame.with_columns(__fault=fault)
    return _summable(frame, isinstance(outcome, Binary)), checks, missing_checks(outcome)


def _summable(frame: Frame, binary: bool) -> Frame:
    fine = nw.col("__known") & ~nw.col("__fault")
    frame = frame.with_columns(__events=nw.when(fine).then(nw.col("__y")).otherwise(0.0).cast(nw.Int64))
    if binary:
        return frame.with_columns(__high=fine.cast(nw.Int64), __low=nw.lit(0).cast(nw.Int64))
    frame = frame.with_columns(__scaled=nw.when(fine).then(nw.col("__x")).otherwise(0.0) * HIGH)
    rest = nw.col("__scaled") % 1
    return frame.with_columns(
        __high=(nw.col("__scaled") - rest).cast(nw.Int64), __low=(rest * LOW - (rest * LOW) % 1).cast(nw.Int64)
    )


def _grouped(frame: Frame, keys: list[str]) -> nw.DataFrame[Any]:
    sums = ["__events", "__high", "__low", "__missing", "__fault"]
    aggregates = [nw.len().alias("__rows"), *(nw.col(name).sum() for name in sums)]
    return collected(frame.select(*keys, *sums).group_by(*keys).agg(*aggregates))


def _has_blank(groups: nw.DataFrame[Any], found: dict[str, Levels]) -> bool:
    """Whether an authority or period is missing, or a covariate of rows that count."""
    known = _integers(groups["__high"]) + _integers(groups["__low"]) > 0
    for i, (codes, values) in enumerate(found.values()):
        if None in values and (i < 2 or bool(known[codes == values.index(None)].any())):
            return True
    return False


def _binned(frame: Frame, period: str, kind: CalendarKind | None) -> Frame:
    """Dates as the first running number of their period, so that groups are periods and not days."""
    dtype = frame.collect_schema()[period]
    if not isinstance(dtype, (nw.Date, nw.Datetime)):
        return frame
    if kind is None:
        raise days(period)
    day = nw.col(period).dt
    year, month = day.year(), day.month()
    numbers = {
        "year": year,
        "quarter": year * 4 + (month - 1 - (month - 1) % 3) / 3,
        "month": year * 12 + month - 1,
    }
    number = numbers.get(kind, year - (month < FIRST_MONTH.get(kind, 1)).cast(nw.Int64))
    return frame.with_columns(number.cast(nw.Float64).alias(period))


def _keys(found: dict[str, Levels], cohort: Cohort) -> Keys:
    codes, names = found[cohort.authority]
    positions, labels = found[cohort.period]
    kind = cohort.calendar
    if kind is not None and isinstance(cohort.table.frame.collect_schema()[cohort.period], (nw.Date, nw.Datetime)):
        labels = [printed(label, kind) for label in labels if isinstance(label, int)]
    return make_keys(codes, names, positions, labels, kind, cohort.authority, cohort.period)


def _dropped_note(dropped: int, rows: int, outcome: Count | Binary) -> tuple[str, ...]:
    if not dropped:
        return ()
    return (f'{size(dropped)} of {size(rows)} rows have no recorded "{outcome.label}" and were left out.',)


def _integers(series: nw.Series[Any]) -> Integers:
    return np.asarray(series.to_numpy()).astype(np.int64)
