"""Something that happens to a child or does not: rows of 0 and 1 or of days, with a window and nesting worked in."""

from __future__ import annotations

from dataclasses import replace

import narwhals as nw

from sos_bayes._core.errors import DataError
from sos_bayes.data.children.follow_up_windows import early_check, event_in_time, followed, inside_of, narrowed
from sos_bayes.data.children.kinds.authority_columns import with_denominator
from sos_bayes.data.children.kinds.nested import nested
from sos_bayes.data.children.kinds.summands import NAMES, Summands, numbers, plain_cells
from sos_bayes.data.frames.day_columns import day_checks
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Table
from sos_bayes.data.outcomes import Binary

cells = plain_cells


def every_row(outcome: Binary) -> None:
    """Nothing else to do: every row of a child may count."""
    return


def roles(outcome: Binary) -> dict[str, str | None]:
    """Columns of child rows, by argument."""
    if outcome.trials is not None:
        raise DataError(
            "trials is for authority rows: child rows are counted one by one.",
            where=f'outcome "{outcome.label}"',
            cure="Drop trials, or read the table with read_panel.",
        )
    return {"events": outcome.events, "among": outcome.among, "after": outcome.after}


def authority_roles(outcome: Binary) -> dict[str, str]:
    """Columns of authority rows, by argument."""
    return with_denominator(outcome, "trials")


def columns(table: Table, outcome: Binary) -> tuple[Table, tuple[Check, ...]]:
    """The rows with ``__y``, ``__a`` and ``__f`` as numbers; with a window also ``__complete`` and ``__open``."""
    window, named = outcome.within, roles(outcome)
    dated = [] if window is None or not window.dated else ["events", "after"]
    checked = numbers(table, {role: column for role, column in named.items() if role not in dated}, outcome.missing)
    checks: list[Check] = []
    for role in dated:
        column, name = named[role], NAMES[role]
        if window is not None and column is not None:
            checked[name], checked[f"{name}_odd"], checked[f"{name}_early"] = event_in_time(table, column, window)
            checks += [*day_checks(column, f"{name}_odd"), early_check(column, window.since, f"{name}_early")]
    table = replace(table, frame=table.frame.with_columns(**checked))
    if outcome.after is not None:
        frame, more = nested(table.frame, outcome)
        table, checks = replace(table, frame=frame), [*checks, *more]
    if window is not None:
        frame, more = followed(table, outcome, window)
        table, checks = replace(table, frame=frame), [*more, *checks]
    return table, tuple(checks)


def sums(table: Table, outcome: Binary, repeated: bool) -> Summands:
    """Yes and no; rows outside, repeated or with an open window apart."""
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
    return Summands(table.frame, sums, tuple(kinds), (("__events", 1.0), ("__none", 1.0)))


def checks(outcome: Binary) -> list[Check]:
    """Values other than 0 and 1."""
    column, y = outcome.events, nw.col("__y")
    return [
        Check(
            column,
            nw.col("__known") & (y != 0) & (y != 1),
            "Values other than 0 and 1 stand in a 0/1 column.",
            "Recode it to 0 and 1, or count events with Count.",
            f'"{column}" is neither 0 nor 1',
        )
    ]
