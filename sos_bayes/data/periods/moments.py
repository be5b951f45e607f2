"""Moments in time as days: which day a moment lies in depends on a zone, and somebody has to say it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from sos_bayes._core.errors import DataError, nearest

if TYPE_CHECKING:
    pass

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
    instant = None if timezone is None else moment(value)
    return value if instant is None or timezone is None else instant.astimezone(ZoneInfo(timezone)).date()


def moments(where: str) -> DataError:
    """The error for moments whose zone nobody has said."""
    return DataError("Days are kept as moments with a time zone.", where=where, why=WHY, cure=CURE)


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
