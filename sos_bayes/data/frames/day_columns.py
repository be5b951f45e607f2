"""Columns of days, in any type a source has for them, as numbers that every engine computes alike."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from sos_bayes._core.errors import DataError
from sos_bayes.data.frames.moment_columns import refuse_moments
from sos_bayes.data.frames.number_columns import BLANKS, missing_in
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Table

FIRST, LAST = 1990, 2100  # years that a day of a study may lie in
_LEAP = r"(?:19(?:9[26])|20(?:0[048]|[2468][048]|[13579][26]))"
_DAY = (
    r"(?:(?:19|20|21)[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|"
    rf"02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
_ISO = rf"^{_DAY}(?:[ T][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]+)?)?)?$"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Days:
    """A column of days.

    Parameters
    ----------
    month : narwhals expression
        Running number of the month (12 times the year and so on) as a float, NaN or null where there is no day that can
        be read.
    day : narwhals expression
        Day of the month, likewise.
    blank, odd, known : narwhals expression
        True where nothing is recorded, where something is that is no day of 1990 to 2100, and where a day is.
    """

    month: nw.Expr
    day: nw.Expr
    blank: nw.Expr
    odd: nw.Expr
    known: nw.Expr

    @property
    def number(self) -> nw.Expr:
        """A float that sorts as the days do: 31 days to every month."""
        return self.month * 31 + self.day


def number_of(year: int, month: int, day: int) -> float:
    """`Days.number` of one day.

    Examples
    --------
    >>> number_of(2018, 9, 30) < number_of(2018, 10, 1)
    True
    """
    return float((year * 12 + month - 1) * 31 + day)


def days_of(table: Table, column: str) -> Days:
    """Read a column as days.

    Raises
    ------
    DataError
        If its type holds no days, as with the running numbers of spreadsheets, or moments of an unknown zone.
    """
    refuse_moments(table, column)
    dtype = table.frame.collect_schema()[column]
    if isinstance(dtype, (nw.Date, nw.Datetime)):
        part, blank = nw.col(column).dt, nw.col(column).is_null()
        year, month, day = (value.cast(nw.Float64) for value in (part.year(), part.month(), part.day()))
        known = ~blank
    elif isinstance(dtype, (nw.String, nw.Categorical, nw.Enum)):
        text = nw.col(column).cast(nw.String).str.strip_chars()
        blank = text.is_null() | text.str.to_lowercase().is_in(sorted({*BLANKS, "nat"}))
        known = text.str.contains(_ISO)
        year, month, day = (
            nw.when(known).then(text.str.slice(start, length)).cast(nw.Float64)
            for start, length in ((0, 4), (5, 2), (8, 2))
        )
    else:
        raise DataError(
            "A column of days is needed.",
            where=f'column "{column}", type {dtype}',
            why="Running numbers of spreadsheets count from different days in different programs.",
            cure="Give dates, or text such as 2018-04-01.",
        )
    inside = (year >= FIRST) & (year <= LAST)
    odd = ~blank & (~known | ~inside)
    good = ~blank & known & inside
    number = nw.when(good).then(year * 12 + month - 1)
    return Days(number, day, blank, odd, good)


def day_checks(column: str, name: str) -> list[Check]:
    """What a column of days may not hold, whose `Days.odd` stands in the frame under ``name``."""
    return [
        Check(
            column,
            nw.col(name),
            "Some days cannot be read.",
            "Write ISO dates, 2018-04-01, between 1990 and 2100, without a time zone; leave unknown days blank. A "
            "column of moments such as 2018-03-31T23:00:00Z is read as timestamps, with timezone= said.",
            f'"{column}" is not an ISO date between 1990 and 2100',
            "01/04/2018 is 1 April to some programs and 4 January to others.",
        )
    ]


def lacking(number: str) -> nw.Expr:
    """True where a column of `Days.number` holds no day."""
    return missing_in(nw.col(number))
