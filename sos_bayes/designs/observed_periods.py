"""What the cells show before and after each start: counted from data, never from the calendar alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sos_bayes.designs.layout import Layout

HOLDS = 0.1  # of its mean denominator before, which an adopter still counts after its start, to be one


@dataclass(frozen=True, slots=True)
class Seen:
    """Numbers that the caps of a grade read.

    A period is one before an adopter's start if the adopter was unexposed and counted somebody in it, and so did an
    authority that was unexposed then and does not start in the same period.

    Attributes
    ----------
    before : tuple of int
        Periods before the start of each adopter.
    holding : tuple of bool
        Which adopters still count children after their start: a tenth of their mean before, or more.
    comparators : int
        Authorities that never adopt and have data in a period before the start of some adopter and in one after it.
    period : float
        Length of a period in years.

    Examples
    --------
    >>> found = Seen((8, 3), (True, True), 31, 0.25)
    >>> found.periods_before, found.years_before, found.adopters
    (3, 0.75, 2)
    """

    before: tuple[int, ...]
    holding: tuple[bool, ...]
    comparators: int
    period: float

    @property
    def periods_before(self) -> int:
        """Fewest periods before its start that any adopter has."""
        return min(self.before)

    @property
    def years_before(self) -> float:
        """The same in years of data."""
        return round(self.periods_before * self.period, 6)

    @property
    def adopters(self) -> int:
        """Adopters that still count children after their start."""
        return sum(self.holding)


def seen(layout: Layout) -> Seen:
    """Count what the cells show.

    Examples
    --------
    >>> from sos_bayes.designs import layout_of
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> found = seen(layout_of(made.cells, made.rollout))
    >>> found.periods_before, found.years_before, found.adopters, found.comparators
    (4, 4.0, 9, 31)
    """
    counted = layout.cells.counted.sum(axis=2)
    filled = counted > 0
    others = layout.starts != layout.starts[layout.adopters][:, None]
    beside = others.astype(int) @ (filled & (layout.dose == 0)).astype(int) > 0
    before = (filled & layout.before)[layout.adopters] & beside
    after = (filled & layout.treated)[layout.adopters]
    return Seen(
        tuple(int(n) for n in before.sum(axis=1)),
        tuple(bool(h) for h in holding(counted[layout.adopters], layout.before[layout.adopters], after)),
        int(_both(before, after, filled[layout.comparators]).sum()),
        float(layout.cells.calendar.years),
    )


def holding(counted: NDArray[np.float64], before: NDArray[np.bool_], after: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which adopters (K,) still count children after their start, from what they counted, (K, T)."""
    early = before & (counted > 0)
    mean_before, mean_after = ((counted * m).sum(axis=1) / np.maximum(m.sum(axis=1), 1) for m in (early, after))
    return np.asarray((mean_after > 0) & (mean_after >= HOLDS * mean_before))


def _both(before: NDArray[np.bool_], after: NDArray[np.bool_], filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which comparators (C,) have data beside an adopter before its start and after it."""
    early, late = (filled.astype(int) @ mask.astype(int).T > 0 for mask in (before, after))
    return np.asarray((early & late).any(axis=1))
