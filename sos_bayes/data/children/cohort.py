"""Children: one row per child (or referral) with an authority and a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import narwhals as nw

from sos_bayes._core.errors import DataError
from sos_bayes._core.sealed import sealed
from sos_bayes.data.children.repeated_rows import Episodes, at_the_door
from sos_bayes.data.frames.keys import need_cluster
from sos_bayes.data.frames.moment_columns import in_zone, refuse_moments
from sos_bayes.data.frames.sources import open_table
from sos_bayes.data.frames.table import Table, collected, factorise, size
from sos_bayes.data.outcomes.described import check_word
from sos_bayes.data.periods.calendar import check_kind, resolve
from sos_bayes.data.periods.moments import day_in
from sos_bayes.data.periods.period_forms import CalendarKind

SOON = 1_000_000  # rows up to which the periods are checked on reading already


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cohort:
    """A table with one row per child, ready to be counted; made by `read_cohort`.

    Parameters
    ----------
    table : Table
        The rows, without the column of child identifiers.
    authority, period : str
        Names of the key columns.
    calendar : str, optional
        What the periods are, where they do not say it themselves.
    notes : tuple of str
        What was noticed on reading.
    child : str, optional
        The column of child identifiers, which are kept under another name to tell a child's rows apart.
    episodes : {"first", "all"}
        Which of a child's rows in an authority and period count.
    order : tuple of str
        The columns that say which comes first.
    timezone : str, optional
        The zone whose days are meant where moments are read.
    cluster : str, optional
        The column of what authorities belong to, or "region" for published regions.
    """

    table: Table
    authority: str
    period: str
    calendar: CalendarKind | None
    notes: tuple[str, ...] = ()
    child: str | None = None
    episodes: Episodes = "first"
    order: tuple[str, ...] = ()
    timezone: str | None = None
    cluster: str | None = None

    def __repr__(self) -> str:
        rows = self.table.rows
        return f"Cohort({'not yet counted' if rows is None else size(rows) + ' rows'})"


@sealed
def read_cohort(
    source: object,
    *,
    authority: str,
    period: str,
    child: str | None = None,
    calendar: CalendarKind | None = None,
    episodes: Episodes = "first",
    order: str | tuple[str, ...] = (),
    cluster: str | None = None,
    timezone: str | None = None,
) -> Cohort:
    """Read a table with one row per child, or per episode of a child.

    Parameters
    ----------
    source : frame or path
        A pandas, polars (eager or lazy) or Arrow table, a DuckDB relation, a PySpark or Dask data frame, or the path
        of a parquet or CSV file or of a folder of parquet files. It is not changed; a lazy source stays lazy until
        its engine counts the rows, and only counts leave it.
    authority : str
        The column of authorities: names or, better, codes.
    period : str
        The column of periods.
    child : str, optional
        The column of child identifiers: tells which rows are of one child. In memory they are replaced by running
        numbers at once; in files and databases the engine compares them, and none leaves it. Without it every row
        counts as a child of its own. Dask cannot compare them.
    calendar : {"year", "quarter", "month", "financial_year", "academic_year"}, optional
        What the periods are; needed for dates and for labels that fit two forms, such as 2010-11.
    episodes : {"first", "all"}
        With `child`: "first" counts one row for each child, authority and period, the first inside the outcome's
        denominator. "all" counts every row and divides the counts of each authority and period by the design effect
        1 + (m - 1) r, where m is the number of rows of a child and r the likeness of two rows of one, estimated for
        each outcome. Either way the unit is stated in the notes.
    order : str or tuple of str, optional
        The column of days (or numbers) that says which row of a child comes first, and further ones for rows of one
        day; the order of the table decides what they leave open. Parquet files, databases and lazy frames have no
        order of their own: there every tie is an error.
    cluster : str, optional
        The column of what authorities belong to and may share shocks in: a region, or the authority above an area. With
        "region" and no such column, published regions of English authorities are taken. Where it is not said, a grade
        is at most moderate.
    timezone : str, optional
        Where days are kept as moments with a zone (UTC in most databases): the zone whose days are meant, such as
        "Europe/London". Without it such a column is an error, unless its own type names a place. Days and times
        without a zone are taken as they stand.

    Raises
    ------
    DataError
        If the source is not a table, a column is missing, a row in memory names no child, or the periods are ambiguous
        (lazy sources and more than a million rows: when the rows are counted).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"la": ["Leeds", "York"] * 10, "year": [2014, 2015] * 10, "re_referred": [0, 1] * 10})
    >>> read_cohort(table, authority="la", period="year")
    Cohort(20 rows)
    """
    check_kind(calendar)
    table = in_zone(open_table(source).need({"authority": authority, "period": period, "child": child}), timezone)
    refuse_moments(table, period)
    order = (order,) if isinstance(order, str) else tuple(order)
    table.need({f"order ({column})": column for column in order}, known=(authority, period))
    check_word(episodes, get_args(Episodes), "episodes", "read_cohort")
    named = [name for name in (authority, period, child) if name is not None]
    if len(set(named)) < len(named):
        raise DataError("One column is named for two of authority, period and child.", cure="Name different columns.")
    if child is None and (order or episodes == "all"):
        raise DataError(
            "order and episodes say which of a child's rows count, and no column says whose rows they are.",
            cure="Name the column of identifiers: child=...",
        )
    if {child, authority}.intersection(order):
        raise DataError("A column of order is a key column.", where=f"order={order!r}", cure="Name a column of days.")
    notes = _notes_on_children(table, authority, child)
    if child is not None:
        table = at_the_door(table, child)
    need_cluster(table, cluster, (authority, period, child))
    cohort = Cohort(table, authority, period, calendar, notes, child, episodes, order, timezone, cluster)
    if 0 < (table.rows or 0) <= SOON:
        _check_calendar(cohort)
    return cohort


def _check_calendar(cohort: Cohort) -> None:
    frame = cohort.table.plain([cohort.period]).frame.unique(cohort.period)
    _, labels = factorise(collected(frame)[cohort.period])
    if None not in labels:
        resolve([day_in(label, cohort.timezone) for label in labels], cohort.calendar, column=cohort.period)


def _notes_on_children(table: Table, authority: str, child: str | None) -> tuple[str, ...]:
    if child is None or table.rows == 0:
        return ()
    if table.rows is None:
        return ("Children in more than one authority were not looked for: the source is lazy.",)
    frame = table.plain([child, authority]).frame
    assert isinstance(frame, nw.DataFrame)
    homes = frame.unique([child, authority])
    moved = len(homes) - len(homes.unique([child]))
    if not moved:
        return ()
    return (f"{size(moved)} times a child appears in a further authority: each row counts where it stands.",)
