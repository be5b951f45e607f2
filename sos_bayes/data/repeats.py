"""Children with several rows: one of them, or all of them at what they are worth together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import narwhals as nw

from sos_bayes._core.errors import DataError
from sos_bayes.data.dates import days_of
from sos_bayes.data.faults import Check
from sos_bayes.data.numerals import missing_in
from sos_bayes.data.tables import Frame, Table, about, factorise

Episodes = Literal["first", "all"]
CHILD = "__child"  # the identifier, under a name that no outcome and no covariate can ask for


def at_the_door(table: Table, child: str) -> Table:
    """Identifiers as running numbers where the rows are in memory; a lazy source keeps them, and keeps them to itself.

    Raises
    ------
    DataError
        If a row in memory has no identifier, or the source is one that cannot number a child's rows.
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
        where=f'column "{child}", {bad:,} of {rows:,} rows',
        why="Whether they repeat another row cannot be told.",
        cure="Complete the column, drop these rows, or leave child out: every row is then counted.",
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Order:
    """Which row of a child comes first.

    Parameters
    ----------
    table : Table
        The rows, with the columns that ``by`` names.
    by : tuple of str
        Columns to sort by, the first one first.
    total : bool
        Whether the source itself has an order, so that no two rows tie.
    checks : tuple of Check
        What may be wrong with the column of order.
    """

    table: Table
    by: tuple[str, ...]
    total: bool
    checks: tuple[Check, ...]


def ordered_by(table: Table, order: str | None, ties: tuple[str, ...]) -> Order:
    """Prepare the columns by which rows of a child are put in order; ``ties`` settle what ``order`` leaves open."""
    by: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    if order is not None:
        table, odd = _sortable(table, order)
        by, checks = ("__order",), (_unordered(order, odd),)
    if not table.ordered:
        return Order(table, (*by, *ties), total=False, checks=checks)
    if isinstance(table.frame, nw.DataFrame):
        frame: Frame = table.frame.with_row_index("__row")
    else:  # only polars has lazy rows in an order: those of a CSV file
        frame = nw.from_native(table.frame.to_native().with_row_index("__row"))
    return Order(replace(table, frame=frame), (*by, "__row"), total=True, checks=checks)


def _sortable(table: Table, order: str) -> tuple[Table, bool]:
    dtype = table.frame.collect_schema()[order]
    text = isinstance(dtype, (nw.String, nw.Categorical, nw.Enum))
    if not text and not dtype.is_numeric() and not isinstance(dtype, (nw.Date, nw.Datetime)):
        raise DataError(
            "A column of days or numbers is needed to tell which row comes first.",
            where=f'order, column "{order}", type {dtype}',
            cure="Give dates, or text such as 2018-04-01, or numbers.",
        )
    value = days_of(table, order).number if text else nw.col(order)
    floats = dtype.is_float() or text
    frame = table.frame.with_columns(__order=value)
    lost = missing_in(nw.col("__order")) if floats else nw.col("__order").is_null()
    return replace(table, frame=frame.with_columns(__unordered=lost)), text


def _unordered(order: str, text: bool) -> Check:
    return Check(
        order,
        nw.col("__unordered"),
        "Which row of a child comes first is not known in some rows.",
        "Complete the column" + (" with ISO dates, 2018-04-01, between 1990 and 2100." if text else "."),
        f'"{order}" is missing' + (" or not an ISO date" if text else ""),
    )


def first_rows(order: Order, keys: tuple[str, str], inside: nw.Expr) -> Table:
    """The rows with ``__first``, the first of a child in an authority and period inside the denominator, and ``__later``.

    A row without a child or a place in the order is neither. ``__tied`` marks firsts that share their place.
    """
    table, over = order.table, (CHILD, *keys)
    frame = table.frame
    if frame.implementation.is_pyarrow():  # Arrow numbers no rows within groups
        assert isinstance(frame, nw.DataFrame)
        frame = nw.from_native(frame.to_polars())
    named = ~nw.col(CHILD).is_null()
    if order.checks:
        named = named & ~nw.col("__unordered")
    frame = frame.with_columns(__one=nw.when(inside & named).then(nw.lit(1)).otherwise(nw.lit(0)))
    one = nw.col("__one").cast(nw.Int64)
    frame = frame.with_columns(__nth=one.cum_sum().over(*over, order_by=order.by))
    shared = (*over, "__order") if order.checks else over
    frame = frame.with_columns(__alike=nw.lit(0) if order.total else one.sum().over(*shared))
    first = (nw.col("__one") == 1) & (nw.col("__nth") == 1)
    later = (nw.col("__one") == 1) & (nw.col("__nth") != 1)
    frame = frame.with_columns(__first=first, __later=later, __tied=first & (nw.col("__alike") > 1))
    return replace(table, frame=frame)


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


def first_notes(child: str, order: str | None, again: int, tied: int) -> tuple[str, ...]:
    """What was counted once; an error where nothing says which row is the first.

    Raises
    ------
    DataError
        If rows tie in a source without an order, and no column of order was named.
    """
    if tied and order is None:
        raise DataError(
            f"{about(tied).capitalize()} children have several rows in an authority and period, and nothing says "
            "which comes first.",
            where=f'column "{child}" of a source whose rows have no order',
            cure='Name a column of days in read_cohort, order="...", or count them all with episodes="all".',
        )
    if not again:
        return ()
    which = "in the order of the table" if order is None else f'by "{order}"'
    notes = [
        f"The unit is one row for each child, authority and period, the first {which}: {about(again)} later rows of "
        "the same child were left out."
    ]
    if tied:
        notes.append(
            f'{about(tied).capitalize()} first rows share their value of "{order}" with another: covariates and '
            "outcome, smallest first, chose between them."
        )
    return tuple(notes)
