"""A whole column of period labels as consecutive integers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sos_bayes._core.errors import DataError, RolloutError, nearest
from sos_bayes.data.periods import (
    EARLIEST_YEAR,
    IN_WORDS,
    KINDS,
    YEARS_PER_PERIOD,
    CalendarKind,
    Kind,
    PeriodLabel,
    as_text,
    ordinal,
    ordinal_of_date,
    printed,
    shape,
)

__all__ = ["Calendar", "CalendarKind", "PeriodLabel"]

FORMS = (
    "years 2014, quarters 2014Q4, months 2014-04, financial or academic years 2013-14 (also 2013/14, 201314), "
    "ISO dates 2014-04-01 together with calendar="
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Consecutive periods with their printed labels, gaps filled.

    Parameters
    ----------
    first : int
        Running number of the first period within its kind.
    length : int
        Number of periods.
    kind : str
        "year", "quarter", "month", "financial_year", "academic_year", or "split_year" where labels such as
        2013-14 do not say which of the last two they are.

    Examples
    --------
    >>> calendar = Calendar.of(["2014Q4", "2015Q2"])
    >>> calendar.labels, calendar.position("2015Q1"), calendar.years
    (('2014Q4', '2015Q1', '2015Q2'), 1, 0.25)
    """

    first: int
    length: int
    kind: Kind

    def __len__(self) -> int:
        return self.length

    @property
    def labels(self) -> tuple[str, ...]:
        """Printed labels of all periods, in order, length T."""
        return tuple(printed(self.first + t, self.kind) for t in range(self.length))

    @property
    def years(self) -> float:
        """The length of one period in years."""
        return YEARS_PER_PERIOD[self.kind]

    def position(self, label: PeriodLabel) -> int:
        """The index of a period, from 0 to T - 1.

        Parameters
        ----------
        label : int, str or date
            A period in any written form of this calendar's kind; a date is placed in the period it lies in.

        Raises
        ------
        RolloutError
            If the label has another form, or lies before the first or after the last period.
        """
        number = self._number(label)
        position = number - self.first
        if not 0 <= position < self.length:
            side = "before the first period" if position < 0 else "after the last period"
            raise RolloutError(
                f'"{printed(number, self.kind)}" lies {side} of the data.',
                where=f"periods {self.labels[0]} to {self.labels[-1]}",
                cure="Leave the authority out of the comparison with exclude=, or drop its start.",
            )
        return position

    def _number(self, label: PeriodLabel) -> int:
        text = as_text(label)
        number = None
        if isinstance(text, dt.date):
            number = ordinal_of_date(text, self.kind)
            if number is None and self.kind == "split_year":
                raise RolloutError(
                    f"The day {text.isoformat()} has no place among labels such as {self.labels[0]}.",
                    why="They may be financial years (from 1 April) or academic years (from 1 September).",
                    cure='Read the table with calendar="financial_year" or calendar="academic_year".',
                )
        elif text is not None:
            number = ordinal(text, self.kind)
        if number is None:
            raise RolloutError(
                f"{label!r:.40} is not one of the data's {IN_WORDS[self.kind]}.{nearest(str(label), self.labels)}",
                where=f"periods {self.labels[0]} to {self.labels[-1]}",
                cure=f"Write it as the data do: {self.labels[0]}.",
            )
        return number

    @classmethod
    def of(cls, labels: Iterable[object], kind: CalendarKind | None = None, *, column: str = "period") -> Calendar:
        """Build the calendar of a whole column.

        Parameters
        ----------
        labels : iterable of int, str or date
            The column's distinct labels.
        kind : str, optional
            What the labels are, where they do not say it themselves.
        column : str
            The column's name, for messages.

        Raises
        ------
        DataError
            If labels are missing, of no known form, of several forms, or fit two forms.
        """
        calendar, _ = resolve(labels, kind, column=column)
        return calendar


