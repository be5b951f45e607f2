"""What an object that holds arrays shows of itself: names and shapes, never a value."""

from __future__ import annotations

from dataclasses import fields, is_dataclass


def shapes_only(self: object) -> str:
    """Name every field with its shape, or with the kind of thing it is: what ``repr`` shows where counts are held.

    For dataclasses and NamedTuples: what their ``__repr__`` gives, so that no notebook, log, debugger or traceback
    with local variables prints a small count or a child's value.

    Examples
    --------
    >>> import numpy as np
    >>> from typing import NamedTuple
    >>> class Held(NamedTuple):
    ...     events: np.ndarray
    ...     label: str
    ...
    ...     def __repr__(self) -> str:
    ...         return shapes_only(self)
    >>> Held(np.array([[1, 2]]), "synthetic")
    <Held: events (1, 2), label str>
    """
    names = [f.name for f in fields(self)] if is_dataclass(self) else getattr(self, "_fields", ())
    return f"<{type(self).__name__}: {', '.join(f'{name} {_kind(getattr(self, name))}' for name in names)}>"


def _kind(value: object) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return str(shape)
    return f"{type(value).__name__} of {len(value)}" if isinstance(value, tuple | list | dict) else type(value).__name__
