"""How much several rows of one child are worth together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from sos_bayes._core.array_types import Floats, Integers
from sos_bayes.data.children.cohort import Cohort
from sos_bayes.data.children.covariate_patterns import Levels
from sos_bayes.data.children.kinds.summands import Summands
from sos_bayes.data.children.repeated_rows import CHILD
from sos_bayes.data.frames.keys import Keys
from sos_bayes.data.frames.table import collected, factorise

OUTSIDE = ("__out", "__open")


FEWEST = 50  # repeated rows below which the likeness of a child's rows is not estimated


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clusters:
    """How many children have the same number of rows and of events in a cell.

    Parameters
    ----------
    cell : ndarray of int, shape (n,)
        Which cell (authority and period), from 0.
    rows, events, squares : ndarray of int, shape (n,)
        A child's number of rows, its sum of outcomes and its sum of squared outcomes.
    children : ndarray of int, shape (n,)
        How many children are so.
    cells : int
        Number of cells.
    """

    cell: Integers
    rows: Integers
    events: Integers
    squares: Integers
    children: Integers
    cells: int

    def sum(self, values: npt.NDArray[np.float64] | Integers) -> Floats:
        """Sum over the children of each cell, (cells,)."""
        return np.bincount(self.cell, weights=self.children * values, minlength=self.cells)

    @property
    def extra(self) -> int:
        """Rows beyond the first of their child."""
        return int((self.children * (self.rows - 1)).sum())


def likeness(clusters: Clusters) -> float:
    """The correlation of two rows of a child, within cells: the moment estimator of the analysis of variance.

    Children are compared with others of their own authority and period, so that neither levels nor trends of
    authorities pass for likeness. Held to 0 to 1; 0 without repeated rows.

    Examples
    --------
    >>> two = np.full(2, 2)
    >>> alike = Clusters(np.zeros(2, int), two, np.array([0, 2]), np.array([0, 2]), np.array([30, 20]), 1)
    >>> likeness(alike)
    1.0
    """
    n, k = clusters.sum(clusters.rows), clusters.sum(np.ones(len(clusters.rows)))
    seen = n > 0
    within = float(clusters.sum(clusters.squares - clusters.events**2 / clusters.rows).sum())
    total = clusters.sum(clusters.events)[seen] ** 2 / n[seen]
    between = float((clusters.sum(clusters.events**2 / clusters.rows)[seen] - total).sum())
    freedom_within, freedom_between = float(n.sum() - k.sum()), float(k.sum() - seen.sum())
    if freedom_within <= 0 or freedom_between <= 0:
        return 0.0
    size = float(n.sum() - (clusters.sum(clusters.rows**2)[seen] / n[seen]).sum()) / freedom_between
    inner, outer = within / freedom_within, between / freedom_between
    spread = outer + (size - 1) * inner
    return float(np.clip((outer - inner) / spread, 0.0, 1.0)) if spread > 0 else 0.0


def design_effects(clusters: Clusters, correlation: float) -> Floats:
    """By how much the variance of each cell's mean is larger than that of as many children, (cells,): 1 + (m - 1) r.

    m is the number of rows of the child of an average row, so that the formula holds for children with unequal
    numbers of them.

    Examples
    --------
    >>> pair = Clusters(np.zeros(1, int), np.array([2]), np.array([1]), np.array([1]), np.array([9]), 1)
    >>> design_effects(pair, 0.5)
    array([1.5])
    """
    n = clusters.sum(clusters.rows)
    m = np.divide(clusters.sum(clusters.rows**2), n, out=np.ones_like(n), where=n > 0)
    return np.asarray(1.0 + (m - 1.0) * correlation)


def clusters_of(asked: Summands, cohort: Cohort, levels: dict[str, Levels], keys: Keys) -> Clusters:
    """Count children of each authority and period by their rows and events: numbers of children leave, no child."""
    where = [cohort.authority, cohort.period]
    inside = reduce(or_, [asked.sums[name] for name in asked.placed if name not in OUTSIDE])
    value = nw.when(nw.col("__inside")).then(nw.col("__y")).otherwise(0).cast(nw.Int64)
    rows = asked.frame.with_columns(__inside=inside).filter(nw.col("__inside")).with_columns(__value=value)
    rows = rows.select(CHILD, *where, __value=nw.col("__value"), __square=nw.col("__value") * nw.col("__value"))
    children = rows.group_by(CHILD, *where).agg(
        nw.len().alias("__n"), nw.col("__value").sum().alias("__s"), nw.col("__square").sum().alias("__q")
    )
    likes = ["__n", "__s", "__q"]
    groups = collected(children.select(*where, *likes).group_by(*where, *likes).agg(nw.len().alias("__children")))
    a = _placed(groups[cohort.authority], levels[cohort.authority], keys.authority)
    t = _placed(groups[cohort.period], levels[cohort.period], keys.period)
    numbers = np.array(
        [[int(value) for value in groups[name].to_list()] for name in (*likes, "__children")], dtype=np.int64
    )
    kept = (a >= 0) & (t >= 0)  # the others are in periods that were left out
    cell = a[kept] * len(keys.calendar) + t[kept]
    numbers = numbers[:, kept]
    order = np.lexsort((*numbers[::-1], cell))  # one order of sums for every engine
    cell, numbers = cell[order], numbers[:, order]
    n, events, squares, children = numbers
    return Clusters(cell, n, events, squares, children, len(keys.authorities) * len(keys.calendar))


def _placed(series: nw.Series[Any], levels: Levels, index: Integers) -> Integers:
    """The index of each value, as the groups of the first pass were placed; -1 for a value that they do not have."""
    known = {levels[1][code]: place for code, place in zip(levels[0].tolist(), index.tolist(), strict=True)}
    codes, values = factorise(series)
    return np.array([known.get(value, -1) for value in values], dtype=np.int64)[codes]
