"""Regions of English local authorities, by code and by name.

Contains public sector information licensed under the Open Government Licence v3.0 (Ministry of Housing, Communities
and Local Government; Office for National Statistics).
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from sos_bayes.data.geography.authority_names import plain

FILE = "attributes.csv"


@cache
def regions() -> dict[str, str]:
    """Region of each English local authority, by its code (E0...) and by its name in plain letters.

    There are ten, inner and outer London apart.

    Examples
    --------
    >>> regions()["E08000035"], len(set(regions().values()))
    ('Yorkshire and The Humber', 10)
    """
    text = files("sos_bayes.data.england").joinpath(FILE).read_text(encoding="utf-8")
    by_authority: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines()):
        by_authority[row["la_code"]] = by_authority[plain(row["la_name"])] = row["region"]
    return by_authority


def region_of(authority: str, name: str | None = None) -> str | None:
    """Region of an authority given by code or name; None where it is not an English one.

    Examples
    --------
    >>> region_of("E08000035"), region_of("York"), region_of("Gotham")
    ('Yorkshire and The Humber', 'Yorkshire and The Humber', None)
    """
    known = regions()
    return known.get(authority) or known.get(plain(authority)) or (known.get(plain(name)) if name else None)
