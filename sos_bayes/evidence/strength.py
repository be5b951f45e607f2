"""The words of a verdict: strength and direction."""

from __future__ import annotations

from enum import Enum


class Strength(Enum):
    """Strength of evidence, in order.

    Examples
    --------
    >>> Strength.NONE < Strength.LOW < Strength.MODERATE < Strength.HIGH
    True
    >>> Strength.HIGH.value
    'high'
    """

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Place in the order, 0 for none to 3 for high."""
        return list(Strength).index(self)

    def __lt__(self, other: Strength) -> bool:
        return self.rank < other.rank

    def __le__(self, other: Strength) -> bool:
        return self.rank <= other.rank

    def __gt__(self, other: Strength) -> bool:
        return self.rank > other.rank

    def __ge__(self, other: Strength) -> bool:
        return self.rank >= other.rank


class Direction(Enum):
    """Which way the effect points, seen from the outcome's aim."""

    TOWARDS = "towards the aim"
    CONTRARY = "contrary to the aim"
    UNCLEAR = "unclear"
