"""What tells one function of a caller's from another: its text, and the values that it reads from around it.

A digest gives none of these values away. What cannot be put into it (an open file, a model, a class made on the spot)
makes the function one that cannot be told apart, and so none that can be kept.
"""

from __future__ import annotations

import datetime as dt
import dis
import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from tokenize import TokenError
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

DEEPEST = 20  # functions that read functions, and tables in tables
LIBRARIES = {"pymc", "pytensor", "numpy", "scipy", "pandas", "polars", "xarray", "sos_bayes"}  # known by name


class _UnknownError(Exception):
    """A value that has no digest."""


def function_digest(function: Callable[..., Any]) -> str | None:
    """SHA-256, in hexadecimal, of a function's source text with the values that it reads from around it.

    These are its defaults, what it closes over, and the names of its module that it uses. Functions among them count by
    their own text, modules and what common libraries define by name.

    Returns
    -------
    str or None
        None where the text, or one of the values, cannot be had.

    Examples
    --------
    >>> from textwrap import shorten
    >>> function_digest(partial(shorten, object())) is None, function_digest(shorten) == function_digest(shorten)
    (True, True)
    >>> function_digest(partial(shorten, width=1)) == function_digest(partial(shorten, width=2))
    False
    """
    try:
        told = _of(function, ())
    except (
        _UnknownError,
        OSError,
        TypeError,
        SyntaxError,
        TokenError,
    ):  # no file holds its text, or another's is there
        return None
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _of_callable(function: object, trail: tuple[int, ...]) -> object:
    if isinstance(function, partial):
        return ["partial", *(_of(part, trail) for part in (function.func, function.args, dict(function.keywords)))]
    if isinstance(function, MethodType):
        return ["method", _of(function.__func__, trail), _of(function.__self__, trail)]
    assert isinstance(function, FunctionType)
    if str(function.__module__).split(".")[0] in LIBRARIES:
        return ["named", function.__module__, function.__qualname__]
    if function.__code__.co_filename == "<string>":  # every text given to exec and to `python -c` has this name
        raise _UnknownError
    around = dict(inspect.getclosurevars(function).nonlocals)
    around |= {name: function.__globals__[name] for name in _names(function.__code__) & function.__globals__.keys()}
    parts = ([function.__defaults__, function.__kwdefaults__], around)
    return [inspect.getsource(function), _compiled(function.__code__), *(_of(part, trail) for part in parts)]


def _compiled(code: CodeType) -> object:
    """What was compiled, should the file hold another text by now: instructions, names, and plain constants."""
    inner: list[object] = []
    for part in code.co_consts:
        plain = sorted(map(repr, part)) if isinstance(part, frozenset) else repr(part)  # sets have no order to keep
        inner.append(_compiled(part) if isinstance(part, CodeType) else plain)
    return [code.co_code.hex(), list(code.co_names), list(code.co_varnames), inner]


def _names(code: CodeType) -> set[str]:
    """Names of its module that a function, and those defined inside it, look up."""
    own = {str(step.argval) for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*(_names(part) for part in code.co_consts if isinstance(part, CodeType)))


def _of(value: object, trail: tuple[int, ...]) -> object:
    """A value as JSON knows it, arrays by their digest; ``trail`` are those that it was found in."""
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | dt.date | Enum):
        return [type(value).__name__, repr(value)]
    if isinstance(value, ModuleType):
        return ["module", value.__name__]
    if id(value) in trail:  # a function that calls itself
        return ["again", trail.index(id(value))]
    trail = (*trail, id(value))
    if len(trail) > DEEPEST:
        raise _UnknownError
    if isinstance(value, Mapping):
        return ["mapping", *sorted(([_of(key, trail), _of(one, trail)] for key, one in value.items()), key=json.dumps)]
    if isinstance(value, tuple | list):
        return ["sequence", *(_of(one, trail) for one in value)]
    if isinstance(value, set | frozenset):
        return ["set", *sorted((_of(one, trail) for one in value), key=json.dumps)]
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__qualname__, {f.name: _of(getattr(value, f.name), trail) for f in fields(value)}]
    if hasattr(value, "__array__"):
        return _of_array(value, trail)
    return _of_callable(value, trail) if isinstance(value, FunctionType | MethodType | partial) else _by_name(value)


def _by_name(value: Any) -> object:
    """What a library defines: by module and name, or by what a callable without a name calls itself."""
    module, name = str(getattr(value, "__module__", None)), getattr(value, "__qualname__", None)
    named = isinstance(value, BuiltinFunctionType | type) or module.split(".")[0] in LIBRARIES
    if not named or not callable(value) or module == "__main__":
        raise _UnknownError
    name = str(value) if name is None else name
    if "<locals>" in name or " at 0x" in name:
        raise _UnknownError
    return ["named", module, name]


def _of_array(value: Any, trail: tuple[int, ...]) -> object:
    """An array or a table: its shape, labels where it has them, and a digest of what it holds."""
    array = np.asarray(value)
    labels = [_of(list(getattr(value, axis)), trail) for axis in ("columns", "index") if _labelled(value, axis)]
    if array.dtype == object:
        return ["array", list(array.shape), *labels, _of(array.ravel().tolist(), trail)]
    held = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return ["array", array.dtype.str, list(array.shape), *labels, held]


def _labelled(value: object, axis: str) -> bool:
    return hasattr(value, axis) and not callable(getattr(value, axis))
