"""Authorities: one row per authority and period with a numerator and a denominator."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from sos_bayes._core.errors import DataError
from sos_bayes.data.calendar import check_kind
from sos_bayes.data.faults import at
from sos_bayes.data.keys import Keys, read_keys
from sos_bayes.data.periods import CalendarKind
from sos_bayes.data.sources import open_table
from sos_bayes.data.tables import Table, collected, size


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Panel:
    """A table with one row per authority and period; made by `read_panel`.

    Parameters
    ----------
    table : Table
        The rows.
    authority, period : str
        Names of the key columns.
    name : str, optional
        The column of display names beside codes.
    calendar : str, optional
        What the periods are, where they do not say it themselves.
    """

    table: Table
    authority: str
    period: str
    name: str | None
    calendar: CalendarKind | None

    def __repr__(self) -> str:
        rows = self.table.rows
        return f"Panel({'not yet counted' if rows is None else size(rows) + ' rows'})"


def read_panel(
    source: object,
    *,
    authority: str,
    period: str,
    name: str | None = None,
    calendar: CalendarKind | None = None,
) -> Panel:
    """Read a table with one row per authority and period.

    Parameters
    ----------
    source : frame or path
        A pandas, polars (eager or lazy) or Arrow table, a DuckDB relation, a PySpark or Dask data frame, or the path
        of a parquet or CSV file or of a folder of parquet files. It is not changed.
    authority : str
        The column of authorities: names or, better, codes.
    period : str
        The column of periods.
    name : str, optional
        The column of display names, where `authority` holds codes.
    calendar : {"year", "quarter", "month", "financial_year", "academic_year"}, optional
        What the periods are; needed for dates and for labels that fit two forms, such as 2010-11.

    Raises
    ------
    DataError
        If the source is not a table, a column is missing, the periods are ambiguous, or an authority has two rows
        for one period (lazy sources: when the rows are counted).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"la": ["Leeds", "York"] * 5, "year": [2014 + i // 2 for i in range(10)]})
    >>> read_panel(table, authority="la", period="year")
    Panel(10 rows)
    """
    check_kind(calendar)
    table = open_table(source).need({"authority": authority, "period": period, "name": name})
    if authority == period:
        raise DataError("authority and period name one column.", where=f'"{authority}"', cure="Name two columns.")
    if table.rows is None and table.ordered:
        table = replace(table, frame=collected(table.frame))
    panel = Panel(table, authority, period, name, calendar)
    if table.rows is not None:
        panel_keys(panel)
    return panel


def panel_keys(panel: Panel) -> Keys:
    """The keys of all rows, in row order, refused where an authority has two rows for one period."""
    keys = read_keys(panel.table, panel.authority, panel.period, panel.calendar)
    pairs = list(zip(keys.authority.tolist(), keys.period.tolist(), strict=True))
    doubled = {pair for pair, n in Counter(pairs).items() if n > 1}
    if doubled:
        a, t = min(doubled)
        rows = [i for i, pair in enumerate(pairs) if pair in doubled]
        raise DataError(
            f"{len(doubled):,} pairs of authority and period have more than one row, "
            f'among them "{keys.authorities[a]}" in {keys.calendar.labels[t]}.',
            where=f'columns "{panel.authority}" and "{panel.period}", {len(rows):,} of {len(pairs):,} rows'
            + (at(rows) if panel.table.ordered else ""),
            why="Which of the rows is the right one is not for a program to guess.",
            cure="Keep one row per authority and period; pivot or filter a table that has a column of measures.",
        )
    return keys
