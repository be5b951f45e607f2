"""A window of follow-up: from a day of the row, for so many months, as far as the data reach."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from dataclasses import KW_ONLY, dataclass
from typing import Literal, get_args

from sos_bayes._core.errors import DataError
from sos_bayes.data.outcomes.described import check_column, check_word
from sos_bayes.data.periods.moments import WHY, moment
from sos_bayes.data.periods.period_forms import read_date

KeepOrDrop = Literal["drop", "keep"]


@dataclass(frozen=True, slots=True)
class Window:
    """For how long after its day a row is followed, and up to which day anything is known.

    A row whose window has not ended by the cut-off is *censored*: nobody knows yet whether the event will happen in
    time. It is never counted as a no, nor as a yes where the event has come early: yes would then be known before no,
    and rates would rise towards the end of the data.

    Parameters
    ----------
    since : str
        Child rows: the column with the day on which the window opens, such as the end of the episode.
    months : int
        How long the window is: it closes on the same day of the month so many months later.
    cut_off : str or date
        The last day on which an event could have been recorded.
    dated : bool
        Whether the outcome's column holds the day of the event, blank where there was none, instead of 0 and 1:
        whether it came in time is then worked out here.
    partial : {"drop", "keep"}
        What to do with a period in which some windows are complete and some are not. "drop" leaves the whole period
        out. "keep" counts its complete rows, and is allowed only where rows are placed by `since` itself: the day
        alone then decides who is followed to the end. Where rows are placed by another day, complete rows of a late
        period are those of short episodes, and the rate would be biased.
    tolerate : float
        The largest share of rows with incomplete windows at which a period is kept without them: for a few stray
        rows that were closed years late. 0 drops a period for a single one.
    crossing : {"drop", "keep"}
        What to do with the adopters' last periods before their start, whose windows open before it and end after it:
        half treated. "drop" leaves them out of the period before the start; "keep" counts them as untreated.

    Raises
    ------
    DataError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> window = Window("closed_on", 6, "2019-03-31")
    >>> window.cut_off, window.latest
    (datetime.date(2019, 3, 31), (2018, 9, 31))
    """

    since: str
    months: int
    cut_off: str | dt.date
    _: KW_ONLY
    dated: bool = False
    partial: KeepOrDrop = "drop"
    tolerate: float = 0.0
    crossing: KeepOrDrop = "drop"

    def __post_init__(self) -> None:
        check_column(self.since, "since")
        if not isinstance(self.months, int) or isinstance(self.months, bool) or not 1 <= self.months <= 120:
            raise DataError(f"months={self.months!r} is not a number of months from 1 to 120.", cure="Write months=6.")
        object.__setattr__(self, "cut_off", _day(self.cut_off))
        check_word(self.partial, get_args(KeepOrDrop), "partial", "Window")
        check_word(self.crossing, get_args(KeepOrDrop), "crossing", "Window")
        if not isinstance(self.dated, bool):
            raise DataError(f"dated={self.dated!r} is neither True nor False.", cure="Say dated=True for days.")
        share = self.tolerate
        if not isinstance(share, (int, float)) or isinstance(share, bool) or not 0 <= share <= 0.2:
            raise DataError(
                f"tolerate={share!r} is not a share from 0 to 0.2.",
                why="Leaving out more of a period's rows because their windows are open selects those closed early.",
                cure="Leave it at 0: the period is then dropped.",
            )

    @property
    def last_day(self) -> dt.date:
        """The cut-off as a date."""
        return _day(self.cut_off)

    @property
    def latest(self) -> tuple[int, int, int]:
        """Year, month and day of the last opening whose window ends by the cut-off; day 31 stands for any."""
        day = self.last_day
        year, month = divmod(day.year * 12 + day.month - 1 - self.months, 12)
        return year, month + 1, 31 if day.day == monthrange(day.year, day.month)[1] else day.day

    @property
    def words(self) -> str:
        """The window in words."""
        return f"{self.months} months from {self.since}" if self.months > 1 else f"1 month from {self.since}"


def _day(value: object) -> dt.date:
    if moment(value) is not None:
        raise DataError(
            f"cut_off={value!s:.40} is a moment with a time zone.", why=WHY, cure='Give the day: cut_off="2019-03-31".'
        )
    if isinstance(value, dt.datetime):
        value = value.date()
    day = value if isinstance(value, dt.date) else read_date(value.strip()) if isinstance(value, str) else None
    if day is None or not 1990 <= day.year <= 2100:
        raise DataError(
            f"cut_off={value!r:.40} is not a day between 1990 and 2100.", cure='Write it as cut_off="2019-03-31".'
        )
    return day
