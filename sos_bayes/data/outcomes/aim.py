"""Which direction of an outcome is better."""

from __future__ import annotations

from enum import Enum


class Aim(Enum):
    """Which direction of an outcome the practice hopes for.

    Examples
    --------
    >>> Aim.FEWER.sign
    -1
    """

    FEWER = "fewer"
    MORE = "more"

    @property
    def sign(self) -> int:
        """The sign of a change towards the aim: -1 for fewer, +1 for more."""
        return -1 if self is Aim.FEWER else 1
