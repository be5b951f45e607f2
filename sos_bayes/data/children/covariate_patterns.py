"""Levels of covariates and their observed combinations."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sos_bayes._core.array_types import Integers
from sos_bayes._core.errors import DataError
from sos_bayes.data.children.covariates import NOT_RECORDED
from sos_bayes.data.frames.table import Value

_WHOLE = re.compile(r"0|-?[1-9]\d*")

type Levels = tuple[Integers, list[Value]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Patterns:
    """The C observed patterns, sorted, and the pattern of each group of rows (-1 where it has no observation)."""

    patterns: tuple[tuple[str, ...], ...]
    index: Integers


def find_patterns(
    columns: tuple[str, ...], levels: Sequence[Levels], observed: npt.NDArray[np.bool_], untyped: frozenset[str]
) -> Patterns:
    """Sort the levels of each covariate and number the combinations that are observed.

    Parameters
    ----------
    columns : tuple of str
        The covariates.
    levels : sequence of (codes, values)
        Per covariate: codes of shape (groups,) and the values they stand for.
    observed : ndarray of bool, shape (groups,)
        Whether a group has any observation of the outcome.
    untyped : frozenset of str
        Columns of text whose levels may be numbers or truth values.
    """
    if not columns:
        return Patterns(((),), np.where(observed, 0, -1).astype(np.int64))
    ranks, printed = [], []
    for column, (codes, values) in zip(columns, levels, strict=True):
        used = sorted(set(codes[observed].tolist()))
        order, labels = _sorted_levels(column, {code: values[code] for code in used}, column in untyped)
        ranks.append(np.array([order.get(code, -1) for code in range(len(values))], dtype=np.int64)[codes])
        printed.append(labels)
    distinct, inverse = _distinct_rows([rank[observed] for rank in ranks], [len(labels) for labels in printed])
    index = np.full(len(observed), -1, dtype=np.int64)
    index[observed] = inverse
    names = tuple(tuple(printed[j][rank] for j, rank in enumerate(row)) for row in distinct)
    return Patterns(names, index)


def _distinct_rows(ranks: list[Integers], sizes: list[int]) -> tuple[list[tuple[int, ...]], Integers]:
    """The distinct combinations in order, and which of them each row is."""
    if math.prod(sizes) >= 2**62:
        raise DataError(
            "The covariates have too many levels to combine.", cure="Adjust for fewer or coarser covariates."
        )
    distinct, inverse = np.unique(np.ravel_multi_index(ranks, sizes), return_inverse=True)
    rows = zip(*(axis.tolist() for axis in np.unravel_index(distinct, sizes)), strict=True)
    return list(rows), inverse.reshape(-1).astype(np.int64)


def _sorted_levels(column: str, values: dict[int, Value], untyped: bool) -> tuple[dict[int, int], list[str]]:
    known: dict[int, Value] = {code: value for code, value in values.items() if value is not None}
    typed = _retyped(known) if untyped else known
    if any(isinstance(value, float) for value in typed.values()):
        raise DataError(
            "A covariate with fractions has no levels to count by.",
            where=f'column "{column}"',
            cure="Cut it into bands first, such as age bands.",
        )
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in typed.values())
    texts = {code: _text(value) for code, value in typed.items()}
    distinct = sorted(set(texts.values()), key=int if whole else str)
    if len(known) < len(values):  # missing values that were asked to have a level come last
        texts |= {code: NOT_RECORDED for code in values if code not in known}
        distinct = [text for text in distinct if text != NOT_RECORDED] + [NOT_RECORDED]
    rank = {text: i for i, text in enumerate(distinct)}
    return {code: rank[text] for code, text in texts.items()}, distinct


def _retyped(values: dict[int, Value]) -> dict[int, Value]:
    texts = {code: str(value) for code, value in values.items()}
    if all(_WHOLE.fullmatch(text) for text in texts.values()):
        return {code: int(text) for code, text in texts.items()}
    if all(text.casefold() in ("true", "false") for text in texts.values()):
        return {code: text.casefold() == "true" for code, text in texts.items()}
    return dict(texts)


def _text(value: Value) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
