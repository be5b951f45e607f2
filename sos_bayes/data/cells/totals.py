"""Rows that add up others: a nation or a region among its authorities."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.data.cells.cells import Cells
from sos_bayes.data.england import region_of
from sos_bayes.data.geography.authority_names import plain

COUNTRIES = frozenset(
    {"england", "wales", "scotland", "northern ireland", "great britain", "united kingdom", "uk", "england and wales"}
)
REGIONS = frozenset(
    {
        "north east", "north west", "yorkshire and the humber", "yorkshire and humber", "east midlands",
        "west midlands", "east of england", "east", "eastern", "london", "greater london", "inner london",
        "outer london", "south east", "south west",
    }
)  # fmt: skip
SUMS = frozenset(
    {
        "total", "totals", "all", "national", "national total", "all authorities", "all local authorities", "all areas",
        "rest of england", "england total", "grand total", "statistical neighbours", "england average",
        "national average",
    }
)  # fmt: skip
_COUNTRY = re.compile(r"[ENSW]92\d{6}|K0\d{7}")
_REGION = re.compile(r"E(?:12|13|11|47)\d{6}")
_AREAS = "areas|authorities|boroughs|councils|counties|districts|regions"
_SUM = re.compile(rf".+ totals?|totals? .+|all (?:(?:local|other|the) )?(?:{_AREAS})\b.*")
_SUFFIX = re.compile(r"(?: \(?region\)?| government office region)$")
NEAR = 0.01  # relative difference that rounding and withheld numbers leave between a sum and its parts
FEWEST = 3  # periods that must add up
LARGEST = 0.9  # share of the authorities that a sum is larger than
BINARY = 0.02  # distance from 0 or 1 of a part's weight


def named_totals(cells: Cells) -> tuple[int, ...]:
    """Positions of authorities with the name or the code of a country, a region or a sum, among others that have none.

    Where every row is a region (or every one a country), regions are what is compared, and none is flagged.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from sos_bayes.simulation import made_up_england
    >>> cells = made_up_england(seed=1).cells
    >>> named_totals(cells)
    ()
    >>> named_totals(replace(cells, names=("England", *cells.names[1:])))
    (0,)
    """
    ranks = [max(_rank(code), _rank(name)) for code, name in zip(cells.authorities, cells.names, strict=True)]
    lowest = min(ranks, default=0)
    return tuple(a for a, rank in enumerate(ranks) if rank > lowest)


def _rank(name: str) -> int:
    """How far above an authority a name stands: 0 an authority, 1 a region, 2 a country or a sum."""
    said, code = _SUFFIX.sub("", plain(name)), name.strip().upper()
    if said in COUNTRIES or said in SUMS or _SUM.fullmatch(said) or _COUNTRY.fullmatch(code):
        return 2
    return 1 if said in REGIONS or _REGION.fullmatch(code) else 0


def summed_totals(cells: Cells, without: Sequence[int] = ()) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Authorities whose events and denominators are the sums of others', with these others.

    All others are tried first; then the members of each cluster, where clusters were stated or published regions of
    the authorities are known, with and without the authority itself among them; then, where the periods are enough to
    tell, any of them. What is not found: a total of some that are no cluster in a table with fewer periods than areas,
    one in which parts are missing, and one whose numbers were rounded by more than a hundredth.

    Parameters
    ----------
    cells : Cells
        Of counts; of a measured outcome nothing is found.
    without : sequence of int
        Positions that are no parts: totals by name, and further names of one series.
    """
    if cells.outcome.measured:
        return ()
    events, total = cells.likely.sum(axis=2), cells.counted.sum(axis=2)
    rows = [a for a in range(len(events)) if a not in set(without)]
    series = np.concatenate([events, total], axis=1)
    size = total.sum(axis=1)
    largest = set(sorted(rows, key=lambda a: -size[a])[: max(1, round(len(rows) * (1 - LARGEST)))])
    clusters = _clusters(cells)
    totals: list[tuple[int, tuple[int, ...]]] = []
    for a in sorted(rows, key=lambda a: -size[a]):
        seen = np.tile(total[a] > 0, 2)
        parts = [b for b in rows if b != a and size[b] > 0 and b not in {one for one, _ in totals}]
        groups = [[i for i, b in enumerate(parts) if b in group] for group in clusters]
        whole, others = series[a, seen], series[parts][:, seen]
        chosen = _group(whole, others, groups) or (_parts(whole, others) if a in largest else None)
        if chosen is not None and len(chosen) > 1:
            totals.append((a, tuple(parts[b] for b in chosen)))
    return tuple(totals)


def _clusters(cells: Cells) -> list[frozenset[int]]:
    """Positions of the authorities of each stated cluster, and of each published region."""
    places = zip(cells.authorities, cells.names, strict=True)
    stated = cells.clusters or (None,) * len(cells.authorities)
    groups: dict[tuple[str, str], set[int]] = {}
    for a, (cluster, place) in enumerate(zip(stated, places, strict=True)):
        for kind, name in (("stated", cluster), ("published", region_of(*place))):
            if name is not None:
                groups.setdefault((kind, name), set()).add(a)
    return [frozenset(group) for group in groups.values()]


def _group(whole: Floats, series: Floats, groups: Sequence[list[int]]) -> list[int] | None:
    """Which of these groups adds up to one; None where none does."""
    if len(whole) < 2 * FEWEST or not whole[: len(whole) // 2].any():
        return None
    return next((g for g in groups if len(g) > 1 and _adds_up(whole, series[g].sum(axis=0))), None)


def _parts(whole: Floats, series: Floats) -> list[int] | None:
    """Which of these series add up to one; None where none do, or the periods are too few to say."""
    from scipy.optimize import nnls

    if len(whole) < 2 * FEWEST or len(series) < 2 or not whole[: len(whole) // 2].any():
        return None
    if _adds_up(whole, series.sum(axis=0)):
        return list(range(len(series)))
    inside = np.flatnonzero((series <= whole).all(axis=1))
    if len(inside) < 2 or len(inside) >= len(whole):
        return None
    scale = 1 / np.maximum(whole, 1.0)
    weights, _ = nnls((series[inside] * scale).T, whole * scale)
    if (np.minimum(np.abs(weights), np.abs(weights - 1)) > BINARY).any():
        return None
    chosen = [int(inside[b]) for b in np.flatnonzero(weights > 0.5)]
    return chosen if _adds_up(whole, series[chosen].sum(axis=0)) else None


def _adds_up(whole: Floats, parts: Floats) -> bool:
    """Whether sums agree in every period, and changes of the whole are those of its parts."""
    return bool((np.abs(parts - whole) <= NEAR * whole + 0.5).all()) and bool(np.ptp(whole[: len(whole) // 2]) > 0)
