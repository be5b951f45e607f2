"""What is summed over child rows: whole numbers that also show whether any row is faulty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import narwhals as nw
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.data.children.follow_up_windows import inside_of, narrowed
from sos_bayes.data.frames.number_columns import number
from sos_bayes.data.frames.table import Frame, Table
from sos_bayes.data.outcomes import Missing, Outcome

type Parts = tuple[tuple[str, float], ...]

NAMES = {"events": "__y", "exposure": "__x", "done": "__x", "among": "__a", "after": "__f"}  # of columns, by argument


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Deviations z = (value - centre) / step: columns whose sums, times a unit each, are those of z and of z * z."""

    centre: float
    step: float
    deviations: Parts
    squares: Parts


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Summands:
    """Columns of child rows whose sums are all that is needed.

    Parameters
    ----------
    frame : narwhals DataFrame or LazyFrame
        The rows with the outcome's numbers as ``__y``, the exposure as ``__x`` and `among` as ``__a``.
    sums : dict of str to expression
        Integers or truth values to sum, by name; ``__events`` is one of them.
    placed : tuple of str
        Columns that are 1 for exactly one kind of good row each: where their sums fall short of the number of rows,
        some row is missing or faulty.
    total : tuple of (str, float)
        Columns whose sums, times a unit each, add up to the denominator.
    measured : Scale or None
        Of a measured outcome, what its deviations are counted from and in which of the sums.
    apart : tuple of str
        Further columns to group by: the value itself, where no sums replace it.
    """

    frame: Frame
    sums: dict[str, nw.Expr]
    placed: tuple[str, ...]
    total: Parts
    measured: Scale | None = None
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Summed:
    """Sums over child rows, in the cells that they belong to.

    Parameters
    ----------
    events : ndarray (A, T, C)
    parts : tuple of ndarray (A, T, C)
        Of the denominator, as `Summands.total` names them.
    deviations : tuple of two ndarray (A, T, C), and a Scale; or None
        Of a measured outcome, sums of z and of z * z.
    """

    events: Floats
    parts: tuple[Floats, ...]
    deviations: tuple[Floats, Floats, Scale] | None = None

    @property
    def total(self) -> Floats:
        """The denominator, (A, T, C)."""
        return np.sum(self.parts, axis=0, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Held:
    """What cells hold of an outcome: events and totals (A, T, C), and what some keep beside; shapes as in `Cells`."""

    events: Floats
    total: Floats
    levels: Floats | None = None
    squares: Floats | None = None
    bands: Floats | None = None


def plain_cells(summed: Summed, outcome: Outcome) -> Held:
    """Events and denominators as they were summed: all that a number of events keeps."""
    return Held(summed.events, summed.total)


def numbers(table: Table, roles: Mapping[str, str | None], missing: Missing) -> dict[str, nw.Expr]:
    """The columns of arguments as numbers, each under its name of `NAMES`."""
    return {NAMES[role]: number(table, column, missing) for role, column in roles.items() if column is not None}


def one_for_each(
    frame: Frame, outcome: Outcome, kinds: dict[str, nw.Expr], events: list[str], repeated: bool
) -> Summands:
    """One summand for each level, or each thing that may be known of an episode's end; some of them are events."""
    counted, apart = tuple(kinds), {}
    if narrowed(outcome):
        kinds, apart = {name: inside_of(outcome) & flag for name, flag in kinds.items()}, {"__out": nw.col("__a") == 0}
    if repeated:
        apart["__again"] = reduce(or_, kinds.values()) & nw.col("__later")
        kinds = {name: nw.col("__first") & flag for name, flag in kinds.items()}
    # not a comparison of their order: some engines hold NaN for larger than any number
    sums = kinds | apart | {"__events": reduce(or_, [kinds[name] for name in events])}
    return Summands(frame, sums, (*kinds, *apart), tuple((name, 1.0) for name in counted))
