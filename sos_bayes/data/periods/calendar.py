"""A whole column of period labels as consecutive integers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sos_bayes._core.errors import DataError, RolloutError, nearest
from sos_bayes.data.periods.moments import moment, moments, refuse_evenings
from sos_bayes.data.periods.period_forms import (
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
    "years 2014, quarters 2014Q4 (also Q4 2014), months 2014-04, financial or academic years 2013-14 (also 2013/14, "
    "2013/2014, 201314), "
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
                cure="Leave the authority out of the comparison: exclude=."
                + ("" if position < 0 else " Until then it is without the practice: with no start it is a comparator."),
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
                f"{label!r:.40} is not one of the data's {IN_WORDS[self.kind]}.",
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
    given = list(labels)
    texts = [as_text(label) for label in given]
    _refuse_no_labels(given, texts, column)
    kept = [text for text in texts if text is not None]
    resolved = _kind_of(kept, kind, column)
    numbers = [_number_of(text, resolved) for text in kept]
    first, last = min(numbers), max(numbers)
    if last - first + 1 > 2_000:
        raise DataError(
            f"The calendar would have {last - first + 1:,} periods.",
            where=f'column "{column}"',
            cure="Check the first and last labels.",
        )
    return Calendar(first, last - first + 1, resolved), tuple(number - first for number in numbers)


def _refuse_no_labels(given: list[object], texts: list[str | dt.date | None], column: str) -> None:
    """Refuse what says of no period when it is."""
    where = f'column "{column}"'
    if not texts:
        raise DataError("There are no rows.", where=where, cure="Check the file or the filter before it.")
    if any(moment(label) for label in given):
        raise moments(where)
    times = [match[1] for match in map(_TIMED.fullmatch, (v for v in given if isinstance(v, str))) if match]
    late = [time != "00:00" for time in times]
    refuse_evenings(sum(time == "23:00" for time in times), sum(late), column)
    if any(isinstance(label, float) and label % 1 for label in given) or any(
        isinstance(text, str) and _DECIMAL.fullmatch(text) for text in texts
    ):
        raise DataError(
            "The periods are numbers with decimals.",
            where=where,
            why="2018.25 is the second quarter, the first or the fourth month to different programs.",
            cure="Write quarters as 2018Q2 and months as 2018-04.",
        )
    if any(text is None or text == "" for text in texts):
        raise DataError(
            "Some labels of periods are missing or no labels at all.", where=where, cure=f"Known forms: {FORMS}."
        )


_DECIMAL = re.compile(r"\d{1,6}\.\d*[1-9]\d*")
_TIMED = re.compile(r"\s*\d{4}-\d{2}-\d{2}[ T](\d{2}:\d{2})(?::00(?:\.0+)?)?\s*")


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
    if odd and all(re.fullmatch(r"[0-9]{1,3}", text) for text in texts):
        return DataError(
            f"Running numbers have no known form (shapes {shapes}).",
            where=where,
            why="They do not say when a period was or how long it is.",
            cure="Write what they stand for, here and in the rollout: years 2014, quarters 2014Q4, months 2014-04.",
        )
    if odd:
        return DataError(
            f"{len(odd)} of {len(texts)} distinct labels have no known form (shapes {shapes}).",
            where=where,
            cure=f"Known forms, for years 1990 to 2100 (bare years from 1900): {FORMS}.",
        )
    words = " and ".join(IN_WORDS[kind] for kind in known)
    return DataError(f"The labels mix {words}.", where=where, cure="Write all periods in one form.")
