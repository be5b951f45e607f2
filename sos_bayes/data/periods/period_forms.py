"""The written forms of a period: one reader and one printer per kind of calendar."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal, get_args

from sos_bayes.data.periods.moments import moment

CalendarKind = Literal["year", "quarter", "month", "financial_year", "academic_year"]
Kind = Literal["year", "quarter", "month", "financial_year", "academic_year", "split_year"]
PeriodLabel = int | str | dt.date

KINDS: tuple[CalendarKind, ...] = get_args(CalendarKind)
YEARS_PER_PERIOD: dict[Kind, float] = {
    "year": 1.0,
    "quarter": 0.25,
    "month": 1 / 12,
    "financial_year": 1.0,
    "academic_year": 1.0,
    "split_year": 1.0,
}
EARLIEST_YEAR = 1900  # of bare years; written otherwise, a year before 1990 is more often a slip
FIRST_MONTH = {"financial_year": 4, "academic_year": 9}
IN_WORDS: dict[Kind, str] = {
    "year": "years",
    "quarter": "quarters",
    "month": "months",
    "financial_year": "financial years",
    "academic_year": "academic years",
    "split_year": "financial or academic years",
}

_SPACES_AND_DASHES = str.maketrans(
    dict.fromkeys("\u00a0\u202f", " ") | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
)
_YEAR = re.compile(r"\d{4}")
_QUARTER = re.compile(r"(\d{4})[ /-]?[Qq]([1-4])|[Qq]([1-4])[ /-](\d{4})")
_MONTH = re.compile(r"(\d{4})-?(\d{2})")
_SPLIT = re.compile(r"(\d{4})(?:[-/]?(\d{2})| ?[-/] ?(\d{4}))")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")


def as_text(label: object) -> str | dt.date | None:
    """One period label as text or date; None where it is neither a label nor missing-proof.

    Numpy numbers, whole floats, dates and datetimes of every source meet here.
    """
    if hasattr(label, "item"):
        label = label.item()
    if isinstance(label, bool):
        return None
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    if isinstance(label, int):
        return str(label)
    if isinstance(label, dt.datetime):
        return label.isoformat() if moment(label) else label.date()
    if isinstance(label, dt.date):
        return label
    if isinstance(label, str):
        text = label.translate(_SPACES_AND_DASHES).strip()
        return read_date(text) or text
    return None


def read_date(text: str) -> dt.date | None:
    """An ISO date, with or without a time of day; None for anything else."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return dt.date.fromisoformat(match[1])
    except ValueError:
        return None


def ordinal(text: str, kind: Kind) -> int | None:
    """The running number of a written period of this kind; None where the text is not of this form."""
    if kind == "year":
        return _checked(int(text), int(text), EARLIEST_YEAR) if _YEAR.fullmatch(text) else None
    if kind == "quarter":
        match = _QUARTER.fullmatch(text)
        if match is None:
            return None
        year, quarter = int(match[1] or match[4]), int(match[2] or match[3])
        return _checked(year, year * 4 + quarter - 1)
    if kind == "month":
        match = _MONTH.fullmatch(text)
        if match is None or not 1 <= int(match[2]) <= 12:
            return None
        return _checked(int(match[1]), int(match[1]) * 12 + int(match[2]) - 1)
    match = _SPLIT.fullmatch(text)
    if match is None:
        return None
    first, last = int(match[1]), int(match[2] or match[3])
    follows = first + 1 == last if match[3] else (first + 1) % 100 == last
    return _checked(first, first) if follows else None


def ordinal_of_date(day: dt.date, kind: Kind) -> int | None:
    """The running number of the period in which a day lies; None where the kind does not say."""
    if kind == "year":
        number = day.year
    elif kind == "quarter":
        number = day.year * 4 + (day.month - 1) // 3
    elif kind == "month":
        number = day.year * 12 + day.month - 1
    elif kind in FIRST_MONTH:
        number = day.year - (day.month < FIRST_MONTH[kind])
    else:
        return None
    return _checked(day.year, number)


def printed(number: int, kind: Kind) -> str:
    """The label of a running number.

    Examples
    --------
    >>> printed(2013, "financial_year"), printed(2014 * 4 + 3, "quarter")
    ('2013-14', '2014Q4')
    """
    if kind == "year":
        return str(number)
    if kind == "quarter":
        return f"{number // 4}Q{number % 4 + 1}"
    if kind == "month":
        return f"{number // 12}-{number % 12 + 1:02d}"
    return f"{number}-{(number + 1) % 100:02d}"


def _checked(year: int, number: int, earliest: int = 1990) -> int | None:
    return number if earliest <= year <= 2100 else None


def shape(text: str) -> str:
    """A label's shape, digits as 9 and letters as a: what an error may print of a table's contents.

    Examples
    --------
    >>> shape("01/04/2018")
    '99/99/9999'
    """
    kept = "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in text[:20] if c.isprintable())
    return kept + ("..." if len(text) > 20 else "")
