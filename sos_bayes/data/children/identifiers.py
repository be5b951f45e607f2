"""Identifiers that no longer tell children apart, or tell one child apart from itself."""

from __future__ import annotations

import narwhals as nw

from sos_bayes._core.errors import DataError, together
from sos_bayes.data.frames.table import Table, collected, size

EXACT = {nw.Float32: 2.0**24, nw.Float64: 2.0**53}  # from here on, neighbouring whole numbers are one float
_WHOLE, _WRITTEN = r"^[0-9]+(?:\.0+)?$", r"^(?:0[0-9]+|[0-9]+\.0+)$"
_ROUNDED = r"^(?:[0-9]\.[0-9]+[eE]\+?[0-9]{1,2}|[0-9][eE]\+[0-9]{1,2}|(?:[0-9]{17,}|9[0-9]{15})\.0+)$"


def check_identifiers(table: Table, column: str, shown: str) -> None:
    """Refuse identifiers that were rounded as floats, or are written with and without leading zeros or decimals.

    Parameters
    ----------
    table : Table
    column : str
        Where the identifiers are.
    shown : str
        What the analyst calls that column.

    Raises
    ------
    DataError
        If children cannot be told apart by the column.
    """
    dtype = table.frame.collect_schema()[column]
    if dtype.is_float():
        limit = next((most for kind, most in EXACT.items() if dtype == kind), 2.0**11)
        value = nw.col(column)
        large = (value.abs() >= limit) & ~value.is_nan()
        counts = collected(table.frame.select(bad=large.cast(nw.Int64).sum()))
        faults = [_rounded(shown, int(counts["bad"][0] or 0))]
    else:
        faults = _faults_of_texts(table, column, shown)
    errors = [fault for fault in faults if fault is not None]
    if errors:
        raise together(errors)


def _faults_of_texts(table: Table, column: str, shown: str) -> list[DataError | None]:
    frame, rounded = table.frame, 0
    if isinstance(frame, nw.DataFrame) and frame.collect_schema()[column] in (nw.Object, nw.Unknown):
        rounded = sum(isinstance(v, float) and abs(v) >= EXACT[nw.Float64] for v in frame[column].to_list())
        frame = table.plain([column]).frame
    if not isinstance(frame.collect_schema()[column], (nw.String, nw.Categorical, nw.Enum)):
        return [_rounded(shown, rounded)]
    text = nw.col(column).cast(nw.String).str.strip_chars()
    looked = frame.select(
        rounded=text.str.contains(_ROUNDED).cast(nw.Int64),
        written=text.str.contains(_WRITTEN).cast(nw.Int64),
        length=nw.when(text.str.contains(_WHOLE)).then(text.str.len_chars()),
    )
    length = nw.col("length")
    sums = collected(looked.select(nw.col("rounded", "written").sum(), shortest=length.min(), longest=length.max()))
    ways = None
    if int(sums["written"][0] or 0) and sums["shortest"][0] != sums["longest"][0]:
        whole = frame.select(raw=text).filter(nw.col("raw").str.contains(_WHOLE))
        short = nw.col("raw").str.replace_all(r"\.0+$", "").str.replace_all(r"^0+", "")
        counts = collected(whole.with_columns(short=short).select(nw.col("raw", "short").n_unique()))
        ways = _two_ways(shown, int(counts["raw"][0]) - int(counts["short"][0]))
    return [_rounded(shown, rounded + int(sums["rounded"][0] or 0)), ways]


def _rounded(shown: str, bad: int) -> DataError | None:
    if not bad:
        return None
    return DataError(
        "Identifiers of children were rounded as floats.",
        where=f'column "{shown}", {size(bad)} rows',
        why="Long numbers that went through floats or a spreadsheet end in digits that are not theirs: several "
        "children become one.",
        cure="Read the column as text or whole numbers where the table is first made, and never as decimals.",
    )


def _two_ways(shown: str, doubled: int) -> DataError | None:
    if not doubled:
        return None
    return DataError(
        "Identifiers of children are written in two ways, with and without leading zeros or decimals.",
        where=f'column "{shown}", {size(doubled)} identifiers',
        why="One child would count as two.",
        cure="Write them all in one way, as text of one length.",
    )
