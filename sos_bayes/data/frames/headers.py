"""What may be said of a table's columns: a first line that is a record, and no header, is never echoed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from sos_bayes._core.errors import nearest
from sos_bayes._core.words import counted

MOST = 20
_NAME = re.compile(r"[^\W\d]\w{0,39}", re.ASCII)  # a plain identifier
_DATA = re.compile(r"\s*$|[+-]?[\d.,]+|.*[\x00-\x1f\x7f@]|.*\d{3}|#|.*_duplicated_\d+$|version https", re.DOTALL)
_YEARS = re.compile(r"(?:19|20)\d\d(?!\d)")  # in names such as rate_2014 and census_2011_12


def looks_like_data(names: Iterable[str]) -> bool:
    """Whether column names look like one record: blanks, numbers, dates, identifiers, line ends inside.

    Examples
    --------
    >>> looks_like_data(["la", "year", "re_referred"]), looks_like_data(["CANARY7741", "Jane Smith", "2009-03-04"])
    (False, True)
    """
    return any(_DATA.match(_without_year(name)) for name in names)


def _without_year(name: str) -> str:
    return _YEARS.sub("y", name) if _NAME.fullmatch(name) else name


def columns_in_words(names: Iterable[str], wanted: str, asked: Collection[str]) -> tuple[str, str]:
    """What to say where a column is not there: a likely name, and the columns.

    Names are echoed where the first line is a header beyond doubt: one of the columns asked for stands in it, and no
    name looks like data. Of those, plain identifiers are printed and the others counted.

    Parameters
    ----------
    names : iterable of str
        The table's columns.
    wanted : str
        The column that is not there.
    asked : collection of str
        All columns that were asked for.

    Examples
    --------
    >>> columns_in_words(["la", "year", "Jane Smith"], "yaer", ["la", "yaer"])
    (' Did you mean "year"?', 'The columns are "la", "year" and 1 whose name is no plain identifier.')
    """
    known = [str(name) for name in names]
    header = not looks_like_data(known) and any(name in asked for name in known)
    if not header:
        return "", f"{_suspicion(known)} The table has {counted(len(known), 'column')}; none is named here."
    plain = [name for name in known if _NAME.fullmatch(name)]
    other = len(known) - len(plain)
    some = ", ".join(f'"{name}"' for name in plain[:MOST]) + (", ..." if len(plain) > MOST else "")
    more = f" and {other} whose name is no plain identifier" if other else ""
    return nearest(wanted, plain), f"The columns are {some}{more}."


def _suspicion(names: list[str]) -> str:
    """What the first line looks like, quoting nothing of it."""
    if any("\r" in name for name in names):
        return "Lines end with bare carriage returns: save the file again with ordinary line ends."
    if names and names[0].lstrip().startswith("#"):
        return "The first line is a comment: take it out, so that the file begins with its header."
    if looks_like_data(names):
        return "The first line looks like data, not like a header: add a line of column names, or check the path."
    return (
        "None of the columns asked for is there: check that the first line is a header, how the columns are spelt, and "
        "the path."
    )
