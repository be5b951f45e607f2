"""Columns of numbers, also where they arrive as text with the symbols of official statistics."""

from __future__ import annotations

import narwhals as nw

from sos_bayes._core.errors import DataError
from sos_bayes.data.frames.row_checks import Check, raise_first
from sos_bayes.data.frames.table import Table, collected
from sos_bayes.data.outcomes import Missing
from sos_bayes.data.periods.period_forms import shape

SYMBOLS = {
    "c": "suppressed because the count is small",
    "k": "rounds to zero",
    "x": "suppressed or not available",
    "z": "not applicable",
    ":": "not available",
    "..": "not available",
}
BLANKS = {"", "na", "n/a", "nan", "null", "none", "<na>"}
TRUTHS = {"true": 1.0, "false": 0.0}

_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


def number(table: Table, column: str, missing: Missing) -> nw.Expr:
    """The column as numbers, missing values as null or NaN.

    Parameters
    ----------
    table : Table
        Holds the column, in any type.
    column : str
        Its name.
    missing : {"error", "drop"}
        With "drop" the symbols of official statistics count as missing; with "error" they are refused by name.

    Raises
    ------
    DataError
        If text stands where numbers belong.
    """
    dtype = table.frame.collect_schema()[column]
    if dtype == nw.Boolean:
        return nw.col(column).cast(nw.Int8)
    if is_whole(table, column):
        return nw.col(column)
    if dtype.is_numeric():
        return nw.col(column).cast(nw.Float64)
    if not isinstance(dtype, (nw.String, nw.Categorical, nw.Enum)):
        raise DataError(
            "A column of numbers is needed.", where=f'column "{column}", type {dtype}', cure="Give a column of numbers."
        )
    text = nw.col(column).cast(nw.String).str.strip_chars()
    words = _words(table, column, text)
    readings = {word: _reading(word) for word in words}
    _refuse_text(table, column, text, [word for word, reading in readings.items() if reading is None])
    symbols = [word for word in words if word.casefold() in SYMBOLS]
    if symbols and missing == "error":
        _refuse_symbols(table, column, text, symbols)
    value: nw.Expr = nw.when(text.str.contains(_NUMBER)).then(text).cast(nw.Float64)
    for truth, reading in TRUTHS.items():
        spelt = [word for word in words if word.casefold() == truth]
        value = nw.when(text.is_in(spelt)).then(nw.lit(reading)).otherwise(value) if spelt else value
    return value


def is_whole(table: Table, column: str) -> bool:
    """Whether a column's type holds nothing but whole numbers that fit 64 bits with a sign, or truth values."""
    return table.frame.collect_schema()[column] in (
        nw.Boolean, nw.Int8, nw.Int16, nw.Int32, nw.Int64, nw.UInt8, nw.UInt16, nw.UInt32
    )  # fmt: skip


def _words(table: Table, column: str, text: nw.Expr) -> list[str]:
    """The distinct values that are no numbers."""
    frame = table.frame.select(text.alias(column))
    words = frame.filter(~nw.col(column).is_null() & ~nw.col(column).str.contains(_NUMBER)).unique(column)
    return sorted(v for v in collected(words)[column].to_list() if isinstance(v, str))


def missing_in(value: nw.Expr) -> nw.Expr:
    """True where an expression of floats is null or NaN."""
    return value.is_null() | value.is_nan()


def _reading(text: str) -> float | None:
    word = text.casefold()
    return float("nan") if word in BLANKS or word in SYMBOLS else TRUTHS.get(word)


def _refuse_text(table: Table, column: str, text: nw.Expr, odd: list[str]) -> None:
    if not odd:
        return
    shapes = ", ".join(sorted({shape(v) for v in odd})[:3])
    check = Check(
        column,
        text.is_in(odd),
        f"Text stands where numbers belong (shapes {shapes}, with 9 for any digit and a for any letter).",
        "Turn the column into numbers without separators or units, and leave missing values blank.",
        f'"{column}" is not a number',
    )
    raise_first(table, [check])


def _refuse_symbols(table: Table, column: str, text: nw.Expr, symbols: list[str]) -> None:
    spellings = sorted({v.casefold() for v in symbols})
    meanings = "; ".join(f'"{symbol}" means {SYMBOLS[symbol]}' for symbol in spellings)
    check = Check(
        column,
        text.is_in(symbols),
        f"Symbols of official statistics stand where numbers belong: {meanings}.",
        "Read a file of the Department for Education with read_panel(..., dfe=True), which keeps suppressed counts as "
        'the ranges in which they lie; or say missing="drop" in the outcome to leave these cells out.',
        f'"{column}" is one of ' + ", ".join(f'"{symbol}"' for symbol in spellings),
        "A suppressed count is known to be small: read as zero or left out in silence it would bias the answer.",
    )
    raise_first(table, [check])
