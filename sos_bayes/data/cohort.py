"""Children: one row per child (or referral) with an authority and a period."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from sos_bayes._core.errors import DataError
from sos_bayes.data.calendar import check_kind, resolve
from sos_bayes.data.periods import CalendarKind
from sos_bayes.data.sources import open_table
from sos_bayes.data.tables import Table, collected, factorise, size

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
    """

    table: Table
    authority: str
    period: str
    calendar: CalendarKind | None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        rows = self.table.rows
        return f"Cohort({'not yet counted' if rows is None else size(rows) + ' rows'})"


def read_cohort(
    source: object,
    *,
    authority: str,
    period: str,
    child: str | None = None,
    calendar: CalendarKind | None = None,
) -> Cohort:
    """Read a table with one row per child.

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
        The column of child identifiers: used to notice children who appear twice, then dropped. In lazy sources
        (files, polars lazy, DuckDB, PySpark, Dask) it is dropped without a look, and a note says so.
    calendar : {"year", "quarter", "month", "financial_year", "academic_year"}, optional
        What the periods are; needed for dates and for labels that fit two forms, such as 2010-11.

    Raises
    ------
    DataError
        If the source is not a table, a column is missing, or the periods are ambiguous (lazy sources and more than a
        million rows: when the rows are counted).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"la": ["Leeds", "York"] * 10, "year": [2014, 2015] * 10, "re_referred": [0, 1] * 10})
    >>> read_cohort(table, authority="la", period="year")
    Cohort(20 rows)
    """
    check_kind(calendar)
    table = open_table(source).need({"authority": authority, "period": period, "child": child})
    named = [name for name in (authority, period, child) if name is not None]
    if len(set(named)) < len(named):
        raise DataError("One column is named for two of authority, period and child.", cure="Name different columns.")
    notes = _notes_on_children(table, authority, period, child)
    cohort = Cohort(table.without(child), authority, period, calendar, notes)
    if 0 < (table.rows or 0) <= SOON:
        _check_calendar(cohort)
    return cohort


def _check_calendar(cohort: Cohort) -> None:
    frame = cohort.table.plain([cohort.period]).frame.unique(cohort.period)
    _, labels = factorise(collected(frame)[cohort.period])
    if None not in labels:
        resolve(labels, cohort.calendar, column=cohort.period)


def _notes_on_children(table: Table, authority: str, period: str, child: str | None) -> tuple[str, ...]:
    if child is None or table.rows == 0:
        return ()
    if table.rows is None:
        return (
            "Children who appear twice were not looked for: the source is lazy, and all identifiers would be held.",
        )
    frame = table.plain([child, authority, period]).frame
    assert isinstance(frame, nw.DataFrame)
    notes = []
    repeated = len(frame) - len(frame.unique([child, authority, period]))
    if repeated:
        notes.append(
            f"{size(repeated)} rows repeat a child within an authority and period: rows are counted, not children."
        )
    homes = frame.unique([child, authority])
    moved = len(homes) - len(homes.unique([child]))
    if moved:
        notes.append(f"{size(moved)} times a child appears in a further authority: each row counts where it stands.")
    return tuple(notes)
