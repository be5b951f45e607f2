"""Windows of follow-up that open before a start and end after it."""

from __future__ import annotations

import math

from sos_bayes.data.cells.cells import Cells
from sos_bayes.data.outcomes import Window


def crossed(cells: Cells) -> int:
    """How many of adopters' periods before their start are left out because windows end after it."""
    window = cells.outcome.within
    return 0 if window is None or window.crossing == "keep" else reach_of(window, cells)


def reach_of(window: Window, cells: Cells) -> int:
    """Over how many periods before a start windows end after it."""
    return math.ceil(window.months / round(12 * cells.calendar.years))
