"""Authorities: one row per authority and period with a numerator and a denominator."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from sos_bayes._core.errors import DataError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import counted
from sos_bayes.data.frames.keys import Keys, need_cluster, read_keys
from sos_bayes.data.frames.moment_columns import in_zone, refuse_moments
from sos_bayes.data.frames.row_checks import at
from sos_bayes.data.frames.sources import open_table
from sos_bayes.data.frames.table import Table, collected, size
from sos_bayes.data.periods.calendar import check_kind
from sos_bayes.data.periods.period_forms import CalendarKind
from sos_bayes.data.published.dfe_conventions import DfE
from sos_bayes.data.published.dfe_file import AUTHORITY, NAME, PERIOD, Published, read_published


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
    published : Published, optional
        What a file of the Department for Education holds beside the rows of its authorities.
    timezone : str, optional
        The zone whose days are meant where moments are read.
    cluster : str, optional
        The column of what authorities belong to, or "region" for published regions.
    """

    table: Table
    authority: str
    period: str
    name: str | None
    calendar: CalendarKind | None
    published: Published | None = None
    timezone: str | None = None
    cluster: str | None = None

    def __repr__(self) -> str:
        rows = self.table.rows
        return f"Panel({'not yet counted' if rows is None else size(rows) + ' rows'})"


@sealed
def read_panel(
    source: object,
    *,
    authority: str | None = None,
    period: str | None = None,
    name: str | None = None,
    calendar: CalendarKind | None = None,
    dfe: bool | DfE = False,
    cluster: str | None = None,
    timezone: str | None = None,
) -> Panel:
    """Read a table with one row per authority and period.

    Data files of the Department for Education (DfE) are read as they are published with ``dfe=True``: rows of
    authorities are kept, ``time_identifier`` says what periods are, and symbols keep their meaning. A suppressed count
    (``c``) then enters the model as the range in which it lies.

    Parameters
    ----------
    source : frame or path
        A pandas, polars (eager or lazy) or Arrow table, a DuckDB relation, a PySpark or Dask data frame, or the path
        of a parquet or CSV file or of a folder of parquet files. It is not changed.
    authority : str
        The column of authorities: names or, better, codes. In DfE files ``new_la_code`` unless said otherwise.
    period : str
        The column of periods. In DfE files ``time_period`` unless said otherwise.
    name : str, optional
        The column of display names, where `authority` holds codes. In DfE files ``la_name`` unless said otherwise.
    calendar : {"year", "quarter", "month", "financial_year", "academic_year"}, optional
        What the periods are; needed for dates and for labels that fit two forms, such as 2010-11.
    dfe : bool or DfE
        Whether the table is a DfE data file, and, where the release differs from the usual, how (`DfE`).
    cluster : str, optional
        The column of what authorities belong to and may share shocks in: a region, or the authority above an area. With
        "region" and no such column, published regions of English authorities are taken. Where it is not said, a grade
        is at most moderate.
    timezone : str, optional
        Where days are kept as moments with a zone: the zone whose days are meant, such as "Europe/London"; see
        `read_cohort`.

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

    A suppressed count in a DfE file is kept as a range:

    >>> from sos_bayes.data import Aim, Binary, collapse
    >>> file = pd.DataFrame({
    ...     "time_period": [2014, 2015] * 2, "time_identifier": "Reporting year", "geographic_level": "Local authority",
    ...     "new_la_code": ["E08000035"] * 2 + ["E06000014"] * 2, "la_name": ["Leeds"] * 2 + ["York"] * 2,
    ...     "long_plans": ["34", "27", "c", "9"], "plans": [700, 650, 120, 140]})
    >>> long = Binary("long_plans", "plans", aim=Aim.FEWER, worthwhile=0.01, label="plans of two years or more")
    >>> collapse(read_panel(file, dfe=True), long).intervals
    Intervals(fewer than 10 cells)
    """
    check_kind(calendar)
    if dfe is not False:
        return _read_dfe(in_zone(open_table(source), timezone), dfe, authority, period, name, calendar, cluster)
    if authority is None or period is None:
        raise DataError(
            "authority or period is not given.",
            cure="Name the columns; only files of the Department for Education, with dfe=True, need none.",
        )
    table = in_zone(open_table(source).need({"authority": authority, "period": period, "name": name}), timezone)
    refuse_moments(table, period)
    if authority == period:
        raise DataError("authority and period name one column.", where=f'"{authority}"', cure="Name two columns.")
    if table.rows is None and table.ordered:
        table = replace(table, frame=collected(table.frame))
    need_cluster(table, cluster, (authority, period))
    panel = Panel(table, authority, period, name, calendar, timezone=timezone, cluster=cluster)
    if table.rows is not None:
        panel_keys(panel)
    return panel


def _read_dfe(
    source: object,
    dfe: object,
    authority: str | None,
    period: str | None,
    name: str | None,
    kind: CalendarKind | None,
    cluster: str | None,
) -> Panel:
    if not isinstance(dfe, (bool, DfE)):
        raise DataError(f"dfe={dfe!r:.40} is neither True nor a DfE.", cure="Write dfe=True, or dfe=DfE(rounded=10).")
    given = open_table(source)
    authority, period = authority or AUTHORITY, period or PERIOD
    given.need({"authority": authority, "period": period, "name": name})
    table, calendar, published = read_published(given, dfe if isinstance(dfe, DfE) else DfE(), authority, period, kind)
    shown = name or (NAME if NAME in table.frame.columns and authority != NAME else None)
    need_cluster(table, cluster, (authority, period))
    panel = Panel(table, authority, period, shown, calendar, published, cluster=cluster)
    panel_keys(panel)
    return panel


def panel_keys(panel: Panel) -> Keys:
    """The keys of all rows, in row order, refused where an authority has two rows for one period."""
    keys = read_keys(panel.table, panel.authority, panel.period, panel.calendar, panel.timezone)
    pairs = list(zip(keys.authority.tolist(), keys.period.tolist(), strict=True))
    doubled = {pair for pair, n in Counter(pairs).items() if n > 1}
    if doubled:
        a, t = min(doubled)
        rows = [i for i, pair in enumerate(pairs) if pair in doubled]
        raise DataError(
            f"{counted(len(doubled), 'pair')} of authority and period with more than one row, "
            f'among them "{keys.authorities[a]}" in {keys.calendar.labels[t]}.',
            where=f'columns "{panel.authority}" and "{panel.period}"',
            rows=f"{len(rows):,} of {len(pairs):,} rows" + (at(rows) if panel.table.ordered else ""),
            why="Which of the rows is the right one is not for a program to guess.",
            cure="Keep one row per authority and period; pivot or filter a table that has a column of measures.",
        )
    return keys
