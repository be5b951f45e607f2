"""Counts of a published file as bounds: equal where the count is known, apart where it is rounded or suppressed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.errors import DataError
from sos_bayes.data.frames.table import size
from sos_bayes.data.outcomes import Outcome
from sos_bayes.data.published.bounds_from_totals import BoundedSums, narrowed
from sos_bayes.data.published.dfe_conventions import MISSING, DfE, Meaning, pairs
from sos_bayes.data.published.dfe_file import LEVEL, REGION, Columns, Published
from sos_bayes.data.published.published_column import Readings, read_column


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bounds:
    """Bounds of every row's count, NaN where nothing is known; denominators; what was withheld, and notes.

    Counts above ``sure`` are withheld with probability ``chance`` only. ``blank`` marks rows in which count or
    denominator is simply not there. ``squares`` are those of a measured outcome, whose sums are always known.
    """

    low: Floats
    high: Floats
    sure: Floats
    chance: Floats
    total: Floats
    blank: Flags
    notes: tuple[str, ...]
    squares: Floats | None = None


def read_bounds(columns: Columns, period: str, outcome: Outcome, published: Published) -> Bounds:
    """Read what a file says of an outcome's counts and denominators, row by row.

    Raises
    ------
    DataError
        If a symbol has no known meaning, or one that the release as described cannot have.
    """
    dfe = published.dfe
    total = read_column(columns[str(outcome.total)], str(outcome.total), dfe)
    rows = len(total.value)
    events = read_column(columns.get(outcome.events, [None] * rows), outcome.events, dfe)
    cap = _cap(total.value, outcome, dfe)
    low, high = _own_bounds(events, outcome.events, cap, dfe)
    hidden = events.means(Meaning.SUPPRESSED)
    disagreeing, narrower = 0, np.zeros(rows, dtype=bool)
    if hidden.any() and dfe.secondary:
        before = high - low
        low, high, disagreeing = _by_totals(columns, period, outcome, published, low, high, cap)
        narrower = hidden & (high - low < before)
    nothing = np.isnan(low) & events.blank
    share = _share(columns, outcome, dfe)
    if share is not None:
        low, high = _by_percent(share, low, high, total.value)
        nothing &= share.blank
    known = ~np.isnan(total.value) & ~np.isnan(low) & ((total.value > 0) | (low == high))
    notes = (
        *_said(events, total, hidden & known, known, dfe, outcome),
        *_said_of_totals(narrower & known, disagreeing, published),
    )
    low, high = np.where(known, low, np.nan), np.where(known, high, np.nan)
    last = dfe.primary[1]
    mixed = hidden & (low <= last) & (high > last) & (dfe.secondary > 0)
    sure, chance = np.where(mixed, last, high), np.where(mixed, dfe.secondary, 1.0)
    return Bounds(low, high, sure, chance, total.value, nothing | total.blank, notes)


def _cap(total: Floats, outcome: Outcome, dfe: DfE) -> Floats:
    """The largest count that a denominator allows; of exposure, one event a unit."""
    cap = np.floor(total) if outcome.proportion else np.maximum(np.floor(total), dfe.primary[1])
    return np.where(np.isnan(cap), np.inf, cap)


def _own_bounds(events: Readings, column: str, cap: Floats, dfe: DfE) -> tuple[Floats, Floats]:
    """Bounds that a row's own count or symbol gives."""
    low, high = np.maximum(events.value - dfe.half, 0), events.value + dfe.half
    if dfe.half:
        high = np.where(low <= cap, np.minimum(high, cap), high)
    hidden, tiny = events.means(Meaning.SUPPRESSED), events.means(Meaning.TINY)
    first, last = dfe.primary
    low[hidden] = first
    high[hidden] = cap[hidden] if dfe.secondary else np.minimum(last, cap[hidden])
    if tiny.any():
        if not dfe.half:
            raise DataError(
                "Counts round to zero without being zero, in a file whose counts are said not to be rounded.",
                where=f'column "{column}"',
                rows=f"{int(tiny.sum()):,} of {tiny.size:,} rows",
                why="What is behind the symbol depends on what counts are rounded to.",
                cure="Say what they are rounded to, as dfe=DfE(rounded=10).",
            )
        low[tiny], high[tiny] = 1, np.minimum(dfe.half, cap[tiny])
    impossible = low > high  # something is withheld of a denominator of nothing
    return np.where(impossible, np.nan, low), np.where(impossible, np.nan, high)


def _share(columns: Columns, outcome: Outcome, dfe: DfE) -> Readings | None:
    """The published percentages of the outcome's count, where they are named."""
    column = dict(pairs(dfe.percent)).get(outcome.events)
    if column is None:
        return None
    if column not in columns:
        raise DataError(f'There is no column "{column}" for percent.', where="DfE")
    return read_column(columns[column], column, dfe)


def _by_percent(share: Readings, low: Floats, high: Floats, total: Floats) -> tuple[Floats, Floats]:
    """Bounds that a published percentage gives where the count itself is withheld or missing."""
    half = 0.5 * 10.0**-share.decimals
    tiny = share.means(Meaning.TINY)
    for i in np.flatnonzero(~(low == high) & ~np.isnan(total) & (tiny | ~np.isnan(share.value))):
        n, p = total[i] / 100, share.value[i]
        near = (1, floor(n * half + 1e-9)) if tiny[i] else (ceil(n * (p - half) - 1e-9), floor(n * (p + half) + 1e-9))
        least = max(near[0], 0 if np.isnan(low[i]) else low[i])
        most = min(near[1], total[i] if np.isnan(high[i]) else high[i])
        if least <= most:
            low[i], high[i] = least, most
    return low, high


