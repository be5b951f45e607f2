"""A data file as the Department for Education publishes it: its levels, periods, codes and names."""

from __future__ import annotations

from dataclasses import dataclass, replace

import narwhals as nw

from sos_bayes._core.errors import DataError, nearest
from sos_bayes.data.frames.table import Table, collected, plain_value, size
from sos_bayes.data.periods.period_forms import CalendarKind
from sos_bayes.data.published.dfe_conventions import DfE, pairs

type Texts = list[str | None]
type Columns = dict[str, Texts]

LEVEL, IDENTIFIER, REGION, NUMBER = "geographic_level", "time_identifier", "region_code", "old_la_code"
AUTHORITY, PERIOD, NAME = "new_la_code", "time_period", "la_name"
LOCAL = "local authority"
CALENDARS: dict[str, CalendarKind] = {
    "reporting year": "year",
    "calendar year": "year",
    "financial year": "financial_year",
    "tax year": "financial_year",
    "academic year": "academic_year",
}
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
QUARTERS = tuple(f"financial year q{quarter}" for quarter in (1, 2, 3, 4))
PLACES = {"country_code", "country_name", "region_name", LEVEL, IDENTIFIER, REGION, NUMBER, AUTHORITY, PERIOD, NAME}
NO_CODE = {"", "x", "z", ":", "."}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Published:
    """What a published file holds beside the rows of its authorities.

    Parameters
    ----------
    dfe : DfE
        What its symbols stand for.
    totals : dict of str to list
        Its national and regional rows by column, all text.
    notes : tuple of str
        What was set aside.
    carried : tuple of (str, str)
        Codes that were written under a later code, and that code.
    """

    dfe: DfE
    totals: Columns
    notes: tuple[str, ...]
    carried: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Published({size(len(self.totals.get(PERIOD, ())))} rows of totals)"


def read_published(
    table: Table, dfe: DfE, authority: str, period: str, calendar: CalendarKind | None
) -> tuple[Table, CalendarKind | None, Published]:
    """The rows of authorities, what their periods are, and what stands beside them.

    Raises
    ------
    DataError
        If no row is an authority's, or periods are of a kind that is not known.
    """
    columns = _texts(table)
    columns = _wanted(columns, dfe)
    kind = calendar or _calendar(columns, period)
    if dfe.spread is not None:
        columns = _spread(columns, *dfe.spread)
    local, totals, notes = _levels(columns)
    local, more = _coded(local, authority)
    notes += more
    carried: tuple[tuple[str, str], ...] = ()
    if authority == AUTHORITY and NUMBER in local and period in local:
        more, carried = _carry_codes(local, period)
        notes += more
    _refuse_other_filters(local, authority, period)
    return _table(local), kind, Published(dfe, totals, tuple(notes), carried)


