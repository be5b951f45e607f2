"""What chance alone does: how often nothing is graded as something, as published for the rule."""

from __future__ import annotations

# "All nine" of docs/explanation/operating_characteristics.md: one outcome that did not change, under `sos_default` 2
FALSE_LOW, FALSE_MODERATE = 0.090, 0.016


def chance_of_any(outcomes: int) -> tuple[float, float]:
    """Chance that at least one of several outcomes that did not change is graded low or better, and moderate or better.

    They are taken to move independently; outcomes of the same children that move together err together, which makes
    both chances smaller.

    Examples
    --------
    >>> tuple(round(p, 2) for p in chance_of_any(4))
    (0.31, 0.06)
    """
    low, moderate = (1 - (1 - p) ** outcomes for p in (FALSE_LOW, FALSE_MODERATE))
    return low, moderate
