"""Windows of follow-up over child rows: who was followed to the end, and which periods were not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from sos_bayes._core.errors import DataError
from sos_bayes.data.frames.day_columns import day_checks, days_of, lacking, number_of
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Frame, Table, Value, about, factorise
from sos_bayes.data.outcomes import Binary, Outcome, Window


def followed(table: Table, outcome: Binary, window: Window) -> tuple[Frame, list[Check]]:
    """The rows with ``__complete`` and ``__open``: whether the window ended by the cut-off; neither without a day."""
    opened = days_of(table, window.since)
    frame = table.frame.with_columns(__since=opened.number, __since_odd=opened.odd)
    known, latest = ~lacking("__since"), number_of(*window.latest)
    frame = frame.with_columns(
        __complete=known & (nw.col("__since") <= latest), __open=known & (nw.col("__since") > latest)
    )
    checks = day_checks(window.since, "__since_odd")
    if outcome.missing == "error":
        checks.append(_undated(window, inside_of(outcome)))
    return frame, checks


def inside_of(outcome: Outcome) -> nw.Expr:
    """Rows inside the denominator, over the numbers of `summands`."""
    return nw.col("__a") == 1 if narrowed(outcome) else nw.lit(value=True)


def narrowed(outcome: Outcome) -> bool:
    """Whether some rows lie outside the denominator."""
    return outcome.among is not None or outcome.conditional


def _undated(window: Window, inside: nw.Expr) -> Check:
    return Check(
        window.since,
        inside & lacking("__since"),
        "The day from which the window runs is missing.",
        'Complete it; leave episodes that have not ended out with `among`, or say missing="drop" in the outcome.',
        f'"{window.since}" is missing',
        "Without it nobody can say whether the row was followed to the end.",
    )


def event_in_time(table: Table, column: str, window: Window) -> tuple[nw.Expr, nw.Expr, nw.Expr]:
    """Read a column of event days as 1 (within the window), 0 (after it, or blank); also odd days, and early ones."""
    opened, event = days_of(table, window.since), days_of(table, column)
    later = event.month - opened.month
    in_time = (later < window.months) | ((later == window.months) & (event.day <= opened.day))
    early = event.number < opened.number
    read = opened.known & event.known & ~early
    value = nw.when(read & in_time).then(nw.lit(1.0)).otherwise(nw.when(read & ~in_time).then(nw.lit(0.0)))
    return nw.when(event.blank).then(nw.lit(0.0)).otherwise(value), event.odd, early


def early_check(column: str, since: str, flag: str) -> Check:
    """The check of events that come before their window opens; ``flag`` names them in the frame."""
    return Check(
        column,
        nw.col(flag),
        f'Events are dated before their window opens ("{since}").',
        "Correct the days, or give the day of the next event after the window has opened.",
        f'"{column}" is before "{since}"',
    )


def check_placing(window: Window, period: str) -> None:
    """Refuse to keep parts of periods where another day than the window's places the rows."""
    if window.partial == "keep" and window.since != period:
        raise DataError(
            f'partial="keep" needs rows that are placed by "{window.since}"; they are placed by "{period}".',
            where="Window",
            why="In a late period the complete rows are then those of short episodes, which would bias its rate.",
            cure=f'Leave partial at "drop", or read the table with period="{window.since}".',
        )


def closed_periods(
    groups: nw.DataFrame[Any], window: Window, period: str, label: Callable[[Value], str]
) -> tuple[nw.DataFrame[Any], tuple[str, ...]]:
    """Keep the groups of periods that were followed to the end, and note the others.

    ``groups`` holds numbers of rows with incomplete windows, ``__open``, and with complete ones, ``__followed``.
    """
    codes, values = factorise(groups[period])
    n_open, n_done = (_by(codes, groups[name], len(values)) for name in ("__open", "__followed"))
    share = np.divide(n_open, n_open + n_done, out=np.zeros(len(values)), where=n_open > 0)
    most = 1.0 if window.partial == "keep" else window.tolerate
    dropped = (share > most) | ((n_open > 0) & (n_done == 0))
    if len(values) and dropped.all():
        raise DataError(
            "No period was followed to the end.",
            where=f"windows of {window.words}, known up to {window.last_day.isoformat()}",
            cure="Check months and cut_off, or take a shorter window.",
        )
    notes = [*_dropped(dropped, n_open, n_done, window, [label(value) for value in values])]
    some = ~dropped & (n_open > 0)
    if some.any():
        notes.append(
            f"{about(n_open[some].sum())} rows whose window of {window.words} had not ended by "
            f"{window.last_day.isoformat()} were left out of {int(some.sum())} periods that are counted: they are "
            "censored, not a no."
        )
    return groups.filter((~dropped)[codes].tolist()), tuple(notes)


def _dropped(
    dropped: npt.NDArray[np.bool_], n_open: npt.NDArray[Any], n_done: npt.NDArray[Any], window: Window, names: list[str]
) -> list[str]:
    if not dropped.any():
        return []
    labels = sorted(name for name, out in zip(names, dropped, strict=True) if out)
    shown = ", ".join(labels[:8]) + (", ..." if len(labels) > 8 else "")
    return [
        f"{len(labels)} periods ({shown}) were left out, {about((n_open + n_done)[dropped].sum())} rows: windows of "
        f"{window.words} there had not all ended by {window.last_day.isoformat()}. Their rows are censored, not a no."
    ]


def _by(codes: npt.NDArray[np.int64], series: nw.Series[Any], length: int) -> npt.NDArray[Any]:
    weights = series.cast(nw.Float64).to_numpy()
    return np.bincount(codes, weights=weights, minlength=length)
