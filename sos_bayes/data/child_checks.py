"""What child rows may not hold, looked for only once the sums have shown that something is wrong."""

from __future__ import annotations

from dataclasses import replace

import narwhals as nw

from sos_bayes._core.errors import together
from sos_bayes.data.faults import Check, faults_of
from sos_bayes.data.follow_up import narrowed
from sos_bayes.data.measured import is_measurement
from sos_bayes.data.numerals import missing_in
from sos_bayes.data.outcomes import Binary, Continuous, Duration, Ordinal, Outcome
from sos_bayes.data.summands import LARGEST
from sos_bayes.data.tables import Frame, Table
from sos_bayes.data.waiting import LONGEST


def diagnose(
    table: Table, outcome: Outcome, keys: tuple[str, str], columns: tuple[str, ...], first: tuple[Check, ...] = ()
) -> None:
    """Raise what is wrong with the rows.

    Parameters
    ----------
    table : Table
        The rows with the numbers of `summands`.
    outcome : Binary or Count
        Its missing values are faults unless it says to drop them.
    keys, columns : tuple of str
        The key columns, and the covariates that may not be missing.
    first : tuple of Check
        Of follow-up, nesting, bands and repeated rows, which explain more than what follows from them.

    Raises
    ------
    DataError
        If any row is faulty: all faults together, but those that follow from `first`.
    """
    table = replace(table, frame=_flagged(table.frame, outcome))
    alone = [*_key_checks(table, keys), *_level_checks(table, columns)]
    following = [
        *_among_checks(outcome.among),
        *_value_checks(outcome),
        *(_missing_checks(outcome) if outcome.missing == "error" else ()),
    ]
    found = faults_of(table, [*first, *following, *alone])
    leading = {check.column for check, _ in found if check in first}
    faults = [
        fault
        for check, fault in found
        if not leading or check in first or (check in alone and check.column not in leading)
    ]
    if faults:
        raise together(faults)


def _flagged(frame: Frame, outcome: Outcome) -> Frame:
    """Which rows lie outside the denominator, which lack a value, and which are known."""
    second = _second(outcome)
    if isinstance(outcome, Duration) and second is not None:
        frame = frame.with_columns(__x=nw.col("__d"))
    named = {"__y": outcome.events, "__x": second, "__a": outcome.among}
    there = [name for name, column in named.items() if column is not None or (name == "__a" and narrowed(outcome))]
    numbers = {name: nw.col(name).cast(nw.Float64) if name in there else nw.lit(1.0) for name in named}
    frame = frame.with_columns(**numbers)
    frame = frame.with_columns(__lost_a=missing_in(nw.col("__a")))
    frame = frame.with_columns(__out=~nw.col("__lost_a") & (nw.col("__a") == 0))
    inside = ~nw.col("__out") & ~nw.col("__lost_a")
    if isinstance(outcome, Binary) and outcome.within is not None:
        inside = inside & nw.col("__complete")
    frame = frame.with_columns(__lost_y=inside & missing_in(nw.col("__y")), __lost_x=inside & missing_in(nw.col("__x")))
    return frame.with_columns(__known=inside & ~nw.col("__lost_y") & ~nw.col("__lost_x"))


def _second(outcome: Outcome) -> str | None:
    """The outcome's second column."""
    return outcome.done if isinstance(outcome, Duration) else outcome.total


