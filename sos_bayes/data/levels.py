"""Levels of an ordinal outcome, read from a column of words or numbers."""

from __future__ import annotations

import narwhals as nw

from sos_bayes.data.numerals import BLANKS, missing_in, number
from sos_bayes.data.outcomes import Ordinal
from sos_bayes.data.tables import Table


def coded(table: Table, outcome: Ordinal) -> nw.Expr:
    """The position of each row's level, from 0; NaN where it is missing and -1 where it is no level.

    Raises
    ------
    DataError
        If the levels are numbers and text stands where they belong.
    """
    values = outcome.values
    if values is not None:
        y = number(table, outcome.events, outcome.missing).cast(nw.Float64)
        known, lost = [y == value for value in values], missing_in(y)
    else:
        y = _text(table, outcome.events)
        known, lost = [y == name for name in outcome.names], y.is_null() | y.str.to_lowercase().is_in(sorted(BLANKS))
    code: nw.Expr = nw.when(lost).then(nw.lit(float("nan"))).otherwise(nw.lit(-1.0))
    for k, is_level in enumerate(known):
        code = nw.when(is_level).then(nw.lit(float(k))).otherwise(code)
    return code


def _text(table: Table, column: str) -> nw.Expr:
    return nw.col(column).cast(nw.String).str.strip_chars()
