"""Ordered levels, read from a column of words or numbers."""

from __future__ import annotations

from dataclasses import replace

import narwhals as nw
import numpy as np

from sos_bayes._core.errors import DataError
from sos_bayes.data.children.kinds.summands import Held, Summands, Summed, numbers, one_for_each
from sos_bayes.data.frames.number_columns import BLANKS, missing_in, number
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Table
from sos_bayes.data.outcomes import Ordinal


def every_row(outcome: Ordinal) -> str:
    """What to do instead of counting every row of a child."""
    return "give the children who reach a level as a Binary"


def roles(outcome: Ordinal) -> dict[str, str | None]:
    """Columns of child rows, by argument."""
    return {"events": outcome.events, "among": outcome.among}


def authority_roles(outcome: Ordinal) -> dict[str, str]:
    """No columns: authority rows hold no levels."""
    raise DataError(
        "An Ordinal is counted from rows of children.",
        where=f'outcome "{outcome.label}"',
        cure='Read the children with read_cohort, or give the number at or above one level as a Binary("events", '
        '"trials", ...).',
    )


def columns(table: Table, outcome: Ordinal) -> tuple[Table, tuple[Check, ...]]:
    """The rows with the position of the level as ``__y``, and ``__a`` as a number."""
    checked = {"__y": coded(table, outcome), **numbers(table, {"among": outcome.among}, outcome.missing)}
    return replace(table, frame=table.frame.with_columns(**checked)), ()


def sums(table: Table, outcome: Ordinal, repeated: bool) -> Summands:
    """Children at each level; those at `at_least` and above are events."""
    kinds = {f"__level{k}": nw.col("__y") == k for k in range(len(outcome.levels))}
    return one_for_each(table.frame, outcome, kinds, list(kinds)[outcome.reached :], repeated)


def checks(outcome: Ordinal) -> list[Check]:
    """Values that are no level."""
    column = outcome.events
    return [
        Check(
            column,
            nw.col("__known") & (nw.col("__y") < 0),
            "Values other than the levels stand in the column.",
            f"Recode them, or name them among the levels: {', '.join(outcome.names)}.",
            f'"{column}" is none of the levels',
        )
    ]


def cells(summed: Summed, outcome: Ordinal) -> Held:
    """Children by level beside events and totals, each level of which some child must have."""
    unseen = [name for name, part in zip(outcome.names, summed.parts, strict=True) if not part.any()]
    if unseen:
        raise DataError(
            f'No row has the level "{unseen[0]}".',
            where=f'outcome "{outcome.label}", column "{outcome.events}"',
            why="Where a level begins cannot be learnt without children who have it.",
            cure="Join it with its neighbour: recode the column, and leave it out of levels.",
        )
    return Held(summed.events, summed.total, levels=np.stack(summed.parts, axis=3).astype(np.float64))


def coded(table: Table, outcome: Ordinal) -> nw.Expr:
    """The position of each row's level, from 0; NaN where it is missing and -1 where it is no level.

    Raises
    ------
    DataError
        If the levels are numbers and text stands where they belong.
    """
    values = outcome.values
    if values is not None:
        y = number(table, outcome.events, outcome.missing).cast(nw.Float64)
        known, lost = [y == value for value in values], missing_in(y)
    else:
        y = _text(table, outcome.events)
        known, lost = [y == name for name in outcome.names], y.is_null() | y.str.to_lowercase().is_in(sorted(BLANKS))
    code: nw.Expr = nw.when(lost).then(nw.lit(float("nan"))).otherwise(nw.lit(-1.0))
    for k, is_level in enumerate(known):
        code = nw.when(is_level).then(nw.lit(float(k))).otherwise(code)
    return code


def _text(table: Table, column: str) -> nw.Expr:
    return nw.col(column).cast(nw.String).str.strip_chars()
