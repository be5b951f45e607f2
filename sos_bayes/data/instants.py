"""Moments in time as days: which day a moment lies in depends on a zone, and somebody has to say it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import narwhals as nw

from sos_bayes._core.errors import DataError, nearest

if TYPE_CHECKING:
    from sos_bayes.data.tables import Table

WHY = "Local midnight in summer is 23:00 of the day before in UTC: 1 April would count in the financial year before."
CURE = 'Say in which zone a day begins and ends: timezone="Europe/London".'
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)? ?(?:Z|z|UTC|GMT|[+\N{MINUS SIGN}-]\d{2}:?(?:\d{2})?)"
)
MOMENT = rf"^\s*{_MOMENT.pattern}\s*$"  # for an engine's own regular expressions


def named_place(zone: object) -> bool:
    """Whether a zone is that of a place, whose days are the days of its people, and not UTC or an offset.

    Examples
    --------
    >>> named_place("Europe/London"), named_place("UTC"), named_place("Etc/GMT-1"), named_place("+01:00")
    (True, False, False, False)
    """
    return isinstance(zone, str) and "/" in zone and not zone.startswith("Etc/")


def moment(value: object) -> dt.datetime | None:
    """A moment with a zone that is not a place's, from a datetime or text; None for anything else.

    Examples
    --------
    >>> moment("2014-03-31T23:00:00Z").isoformat(), moment("2014-04-01")
    ('2014-03-31T23:00:00+00:00', None)
    """
    if isinstance(value, dt.datetime):
        return value if value.tzinfo is not None and not named_place(_key(value.tzinfo)) else None
    if not isinstance(value, str) or not _MOMENT.fullmatch(value.strip()):
        return None
    text = value.strip().upper().replace("UTC", "Z").replace("GMT", "Z").replace("\N{MINUS SIGN}", "-")
    try:
        return dt.datetime.fromisoformat(text.replace(" Z", "Z").replace(" +", "+").replace(" -", "-"))
    except ValueError:
        return None


def _key(zone: dt.tzinfo) -> str | None:
    key = getattr(zone, "key", None) or getattr(zone, "zone", None)
    return key if isinstance(key, str) else None


def day_in[T](value: T, timezone: str | None) -> T | dt.date:
    """The day of a moment in a zone; any other value, and every value where no zone is said, as it is.

    Examples
    --------
    >>> day_in("2014-03-31T23:00:00Z", "Europe/London"), day_in("2014", "Europe/London")
    (datetime.date(2014, 4, 1), '2014')
    """
    found = None if timezone is None else moment(value)
    return value if found is None or timezone is None else found.astimezone(ZoneInfo(timezone)).date()


def moments(where: str) -> DataError:
    """The error for moments whose zone nobody has said."""
    return DataError("Days are kept as moments with a time zone.", where=where, why=WHY, cure=CURE)


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


def refuse_evenings(evening: int, by_day: int, column: str) -> None:
    """Refuse times of day of which some are 23:00 sharp and all others midnight."""
    if evening and evening == by_day:
        raise DataError(
            "Every time of day is midnight or 23:00, as where local midnights were turned into UTC.",
            where=f'column "{column}", without a time zone',
            why=WHY,
            cure='Give dates; or mark the column as UTC, with its zone, and say timezone="Europe/London".',
        )


def check_zone(timezone: object) -> None:
    """Refuse a zone that the computer's list of zones does not have."""
    if timezone is None or (isinstance(timezone, str) and timezone in available_timezones()):
        return
    close = nearest(str(timezone), available_timezones()) if isinstance(timezone, str) else ""
    raise DataError(f"timezone={timezone!r:.40} is not a time zone.{close}", cure='Write timezone="Europe/London".')


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
