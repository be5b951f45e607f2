"""Published statistics of English local authorities, 2010 to 2025, as one wide table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sos_bayes._core.errors import DataError, nearest
from sos_bayes._core.words import listed
from sos_bayes.datasets.shipped import Shipped

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "Department for Education; Office for National Statistics (population)"
ENDING = "year ending 31 March; of the workforce 30 September"
PANEL = Shipped("authorities_england.csv.gz", "English local authorities, years 2010 to 2025", SOURCE)
MEASURES = Shipped("measures.csv", "What the columns of the English panel are", SOURCE)
KEYS = ["la_code", "la_name", "region", "year"]
YEARS = range(2010, 2026)


def england(measures: str | Sequence[str] | None = None, years: int | Iterable[int] | None = None) -> pd.DataFrame:
    """Published statistics of English local authorities: children in need, plans, looked-after children, workforce.

    Ready for `read_panel`. A count stands in the column of its measure's name, what it is counted of in the column of
    that name and ``_of``; a measure that was published as a rate, a median or a score alone has one column. `measures`
    says which is which.

    Parameters
    ----------
    measures : str or sequence of str, optional
        Names of measures; where it is not given, all that were published in the years asked, 57 in all.
    years : int or iterable of int, optional
        Years ending 31 March (30 September of the workforce: see Notes), such as ``range(2013, 2020)``; 2010 to 2025
        where it is not given.

    Returns
    -------
    pandas.DataFrame
        One row for each authority and year in which any of the measures was published: 2,457 rows in all, 158
        authorities. Columns la_code (ONS), la_name, region, year, then those of the measures, in the order asked; 102
        columns in all. ``attrs`` holds source, licence and the unit of every column of numbers.

    Raises
    ------
    DataError
        If a measure or a year is not one of those held, or a measure asked was not published in any year asked.

    Notes
    -----
    What was suppressed (counts of 1 to 5, and others that would give them away) or never published is absent, and
    absent is not zero: such cells are left out with ``missing="drop"``. Areas created or abolished by reorganisation
    keep their own codes. Oddities are left in as they were published. Numbers of the workforce (``sw_turnover_rate``
    and its like) begin in 2017 and have no denominators; their census is taken on 30 September, so that their year 2018
    ends six months after that of the others. Child records are not public, and are not here.

    Source: Department for Education (releases by measure and year in `measures`) and Office for National Statistics.
    Contains public sector information licensed under the Open Government Licence v3.0.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> table = sb.datasets.england("rereferrals_within_12m", years=range(2013, 2018))
    >>> list(table.columns)
    ['la_code', 'la_name', 'region', 'year', 'rereferrals_within_12m', 'rereferrals_within_12m_of']
    >>> wakefield = table[table["la_name"] == "Wakefield"]
    >>> [round(100 * n / of) for *_, n, of in wakefield.itertuples(index=False)]
    [17, 32, 46, 68, 27]

    Holes are left out, never read as none:

    >>> plans = sb.Count("cpp_at_31_march", "cpp_at_31_march_of", per=10_000, aim=sb.Aim.FEWER, worthwhile=2,
    ...                  label="child protection plans", missing="drop")
    >>> panel = sb.read_panel(sb.datasets.england(plans.events), authority="la_code", period="year", name="la_name")
    >>> panel
    Panel(2,393 rows)
    """
    known = _columns()
    asked = _asked(measures, known)
    wanted = _years(years)
    columns = [column for measure in asked for column in known[measure][1]]
    units = {column: known[measure][0] for measure in asked for column in known[measure][1]}
    table = PANEL.read(units, usecols=[*KEYS, *columns])[[*KEYS, *columns]]
    table = table[table["year"].isin(wanted)]
    table = table.dropna(subset=columns, how="all").reset_index(drop=True)
    empty = [measure for measure in asked if table[measure].isna().all()]
    if empty and measures is not None:
        raise DataError(
            f'"{empty[0]}" was not published for any of the years asked.',
            where="years",
            cure=f"It is there for {_span(empty[0])}; sb.datasets.measures() says so of each.",
        )
    return table.drop(columns=[column for measure in empty for column in known[measure][1]])


def measures() -> pd.DataFrame:
    """What the measures of `england` are.

    Returns
    -------
    pandas.DataFrame
        57 rows, one for each measure. Columns measure, label (in words), unit, counted_of (what the ``_of`` column
        counts; missing where there is none), first_year and last_year (ending 31 March; of the workforce 30 September),
        years (how many have it), rows (authorities and years that have it), sources (releases, each with its years: CIN
        and OSR, children in need; SFR and CLA, looked-after children; CSWW, workforce; LAIT, the Local Authority
        Interactive Tool).

    Notes
    -----
    Source: Department for Education. Contains public sector information licensed under the Open Government Licence
    v3.0.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> table = sb.datasets.measures().set_index("measure")
    >>> print(*table.loc["assessments_within_45_days", ["counted_of", "first_year", "last_year"]])
    assessments completed 2014 2022
    """
    return MEASURES.read(dict.fromkeys(("first_year", "last_year"), ENDING))


def _columns() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Unit and columns of each measure."""
    table = measures()
    counted = table["counted_of"].notna()
    columns = [(m, f"{m}_of") if of else (m,) for m, of in zip(table["measure"], counted, strict=True)]
    return dict(zip(table["measure"], zip(table["unit"], columns, strict=True), strict=True))


def _asked(given: str | Sequence[str] | None, known: Iterable[str]) -> list[str]:
    """Names of measures, each once."""
    names = list(known)
    asked = names if given is None else [given] if isinstance(given, str) else list(given)
    for name in asked:
        if name not in names:
            raise DataError(
                f"{name!r:.60} is no measure of the English panel.{nearest(str(name), names)}",
                where="measures",
                cure="sb.datasets.measures() lists them.",
            )
    if not asked:
        raise DataError("No measure is asked for.", where="measures", cure="Name one, or leave it out for all.")
    return list(dict.fromkeys(asked))


def _years(given: int | Iterable[int] | None) -> list[int]:
    """Years asked, all held."""
    asked = list(YEARS) if given is None else [given] if isinstance(given, int) else list(given)
    outside = [str(year) for year in asked if year not in YEARS]
    if outside or not asked:
        raise DataError(
            f"The English panel has no {listed(outside[:3])}." if outside else "No year is asked for.",
            where="years",
            cure=f"Ask for years ({ENDING}) from {YEARS[0]} to {YEARS[-1]}: years=range(2013, 2020).",
        )
    return asked


def _span(measure: str) -> str:
    row = measures().set_index("measure").loc[measure]
    return f"{row['first_year']} to {row['last_year']}"