def _texts(table: Table) -> Columns:
    frame = collected(table.frame)
    return {name.strip().lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"): _plain(frame[name]) for name in frame.columns}


def _plain(series: nw.Series) -> Texts:  # type: ignore[type-arg]
    values = (plain_value(value) for value in series.to_list())
    return [None if value is None else str(value).strip() for value in values]


def _rows(columns: Columns, keep: list[int]) -> Columns:
    return {name: [values[i] for i in keep] for name, values in columns.items()}


def _column(columns: Columns, name: str, argument: str) -> Texts:
    if name not in columns:
        raise DataError(f'There is no column "{name}" for {argument}.{nearest(name, columns)}', where="DfE")
    return columns[name]


def _wanted(columns: Columns, dfe: DfE) -> Columns:
    for name, value in pairs(dfe.where):
        texts = _column(columns, name, "where")
        keep = [i for i, text in enumerate(texts) if text == str(value)]
        if not keep:
            levels = sorted({text for text in texts if text})
            raise DataError(
                f'No row has "{value}" in column "{name}".{nearest(str(value), levels)}',
                cure=f"It holds {_some(levels)}.",
            )
        columns = _rows(columns, keep)
    return columns


def _some(words: list[str]) -> str:
    return ", ".join(f'"{word:.80}"' for word in words[:8]) + (", ..." if len(words) > 8 else "")


def _calendar(columns: Columns, period: str) -> CalendarKind | None:
    """What the periods are, as the file says it; None where it does not. Months and quarters are written out."""
    said = sorted({text.casefold() for text in columns.get(IDENTIFIER, []) if text})
    if not said:
        return None
    if period in columns and all(word in (*MONTHS, *QUARTERS) for word in said):
        pairs = zip(columns[period], columns[IDENTIFIER], strict=True)
        columns[period] = [_written(when or "", (word or "").casefold()) for when, word in pairs]
        columns[IDENTIFIER] = ["month" if said[0] in MONTHS else "quarter"] * len(columns[period])
        return "month" if said[0] in MONTHS else "quarter"
    if len(said) > 1:
        raise DataError(
            f"The file mixes {len(said)} kinds of period.", where=f'column "{IDENTIFIER}"',
            cure=f'Choose one with dfe=DfE(where={{"{IDENTIFIER}": "..."}}): {_some(said)}.',
        )  # fmt: skip
    if said[0] not in CALENDARS:
        raise DataError(
            f'Periods are of the kind "{said[0]:.40}", which is not known.', where=f'column "{IDENTIFIER}"',
            cure="Write the periods as quarters (2014Q4), months (2014-04) or years, and say calendar=.",
        )  # fmt: skip
    return CALENDARS[said[0]]


def _written(year: str, part: str) -> str:
    """A month, or a quarter of a financial year, in a form that a calendar reads."""
    if part in MONTHS:
        return f"{year[:4]}-{MONTHS.index(part) + 1:02d}"
    quarter = QUARTERS.index(part) + 1 if part in QUARTERS else 0
    return f"{year[:4]}Q{quarter + 1}" if quarter < 4 else f"{int(year[:4]) + 1}Q1"


def _spread(columns: Columns, measure: str, values: str) -> Columns:
    """Turn the values of one column into columns; other columns that are no part of a place are left behind."""
    levels = _column(columns, measure, "spread")
    numbers = _column(columns, values, "spread")
    kept = [name for name in columns if name in PLACES]
    place: dict[tuple[str | None, ...], int] = {}
    wide: Columns = {name: [] for name in kept}
    new: Columns = {level: [] for level in dict.fromkeys(levels) if level is not None}
    clash = sorted(set(new) & set(wide))
    if clash:
        raise DataError(f'A value of "{measure}" is also the name of a column: {_some(clash)}.', where="DfE(spread=)")
    doubled = 0
    for i, level in enumerate(levels):
        key = tuple(columns[name][i] for name in kept)
        if key not in place:
            place[key] = len(place)
            for name in kept:
                wide[name].append(columns[name][i])
            for held in new.values():
                held.append(None)
        if level is not None:
            doubled += new[level][place[key]] is not None
            new[level][place[key]] = numbers[i]
    if doubled:
        raise _several(columns, [name for name in columns if name not in (*kept, measure, values)], "row and measure")
    return wide | new


def _levels(columns: Columns) -> tuple[Columns, Columns, list[str]]:
    """Rows of authorities, rows of regions and of the nation, and a note on what was set aside."""
    if LEVEL not in columns:
        return columns, {}, []
    said = [(text or "").casefold() for text in columns[LEVEL]]
    local = [i for i, level in enumerate(said) if level == LOCAL]
    if not local:
        raise DataError(
            "No row is a local authority's.", where=f'column "{LEVEL}"',
            cure=f"Give the file that holds them; this one has {_some(sorted(set(filter(None, columns[LEVEL]))))}.",
        )  # fmt: skip
    above = [i for i, level in enumerate(said) if level in ("national", "regional")]
    others = len(said) - len(local)
    words = sorted({columns[LEVEL][i] or "no level" for i in range(len(said)) if said[i] != LOCAL})
    note = f"{size(others)} rows of other levels ({', '.join(words)}) were set aside."
    return _rows(columns, local), _rows(columns, above), [note] if others else []


def _coded(columns: Columns, authority: str) -> tuple[Columns, list[str]]:
    """Rows whose authority has a code."""
    codes = _column(columns, authority, "authority")
    keep = [i for i, code in enumerate(codes) if (code or "").casefold() not in NO_CODE]
    lost = len(codes) - len(keep)
    if not lost:
        return columns, []
    names = sorted({columns[NAME][i] or "" for i in set(range(len(codes))) - set(keep)}) if NAME in columns else []
    said = f" ({', '.join(names[:5])})" if any(names) else ""
    return _rows(columns, keep), [f'{size(lost)} rows without a code in "{authority}"{said} were set aside.']


def _carry_codes(columns: Columns, period: str) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    """Write an authority whose ONS code changed and whose DfE number did not under its latest code; say which.

    DfE gives a new number where an area changes, and keeps it where only the code or the status does.
    """
    seen: dict[str, dict[str, set[str]]] = {}
    for number, code, when in zip(columns[NUMBER], columns[AUTHORITY], columns[period], strict=True):
        if number and number.casefold() not in NO_CODE and code is not None and when is not None:
            seen.setdefault(number, {}).setdefault(code, set()).add(when)
    latest: dict[tuple[str, str], str] = {}
    for number, codes in seen.items():
        periods = [when for held in codes.values() for when in held]
        if len(codes) > 1 and len(set(periods)) == len(periods):  # never two of them at one time
            last = max(codes, key=lambda code: max(codes[code]))
            latest |= {(number, code): last for code in codes}
    if not latest:
        return [], ()
    changed = set()
    for i, (number, code) in enumerate(zip(columns[NUMBER], columns[AUTHORITY], strict=True)):
        new = latest.get((number or "", code or ""))
        if new is not None:
            columns[AUTHORITY][i] = new
            changed.add(columns.get(NAME, columns[AUTHORITY])[i] or new)
    names = ", ".join(sorted(changed)[:5]) + (", ..." if len(changed) > 5 else "")
    note = f"Authorities whose code changed while their DfE number did not stand under the latest code: {names}."
    return [note], tuple(sorted({(code, last) for (_, code), last in latest.items() if code != last}))


def _refuse_other_filters(columns: Columns, authority: str, period: str) -> None:
    """An error that names the columns to choose by, where an authority has several rows for a period."""
    if period not in columns:
        return
    keys = list(zip(columns[authority], columns[period], strict=True))
    if len(set(keys)) == len(keys):
        return
    raise _several(columns, [name for name in columns if name not in PLACES and name != period], "authority and period")


def _several(columns: Columns, names: list[str], what: str) -> DataError:
    """The error for several rows where one is wanted; columns of words that vary are what to choose by."""
    filters = []
    for name in names:
        levels = sorted({text for text in columns[name] if text})
        if 1 < len(levels) <= 200 and sum(any(c.isalpha() for c in text) and len(text) > 3 for text in levels) > 1:
            filters.append((name, levels))
    said = "; ".join(f'"{name}" holds {_some(levels)}' for name, levels in filters[:4])
    choose = filters[0][0] if filters else "column"
    return DataError(
        f"The file has several rows for one {what}.",
        where=said or None,
        why="They are breakdowns of one another: which is wanted is not for a program to guess.",
        cure=f'Choose with dfe=DfE(where={{"{choose}": "..."}}), or give rows as columns with spread=.',
    )


def _table(columns: Columns) -> Table:
    import polars as pl

    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return replace(Table(nw.from_native(frame), ordered=False), untyped=frozenset(columns))
