"""Rows in their periods, inside the engine that holds them."""

from __future__ import annotations

import narwhals as nw

from sos_bayes.data.children.cohort import Cohort
from sos_bayes.data.frames.moment_columns import clock
from sos_bayes.data.frames.table import Frame, Value
from sos_bayes.data.periods.calendar import days
from sos_bayes.data.periods.period_forms import FIRST_MONTH, CalendarKind, as_text, printed

CLOCK = ("__evening", "__by_day")


def binned(frame: Frame, period: str, kind: CalendarKind | None) -> Frame:
    """Dates as the first running number of their period, so that groups are periods and not days."""
    dtype = frame.collect_schema()[period]
    if not isinstance(dtype, (nw.Date, nw.Datetime)):
        return frame
    if kind is None:
        raise days(period)
    day = nw.col(period).dt
    year, month = day.year(), day.month()
    numbers = {
        "year": year,
        "quarter": year * 4 + (month - 1 - (month - 1) % 3) / 3,
        "month": year * 12 + month - 1,
    }
    number = numbers.get(kind, year - (month < FIRST_MONTH.get(kind, 1)).cast(nw.Int64))
    flags = clock(period) if isinstance(frame, nw.LazyFrame) and isinstance(dtype, nw.Datetime) else {}
    times = {name: flag.cast(nw.Int64) for name, flag in flags.items()}  # of frames in memory, the door has looked
    return frame.with_columns(number.cast(nw.Float64).alias(period), **times)


def dated(cohort: Cohort) -> bool:
    """Whether the cohort's periods are dates, which `binned` turns into running numbers."""
    return isinstance(cohort.table.frame.collect_schema()[cohort.period], (nw.Date, nw.Datetime))


def period_label(cohort: Cohort, value: Value) -> Value:
    """A period's label where `binned` has left a running number; any other value as it is."""
    if cohort.calendar is not None and isinstance(value, int) and dated(cohort):
        return printed(value, cohort.calendar)
    return value


def shown(cohort: Cohort, value: Value) -> str:
    """A period as it is printed where no calendar is at hand."""
    label = period_label(cohort, value)
    text = as_text(label)
    return str(label if text is None else text)
