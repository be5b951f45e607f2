"""Centre and spread of a measured outcome over all cells: the units that its model works in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sos_bayes._core.errors import DataError
from sos_bayes.data.cells import Cells


@dataclass(frozen=True, slots=True)
class Pooled:
    """Mean of all children, sd of children around the mean of their own cell, and the degrees of freedom of that sd."""

    mean: float
    sd: float
    degrees: float


def pooled(cells: Cells) -> Pooled:
    """Pool a Continuous outcome's cells.

    Raises
    ------
    DataError
        If children of one cell never differ.
    """
    squares, total = cells.squares, cells.total
    filled = total > 0
    degrees = float((total - 1.0)[filled].sum())
    if squares is None or degrees < 1 or not squares.sum() > 0:
        raise DataError(
            "No two children of one authority, period and pattern differ.",
            where=f'outcome "{cells.outcome.label}"',
            why="How much children vary cannot be told from how much authorities do.",
            cure="Give rows of children, or a column with their sd; adjust for fewer covariates. A panel of plain "
            "numbers is for SyntheticControl() or LatentFactors().",
        )
    return Pooled(float(cells.events.sum() / total.sum()), float(np.sqrt(squares.sum() / degrees)), degrees)