def _value_checks(outcome: Outcome) -> list[Check]:
    """What outcome and exposure may not be, where they are recorded."""
    known, y, x = nw.col("__known"), nw.col("__y"), nw.col("__x")
    column = outcome.events
    if isinstance(outcome, Binary):
        return [
            Check(
                column,
                known & (y != 0) & (y != 1),
                "Values other than 0 and 1 stand in a 0/1 column.",
                "Recode it to 0 and 1, or count events with Count.",
                f'"{column}" is neither 0 nor 1',
            )
        ]
    if isinstance(outcome, Ordinal):
        return [
            Check(
                column,
                known & (y < 0),
                "Values other than the levels stand in the column.",
                f"Recode them, or name them among the levels: {', '.join(outcome.names)}.",
                f'"{column}" is none of the levels',
            )
        ]
    if isinstance(outcome, Continuous):
        return [
            Check(
                column,
                known & ~is_measurement(y),
                "Values are infinite or too large to be measurements.",
                "Correct them, or leave them blank where nothing was measured.",
                f'"{column}" is not a finite number',
            )
        ]
    if isinstance(outcome, Duration):
        return _duration_checks(outcome, known, y, x)
    small = (y >= 0) & (y <= LARGEST)
    return [
        *_count_checks(column, known, y, small),
        Check(
            outcome.exposure,
            known & ((x < 0) | (x > LARGEST)),
            "Exposures are negative or infinite.",
            "Correct them: an exposure is a time or a number of children.",
            f'"{outcome.exposure}" is below 0',
        ),
        Check(
            outcome.exposure,
            known & (x == 0) & (y > 0),
            "Events are counted where the exposure is zero.",
            "Correct the exposure of these rows.",
            f'"{outcome.exposure}" is 0 and "{column}" is above 0',
        ),
    ]


def _duration_checks(outcome: Duration, known: nw.Expr, y: nw.Expr, x: nw.Expr) -> list[Check]:
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


def _count_checks(column: str, known: nw.Expr, y: nw.Expr, small: nw.Expr) -> list[Check]:
    return [
        Check(column, known & ~small, "Counts are negative or infinite.", "Correct them.", f'"{column}" is below 0'),
        Check(
            column,
            known & small & (y % 1 != 0),
            "Counts are not whole numbers.",
            "Give numbers of events, not rates or shares.",
            f'"{column}" is not a whole number',
        ),
    ]


def _among_checks(among: str | None) -> list[Check]:
    """What the column of `among` may not be."""
    if among is None:
        return []
    a = nw.col("__a")
    return [
        Check(
            among,
            ~nw.col("__lost_a") & (a != 0) & (a != 1),
            "Values other than 0 and 1 stand in the column of `among`.",
            "Recode it to 1 for rows inside the denominator and 0 for others.",
            f'"{among}" is neither 0 nor 1',
        )
    ]


def _missing_checks(outcome: Outcome) -> list[Check]:
    """Rows inside the denominator whose outcome is not recorded."""
    among = outcome.among or (outcome.after if isinstance(outcome, Binary) else None)
    columns = {"__lost_a": among, "__lost_y": outcome.events, "__lost_x": _second(outcome)}
    return [
        Check(
            column,
            nw.col(flag),
            f'The outcome "{outcome.label}" is not recorded in some rows.',
            'Complete the rows, or say missing="drop" in the outcome to leave them out and have them counted.',
            f'"{column}" is missing',
            "A missing outcome is not an outcome of no.",
        )
        for flag, column in columns.items()
        if column is not None
    ]


def _blank(table: Table, column: str) -> nw.Expr:
    dtype = table.frame.collect_schema()[column]
    if isinstance(dtype, (nw.String, nw.Categorical, nw.Enum)):
        text = nw.col(column).cast(nw.String)
        return text.is_null() | (text.str.strip_chars() == "")
    return missing_in(nw.col(column)) if dtype.is_float() else nw.col(column).is_null()


def _key_checks(table: Table, keys: tuple[str, ...]) -> list[Check]:
    """Rows without an authority or a period."""
    return [
        Check(
            column,
            _blank(table, column),
            "Rows without an authority or a period cannot be placed.",
            "Fill the value in or drop these rows before reading.",
            f'"{column}" is missing',
        )
        for column in keys
    ]


def _level_checks(table: Table, columns: tuple[str, ...]) -> list[Check]:
    """Counted rows without a level of a covariate."""
    return [
        Check(
            column,
            nw.col("__known") & _blank(table, column),
            "A covariate is missing.",
            f'Give these rows a level of their own, Category("{column}", missing="level") or Bins with the same word, '
            "or drop them before reading.",
            f'"{column}" is missing',
        )
        for column in columns
    ]
