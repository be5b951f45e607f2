"""A document and its arrays: what every container holds, whatever its format."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.shapes import shapes_only

TYPES = {"<f8": np.float64, "<i8": np.int64, "|u1": np.uint8}  # of arrays in a file: numbers of fixed size
NAMED = re.compile(r"[A-Za-z0-9_]{1,64}(/[A-Za-z0-9_]{1,64}){0,15}")  # names of arrays: words, one below the other
LONGEST = 64 * 2**20  # bytes of a document
MOST = 100_000  # arrays

Json = dict[str, Any] | list[Any] | str | int | float | bool | None


class UnreadableError(Exception):
    """Why a file is refused, in words of ours that quote nothing of it but names of fields."""


class Array(NamedTuple):
    """One array with the names of its dimensions."""

    values: NDArray[Any]
    dims: tuple[str, ...]

    def __repr__(self) -> str:
        return shapes_only(self)


class Bundle(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    document : str
        JSON.
    disclosure : str
        One sentence that says whether the file may leave.
    arrays : dict of str to Array
        By path, such as ``"effects/0/draws"``.
    """

    document: str
    disclosure: str
    arrays: dict[str, Array]

    def __repr__(self) -> str:
        return f"<Bundle: {len(self.arrays)} arrays>"


def parsed(text: str | bytes) -> Json:
    """Read JSON strictly: no NaN, no name twice, not deeper than Python can follow.

    Examples
    --------
    >>> parsed('{"a": [1, 0.5]}')
    {'a': [1, 0.5]}
    """
    if len(text) > LONGEST:
        raise UnreadableError("its document is too long")
    try:
        read: Json = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once, parse_float=_finite)
    except RecursionError:
        raise UnreadableError("its document is nested too deeply") from None
    except ValueError:
        raise UnreadableError("its document is no JSON") from None
    return read


def _no_constant(name: str) -> None:
    raise UnreadableError("its document holds NaN or Infinity, which JSON does not know")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise UnreadableError("its document holds a number that is too large")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise UnreadableError("its document names something twice")
    return read
