"""Numbers of authorities as they were before the first start: what shifts of single periods may go with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.kept import Kept
from sos_bayes._core.words import counted

LEAST = 1e-9  # of a column's size, below which its spread is rounding


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Baselines(Kept):
    """One number of every authority in each column.

    Attributes
    ----------
    columns : tuple of str, length k
    values : ndarray, shape (A, k)

    Raises
    ------
    DesignError
        If shapes disagree or a value is not finite.

    Examples
    --------
    >>> Baselines(("poverty",), np.array([[10.0], [20.0]])).standardised(("poverty",)).tolist()
    [[-1.0], [1.0]]
    """

    columns: tuple[str, ...]
    values: Floats

    def __post_init__(self) -> None:
        shape = self.values.shape
        if len(shape) != 2 or shape[1] != len(self.columns) or not np.isfinite(self.values).all():
            raise DesignError(
                "Baselines are one finite number for each authority and column.",
                where=f"values of shape {shape}, {len(self.columns)} columns",
                cure="Give an array (authorities, columns) without gaps.",
            )

    def __repr__(self) -> str:
        return f"<Baselines: {counted(len(self.columns), 'number')} of {len(self.values)} authorities>"

    def only(self, keep: NDArray[np.bool_]) -> Baselines:
        """Keep some authorities (A,)."""
        return replace(self, values=self.values[keep])

    def standardised(self, columns: tuple[str, ...]) -> Floats:
        """Columns (A, k) with mean 0 and sd 1 over these authorities; zero where all are alike."""
        values = self.values[:, [self.columns.index(column) for column in columns]]
        return np.where(spread(values) > 0, (values - values.mean(axis=0)) / np.maximum(spread(values), 1e-300), 0.0)


def spread(values: Floats) -> Floats:
    """Sd of every column of (A, k) over authorities; zero where they differ by rounding only.

    Examples
    --------
    >>> spread(np.array([[1.0, 0.1], [3.0, 0.1]])).tolist()
    [1.0, 0.0]
    """
    sd = values.std(axis=0)
    return np.where(sd > LEAST * np.abs(values).max(axis=0), sd, 0.0)
