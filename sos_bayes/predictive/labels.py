"""Names along the dimensions of what is said cell by cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from sos_bayes.data import Cells
from sos_bayes.fitting.pymc.cell_table import Places

INSIDE = "cell-level: it stays inside the secure setting"


def labels_of(cells: Cells, places: Places) -> dict[str, Any]:
    """Coordinates along ``cell``: authority and period, and pattern and band where there are several.

    Parameters
    ----------
    cells : Cells
    found : Places
        Of the cells.
    """
    named: dict[str, Any] = {
        "authority": ("cell", np.array(cells.names)[places.authority]),
        "period": ("cell", np.array(cells.calendar.labels)[places.period]),
    }
    if len(cells.patterns) > 1:
        named["pattern"] = ("cell", np.array([", ".join(p) for p in cells.patterns])[places.pattern])
    if cells.bands is not None:
        named["band"] = ("cell", np.array(cells.outcome.names)[places.stream])
    return named
