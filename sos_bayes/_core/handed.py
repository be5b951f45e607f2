"""What a public function is handed, looked at before anything is done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any, cast

from sos_bayes._core.errors import SosBayesError


def handed[**P, R](*has: str, give: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse a first argument that has not these attributes, and say what to give instead.

    Parameters
    ----------
    *has : str
        Attributes by which the right thing is known, whatever made it.
    give : str
        What to give, in words.

    Raises
    ------
    SosBayesError
        When the function is called with something else; its value is not printed.

    Examples
    --------
    >>> @handed("real", give="a number")
    ... def doubled(number):
    ...     return 2 * number
    >>> doubled(2)
    4
    >>> doubled("2")
    Traceback (most recent call last):
    ...
    sos_bayes._core.errors.SosBayesError: doubled takes no str. What to do: Give a number.
    """
    refuse = _refuse

    def door(function: Callable[P, R]) -> Callable[P, R]:
        def called(*args: P.args, **named: P.kwargs) -> R:
            refuse(function.__name__, args, named, has, give)
            return function(*args, **named)

        # the function's own globals, so that whoever collects examples takes it for its module's
        inner = cast(FunctionType, called)
        own = FunctionType(inner.__code__, function.__globals__, function.__name__, None, inner.__closure__)
        return cast(Callable[P, R], wraps(function)(own))

    return door


def _refuse(name: str, args: tuple[Any, ...], named: dict[str, Any], has: tuple[str, ...], give: str) -> None:
    """Nothing, or an error that names the type of the first argument and not its value."""
    if not args and not named:
        return
    first = args[0] if args else next(iter(named.values()))
    if not all(hasattr(first, attribute) for attribute in has):
        raise SosBayesError(f"{name} takes no {type(first).__name__}.", cure=f"Give {give}.")
