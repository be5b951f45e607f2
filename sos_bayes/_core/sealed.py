"""The one boundary that errors pass: no frame of ours that they come out of holds a value, and none comes out bare."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import cast

from sos_bayes._core.errors import OPEN, SosBayesError, forget, safe


def sealed[**P, T](function: Callable[P, T]) -> Callable[P, T]:
    """Have a public function raise nothing but errors of ours, from frames whose local variables are empty.

    Trackers, test runners and ``traceback`` itself print the variables of frames, and those of readers are rows. The
    lines of code stay in the traceback. What is no error of ours becomes one whose message quotes nothing (`safe`);
    a call that does not fit the signature, an interrupt and an exit stay what they are. With the environment variable
    ``SOS_BAYES_UNSEALED=1`` everything is left as it is, for use inside a secure setting.

    Examples
    --------
    >>> @sealed
    ... def read(name):
    ...     return {}[name]
    >>> read("child 4711")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    sos_bayes._core.errors.FitError: KeyError inside the library or a package below it; its message is withheld ...
    """
    close, current = _closed, sys.exc_info

    def called(*args: P.args, **named: P.kwargs) -> T:
        outer = current()[1]
        try:
            return function(*args, **named)
        except BaseException as fault:
            error = close(fault, outer)
            del args, named
        del outer
        raise error

    # the function's own globals, so that whoever collects examples takes it for its module's
    inner = cast(FunctionType, called)
    own = FunctionType(inner.__code__, function.__globals__, function.__name__, None, inner.__closure__)
    return cast(Callable[P, T], wraps(function)(own))


def _closed(fault: BaseException, outer: BaseException | None) -> BaseException:
    """The error that leaves: the same one with its frames emptied, or a safe one in its place."""
    if os.environ.get(OPEN) == "1":
        return fault
    strange = isinstance(fault, Exception) and not isinstance(fault, SosBayesError) and not _of_the_call(fault)
    told = safe(fault) if strange else fault
    forget(fault, outer)
    return told


def _of_the_call(fault: BaseException) -> bool:
    """Whether arguments did not fit the signature: raised before a line of the function ran."""
    trace = fault.__traceback__
    return isinstance(fault, TypeError) and trace is not None and trace.tb_next is None
