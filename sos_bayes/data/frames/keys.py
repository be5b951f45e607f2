"""Authorities and periods as checked integers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Integers
from sos_bayes._core.errors import DataError, together
from sos_bayes.data.frames.row_checks import at
from sos_bayes.data.frames.table import Table, Value, collected, factorise
from sos_bayes.data.geography.authority_names import doubles
from sos_bayes.data.periods.calendar import Calendar, resolve
from sos_bayes.data.periods.moments import day_in
from sos_bayes.data.periods.period_forms import CalendarKind

SHOWN = 20  # pairs of names in a message
_WHOLE = re.compile(r"(\d+)\.0+")  # a code that went through a column of floats


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Keys:
    """Where each row (or group of rows) belongs.

    Parameters
    ----------
    authorities : tuple of str
        The distinct authorities, sorted, length A.
    calendar : Calendar
        The T periods.
    authority : ndarray of int, shape (rows,)
        Index into `authorities`, from 0 to A - 1.
    period : ndarray of int, shape (rows,)
        Index into the calendar, from 0 to T - 1.
    """

    authorities: tuple[str, ...]
    calendar: Calendar
    authority: Integers
    period: Integers


def read_keys(
    table: Table, authority: str, period: str, kind: CalendarKind | None, timezone: str | None = None
) -> Keys:
    """The keys of a table's rows, one by one.

    Raises
    ------
    DataError
        If an authority or a period is missing.
    """
    frame = collected(table.plain([authority, period]).frame)
    codes, names = factorise(frame[authority])
    positions, labels = factorise(frame[period])
    for column, index, values in ((authority, codes, names), (period, positions, labels)):
        if None in values:
            rows = np.flatnonzero(index == values.index(None))
            raise missing_key(column, len(rows), len(index), at(rows.tolist()) if table.ordered else "")
    labels = [day_in(label, timezone) for label in labels]
    return make_keys(codes, names, positions, labels, kind, authority, period)


def make_keys(
    codes: Integers,
    names: Sequence[Value],
    positions: Integers,
    labels: Sequence[Value],
    kind: CalendarKind | None,
    authority: str,
    period: str,
) -> Keys:
    """Sort the authorities, build the calendar and re-index both, bounds checked."""
    texts = [authority_text(name, authority) for name in names]
    authorities = sorted(set(texts))
    faults = [*_doubles(authorities, authority)]
    resolved = None
    try:
        resolved = resolve(labels, kind, column=period)
    except DataError as fault:
        faults.append(fault)
    if faults or resolved is None:
        raise together(faults)
    calendar, numbers = resolved
    place = {name: a for a, name in enumerate(authorities)}
    return Keys(
        tuple(authorities),
        calendar,
        lookup(codes, [place[text] for text in texts], len(authorities)),
        lookup(positions, numbers, len(calendar)),
    )


def _doubles(authorities: Sequence[str], column: str) -> list[DataError]:
    pairs = doubles(authorities)
    if not pairs:
        return []
    one = len(pairs) == 1
    said = "; ".join(f'"{first}" and "{second}"' for first, second in pairs[:SHOWN]) + (
        "; ..." if pairs[SHOWN:] else ""
    )
    return [
        DataError(
            f"{said} {'look' if one else f'({len(pairs):,} pairs) each look'} like one authority written in two ways.",
            where=f'column "{column}"',
            why="Counted apart, each would be an authority with holes.",
            cure="Write each authority in one way, accents and hyphens too; codes of authorities (E0...) are safest.",
        )
    ]


def lookup(codes: Integers, table: Sequence[int], size: int) -> Integers:
    """``table[codes]``, with both steps checked against their bounds."""
    targets = np.asarray(table, dtype=np.int64)
    if codes.size and not (codes.min() >= 0 and codes.max() < len(targets)):
        raise IndexError("a code lies outside its table")
    positions: Integers = targets[codes]
    if positions.size and not (positions.min() >= 0 and positions.max() < size):
        raise IndexError("an index lies outside its axis")
    return positions


def authority_text(value: Value, column: str) -> str:
    """An authority as text: names as they are, whole-number codes printed."""
    if isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        return whole[1] if whole else value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise DataError(
        f"The authorities are {type(value).__name__} values.",
        where=f'column "{column}"',
        cure="Give names or codes of authorities.",
    )


REGION = "region"  # the cluster that is known of English authorities without a column


def need_cluster(table: Table, cluster: object, others: Sequence[str | None]) -> None:
    """Refuse a cluster that names no column, or one of the ``others``; "region" needs none.

    Raises
    ------
    DataError
    """
    if cluster is None:
        return
    if not isinstance(cluster, str):
        raise DataError(f"cluster={cluster!r:.40} is not the name of a column.", cure="Give cluster as a text.")
    if cluster in others:
        raise DataError(
            "cluster names the column of authorities, periods or children.",
            where=f'cluster="{cluster:.40}"',
            cure="Name the column of what authorities belong to; drop it where each stands for itself.",
        )
    if cluster != REGION:
        table.need({"cluster": cluster})


def missing_key(column: str, bad: int, rows: int, positions: str) -> DataError:
    """The error for rows without an authority or a period."""
    return DataError(
        "Rows without an authority or a period cannot be placed.",
        where=f'column "{column}"',
        rows=f"{bad:,} of {rows:,} rows{positions}",
        cure="Fill the value in or drop these rows before reading.",
    )
