"""Episodes by what is known of their end: done in a band, done later, or open since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import narwhals as nw
import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DataError
from sos_bayes.data.children.kinds.summands import Held, Summands, Summed, numbers, one_for_each
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Table
from sos_bayes.data.outcomes import Duration

LONGEST = 2**31


def every_row(outcome: Duration) -> str:
    """What to do instead of counting every row of a child."""
    return "give the episodes done by a day as a Binary"


def roles(outcome: Duration) -> dict[str, str | None]:
    """Columns of child rows, by argument."""
    return {"events": outcome.events, "done": outcome.done, "among": outcome.among}


def authority_roles(outcome: Duration) -> dict[str, str]:
    """No columns: authority rows hold no episodes."""
    raise DataError(
        "A Duration is counted from rows of episodes.",
        where=f'outcome "{outcome.label}"',
        cure='Read the rows with read_cohort, or give the number done by a day as a Binary("done", "all", ...).',
    )


def columns(table: Table, outcome: Duration) -> tuple[Table, tuple[Check, ...]]:
    """The rows with days as ``__y``, whether an episode ended as ``__x``, and ``__a``, as numbers."""
    checked = numbers(table, roles(outcome), outcome.missing)
    return replace(table, frame=table.frame.with_columns(**checked)), ()


def sums(table: Table, outcome: Duration, repeated: bool) -> Summands:
    """Episodes by what is known of their end; those done by `by_day` are events."""
    kinds = kinds_of(outcome, nw.col("__y"), None if outcome.done is None else nw.col("__x"))
    return one_for_each(table.frame, outcome, kinds, list(kinds)[: outcome.reached + 1], repeated)


def checks(outcome: Duration) -> list[Check]:
    """Days that cannot be, and ends that are neither 0 nor 1."""
    known, y, x = nw.col("__known"), nw.col("__y"), nw.col("__x")
    return [
        Check(
            outcome.events,
            known & ~((y >= 0) & (y <= LONGEST)),
            "Days are negative or infinite.",
            "Correct them: an episode ends on the day it starts or later.",
            f'"{outcome.events}" is below 0',
        ),
        Check(
            str(outcome.done),
            known & (x != 0) & (x != 1),
            "Values other than 0 and 1 stand in the column that says whether an episode ended.",
            "Recode it to 1 for episodes that ended and 0 for those still open.",
            f'"{outcome.done}" is neither 0 nor 1',
        ),
    ]


def cells(summed: Summed, outcome: Duration) -> Held:
    """Episodes done and at risk by band, beside those done by `by_day` out of those known then."""
    events, total, bands = bands_of(summed.parts, outcome)
    return Held(events, total, bands=bands)


def kinds_of(outcome: Duration, days: nw.Expr, done: nw.Expr | None) -> dict[str, nw.Expr]:
    """Truth values, of which exactly one holds for every good row.

    In order: done in each band, done after the last; then open, having lived through no band, the first, the first
    two, and so on to all.
    """
    closed, still = (days >= 0, None) if done is None else (done == 1, done == 0)
    fine = (days >= 0) & (days <= LONGEST)
    edges = outcome.bands
    kinds = {}
    for b, last in enumerate(edges):
        first = fine if b == 0 else fine & (days > edges[b - 1])
        kinds[f"__done{b}"] = closed & first & (days <= last)
    kinds["__late"] = closed & fine & (days > edges[-1])
    if still is None:
        return kinds
    for b in range(len(edges) + 1):
        inside = fine if b == 0 else fine & (days >= edges[b - 1])
        kinds[f"__open{b}"] = still & (inside if b == len(edges) else inside & (days < edges[b]))
    return kinds


def bands_of(parts: Sequence[np.ndarray], outcome: Duration) -> tuple[Floats, Floats, Floats]:
    """From episodes by kind (A, T, C) each: done by `by_day`, known at `by_day`, and (A, T, C, B, 2) by band.

    The last axis holds those done in a band, and those that reached it and are known at its end.
    """
    n = len(outcome.bands)
    done, late = np.stack(parts[:n], axis=3).astype(np.float64), parts[n].astype(np.float64)
    still = np.zeros((*late.shape, n + 1))
    if len(parts) > n + 1:
        still = np.stack(parts[n + 1 :], axis=3).astype(np.float64)
    later = np.cumsum(done[..., ::-1], axis=3)[..., ::-1] + late[..., None]  # done in this band or after it
    lived = np.cumsum(still[..., ::-1], axis=3)[..., ::-1][..., 1:]  # open, having lived through this band
    bands = np.stack([done, later + lived], axis=4)
    at = outcome.reached
    events = done[..., : at + 1].sum(axis=3)
    return events, events + (bands[..., at, 1] - bands[..., at, 0]), bands
