"""What child rows may not hold: expressions over the columns that `child_rows` prepares."""

from __future__ import annotations

import narwhals as nw

from sos_bayes.data.faults import Check
from sos_bayes.data.numerals import missing_in
from sos_bayes.data.outcomes import Binary, Outcome
from sos_bayes.data.tables import Table

LARGEST = 2.0**40


def value_checks(outcome: Outcome) -> list[Check]:
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


def among_checks(among: str | None) -> list[Check]:
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


def missing_checks(outcome: Outcome) -> list[Check]:
    """Rows inside the denominator whose outcome is not recorded."""
    columns = {"__lost_a": outcome.among, "__lost_y": outcome.events, "__lost_x": outcome.total}
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


def key_checks(table: Table, keys: tuple[str, ...]) -> list[Check]:
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


def level_checks(table: Table, columns: tuple[str, ...]) -> list[Check]:
    """Counted rows without a level of a covariate."""
    return [
        Check(
            column,
            nw.col("__known") & _blank(table, column),
            "A covariate is missing.",
            'Give these rows a level of their own, such as "not recorded", or drop them before reading.',
            f'"{column}" is missing',
        )
        for column in columns
    ]
