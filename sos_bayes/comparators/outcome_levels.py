"""Level of an outcome in every authority before the first start."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.comparators.candidates import Pool
from sos_bayes.data import Cells, Cohort, Outcome, Panel, collapse, doses_on, starts_on
from sos_bayes.data.cells.window_crossing import crossed


class Level(NamedTuple):
    """Counts and levels (A,) of the authorities of a pool, with the unit of the level."""

    values: Floats
    events: Floats
    total: Floats
    unit: str

    def __repr__(self) -> str:
        return shapes_only(self)


def level_of(data: Cohort | Panel, pool: Pool, outcome: Outcome) -> Level:
    """Pool an outcome over the periods before the first start; nothing later is looked at.

    Parameters
    ----------
    data : Cohort or Panel
    pool : Pool
    outcome : Outcome

    Returns
    -------
    Level
        nan where an authority has no observation in these periods.
    """
    cells = collapse(data, outcome).of(pool.authorities)
    events, total = counts_in(cells, _unexposed(cells, pool))
    with np.errstate(invalid="ignore"):
        values = outcome.factor * outcome.per * np.where(total > 0, events / total, np.nan)
    return Level(values, events, total, outcome.level_unit)


def counts_in(cells: Cells, mask: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Events, as far as they are known, and denominators (A,) summed over the cells (A, T) of a mask."""
    inside = mask[:, :, None]
    return (cells.likely * inside).sum(axis=(1, 2)), (cells.total * inside).sum(axis=(1, 2))


def _unexposed(cells: Cells, pool: Pool) -> NDArray[np.bool_]:
    """Cells (A, T) before the first start that nothing of the practice reached, windows of follow-up included."""
    _, dose, left_out = doses_on(pool.rollout, cells)
    early = np.arange(len(cells.calendar)) < starts_on(pool.rollout, cells).min() - crossed(cells)
    return np.asarray(early[None, :] & (dose == 0) & ~left_out)
