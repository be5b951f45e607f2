"""What is wrong with which rows, without saying whose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import narwhals as nw

from sos_bayes._core.errors import DataError
from sos_bayes.data.frames.table import Frame, Table, collected


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Check:
    """A fault that rows may have.

    Parameters
    ----------
    column : str
        The column to blame.
    flag : narwhals expression
        True where a row is faulty.
    what, cure : str
        The message's first and last part.
    find : str
        The filter that shows the rows, in words.
    why : str, optional
        Why it matters.
    """

    column: str
    flag: nw.Expr
    what: str
    cure: str
    find: str
    why: str | None = None


def faults_of(table: Table, checks: Iterable[Check]) -> list[tuple[Check, DataError]]:
    """Every check that any row fails, with its error; one pass over the rows finds out."""
    asked = list(checks)
    sums = {f"bad{i}": check.flag.cast(nw.Int64).sum() for i, check in enumerate(asked)}
    counts = collected(table.frame.select(rows=nw.len(), **sums))
    rows = int(counts["rows"][0] or 0)
    faults = []
    for i, check in enumerate(asked):
        bad = int(counts[f"bad{i}"][0] or 0)
        if bad:
            error = DataError(
                check.what,
                where=f'column "{check.column}"',
                rows=f"{bad:,} of {rows:,} rows{_positions(table, check)}",
                why=check.why,
                cure=check.cure,
            )
            faults.append((check, error))
    return faults


def raise_first(table: Table, checks: Iterable[Check]) -> None:
    """Raise the error of the first check that any row fails."""
    faults = faults_of(table, checks)
    if faults:
        raise faults[0][1]


def at(positions: Iterable[int]) -> str:
    """Up to three row positions in words."""
    some = [f"{position:,}" for position in positions][:3]
    if not some:
        return ""
    words = some[0] if len(some) == 1 else ", ".join(some[:-1]) + " and " + some[-1]
    return f", first at row {words} (counted from 0)" if len(some) == 1 else f", first at rows {words} (counted from 0)"


def _positions(table: Table, check: Check) -> str:
    if not table.ordered:
        return f"; to see them, filter for rows where {check.find}"
    flagged = table.frame.select(check.flag.alias("__bad"))
    if isinstance(flagged, nw.LazyFrame):  # only polars has lazy rows in an order: those of a CSV file
        numbered: Frame = nw.from_native(flagged.to_native().with_row_index("__row"))
    else:
        numbered = flagged.with_row_index("__row")
    rows = collected(numbered.filter(nw.col("__bad")).head(3))
    return at(int(row) for row in rows["__row"].to_list())
