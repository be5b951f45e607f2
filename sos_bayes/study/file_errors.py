"""Faults of a study file in plain words: the key, what is allowed, the nearest match."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from sos_bayes._core.errors import StudyError, nearest
from sos_bayes._core.words import short

if TYPE_CHECKING:
    from pydantic import BaseModel

MOST = 5
KINDS = {
    "data": ("children", "authorities"),
    "outcomes": ("binary", "count", "ordinal", "continuous", "duration", "nested"),
    "comparators": ("all", "named", "neighbours", "regions", "nearest"),
}


def complain(faults: Iterable[Mapping[str, Any]], root: type[BaseModel], name: str) -> StudyError:
    """Turn pydantic's faults into one error of ours.

    Parameters
    ----------
    faults : iterable of mapping
        ``ValidationError.errors()``.
    root : type
        The model of the whole file.
    name : str
        Name of the file.

    Returns
    -------
    StudyError
    """
    said = [_sentence(f, root) for f in faults]
    more = f" And {len(said) - MOST} more." if len(said) > MOST else ""
    return StudyError(" ".join(said[:MOST]) + more, where=f"study file {name}")


def _sentence(fault: Mapping[str, Any], root: type[BaseModel]) -> str:
    loc: Sequence[str | int] = fault["loc"]
    kind = fault["type"]
    key, room = (loc[-1] if loc else ""), _room(loc[:-1])
    if kind == "extra_forbidden":
        allowed = _keys(root, loc[:-1])
        unknown = short(str(key), 60)
        return f"There is no key {unknown!r} in {room}.{nearest(unknown, allowed)} Allowed: {', '.join(allowed)}."
    if kind == "missing":
        return f"{room[0].upper() + room[1:]} has no {key!r}, which it needs."
    if kind == "union_tag_not_found":
        return f"{_room(loc)[0].upper() + _room(loc)[1:]} has no 'kind', which it needs: {_tags(fault, root, loc)}."
    if kind == "union_tag_invalid":
        tag, tags = str(fault["ctx"]["tag"]), _tags(fault, root, loc)
        close = nearest(tag, tags.split(" or "))
        return f"kind = {short(tag, 60)!r} in {_room(loc)} is not known.{close} Allowed: {tags}."
    if kind == "literal_error":
        given = short(str(fault["input"]), 60)
        expected = fault["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return f"{key} = {given!r} in {room} is not known.{nearest(given, expected)} Allowed: {', '.join(expected)}."
    wanted = fault["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{_room(loc)}: {wanted[0].lower() + wanted[1:]}."


def _room(loc: Sequence[str | int]) -> str:
    """Where a fault sits, as the file writes it: ``[data]``, ``[[outcomes]] number 2``."""
    if not loc:
        return "the file"
    kinds = KINDS.get(str(loc[0]), ())
    parts = [p for i, p in enumerate(loc) if not (0 < i < 3 and p in kinds)]
    head = f"[{parts[0]}]"
    if len(parts) > 1 and isinstance(parts[1], int):
        head, parts = f"[[{parts[0]}]] number {parts[1] + 1}", parts[1:]
    tail = ".".join(short(str(p), 60) for p in parts[1:] if p not in ("int", "str", "date", "float", "CovariatePart"))
    return f"{head} {tail}".strip()


def _keys(root: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """Keys that the part of the file at ``loc`` may have."""
    here: list[Any] = [root]
    for step in loc:
        if isinstance(step, int):
            continue
        inside = [m.model_fields[step].annotation for m in here if step in m.model_fields]
        here = [x for a in inside for x in _models(a)] if inside else [m for m in here if _tag(m) == step]
    return list(dict.fromkeys(k for m in here for k in m.model_fields))


def _models(annotation: Any) -> list[Any]:
    if hasattr(annotation, "model_fields"):
        return [annotation]
    origin = get_origin(annotation)
    if origin in (list, Union, types.UnionType) or origin is not None:
        return [m for a in get_args(annotation) for m in _models(a)]
    return []


def _tag(model: Any) -> str | None:
    field = model.model_fields.get("kind")
    return None if field is None else get_args(field.annotation)[0]


def _tags(fault: Mapping[str, Any], root: type[BaseModel], loc: Sequence[str | int]) -> str:
    if "expected_tags" in fault.get("ctx", {}):
        return str(fault["ctx"]["expected_tags"]).replace("'", "").replace(", ", " or ")
    here = [m for m in _models(root.model_fields[str(loc[0])].annotation) if _tag(m)]
    return " or ".join(str(_tag(m)) for m in here)
