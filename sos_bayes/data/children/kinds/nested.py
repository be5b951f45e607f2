"""Events that can only follow another: one number a row, and what contradicts it."""

from __future__ import annotations

import narwhals as nw

from sos_bayes.data.frames.number_columns import missing_in
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Frame
from sos_bayes.data.outcomes import Binary


def nested(frame: Frame, outcome: Binary) -> tuple[Frame, list[Check]]:
    """Fill ``__y`` in where the first event (``__f``) did not happen, and narrow ``__a`` to it where that is asked.

    A row with the second event and without the first keeps neither, so that it is missed when rows are counted.
    """
    asked = nw.lit(value=True) if outcome.among is None else nw.col("__a") == 1
    frame = frame.with_columns(__f=nw.col("__f").cast(nw.Float64), __y=nw.col("__y").cast(nw.Float64), __asked=asked)
    f, y, asked = nw.col("__f"), nw.col("__y"), nw.col("__asked")
    lost = missing_in(y)
    frame = frame.with_columns(
        __against=asked & (f == 0) & ~lost & (y == 1), __first_odd=asked & ~missing_in(f) & (f != 0) & (f != 1)
    )
    none = (f == 0) & ~nw.col("__against")
    no, yes = nw.lit(0.0), nw.lit(1.0)
    if outcome.conditional:
        outside = nw.lit(value=False) if outcome.among is None else nw.col("__a") == 0
        narrowed = nw.when(asked & (f == 1)).then(yes).otherwise(nw.when(outside | (asked & none)).then(no))
        frame = frame.with_columns(__a=narrowed)
    else:
        filled = nw.when(none & lost).then(no).otherwise(nw.when((f == 1) | none).then(y))
        frame = frame.with_columns(__y=filled)
    return frame, _checks(outcome)


def _checks(outcome: Binary) -> list[Check]:
    first, then = str(outcome.after), outcome.events
    checks = [
        Check(
            first,
            nw.col("__first_odd"),
            "Values other than 0 and 1 stand in a 0/1 column.",
            "Recode it to 0 and 1.",
            f'"{first}" is neither 0 nor 1',
        ),
        Check(
            then,
            nw.col("__against"),
            f'"{then}" is 1 where "{first}" is 0.',
            f'Correct the rows: "{then}" can only follow "{first}"; or name two outcomes that are not nested.',
            f'"{then}" is 1 and "{first}" is 0',
        ),
    ]
    if outcome.missing == "error":
        checks.append(
            Check(
                first,
                nw.col("__asked") & missing_in(nw.col("__f")),
                f'The outcome "{outcome.label}" is not recorded in some rows.',
                'Complete the rows, or say missing="drop" in the outcome to leave them out and have them counted.',
                f'"{first}" is missing',
                "A missing outcome is not an outcome of no.",
            )
        )
    return checks
