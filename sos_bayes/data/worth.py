"""Children counted by their numbers of rows and events, inside the engine that holds the rows."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import narwhals as nw
import numpy as np

from sos_bayes.data.cohort import Cohort
from sos_bayes.data.design_effect import Clusters
from sos_bayes.data.keys import Integers, Keys
from sos_bayes.data.kinds.summands import Summands
from sos_bayes.data.patterns import Levels
from sos_bayes.data.repeats import CHILD
from sos_bayes.data.tables import collected, factorise

OUTSIDE = ("__out", "__open")


def clusters_of(asked: Summands, cohort: Cohort, found: dict[str, Levels], keys: Keys) -> Clusters:
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
    a = _placed(groups[cohort.authority], found[cohort.authority], keys.authority)
    t = _placed(groups[cohort.period], found[cohort.period], keys.period)
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


def _placed(series: nw.Series[Any], found: Levels, index: Integers) -> Integers:
    """The index of each value, as the groups of the first pass were placed; -1 for a value that they do not have."""
    known = {found[1][code]: place for code, place in zip(found[0].tolist(), index.tolist(), strict=True)}
    codes, values = factorise(series)
    return np.array([known.get(value, -1) for value in values], dtype=np.int64)[codes]
