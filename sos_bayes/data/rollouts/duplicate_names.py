"""One place under two names: halves of a series, and misspelt rows of an adopter that would count as a comparator."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from sos_bayes._core.errors import RolloutError
from sos_bayes._core.words import counted
from sos_bayes.data.cells.cells import Cells
from sos_bayes.data.geography.authority_names import is_place, plain, same_place, slip, without_office
from sos_bayes.data.geography.reorganisations import CHANGES, RECODED

SMALL = 0.1  # of an adopter's children: as many a wrong spelling may have in a table of children
WHY = "One place under two names is two halves of a series, and what an adopter did may count as a comparator's."


def twin_faults(cells: Cells, adopters: Collection[str], out: Collection[str]) -> list[RolloutError]:
    """Errors for places under two names, of which neither is excluded.

    Parameters
    ----------
    cells : Cells
    adopters : collection of str
        Authorities of the data that adopt.
    out : collection of str
        Those that are excluded.
    """
    pairs = [pair for pair in _one_place(cells) if not set(pair) & set(out)]
    faults = []
    if pairs:
        faults.append(
            RolloutError(
                f"{_listed(cells, pairs)}: one place under two names or codes.",
                where=f"{counted(len(pairs), 'pair')} among the {len(cells.authorities)} authorities",
                why=WHY,
                cure="Write each under one name or code before reading, or leave it out with exclude=.",
            )
        )
    told = {name for pair in pairs for name in pair}
    misspelt = [p for p in _misspelt(cells, adopters) if not set(p) & set(out) and not set(p) <= told]
    if misspelt:
        faults.append(
            RolloutError(
                f"{_listed(cells, misspelt)}: an adopter, and what may be rows of its own with a slip of spelling.",
                where=f"{counted(len(misspelt), 'pair')} of an adopter and a comparator",
                why=WHY,
                cure="Correct the spelling before reading; if they are two places, name them by codes, or leave the "
                "other out with exclude=.",
            )
        )
    became = [p for p in _became(cells, adopters) if not set(p) & set(out) and not set(p) <= told]
    if became:
        faults.append(
            RolloutError(
                f"{_listed(cells, became)}: what became of an adopter counts as a comparator.",
                where=f"{len(became)} changes of boundaries",
                why="Children there have the practice, or had it until the change.",
                cure="Leave the successor out with exclude=, give it a start of its own, or add the areas up.",
            )
        )
    return faults


def _one_place(cells: Cells) -> list[tuple[str, str]]:
    """Known re-codings, and names that differ only in the words for what kind of authority it is."""
    there = set(cells.authorities)
    pairs = [pair for pair in RECODED if there.issuperset(pair)]
    changed = {
        frozenset((plain(old), plain(new)))
        for change in CHANGES
        for code, old in change.old
        for later, new in change.new
        if (code, later) not in RECODED
    }
    seen = cells.total.sum(axis=2) > 0
    groups: dict[str, list[int]] = {}
    for a, name in enumerate(cells.authorities):
        groups.setdefault(without_office(name), []).append(a)
    for group in groups.values():
        for i, a in enumerate(group):
            for b in group[i + 1 :]:
                one, other = cells.authorities[a], cells.authorities[b]
                apart = not (seen[a] & seen[b]).any() and seen[a].any() and seen[b].any()
                known = same_place(one, other) and frozenset((plain(one), plain(other))) not in changed
                if known or (apart and not is_place(one)):
                    pairs.append((one, other))
    return pairs


def _misspelt(cells: Cells, adopters: Collection[str]) -> list[tuple[str, str]]:
    """Adopters, and comparators a slip away that are not there all the time, or hardly are."""
    children = cells.total.sum(axis=2)
    seen = children > 0
    anyone = seen.any(axis=0)
    pairs = []
    for a, one in enumerate(cells.authorities):
        if one not in adopters:
            continue
        for b, other in enumerate(cells.authorities):
            if other in adopters or not slip(one, other):
                continue
            if (anyone & ~seen[b]).any() or (anyone & ~seen[a]).any() or children[b].sum() < SMALL * children[a].sum():
                pairs.append((one, other))
    return pairs


def _became(cells: Cells, adopters: Collection[str]) -> list[tuple[str, str]]:
    """Adopters, and the authorities made of them that do not adopt."""
    by_name = {plain(name): name for name in cells.authorities}
    seen = cells.total.sum(axis=2) > 0
    pairs = []
    for change in CHANGES:
        old, new = (
            {by_name[plain(word)] for pair in side for word in pair if plain(word) in by_name}
            for side in (change.old, change.new)
        )
        for one in sorted(old & set(adopters) - new):
            last = np.flatnonzero(seen[cells.authorities.index(one)]).max(initial=-1)
            pairs += [
                (one, other)
                for other in sorted(new - old - set(adopters))
                if seen[cells.authorities.index(other), last + 1 :].any()
            ]
    return pairs


def _listed(cells: Cells, pairs: list[tuple[str, str]]) -> str:
    names = dict(zip(cells.authorities, cells.names, strict=True))

    def shown(name: str) -> str:
        return f'"{name}"' if names[name] == name else f'"{name}" ({names[name]})'

    return "; ".join(f"{shown(one)} and {shown(other)}" for one, other in pairs)
