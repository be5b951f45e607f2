"""How long something takes: days until it is done, with what is still open counted as open."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from sos_bayes._core.errors import DataError
from sos_bayes.data.outcomes.aim import Aim
from sos_bayes.data.outcomes.defaults import Proportion
from sos_bayes.data.outcomes.described import (
    Denominator,
    Missing,
    check_column,
    check_distinct,
    check_proportion,
    check_shared,
)

MOST_BANDS = 8


@dataclass(frozen=True, slots=True)
class Duration(Proportion):
    """Days until an episode is done; episodes still open when the data end are censored there, never counted as slow.

    Time is cut into bands, each with a hazard: the chance to be done in a band for episodes that reach it. Bands are
    streams of the model, with levels and shocks of their own, because practice moves the shape of waiting (the rush
    before a statutory day) as well as its length. The period of an episode is that of its start.

    Parameters
    ----------
    events : str
        Child rows: the column of days from start to end, or to the end of the data where it is still open.
    bands : tuple of int
        Last days of the bands, rising, at most eight; the last is the horizon beyond which nothing is asked.
        An episode done on day d lies in the first band whose last day is d or later.
    by_day : int
        The last day of a band: the headline is the share done by then. Say it before looking.
    aim : Aim
        Whether more or fewer should be done by then.
    worthwhile : float
        The smallest change of that share that would matter, as a proportion: 0.01 is one percentage point.
    label : str
        The outcome in words, as reports print it.
    done : str, optional
        The 0/1 column of episodes that ended; all did, where it is not given. An open one counts in the bands that it
        has lived through whole.
    among : str, optional
        A 0/1 column; rows with 0 are outside the denominator.
    denominator : {"population", "before_start", "by_practice"}, optional
        Who decides who is in the denominator; "by_practice" with `among`. None is not said: taken as decided by
        practice until the data show that its size did not change. A declared "population" is held against the data.
    missing : {"error", "drop"}
        What to do with rows whose days are not recorded.
    unit : str
        What is counted, in the plural.

    Raises
    ------
    DataError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> assessment = Duration("days", done="closed", bands=(10, 25, 45, 65), by_day=45, aim=Aim.MORE, worthwhile=0.02,
    ...                       label="assessment done within 45 working days", unit="assessments")
    >>> assessment.names, assessment.reached
    (('days 0 to 10', 'days 11 to 25', 'days 26 to 45', 'days 46 to 65'), 2)
    """

    events: str
    _: KW_ONLY
    bands: tuple[int, ...]
    by_day: int
    aim: Aim
    worthwhile: float
    label: str
    done: str | None = None
    among: str | None = None
    denominator: Denominator | None = None
    missing: Missing = "error"
    unit: str = "episodes"

    def __post_init__(self) -> None:
        check_shared(self)
        if self.done is not None:
            check_column(self.done, "done")
        check_distinct(events=self.events, done=self.done, among=self.among)
        where = f'outcome "{self.label}"'
        check_proportion(self)
        bands = tuple(self.bands) if isinstance(self.bands, tuple | list) else ()
        whole = all(isinstance(day, int) and not isinstance(day, bool) for day in bands)
        if not whole or not 1 <= len(bands) <= MOST_BANDS or list(bands) != sorted(set(bands)) or bands[0] < 0:
            raise DataError(
                f"bands={self.bands!r:.60} are not one to {MOST_BANDS} rising days.",
                where=where,
                cure="List the last days of the bands: bands=(10, 25, 45, 65).",
            )
        object.__setattr__(self, "bands", bands)
        if self.by_day not in bands:
            raise DataError(
                f"by_day={self.by_day!r} is not the last day of a band.",
                where=where,
                cure=f"Use one of {', '.join(map(str, bands))}, or add it to bands.",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The bands in words."""
        firsts = (0, *(day + 1 for day in self.bands[:-1]))
        return tuple(f"days {first} to {last}" for first, last in zip(firsts, self.bands, strict=True))

    @property
    def reached(self) -> int:
        """Position of `by_day` among the bands."""
        return self.bands.index(self.by_day)

    @property
    def split_by(self) -> str:
        """Effects are asked for by day."""
        return "day"

    @property
    def readings(self) -> tuple[int, ...]:
        """The last days of the bands."""
        return self.bands

    @property
    def total(self) -> None:
        """No column: rows are counted."""
        return
