"""The cost band of the EIF Guidebook, now of Foundations: 1 for the cheapest, 5 for the dearest."""

from __future__ import annotations

import math

BORDERS = (100.0, 500.0, 1000.0, 2000.0)  # pounds a unit
PUBLISHED = ("less than £100", "£100 to £499", "£500 to £999", "£1,000 to £2,000", "more than £2,000")


def cost_band(unit_cost: float | None) -> int | None:
    """Return the band of a unit cost, or None (NA) where there is none.

    Published: under £100, £100-£499, £500-£999, £1,000-£2,000, over £2,000 (Foundations, legend of the Guidebook).
    These leave gaps: £499.50 is in no band. Here bins are half-open, from each published lower end up to but without
    the next: [0, 100), [100, 500), [500, 1,000), and then [1,000, 2,000] and over 2,000, because 2,000 itself is
    published as part of the fourth. The Guidebook rates what providers say of their programmes; this is your figure.

    Parameters
    ----------
    unit_cost : float or None
        Pounds for each child or family.

    Returns
    -------
    int or None

    Examples
    --------
    >>> [cost_band(c) for c in (99.99, 100, 499.5, 500, 1000, 2000, 2000.01)]
    [1, 2, 2, 3, 4, 4, 5]
    >>> cost_band(None) is None
    True
    """
    if unit_cost is None or not math.isfinite(unit_cost) or unit_cost < 0:
        return None
    return 1 + sum(unit_cost >= border for border in BORDERS[:3]) + (unit_cost > BORDERS[3])
