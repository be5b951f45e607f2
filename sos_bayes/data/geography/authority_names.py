"""Names of authorities that look alike, and slips of spelling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from sos_bayes.data.geography.known_authorities import PLACES

_NUMBER = re.compile(r"\s*0*(\d+)(?:\.0+)?\s*")
_APOSTROPHES = dict.fromkeys(map(ord, "'`\N{ACUTE ACCENT}\u2018\u2019\u201b\u02bc\u02b9\u2032\uff07"))
_DOUBLED = re.compile(r"([a-hj-uwyz])\1")
_ACCENTS = re.compile("[\u0300-\u036f]")
_KINDS = """
authority bc borough cc city council county district lb london mbc mdc metropolitan of rb royal the ua unitary
"""
_OFFICE = frozenset(_KINDS.split())


def plain(name: str) -> str:
    """A name without case, accents, hyphens, apostrophes, full stops and stray spaces; a number without zeros before.

    Examples
    --------
    >>> plain("St.  Helens ") == plain("st helens"), plain("Stoke-on-Trent"), plain("Ynys Mo\u0302n")
    (True, 'stoke on trent', 'ynys mon')
    >>> plain("010") == plain("10.0") == plain("10")
    True
    """
    number = _NUMBER.fullmatch(name)
    if number is not None:
        return number[1]
    if name.strip()[:1] == "-" and name.strip()[1:].isdigit():
        return name.strip()  # a negative code is not its opposite
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", name.translate(_APOSTROPHES)))
    kept = (
        " " if unicodedata.category(c) == "Pd" or c in ".,_" else c for c in text if unicodedata.category(c) != "Cf"
    )
    return " ".join("".join(kept).replace("&", " and ").casefold().split())


def without_office(name: str) -> str:
    """A name without the words for what kind of authority it is.

    Examples
    --------
    >>> without_office("Bristol, City of"), without_office("Bristol City Council"), without_office("City of London")
    ('bristol', 'bristol', 'city of london')
    """
    whole = plain(name)
    return " ".join(word for word in whole.split() if word not in _OFFICE) or whole


_KNOWN = frozenset(without_office(place) for place in PLACES)


def is_place(name: str) -> bool:
    """Whether this is the name of an authority of the United Kingdom, and so no slip for another.

    Examples
    --------
    >>> is_place("Herefordshire, County of"), is_place("Wakefeild")
    (True, False)
    """
    return without_office(name) in _KNOWN


def same_place(one: str, other: str) -> bool:
    """Whether two names are of one authority of the United Kingdom, with and without what kind it is.

    Examples
    --------
    >>> same_place("Bristol", "Bristol, City of"), same_place("Baltimore City", "Baltimore County")
    (True, False)
    """
    return without_office(one) == without_office(other) and is_place(one)


def alike(name: str, names: Iterable[str]) -> str | None:
    """The first of `names` that differs from `name` in the way of writing only."""
    wanted = plain(name)
    return next((other for other in names if other != name and plain(other) == wanted), None)


def doubles(names: Iterable[str]) -> list[tuple[str, str]]:
    """All pairs of names that differ in the way of writing only.

    Examples
    --------
    >>> doubles(["010", "10", "Leeds", "leeds", "York"])
    [('010', '10'), ('Leeds', 'leeds')]
    """
    seen: dict[str, str] = {}
    return [(seen[key], name) for name in names if seen.setdefault(key := plain(name), name) != name]


def slip(one: str, other: str, letters: int = 1) -> bool:
    """Whether one name may be a slip of spelling for the other: a letter too many, too few, wrong or out of place.

    With ``letters=2`` there may be two of them, after a beginning that is right. Codes differ by one sign because they
    are of different places, so that what has digits must be the same; nor are the names of two places of the United
    Kingdom, nor names that differ in a short word.

    Examples
    --------
    >>> slip("Wakefeild", "Wakefield"), slip("Herefordshire", "Hertfordshire"), slip("E08000023", "E10000023")
    (True, False, False)
    """
    a, b = plain(one), plain(other)
    if a == b or (is_place(one) and is_place(other)):
        return False
    if _single(a) == _single(b):
        return True
    if any(c.isdigit() for c in a + b):
        return False
    if a.replace(" ", "") == b.replace(" ", ""):
        return True
    words, others = a.split(), b.split()
    odd = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    if len(words) != len(others) or len(odd) != 1:
        return False
    x, y = odd[0]
    long_enough = min(len(x), len(y)) >= 4 and max(len(x), len(y)) >= 5
    return (
        x[: 2 * letters - 1] == y[: 2 * letters - 1]
        and long_enough
        and not _less(x, letters).isdisjoint(_less(y, letters))
    )


def _single(name: str) -> list[str]:
    """The words of a name with doubled letters written once, but of codes and Roman numbers."""
    return [_DOUBLED.sub(r"\1", word) if len(word) > 2 and word.isalpha() else word for word in name.split()]


def _less(word: str, letters: int) -> set[str]:
    """A word without some of its letters, up to so many."""
    stems = {word}
    for _ in range(letters):
        stems |= {short[:i] + short[i + 1 :] for short in stems for i in range(len(short))}
    return stems


def meant(name: str, names: Iterable[str]) -> str:
    """The one name for which `name` is a slip, as a question; nothing where it may be another place.

    Examples
    --------
    >>> meant("Wakefeild", ["Norfolk", "Wakefield"]), meant("West Sussex", ["East Sussex"]), meant("300", ["310"])
    (' Did you mean "Wakefield"?', '', '')
    """
    matches: list[str] = []
    for letters in () if is_place(name) else (1, 2):
        matches = matches or [other for other in dict.fromkeys(names) if slip(name, other, letters)]
    return f' Did you mean "{matches[0]}"?' if len(matches) == 1 else ""
