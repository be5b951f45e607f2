"""A word on long work: one line a step on a terminal, or the caller's own function."""

from __future__ import annotations

import sys
from collections.abc import Callable

from sos_bayes._core.words import short

Progress = Callable[[int, int, str], None]


def told(progress: bool | Progress) -> Progress:
    """What to call after each step with its number from 1, how many there are, and what was done.

    True is a line on standard error where that is a terminal, and nothing elsewhere; False is nothing.

    Examples
    --------
    >>> told(False)(1, 2, "re-referral: fitted")
    """
    return _line if progress is True else progress or _silence


def _line(step: int, of: int, what: str) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"[{step}/{of}] {short(what, 90)}\n")
        sys.stderr.flush()


def _silence(step: int, of: int, what: str) -> None:
    pass
