"""Nouns as plain JSON with arrays beside, and back: by the allow-list, and by nothing that could run."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import prod
from typing import Any, Literal, TypeAliasType, Union, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import FileError
from sos_bayes.saving.allow_list import DIMS, ENUMS, FIELDS, UNKNOWN, kinds, made
from sos_bayes.saving.bundle import NAMED, TYPES, Array, Json, UnreadableError
from sos_bayes.saving.gates import refused

FEW, ALWAYS = 64, 2**20  # numbers from which zeros are only told, and bytes of zeros that any file may tell of
NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(slots=True, eq=False, repr=False)
class Writer:
    """Turns nouns into JSON and puts their arrays aside, each content once."""

    arrays: dict[str, Array] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    def plain(self, value: Any, path: str, dims: tuple[str, ...] = ()) -> Json:
        """Write one value; ``path`` names its place, and the arrays in it."""
        if isinstance(value, Enum):
            return _known(value, ENUMS).value  # type: ignore[no-any-return]
        if type(value) in FIELDS:
            return self._noun(value, path)
        if isinstance(value, np.ndarray):
            return self._array(value, path, dims)
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return {"date": value.isoformat()}
        if isinstance(value, tuple | list):
            return [self.plain(one, f"{path}/{i}", dims) for i, one in enumerate(value)]
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            return {"by": [[name, self.plain(one, f"{path}/{name}", dims)] for name, one in value.items()]}
        raise FileError(
            f"A {type(value).__name__} is not among the things that a file may hold.",
            where=path,
            cure="Save a fit, an effect, effects, a grade or an evaluation as the library makes them.",
        )

    def _noun(self, value: Any, path: str) -> Json:
        noun = type(value)
        fields = {
            name: self.plain(getattr(value, name), f"{path}/{name}".lstrip("/"), DIMS.get((noun, name), ()))
            for name in FIELDS[noun]
        }
        return {"is": noun.__name__, **fields}

    def _array(self, value: NDArray[Any], path: str, dims: tuple[str, ...]) -> Json:
        kind = "|u1" if value.dtype == np.bool_ else value.dtype.newbyteorder("<").str
        if kind not in TYPES:
            raise FileError(f"An array of {value.dtype} is not among the things that a file may hold.", where=path)
        if not value.size:
            return {"empty": list(value.shape), "type": kind}
        values = np.ascontiguousarray(value, dtype=kind)
        if values.size > FEW and not values.reshape(-1).view(np.uint8).any():
            return {"zeros": list(values.shape), "type": kind}
        digest = hashlib.sha256(f"{kind}{values.shape}".encode() + values.reshape(-1).view(np.uint8).data).hexdigest()
        if digest not in self.seen:
            name = path if NAMED.fullmatch(path) and path not in self.arrays else f"arrays/{len(self.arrays)}"
            self.seen[digest] = name
            self.arrays[name] = Array(values, dims[: values.ndim])
        return {"array": self.seen[digest]}


def _known(value: Any, allowed: tuple[type, ...]) -> Any:
    if type(value) not in allowed:
        raise FileError(f"A {type(value).__name__} is not among the things that a file may hold.")
    return value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reader:
    """Turns JSON and arrays into nouns again; whatever is not as the allow-list says is refused."""

    arrays: Mapping[str, NDArray[Any]]
    used: set[str] = field(default_factory=set)

    def noun(self, told: object, noun: type, path: str) -> Any:
        """Read one noun: exactly its kept fields, each of its own kind."""
        if not isinstance(told, dict) or told.get("is") != noun.__name__:
            raise UnreadableError(f"{_at(path)} is no {noun.__name__}")
        fields = FIELDS[noun]
        if set(told) != {"is", *fields}:
            raise UnreadableError(f"{_at(path)} has not the fields of a {noun.__name__}")
        read = {
            name: self.value(told[name], kind, f"{path}/{name}".lstrip("/"), lack=(noun, name) in UNKNOWN)
            for name, kind in kinds(noun).items()
        }
        try:
            read_noun = made(noun, read)
            fault = refused(read_noun)
        except (TypeError, ValueError, AttributeError, IndexError, KeyError, ArithmeticError):
            raise UnreadableError(f"{_at(path)} is a {noun.__name__} that cannot be") from None
        if fault is not None:
            raise UnreadableError(f"{_at(path)} {fault}")
        return read_noun

    def value(self, told: object, kind: Any, path: str, *, lack: bool = False) -> Any:
        """Read one value of a kind, as an annotation says it."""
        origin, inside = get_origin(kind), get_args(kind)
        while isinstance(kind, TypeAliasType) or isinstance(origin, TypeAliasType):  # an alias, or one of something
            kind = kind.__value__ if origin is None else origin.__value__[inside]
            origin, inside = get_origin(kind), get_args(kind)
        if origin is Literal:
            return self._one_of(told, inside, path)
        if origin in (Union, types.UnionType):
            return self._either(told, inside, path, lack)
        if origin is np.ndarray:
            return self._array(told, inside[1], path, lack)
        if origin is tuple:
            return self._tuple(told, inside, path)
        if origin in (dict, Mapping):
            return self._mapping(told, inside[1], path)
        return self._single(told, kind, path)

    def _single(self, told: object, kind: Any, path: str) -> Any:
        if kind in FIELDS:
            return self.noun(told, kind, path)
        if kind in ENUMS and isinstance(told, str) and told in [one.value for one in kind]:
            return kind(told)
        if (kind is type(None) or kind is None) and told is None:
            return None
        if kind is float:
            return self._float(told, path)
        if kind in (str, int, bool) and type(told) is kind:
            return told
        if kind is dt.date and isinstance(told, dict) and set(told) == {"date"}:
            return _date(told["date"], path)
        raise UnreadableError(f"{_at(path)} is not of its kind")

    def _float(self, told: object, path: str) -> float | int:
        if type(told) in (float, int):
            return told  # type: ignore[return-value]
        if isinstance(told, dict) and set(told) == {"float"} and told["float"] in NOT_FINITE:
            return NOT_FINITE[told["float"]]
        raise UnreadableError(f"{_at(path)} is no number")

    def _one_of(self, told: object, allowed: tuple[Any, ...], path: str) -> Any:
        for one in allowed:
            if type(told) is type(one) and told == one:
                return one
        raise UnreadableError(f"{_at(path)} is none of the words that it may be")

    def _either(self, told: object, arms: tuple[Any, ...], path: str, lack: bool) -> Any:
        last = UnreadableError(f"{_at(path)} is of none of its kinds")
        if isinstance(told, dict) and "is" in told:  # only the noun that it says it is, so that its own fault is told
            arms = tuple(arm for arm in arms if getattr(arm, "__name__", "") == told["is"])
        for arm in arms:
            try:
                return self.value(told, arm, path, lack=lack)
            except UnreadableError as fault:
                last = fault
        raise last

    def _tuple(self, told: object, inside: tuple[Any, ...], path: str) -> tuple[Any, ...]:
        if not isinstance(told, list):
            raise UnreadableError(f"{_at(path)} is no list")
        each = inside[:1] * len(told) if len(inside) == 2 and inside[1] is Ellipsis else inside
        if len(each) != len(told):
            raise UnreadableError(f"{_at(path)} is of another length")
        return tuple(self.value(one, kind, f"{path}/{i}") for i, (one, kind) in enumerate(zip(told, each, strict=True)))

    def _mapping(self, told: object, kind: Any, path: str) -> dict[str, Any]:
        pairs = told["by"] if isinstance(told, dict) and set(told) == {"by"} else None
        if not isinstance(pairs, list) or not all(
            isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs
        ):
            raise UnreadableError(f"{_at(path)} is no mapping")
        read = {name: self.value(one, kind, f"{path}/{name}") for name, one in pairs}
        if len(read) < len(pairs):
            raise UnreadableError(f"{_at(path)} names something twice")
        return read

    def _array(self, told: object, dtype: Any, path: str, lack: bool) -> NDArray[Any]:
        wanted = np.dtype(get_args(dtype)[0] if get_args(dtype) else dtype)
        held = np.dtype(np.uint8) if wanted == np.bool_ else wanted
        values = self._held(told, path)
        if values.dtype != held:
            raise UnreadableError(f"{_at(path)} holds numbers of another type")
        if wanted == np.bool_ and values.size and values.max() > 1:
            raise UnreadableError(f"{_at(path)} holds other than yes and no")
        if wanted.kind == "f" and not lack and not np.isfinite(values).all():
            raise UnreadableError(f"{_at(path)} holds what is no number")
        return values.astype(wanted, copy=False)

    def _held(self, told: object, path: str) -> NDArray[Any]:
        if isinstance(told, dict) and set(told) == {"array"}:
            name = told["array"]
            if isinstance(name, str) and name in self.arrays:
                self.used.add(name)
                return self.arrays[name]
            raise UnreadableError(f"{_at(path)} names an array that is not there")
        if isinstance(told, dict) and set(told) in ({"empty", "type"}, {"zeros", "type"}) and told["type"] in TYPES:
            shape, kind = _shape(told.get("empty", told.get("zeros")), path), np.dtype(told["type"])
            most = max((held.nbytes for held in self.arrays.values()), default=0)
            size = prod(shape) * kind.itemsize
            if size == 0 if "empty" in told else 0 < size <= max(most, ALWAYS):  # no more than is really there
                return np.zeros(shape, TYPES[told["type"]])
        raise UnreadableError(f"{_at(path)} is no array")


def _shape(told: object, path: str) -> tuple[int, ...]:
    if isinstance(told, list) and 1 <= len(told) <= 8 and all(type(n) is int and 0 <= n < 2**31 for n in told):
        return tuple(told)
    raise UnreadableError(f"{_at(path)} is no array")


def _date(told: object, path: str) -> dt.date:
    try:
        return dt.date.fromisoformat(told)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise UnreadableError(f"{_at(path)} is no day") from None


def _at(path: str) -> str:
    return f"{path[:120]!r}" if path else "what it holds"