def _by_totals(
    columns: Columns, period: str, outcome: Outcome, published: Published, low: Floats, high: Floats, cap: Floats
) -> tuple[Floats, Floats, int]:
    """Narrow what is suppressed by what rows, regions and the nation leave."""
    dfe, rows = published.dfe, len(low)
    whole, parts = next(((whole, parts) for whole, parts in pairs(dfe.parts) if outcome.events in parts), (None, ()))
    names = [outcome.events, *(part for part in parts if part != outcome.events)]
    for name in (*names[1:], *filter(None, [whole])):
        if name not in columns:
            raise DataError(f'There is no column "{name}" for parts.', where="DfE")
    lows, highs = [low], [high]
    for name in names[1:]:
        one, other = _own_bounds(read_column(columns[name], name, dfe), name, cap, dfe)
        lows.append(one)
        highs.append(other)
    nothing = np.isnan(np.concatenate(lows))
    least = np.where(nothing, 0.0, np.concatenate(lows))
    most = np.where(nothing, np.tile(cap, len(names)), np.concatenate(highs))
    groups = _Groups()
    if whole is not None:
        sums = read_column(columns[whole], whole, dfe).value
        for i in np.flatnonzero(~np.isnan(sums)).tolist():
            groups.add([i + rows * j for j in range(len(names))], sums[i] - dfe.half, sums[i] + dfe.half)
    places = _places(columns, period)
    slack = dfe.totals // 2
    for j, name in enumerate(names):
        for place, value in _totals(published, name, period):
            members = places.get(place)
            if members is not None:
                groups.add([i + rows * j for i in members], -np.inf, value + slack)
    least, most, disagreeing = narrowed(least, most, groups.sums())
    kept = ~np.isnan(low)
    least, most = np.ceil(least[:rows]), np.floor(most[:rows])
    return np.where(kept, least, np.nan), np.where(kept, most, np.nan), disagreeing


class _Groups:
    """Sums as they are found."""

    def __init__(self) -> None:
        self.member: list[int] = []
        self.group: list[int] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, members: list[int], low: float, high: float) -> None:
        self.member += members
        self.group += [len(self.low)] * len(members)
        self.low.append(low)
        self.high.append(high)

    def sums(self) -> BoundedSums:
        member, group = np.array(self.member, dtype=np.intp), np.array(self.group, dtype=np.intp)
        return BoundedSums(member, group, np.array(self.low, dtype=float), np.array(self.high, dtype=float))


def _places(columns: Columns, period: str) -> dict[tuple[str, str | None], list[int]]:
    """Rows by region and period, and by nation and period."""
    places: dict[tuple[str, str | None], list[int]] = {}
    regions = columns.get(REGION, [None] * len(columns[period]))
    for i, (region, when) in enumerate(zip(regions, columns[period], strict=True)):
        places.setdefault(("national", when), []).append(i)
        if region:
            places.setdefault((region, when), []).append(i)
    return places


def _totals(published: Published, column: str, period: str) -> list[tuple[tuple[str, str | None], float]]:
    """Published totals of a column by region, or the nation, and period."""
    totals = published.totals
    if column not in totals or period not in totals:
        return []
    values = read_column(totals[column], column, published.dfe).value
    regions = totals.get(REGION, [None] * len(values))
    sums = []
    for level, region, when, value in zip(totals[LEVEL], regions, totals[period], values.tolist(), strict=True):
        place = "national" if (level or "").casefold() == "national" else region
        if place and value == value:
            sums.append(((place, when), value))
    return sums


def _said(events: Readings, total: Readings, hidden: Flags, known: Flags, dfe: DfE, outcome: Outcome) -> list[str]:
    """Notes on what was withheld, rounded or missing, in whole columns only."""
    rows, notes = size(len(known)), []
    if hidden.any():
        first, last = dfe.primary
        kind = f"{first} to {last}" + (", or more where hidden to protect another count" if dfe.secondary else "")
        notes.append(
            f'{size(int(hidden.sum()))} of {rows} counts of "{outcome.label}" are suppressed ({kind}) and enter as the '
            "ranges in which they lie."
        )
    if dfe.half:
        notes.append(f"Counts are rounded to {dfe.rounded}: each enters as the range of {dfe.half} either way.")
    lost = int((~known).sum())
    if lost:
        notes.append(
            f'{size(lost)} of {rows} rows have no "{outcome.label}" or no denominator (not available, not applicable, '
            "or the denominator itself withheld) and were left out."
        )
    if "x" not in dfe.suppressed and events.means(*MISSING).any():
        notes.append(
            'Older releases wrote "x" for suppressed counts; here it is read as not available. If this file is one, '
            'read it with dfe=DfE(suppressed=("c", "x")).'
        )
    return notes


def _said_of_totals(narrower: Flags, disagreeing: int, published: Published) -> list[str]:
    notes = []
    if narrower.any():
        notes.append(f"Totals in the file narrow the ranges of {size(int(narrower.sum()))} suppressed counts.")
    if disagreeing:
        notes.append(f"{size(disagreeing)} totals contradict the counts below them and were not used.")
    return notes
