"""Reorganisations since 2013 that split a series in two, and codes that changed while the area hardly did.

Of `CHANGES`, `data/england/attributes.csv` holds both sides for Dorset, Northamptonshire and Cumbria. DfE's files are
written under one code throughout where an authority changed no more than its status or a border of some homes: that
file holds one code of each English pair in `RECODED`, a test says which, and no file here holds the other one. These,
the pairs of Scotland and Wales, and the years stand as in the Code History Database of the Office for National
Statistics: Northumberland and Gateshead 2013, Barnsley and Sheffield 2025 (SI 2024/1328), Fife and Perth and Kinross
2018, Glasgow City and North Lanarkshire 2019, the others before 2013.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sos_bayes.data.geography.authority_names import plain


@dataclass(frozen=True, slots=True)
class Change:
    """Authorities abolished and created on one day, as pairs of code and name."""

    year: int
    old: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]


CHANGES = (
    Change(
        2019,
        (("E06000028", "Bournemouth"), ("E06000029", "Poole"), ("E10000009", "Dorset County")),
        (("E06000058", "Bournemouth, Christchurch and Poole"), ("E06000059", "Dorset")),
    ),
    Change(2020, (("E10000002", "Buckinghamshire County"),), (("E06000060", "Buckinghamshire"),)),
    Change(
        2021,
        (("E10000021", "Northamptonshire"),),
        (("E06000061", "North Northamptonshire"), ("E06000062", "West Northamptonshire")),
    ),
    Change(
        2023,
        (("E10000006", "Cumbria"),),
        (("E06000063", "Cumberland"), ("E06000064", "Westmorland and Furness")),
    ),
    Change(2023, (("E10000023", "North Yorkshire County"),), (("E06000065", "North Yorkshire"),)),
    Change(2023, (("E10000027", "Somerset County"),), (("E06000066", "Somerset"),)),
)

RECODED: tuple[tuple[str, str], ...] = (  # the same area under a new code, the old one first
    ("E06000048", "E06000057"),  # Northumberland
    ("E08000016", "E08000038"),  # Barnsley
    ("E08000019", "E08000039"),  # Sheffield
    ("E08000020", "E08000037"),  # Gateshead
    ("E10000002", "E06000060"),  # Buckinghamshire
    ("E10000023", "E06000065"),  # North Yorkshire
    ("E10000027", "E06000066"),  # Somerset
    ("S12000009", "S12000045"),  # East Dunbartonshire
    ("S12000015", "S12000047"),  # Fife
    ("S12000024", "S12000048"),  # Perth and Kinross
    ("S12000043", "S12000046"),  # Glasgow City
    ("S12000044", "S12000050"),  # North Lanarkshire
    ("S12000043", "S12000049"),  # both together
    ("S12000046", "S12000049"),  # Glasgow City, again
    ("W06000007", "W06000023"),  # Powys
    ("W06000017", "W06000024"),  # Merthyr Tydfil
)


def boundary_notes(authorities: Iterable[str]) -> list[str]:
    """A note for each reorganisation of which both an old and a new authority are in the data.

    Parameters
    ----------
    authorities : iterable of str
        Codes or names.

    Examples
    --------
    >>> boundary_notes(["Cumbria", "Cumberland", "Leeds"])
    ['Boundaries changed in April 2023: Cumbria became Cumberland; Westmorland and Furness. Both are in the data; ...']
    """
    there = {plain(name) for name in authorities}
    notes = []
    for change in CHANGES:
        if _any(change.old, there) and _any(change.new, there):
            old, new = ("; ".join(name for _, name in side) for side in (change.old, change.new))
            notes.append(
                f"Boundaries changed in April {change.year}: {old} became {new}. Both are in the data; "
                "exclude them or add them up before reading."
            )
    return notes


def _any(side: tuple[tuple[str, str], ...], there: set[str]) -> bool:
    return any(plain(word) in there for pair in side for word in pair)
