"""Comparators taken from a list or a table: everybody, by name, statistical neighbours, the same region."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sos_bayes._core.errors import DataError, DesignError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import counted
from sos_bayes.comparators.candidates import Pool, check_known, pool_of
from sos_bayes.comparators.comparator_set import Comparators
from sos_bayes.data import Cohort, Panel, Rollout
from sos_bayes.data.frames.sources import open_table
from sos_bayes.data.frames.table import Value, keys_of
from sos_bayes.data.geography.authority_names import alike, meant

SHOWN = 5


@sealed
def all_others(data: Cohort | Panel, rollout: Rollout) -> Comparators:
    """Keep every authority that never adopts and is not excluded: what happens where nothing is said.

    Parameters
    ----------
    data : Cohort or Panel
    rollout : Rollout

    Returns
    -------
    Comparators

    Examples
    --------
    >>> from sos_bayes.simulation import made_up_england
    >>> from sos_bayes.data import read_panel
    >>> made = made_up_england(seed=1)
    >>> all_others(read_panel(made.panel, authority="authority", period="period"), made.rollout).describe()
    '31 comparators of 31 candidates: every authority that never adopts and is not excluded.'
    """
    pool = pool_of(data, rollout)
    rule = "every authority that never adopts and is not excluded"
    return Comparators(pool, tuple((a, pool.candidates) for a in pool.adopters), "all others", rule)


@sealed
def named(data: Cohort | Panel, rollout: Rollout, names: Iterable[str], *, label: str = "named") -> Comparators:
    """Keep the authorities that the protocol names.

    Parameters
    ----------
    data : Cohort or Panel
    rollout : Rollout
    names : iterable of str
        Written as in the data.
    label : str
        A few words that tell this set from others.

    Returns
    -------
    Comparators

    Raises
    ------
    DesignError, RolloutError
        If an adopter is among them, or a name that the data do not have.
    """
    if isinstance(names, str):
        raise DesignError("names is one text.", cure=f'Write ("{names}",), a tuple of authorities.')
    pool, listed = pool_of(data, rollout), tuple(dict.fromkeys(names))
    for name in listed:
        check_known(name, dict(pool.names), "comparators by name")
    return Comparators(pool, tuple((a, listed) for a in pool.adopters), label, "authorities named beforehand")


@sealed
def neighbours(
    data: Cohort | Panel,
    rollout: Rollout,
    table: object,
    *,
    authority: str = "authority",
    neighbour: str = "neighbour",
    rank: str = "rank",
    n: int = 10,
    label: str = "statistical neighbours",
) -> Comparators:
    """Keep each adopter's statistical neighbours, from a list such as the Department for Education's.

    Neighbours that adopt themselves, are excluded or are not in the data are passed over, and the next ones taken.

    Parameters
    ----------
    data : Cohort or Panel
    rollout : Rollout
    table : frame or path
        One row for each authority and neighbour.
    authority, neighbour, rank : str
        Its columns; rank 1 is the nearest.
    n : int
        How many for each adopter, as far as the list goes.
    label : str

    Returns
    -------
    Comparators

    Raises
    ------
    DataError
        If a column is missing, a rank is no number, or an adopter has no row.

    Examples
    --------
    >>> import pandas as pd
    >>> from sos_bayes.data import read_panel
    >>> panel = read_panel(pd.DataFrame({"la": list("ABCD"), "year": [2014] * 4}), authority="la", period="year")
    >>> table = pd.DataFrame({"authority": ["A"] * 3, "neighbour": ["C", "Z", "B"], "rank": [1, 2, 3]})
    >>> neighbours(panel, Rollout({"A": 2015}), table, n=2).of("A")
    ('C', 'B')
    """
    whole_number(n)
    pool = pool_of(data, rollout)
    columns = (authority, neighbour, rank)
    opened = open_table(table).need(dict(zip(("authority", "neighbour", "rank"), columns, strict=True)))
    lists = _ranked(*keys_of(opened, columns), where=f'column "{rank}"')
    for adopter in pool.adopters:
        _has_row(adopter, lists, authority)
    _refuse_alike({name for adopter in pool.adopters for name in lists[adopter]}, pool, neighbour)
    free = set(pool.candidates)
    kept = tuple((a, tuple(name for name in lists[a] if name in free)[:n]) for a in pool.adopters)
    rule = f"each adopter's {n} nearest statistical neighbours of the list that do not adopt and are in the data"
    return Comparators(pool, kept, label, rule, (*_passed_over(lists, pool), *_short(kept, pool, n)))


@sealed
def regions(
    data: Cohort | Panel,
    rollout: Rollout,
    table: object,
    *,
    authority: str = "authority",
    region: str = "region",
    label: str = "same region",
) -> Comparators:
    """Keep the authorities of each adopter's region.

    Parameters
    ----------
    data : Cohort or Panel
    rollout : Rollout
    table : frame or path
        One row for each authority.
    authority, region : str
        Its columns.
    label : str

    Returns
    -------
    Comparators

    Raises
    ------
    DataError
        If a column is missing, an adopter has no region, or an authority has two.
    """
    pool = pool_of(data, rollout)
    opened = open_table(table).need({"authority": authority, "region": region})
    region_of: dict[str, str] = {}
    for name, place in zip(*keys_of(opened, (authority, region)), strict=True):
        if name is None or place is None:
            continue
        if region_of.setdefault(str(name), str(place)) != str(place):
            raise DataError(f'"{name}" lies in two regions.', where=f'column "{region}"', cure="Keep one row for it.")
    for adopter in pool.adopters:
        _has_row(adopter, region_of, authority)
    kept = tuple(
        (a, tuple(name for name in pool.candidates if region_of.get(name) == region_of[a])) for a in pool.adopters
    )
    lost = [name for name in pool.candidates if name not in region_of]
    notes = (
        [f"{counted(len(lost), 'candidate has', 'candidates have')} no region: {_some(lost, pool)}."] if lost else []
    )
    return Comparators(pool, kept, label, "authorities in the region of an adopter", (*notes, *_short(kept, pool, 1)))


def whole_number(n: int) -> None:
    """Refuse a number of comparators that is none."""
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise DesignError(f"n={n!r:.40} is not a number of comparators.", cure="Give 1, 2, 3, ...")


def _ranked(
    names: Sequence[Value], others: Sequence[Value], ranks: Sequence[Value], *, where: str
) -> dict[str, list[str]]:
    rows: dict[str, list[tuple[float, str]]] = {}
    for name, other, rank in zip(names, others, ranks, strict=True):
        if name is None or other is None:
            continue
        try:
            place = float(str(rank))
        except ValueError:
            raise DataError(
                "A rank is not a number.", where=where, cure="Number neighbours from 1, nearest first."
            ) from None
        rows.setdefault(str(name), []).append((place, str(other)))
    return {name: list(dict.fromkeys(other for _, other in sorted(neighbours))) for name, neighbours in rows.items()}


def _has_row(adopter: str, rows: Iterable[str], column: str) -> None:
    known = tuple(rows)
    if adopter in known:
        return
    similar = alike(adopter, known)
    hint = f' The table writes it "{similar}".' if similar else meant(adopter, known)
    raise DataError(
        f'The adopter "{adopter}" has no row in the table.{hint}',
        where=f'column "{column}"',
        cure="Write authorities as the data and the rollout do, or add its rows.",
    )


def _refuse_alike(listed: set[str], pool: Pool, column: str) -> None:
    """A neighbour that the data write a little differently would be lost without a word."""
    for name in sorted(listed.difference(dict(pool.names))):
        if alike(name, dict(pool.names)):
            check_known(name, dict(pool.names), f'column "{column}"')


def _passed_over(lists: dict[str, list[str]], pool: Pool) -> tuple[str, ...]:
    asked = [name for adopter in pool.adopters for name in lists[adopter]]
    strangers = sorted(set(asked).difference(dict(pool.names)))
    adopting = sorted(set(asked).intersection(pool.adopters))
    notes = []
    if strangers:
        who = counted(len(strangers), "neighbour of the list is", "neighbours of the list are")
        notes.append(f"{who} not in the data and passed over: {_some(strangers, pool)}.")
    if adopting:
        who = counted(len(adopting), "neighbour of the list adopts", "neighbours of the list adopt")
        notes.append(f"{who} and passed over: {_some(adopting, pool)}.")
    return tuple(notes)


def _short(kept: Sequence[tuple[str, tuple[str, ...]]], pool: Pool, n: int) -> tuple[str, ...]:
    few = [adopter for adopter, chosen in kept if len(chosen) < n]
    if not few:
        return ()
    who = counted(len(few), "adopter has", "adopters have")
    wanted = "none of their own" if n == 1 else f"fewer than {n}"
    return (f"{who} {wanted}: {_some(few, pool)}. They are compared with the whole set all the same.",)


def _some(names: Sequence[str], pool: Pool) -> str:
    return ", ".join(pool.name_of(n) for n in names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
