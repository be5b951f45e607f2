"""Columns of moments as local time, and the refusal of those whose zone nobody said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import narwhals as nw

from sos_bayes.data.periods.moments import check_zone, moments, named_place, refuse_evenings

if TYPE_CHECKING:
    from sos_bayes.data.frames.table import Table


def refuse_moments(table: Table, column: str) -> None:
    """Refuse a column of moments whose type does not name the place whose days are meant, and evenings that look so.

    In databases the zone is the session's and not the column's: nobody has said it.

    Raises
    ------
    DataError
        If a zone is needed, or every time of day is midnight or 23:00 as after a conversion to UTC.
    """
    dtype, engine = table.frame.collect_schema()[column], table.frame.implementation
    if not isinstance(dtype, nw.Datetime):
        return
    said = named_place(dtype.time_zone) and not (engine.is_duckdb() or engine.is_spark_like())
    if dtype.time_zone is not None and not said:
        raise moments(f'column "{column}", time zone {dtype.time_zone}')
    if isinstance(table.frame, nw.DataFrame):
        counts = table.frame.select(**{name: flag.cast(nw.Int64).sum() for name, flag in clock(column).items()})
        evening, by_day = (int(counts[name][0] or 0) for name in clock(column))
        refuse_evenings(evening, by_day, column)


def clock(column: str) -> dict[str, nw.Expr]:
    """Whether a moment without a zone is 23:00 sharp, and whether it is anything but midnight."""
    time = nw.col(column).dt
    sharp = (time.minute() == 0) & (time.second() == 0)
    return {"__evening": sharp & (time.hour() == 23), "__by_day": ~(sharp & (time.hour() == 0))}


def in_zone(table: Table, timezone: str | None) -> Table:
    """Every column of moments as local time, in whatever engine holds it; columns without a zone as they are.

    Raises
    ------
    DataError
        If the zone is not known.
    """
    check_zone(timezone)
    frame = table.frame
    zoned = {n: t for n, t in frame.collect_schema().items() if isinstance(t, nw.Datetime) and t.time_zone is not None}
    if not zoned:
        return table
    if frame.implementation.is_duckdb() or frame.implementation.is_spark_like():
        return _by_the_engine(table, list(zoned), timezone)
    if timezone is None:
        return table
    local = (nw.col(name).dt.convert_time_zone(timezone).dt.replace_time_zone(None) for name in zoned)
    return replace(table, frame=frame.with_columns(*local))


def _by_the_engine(table: Table, zoned: list[str], timezone: str | None) -> Table:
    """Where a zone belongs to the session and not to the column, what the type says is nobody's statement."""
    native = table.frame.to_native()
    if timezone is None:
        return table
    if table.frame.implementation.is_duckdb():
        names = [(name, f'"{name.replace(chr(34), chr(34) * 2)}"') for name in table.frame.collect_schema().names()]
        parts = [f"timezone('{timezone}', {quoted}) AS {quoted}" if n in zoned else quoted for n, quoted in names]
        return replace(table, frame=nw.from_native(native.project(", ".join(parts))))
    columns = []
    for name in table.frame.collect_schema().names():
        quoted = f"`{name.replace('`', '``')}`"
        local = f"convert_timezone('{timezone}', CAST({quoted} AS TIMESTAMP_NTZ)) AS {quoted}"
        columns.append(local if name in zoned else quoted)
    return replace(table, frame=nw.from_native(native.selectExpr(*columns)))
