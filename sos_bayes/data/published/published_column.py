"""One column of a published file: its numbers, and what stands where a number would."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.errors import DataError
from sos_bayes.data.frames.number_columns import BLANKS
from sos_bayes.data.periods.period_forms import shape
from sos_bayes.data.published.dfe_conventions import SYMBOLS, DfE, Meaning, bare
from sos_bayes.data.published.dfe_file import Texts

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Readings:
    """A column as it was read, one value a row.

    Parameters
    ----------
    value : ndarray, shape (rows,)
        The numbers; NaN elsewhere.
    meaning : tuple of Meaning or None
        What stands where there is no number; None for a number and for a blank.
    decimals : int
        The largest number of decimals of any number.
    """

    value: Floats
    meaning: tuple[Meaning | None, ...]
    decimals: int

    def __repr__(self) -> str:
        return f"Readings({len(self.meaning):,} rows)"

    def means(self, *meanings: Meaning) -> Flags:
        """Where one of these stands."""
        return np.array([meaning in meanings for meaning in self.meaning], dtype=bool)

    @property
    def blank(self) -> Flags:
        """Where nothing stands at all."""
        return np.asarray(np.isnan(self.value) & [meaning is None for meaning in self.meaning])


def read_column(texts: Texts, column: str, dfe: DfE) -> Readings:
    """Read a column of text.

    Raises
    ------
    DataError
        If something is neither a number nor a symbol whose meaning is known: the message names column and symbol.
    """
    value, meaning = np.full(len(texts), np.nan), list[Meaning | None]([None]) * len(texts)
    unknown: dict[str, int] = {}
    decimals = 0
    for i, text in enumerate(texts):
        if text is None or (text.casefold() in BLANKS and dfe.meaning(text) is None):
            continue
        if _NUMBER.fullmatch(text):
            value[i] = float(text)
            decimals = max(decimals, len(text.partition(".")[2]) if "e" not in text.casefold() else 0)
            continue
        meaning[i] = dfe.meaning(text)
        if meaning[i] is None:
            unknown[text] = unknown.get(text, 0) + 1
    if unknown:
        raise _unknown(column, unknown, len(texts))
    return Readings(value, tuple(meaning), decimals)


def _unknown(column: str, unknown: dict[str, int], rows: int) -> DataError:
    short = sorted({bare(text) for text in unknown if len(text) <= 5 and not any(c.isdigit() for c in text)})
    said = ", ".join(f'"{symbol}"' for symbol in short[:5])
    shapes = ", ".join(sorted({shape(text) for text in unknown})[:3])
    known = "; ".join(f'"{symbol}" {meaning.value}' for symbol, meaning in SYMBOLS.items())
    return DataError(
        f"The meaning of {'the symbol ' + said if short else 'text of the shape ' + shapes} is not known.",
        where=f'column "{column}"',
        rows=f"{sum(unknown.values()):,} of {rows:,} rows",
        why="A symbol may hide a small count, a zero or nothing at all, and they are not the same.",
        cure="Look it up in the release's methodology: if it stands for suppressed counts, say so with "
        f'dfe=DfE(suppressed=("c", "...")); else replace it by one of those known ({known}).',
    )
