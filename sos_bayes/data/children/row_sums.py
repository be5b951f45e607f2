"""Sums over child rows in one pass, whose totals show whether a row was left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from sos_bayes._core.array_types import Integers
from sos_bayes._core.errors import DataError
from sos_bayes.data.children.cohort import Cohort
from sos_bayes.data.children.covariate_bands import ENDLESS, banded
from sos_bayes.data.children.covariate_patterns import Levels
from sos_bayes.data.children.covariates import Bins, Covariate, name_of
from sos_bayes.data.children.design_effect import Clusters, clusters_of
from sos_bayes.data.children.follow_up_windows import check_placing, closed_periods, inside_of
from sos_bayes.data.children.identifiers import check_identifiers
from sos_bayes.data.children.kinds import kind_of
from sos_bayes.data.children.kinds.summands import Scale, Summands
from sos_bayes.data.children.period_of_rows import CLOCK, binned, period_label, shown
from sos_bayes.data.children.repeated_rows import CHILD, first_notes, first_rows, nameless_check, ordered_by
from sos_bayes.data.children.row_diagnosis import diagnose
from sos_bayes.data.frames.keys import Keys, make_keys
from sos_bayes.data.frames.progress import progress
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Frame, Table, collected, factorise, size
from sos_bayes.data.outcomes import Outcome
from sos_bayes.data.periods.moments import day_in, refuse_evenings

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
    values : ndarray (groups,), or None
        Of a measured outcome with long tails, the value that every child of a group has.
    rows, counted : int
        Number of rows read, and of those with an observation inside the denominator.
    clusters : Clusters, optional
        Children by numbers of rows and events, where all of a child's rows count; cells by authority, then period.
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
    values: npt.NDArray[np.float64] | None
    rows: int
    counted: int
    clusters: Clusters | None
    notes: tuple[str, ...]


def sum_rows(cohort: Cohort, outcome: Outcome, covariates: tuple[Covariate, ...]) -> Sums:
    """Sum events and denominators over rows with the same authority, period and covariates.

    One pass counts and sums. Only where the sums do not account for every row, a second one looks for what is wrong.
    """
    columns = tuple(name_of(c) for c in covariates)
    table, checks = _prepared(cohort, outcome, covariates, columns)
    asked = kind_of(outcome).sums(table, outcome, _once(cohort))
    groups = _counted(cohort, outcome, columns, asked)
    placed = {name: int(groups[name].sum()) for name in asked.placed}
    rows = int(groups["__rows"].sum())
    lost = rows - sum(placed.values())
    levels = _levels_of(groups, (cohort.authority, cohort.period, *columns))
    _require_sound(cohort, outcome, covariates, replace(table, frame=asked.frame), asked, groups, levels, checks)
    kept, notes = _narrowed_by_rules(cohort, outcome, groups)
    if kept is not groups:
        groups, levels = kept, _levels_of(kept, tuple(levels))
    total = tuple((_integers(groups[name]), unit) for name, unit in asked.total)
    observed = np.any([part > 0 for part, _ in total], axis=0)
    if not observed.any():
        raise DataError(
            f'No row has an observation of "{outcome.label}".',
            where=f'column "{outcome.events}"',
            cure="Check the column, `among` and the filter before reading.",
        )
    keys = _keys(levels, cohort)
    return Sums(
        keys=keys,
        levels=tuple(levels[column] for column in columns),
        untyped=table.untyped,
        events=_integers(groups["__events"]),
        total=total,
        observed=observed,
        measured=_measured(groups, asked.measured),
        values=np.asarray(groups["__value"].to_numpy(), dtype=float) if asked.apart else None,
        rows=rows,
        counted=rows - lost - sum(placed.get(name, 0) for name in ("__out", "__open", "__again")),
        clusters=clusters_of(asked, cohort, levels, keys) if cohort.episodes == "all" else None,
        notes=(*_dropped_note(lost, rows, outcome), *_asked_note(outcome), *notes),
    )


def _measured(groups: nw.DataFrame[Any], scale: Scale | None) -> tuple[Parts, Parts, Scale] | None:
    if scale is None:
        return None
    parts = (tuple((_integers(groups[n]), u) for n, u in names) for names in (scale.deviations, scale.squares))
    return next(parts), next(parts), scale


def _once(cohort: Cohort) -> bool:
    """Whether one row of a child counts."""
    return cohort.child is not None and cohort.episodes == "first"


def _refuse_all(outcome: Outcome) -> None:
    """A design effect is defined for one number of events in a cell, not for levels, bands or squares."""
    name, cure = type(outcome).__name__, kind_of(outcome).every_row(outcome)
    if cure is not None:
        raise DataError(
            f'episodes="all" is not defined for {"an" if name[0] in "AEIOU" else "a"} {name}.',
            where=f'outcome "{outcome.label}"',
            why="What several rows of a child are worth together is worked out for proportions and counts only.",
            cure=f'Read with episodes="first", or {cure}.',
        )


def _prepared(
    cohort: Cohort, outcome: Outcome, covariates: tuple[Covariate, ...], columns: tuple[str, ...]
) -> tuple[Table, tuple[Check, ...]]:
    """The rows with numbers, order, bands, periods and firsts, all inside their engine."""
    if cohort.child is not None and cohort.episodes == "all":
        _refuse_all(outcome)
    if outcome.within is not None:
        check_placing(outcome.within, cohort.period)
    table, checks = kind_of(outcome).columns(_narrowed(cohort, outcome, columns), outcome)
    by: tuple[str, ...] = ()
    if cohort.child is not None:
        checks = (*checks, nameless_check(cohort.child))
        if isinstance(cohort.table.frame, nw.LazyFrame):  # in memory, the door has looked
            check_identifiers(cohort.table, CHILD, cohort.child)
    if _once(cohort):
        table, by, more = ordered_by(table, cohort.order)
        checks = (*checks, *more)
    table, more = banded(table, covariates)  # from here on, covariates and periods are no longer what the table says
    table = replace(table, frame=binned(table.frame, cohort.period, cohort.calendar))
    if _once(cohort):
        table = first_rows(table, by, (cohort.authority, cohort.period), inside_of(outcome))
    return table, (*checks, *more)


def _counted(cohort: Cohort, outcome: Outcome, columns: tuple[str, ...], asked: Summands) -> nw.DataFrame[Any]:
    """The sums of every group of rows with equal keys."""
    keys = [cohort.authority, cohort.period, *columns]
    sums = dict(asked.sums)
    if _once(cohort):
        sums["__tied"] = nw.col("__tied")
    elif cohort.child is not None:
        sums["__nameless"] = nw.col(CHILD).is_null()
    by_clock = [name for name in CLOCK if name in asked.frame.collect_schema().names()]
    sums |= {name: nw.col(name) for name in by_clock}
    with progress(f"Counting {outcome.label} by {', '.join(keys)}") as told:
        groups = _grouped(asked.frame, [*keys, *asked.apart], sums)
        told.rows = int(groups["__rows"].sum())
    if by_clock:
        evening, by_day = (int(groups[name].sum()) for name in CLOCK)
        refuse_evenings(evening, by_day, cohort.period)
    return groups


def _require_sound(
    cohort: Cohort,
    outcome: Outcome,
    covariates: tuple[Covariate, ...],
    table: Table,
    asked: Summands,
    groups: nw.DataFrame[Any],
    levels: dict[str, Levels],
    checks: tuple[Check, ...],
) -> None:
    """Look for what is wrong with the rows where the sums show that something is."""
    keys = (cohort.authority, cohort.period)
    strict = tuple(name_of(c) for c in covariates if isinstance(c, str) or c.missing == "error")
    lost = int(groups["__rows"].sum()) > sum(int(groups[name].sum()) for name in asked.placed)
    nameless = "__nameless" in groups.columns and int(groups["__nameless"].sum()) > 0
    blank = _blank(groups, asked.total, {key: levels[key] for key in (*keys, *strict)}, keys)
    endless = any(ENDLESS in levels[c.column][1] for c in covariates if isinstance(c, Bins))
    if lost or nameless or blank or endless:
        diagnose(table, outcome, keys, strict, checks)
    if blank or (lost and outcome.missing == "error"):
        raise DataError("Some rows hold an authority, a period or a value that cannot be read.")


def _narrowed_by_rules(
    cohort: Cohort, outcome: Outcome, groups: nw.DataFrame[Any]
) -> tuple[nw.DataFrame[Any], tuple[str, ...]]:
    """The groups that count under the rules for several rows of a child and for windows, and what these left out."""
    notes: tuple[str, ...] = ()
    if _once(cohort):
        again, tied = (int(groups[name].sum()) for name in ("__again", "__tied"))
        notes = first_notes(str(cohort.child), cohort.order, again, tied)
    if outcome.within is not None:
        groups, more = closed_periods(groups, outcome.within, cohort.period, partial(shown, cohort))
        notes += more
    return groups, notes


def _narrowed(cohort: Cohort, outcome: Outcome, columns: tuple[str, ...]) -> Table:
    roles = kind_of(outcome).roles(outcome)
    days: dict[str, str | None] = {f"order ({column})": column for column in cohort.order}
    days["within"] = None if outcome.within is None else outcome.within.since
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
    keys = (cohort.authority, cohort.period)
    cohort.table.need({**roles, **days, **{f"adjust ({column})": column for column in columns}}, known=keys)
    named = [name for name in (*roles.values(), *days.values()) if name is not None]
    children = [] if cohort.child is None else [CHILD]
    return cohort.table.plain([cohort.authority, cohort.period, *columns, *named, *children])


def _grouped(frame: Frame, keys: list[str], sums: dict[str, nw.Expr]) -> nw.DataFrame[Any]:
    if frame.implementation.is_spark_like():  # Spark adds up no truth values
        sums = {name: value.cast(nw.Int64) for name, value in sums.items()}
    # cast before the aggregation: inside it, narwhals over pandas falls to one Python call a group
    rows = frame.select(*keys, **sums)
    groups = collected(rows.group_by(*keys).agg(nw.len().alias("__rows"), *(nw.col(name).sum() for name in sums)))
    return nw.from_native(groups.to_polars()) if groups.implementation.is_pyarrow() else groups


def _levels_of(groups: nw.DataFrame[Any], columns: tuple[str, ...]) -> dict[str, Levels]:
    return {column: factorise(groups[column]) for column in columns}


def _blank(
    groups: nw.DataFrame[Any], total: tuple[tuple[str, float], ...], levels: dict[str, Levels], keys: tuple[str, ...]
) -> bool:
    """Whether an authority or period is missing, or a covariate of rows that count."""
    observed = np.any([_integers(groups[name]) > 0 for name, _ in total], axis=0)
    for key, (codes, values) in levels.items():
        if None in values and (key in keys or bool(observed[codes == values.index(None)].any())):
            return True
    return False


def _asked_note(outcome: Outcome) -> tuple[str, ...]:
    """What is asked, where something must have happened first."""
    if outcome.after is None:
        return ()
    kind = "Conditional" if outcome.conditional else "Joint"
    return (f'{kind} outcome "{outcome.label}": {outcome.asked}',)


def _keys(levels: dict[str, Levels], cohort: Cohort) -> Keys:
    codes, names = levels[cohort.authority]
    positions, labels = levels[cohort.period]
    labels = [day_in(period_label(cohort, label), cohort.timezone) for label in labels]
    return make_keys(codes, names, positions, labels, cohort.calendar, cohort.authority, cohort.period)


def _dropped_note(dropped: int, rows: int, outcome: Outcome) -> tuple[str, ...]:
    if not dropped:
        return ()
    return (f'{size(dropped)} of {size(rows)} rows have no recorded "{outcome.label}" and were left out.',)


def _integers(series: nw.Series[Any]) -> Integers:
    return np.asarray(series.cast(nw.Int64).to_numpy())  # engines sum integers to floats or decimals
