"""Children with several rows: one of them, or all of them at what they are worth together."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import narwhals as nw

from sos_bayes._core.errors import DataError
from sos_bayes.data.children.identifiers import check_identifiers
from sos_bayes.data.frames.day_columns import days_of
from sos_bayes.data.frames.number_columns import missing_in
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Frame, Table, about, factorise

Episodes = Literal["first", "all"]
CHILD = "__child"  # the identifier, under a name that no outcome and no covariate can ask for


def at_the_door(table: Table, child: str) -> Table:
    """Identifiers as running numbers where the rows are in memory; a lazy source keeps them, and keeps them to itself.

    Raises
    ------
    DataError
        If a row in memory has no identifier, identifiers cannot tell children apart, or the source is one that cannot
        number a child's rows.
    """
    if table.frame.implementation.is_dask():
        raise DataError(
            "Dask cannot number the rows of a child.",
            where=f'child="{child}"',
            cure="Write the table to parquet and give the folder, or leave child out: every row is then counted.",
        )
    if not isinstance(table.frame, nw.DataFrame):
        name: nw.Expr = nw.col(child)
        if table.frame.collect_schema()[child] == nw.String:
            name = nw.when(name.str.strip_chars() != "").then(name)
        return replace(table, frame=table.frame.with_columns(name.alias(CHILD)).drop(child))
    check_identifiers(table, child, child)
    frame = table.plain([child]).frame
    assert isinstance(frame, nw.DataFrame)
    codes, values = factorise(frame[child])
    bad = int((codes == values.index(None)).sum()) if None in values else 0
    if bad:
        raise _nameless(child, bad, len(codes))
    numbers = nw.new_series(CHILD, codes, nw.Int64, backend=frame.implementation)
    return replace(table, frame=table.frame.drop(child).with_columns(numbers))


def _nameless(child: str, bad: int, rows: int) -> DataError:
    return DataError(
        "Some rows name no child.",
        where=f'column "{child}"',
        rows=f"{bad:,} of {rows:,} rows",
        why="Whether they repeat another row cannot be told.",
        cure="Complete the column, drop these rows, or leave child out: every row is then counted.",
    )


def ordered_by(table: Table, order: tuple[str, ...]) -> tuple[Table, tuple[str, ...], tuple[Check, ...]]:
    """Prepare the columns by which rows of a child are put in order: the table, their names, what may be wrong.

    Where the source has an order of its own, that comes last and no two rows tie.
    """
    by: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    for i, column in enumerate(order):
        table, check = _sortable(table, column, f"__order{i}")
        by, checks = (*by, f"__order{i}"), (*checks, check)
    if not table.ordered:
        return table, by, checks
    if isinstance(table.frame, nw.DataFrame):
        frame: Frame = table.frame.with_row_index("__row")
    else:  # only polars has lazy rows in an order: those of a CSV file
        frame = nw.from_native(table.frame.to_native().with_row_index("__row"))
    return replace(table, frame=frame), (*by, "__row"), checks


def _sortable(table: Table, column: str, name: str) -> tuple[Table, Check]:
    dtype = table.frame.collect_schema()[column]
    text = isinstance(dtype, (nw.String, nw.Categorical, nw.Enum))
    if not text and not dtype.is_numeric() and not isinstance(dtype, (nw.Date, nw.Datetime)):
        raise DataError(
            "A column of days or numbers is needed to tell which row comes first.",
            where=f'order, column "{column}", type {dtype}',
            cure="Give dates, or text such as 2018-04-01, or numbers.",
        )
    frame = table.frame.with_columns(**{name: days_of(table, column).number if text else nw.col(column)})
    lost = missing_in(nw.col(name)) if dtype.is_float() or text else nw.col(name).is_null()
    check = Check(
        column,
        nw.col(f"{name}_lost"),
        "Which row of a child comes first is not known in some rows.",
        "Complete the column" + (" with ISO dates, 2018-04-01, between 1990 and 2100." if text else "."),
        f'"{column}" is missing' + (" or not an ISO date" if text else ""),
    )
    return replace(table, frame=frame.with_columns(**{f"{name}_lost": lost})), check


def first_rows(table: Table, by: tuple[str, ...], keys: tuple[str, str], inside: nw.Expr) -> Table:
    """The rows with ``__first``, the first of a child in an authority and period inside its denominator; ``__later``.

    Smallest values of one column after the other, so that nothing is sorted. A row without a child or a place in the
    order is neither. ``__tied`` marks rows that share the first place.
    """
    frame, over = table.frame, (CHILD, *keys)
    # joins of Arrow keep no order of rows, so that what is found by group would reach other rows
    if isinstance(frame, nw.DataFrame) and frame.implementation.is_pyarrow():
        frame = nw.from_native(frame.to_polars())
    counts = inside & ~nw.col(CHILD).is_null()
    for name in by:
        counts = counts & ~nw.col(f"{name}_lost") if name != "__row" else counts
    frame = frame.with_columns(__counts=nw.when(counts).then(nw.lit(1)).otherwise(nw.lit(0)))
    frame = frame.with_columns(__ahead=nw.col("__counts") == 1)
    for name in by:
        frame = frame.with_columns(__place=nw.when(nw.col("__ahead")).then(nw.col(name)))
        frame = frame.with_columns(__least=nw.col("__place").min().over(*over))
        frame = frame.with_columns(__ahead=nw.col("__ahead") & (nw.col("__place") == nw.col("__least")))
    ahead, later = nw.col("__ahead"), (nw.col("__counts") == 1) & ~nw.col("__ahead")
    if by[-1:] == ("__row",):
        return replace(table, frame=frame.with_columns(__first=ahead, __later=later, __tied=nw.lit(value=False)))
    frame = frame.with_columns(__one=nw.when(ahead).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64))
    frame = frame.with_columns(__alike=nw.col("__one").sum().over(*over))
    return replace(
        table, frame=frame.with_columns(__first=ahead, __later=later, __tied=ahead & (nw.col("__alike") > 1))
    )


def nameless_check(child: str) -> Check:
    """The check of rows of a lazy source without an identifier."""
    return Check(
        child,
        nw.col(CHILD).is_null(),
        "Some rows name no child.",
        "Complete the column, drop these rows, or leave child out: every row is then counted.",
        f'"{child}" is missing',
        "Whether they repeat another row cannot be told.",
    )


def first_notes(child: str, order: tuple[str, ...], again: int, tied: int) -> tuple[str, ...]:
    """What was counted once; an error where nothing says which row is the first.

    Raises
    ------
    DataError
        If rows share the first place in a source without an order of its own.
    """
    named = " and ".join(f'"{column}"' for column in order)
    if tied:
        told = f"and {named} puts them in the same place" if order else "and nothing says which comes first"
        further = "Name further columns in read_cohort, order=(...)" if order else 'Name a column of days: order="..."'
        raise DataError(
            f"{about(tied).capitalize()} rows repeat a child in an authority and period, {told}.",
            where=f'column "{child}" of a source whose rows have no order of their own',
            cure=f'{further}; read the table into memory, where its order decides; or count all with episodes="all".',
        )
    if not again:
        return ()
    which = f"by {named}" if order else "in the order of the table"
    return (
        f"The unit is one row for each child, authority and period, the first {which}: {about(again)} later rows of "
        "the same child were left out.",
    )
