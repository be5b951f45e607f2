"""Names of authorities that look alike."""

from __future__ import annotations

from collections.abc import Iterable


def plain(name: str) -> str:
    """A name without case, full stops and stray spaces.

    Examples
    --------
    >>> plain("St.  Helens ") == plain("st helens")
    True
    """
    return " ".join(name.replace("\N{NO-BREAK SPACE}", " ").replace(".", " ").replace("&", " and ").casefold().split())


def alike(name: str, names: Iterable[str]) -> str | None:
    """The first of `names` that differs from `name` in case, full stops or spaces only."""
    return next((other for other in names if other != name and plain(other) == plain(name)), None)


def doubles(names: Iterable[str]) -> tuple[str, str] | None:
    """Two names that differ in case, full stops or spaces only."""
    seen: dict[str, str] = {}
    for name in names:
        key = plain(name)
        if key in seen:
            return seen[key], name
        seen[key] = name
    return None
