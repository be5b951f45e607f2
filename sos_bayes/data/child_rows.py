"""Sums over child rows in one pass, whose totals show whether a row was left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from sos_bayes._core.errors import DataError
from sos_bayes.data.calendar import days
from sos_bayes.data.child_checks import diagnose
from sos_bayes.data.cohort import Cohort
from sos_bayes.data.keys import Integers, Keys, make_keys
from sos_bayes.data.measured import Scale
from sos_bayes.data.outcomes import Binary, Continuous, Duration, Outcome
from sos_bayes.data.patterns import Levels
from sos_bayes.data.periods import FIRST_MONTH, CalendarKind, printed
from sos_bayes.data.progress import progress
from sos_bayes.data.summands import summands
from sos_bayes.data.tables import Frame, Table, collected, factorise, size

type Parts = tuple[tuple[Integers, float], ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sums:
    """Sums per group of rows with equal keys.

    Parameters
    ----------
    keys : Keys
        Where each group belongs.
    levels : tuple of (codes, values)
        The levels of each covariate.
    untyped : frozenset of str
        Columns of text whose levels may be numbers.
    events : ndarray of int, shape (groups,)
        Number of events.
    total : tuple of (ndarray of int, float)
        Parts of the denominator, each with its unit; integers, so that their sums are exact.
    observed : ndarray of bool, shape (groups,)
        Whether a group has any observation.
    measured : tuple of two such tuples, and a Scale; or None
        Of a measured outcome, sums of deviations and of their squares.
    rows, counted : int
        Number of rows read, and of those with an observation inside the denominator.
    notes : tuple of str
        What was noticed.
    """

    keys: Keys
    levels: tuple[Levels, ...]
    untyped: frozenset[str]
    events: Integers
    total: tuple[tuple[Integers, float], ...]
    observed: npt.NDArray[np.bool_]
    measured: tuple[Parts, Parts, Scale] | None
    rows: int
    counted: int
    notes: tuple[str, ...]


def sum_rows(cohort: Cohort, outcome: Outcome, columns: tuple[str, ...]) -> Sums:
    """Sum events and denominators over rows with the same authority, period and covariates.

    One pass counts and sums. Only where the sums do not account for every row, a second one looks for what is wrong.
    """
    table = _narrowed(cohort, outcome, columns)
    asked = summands(table, outcome)
    table = replace(table, frame=_binned(asked.frame, cohort.period, cohort.calendar))
    keys = (cohort.authority, cohort.period)
    with progress(f"Counting {outcome.label} by {', '.join((*keys, *columns))}") as told:
        groups = _grouped(table.frame, [*keys, *columns], asked.sums)
        told.rows = rows = int(groups["__rows"].sum())
    found = {key: factorise(groups[key]) for key in (*keys, *columns)}
    total = tuple((_integers(groups[name]), unit) for name, unit in asked.total)
    placed = {name: int(groups[name].sum()) for name in asked.placed}
    lost = rows - sum(placed.values())
    observed = np.any([part > 0 for part, _ in total], axis=0)
    blank = _blank(found, keys, observed)
    if lost or blank:
        diagnose(table, outcome, keys, columns)
    if blank or (lost and outcome.missing == "error"):
        raise DataError("Some rows hold an authority, a period or a value that cannot be read.")
    if not observed.any():
        raise DataError(
            f'No row has an observation of "{outcome.label}".',
            where=f'column "{outcome.events}"',
            cure="Check the column, `among` and the filter before reading.",
        )
    return Sums(
        keys=_keys(found, cohort),
        levels=tuple(found[column] for column in columns),
        untyped=table.untyped,
        events=_integers(groups["__events"]),
        total=total,
        observed=observed,
        measured=_measured(groups, asked.measured),
        rows=rows,
        counted=rows - lost - placed.get("__out", 0),
        notes=_dropped_note(lost, rows, outcome),
    )


def _measured(groups: nw.DataFrame[Any], scale: Scale | None) -> tuple[Parts, Parts, Scale] | None:
    if scale is None:
        return None
    parts = (tuple((_integers(groups[n]), u) for n, u in names) for names in (scale.deviations, scale.squares))
    return next(parts), next(parts), scale


def _narrowed(cohort: Cohort, outcome: Outcome, columns: tuple[str, ...]) -> Table:
    if isinstance(outcome, Binary) and outcome.trials is not None:
        raise DataError(
            "trials is for authority rows: child rows are counted one by one.",
            where=f'outcome "{outcome.label}"',
            cure="Drop trials, or read the table with read_panel.",
        )
    if isinstance(outcome, Continuous) and (outcome.number, outcome.sd, outcome.squares) != (None, None, None):
        raise DataError(
            "number, sd and squares are for authority rows: children's own values are summed.",
            where=f'outcome "{outcome.label}"',
            cure="Drop them, or read the table with read_panel.",
        )
    second = ("done", outcome.done) if isinstance(outcome, Duration) else ("exposure", outcome.total)
    roles = {"events": outcome.events, second[0]: second[1], "among": outcome.among}
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


def _grouped(frame: Frame, keys: list[str], sums: dict[str, nw.Expr]) -> nw.DataFrame[Any]:
    if frame.implementation.is_spark_like():  # Spark adds up no truth values
        sums = {name: value.cast(nw.Int64) for name, value in sums.items()}
    # cast before the aggregation: inside it, narwhals over pandas falls to one Python call a group
    rows = frame.select(*keys, **sums)
    groups = collected(rows.group_by(*keys).agg(nw.len().alias("__rows"), *(nw.col(name).sum() for name in sums)))
    return nw.from_native(groups.to_polars()) if groups.implementation.is_pyarrow() else groups


def _blank(found: dict[str, Levels], keys: tuple[str, str], observed: npt.NDArray[np.bool_]) -> bool:
    """Whether an authority or period is missing, or a covariate of rows that count."""
    return any(
        None in values and (key in keys or bool(observed[codes == values.index(None)].any()))
        for key, (codes, values) in found.items()
    )


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


def _dropped_note(dropped: int, rows: int, outcome: Outcome) -> tuple[str, ...]:
    if not dropped:
        return ()
    return (f'{size(dropped)} of {size(rows)} rows have no recorded "{outcome.label}" and were left out.',)


def _integers(series: nw.Series[Any]) -> Integers:
    return np.asarray(series.cast(nw.Int64).to_numpy())  # engines sum integers to floats or decimals