def resolve(
    labels: Iterable[object], kind: CalendarKind | None = None, *, column: str = "period"
) -> tuple[Calendar, tuple[int, ...]]:
    """The calendar of a whole column and the position of each of its labels, in the order given."""
    check_kind(kind)
    texts = [as_text(label) for label in labels]
    if not texts:
        raise DataError(
            "There are no rows.", where=f'column "{column}"', cure="Check the file or the filter before it."
        )
    if any(text is None or text == "" for text in texts):
        raise DataError(
            "Some labels of periods are missing or no labels at all.",
            where=f'column "{column}"',
            cure=f"Known forms: {FORMS}.",
        )
    kept = [text for text in texts if text is not None]
    found = _kind_of(kept, kind, column)
    numbers = [_number_of(text, found) for text in kept]
    first, last = min(numbers), max(numbers)
    if last - first + 1 > 2_000:
        raise DataError(
            f"The calendar would have {last - first + 1:,} periods.",
            where=f'column "{column}"',
            cure="Check the first and last labels.",
        )
    return Calendar(first, last - first + 1, found), tuple(number - first for number in numbers)


def check_kind(kind: object) -> None:
    """Refuse a word that names no calendar."""
    if kind is not None and kind not in KINDS:
        words = ", ".join(f'"{word}"' for word in KINDS)
        raise DataError(f"calendar={kind!r} is not known.{nearest(str(kind), KINDS)}", cure=f"Use one of {words}.")


def _number_of(text: str | dt.date, kind: Kind) -> int:
    number = ordinal_of_date(text, kind) if isinstance(text, dt.date) else ordinal(text, kind)
    assert number is not None
    return number


def _kind_of(texts: list[str | dt.date], wanted: CalendarKind | None, column: str) -> Kind:
    where = f'column "{column}"'
    dates = [text for text in texts if isinstance(text, dt.date)]
    if dates and len(dates) < len(texts):
        raise DataError("Dates and other labels are mixed.", where=where, cure="Write all periods in one form.")
    if wanted is not None:
        _check_all_fit(texts, wanted, where)
        return wanted
    if dates:
        raise days(column)
    fitting = [kind for kind in _UNTOLD if all(ordinal(str(text), kind) is not None for text in texts)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise DataError(
            f'Labels such as "{texts[0]}" may be {" or ".join(IN_WORDS[kind] for kind in fitting)}.',
            where=where,
            why="The two readings give different orders and different starts.",
            cure='Say calendar="financial_year", "academic_year" or "month".',
        )
    raise _unknown_form([str(text) for text in texts], where)


def days(column: str) -> DataError:
    """The error for dates whose periods nobody has named."""
    return DataError(
        "The periods are days.",
        where=f'column "{column}"',
        why="A day lies in a month, a quarter, a year, a financial and an academic year: the analyst says which.",
        cure='Say calendar="month", "quarter", "year", "financial_year" or "academic_year".',
    )


_UNTOLD: tuple[Kind, ...] = ("year", "quarter", "month", "split_year")


def _check_all_fit(texts: list[str | dt.date], kind: CalendarKind, where: str) -> None:
    wrong = [
        text
        for text in texts
        if (ordinal_of_date(text, kind) if isinstance(text, dt.date) else ordinal(text, kind)) is None
    ]
    if wrong:
        shapes = ", ".join(sorted({shape(str(text)) for text in wrong})[:3])
        earliest = EARLIEST_YEAR if kind == "year" else 1990
        raise DataError(
            f"{len(wrong)} of {len(texts)} labels are not {IN_WORDS[kind]} between {earliest} and 2100 "
            f"(shapes {shapes}).",
            where=where,
            cure=f"Known forms: {FORMS}.",
        )


def _unknown_form(texts: list[str], where: str) -> DataError:
    known = [kind for kind in _UNTOLD if any(ordinal(text, kind) is not None for text in texts)]
    odd = [text for text in texts if all(ordinal(text, kind) is None for kind in _UNTOLD)]
    shapes = ", ".join(sorted({shape(text) for text in odd or texts})[:3])
    if any(shape(text) in {"99/99/9999", "99-99-9999", "9/9/9999", "99.99.9999"} for text in odd):
        return DataError(
            "Dates with the day or month first are not read.",
            where=where,
            why="01/04/2018 is 1 April to some programs and 4 January to others; the financial year starts then.",
            cure="Write ISO dates: 2018-04-01.",
        )
    if odd:
        return DataError(
            f"{len(odd)} of {len(texts)} distinct labels have no known form (shapes {shapes}).",
            where=where,
            cure=f"Known forms, for years 1990 to 2100 (bare years from 1900): {FORMS}.",
        )
    words = " and ".join(IN_WORDS[kind] for kind in known)
    return DataError(f"The labels mix {words}.", where=where, cure="Write all periods in one form.")
