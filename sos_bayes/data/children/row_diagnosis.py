"""What child rows may not hold, looked for only once the sums have shown that something is wrong."""

from __future__ import annotations

from dataclasses import replace

import narwhals as nw

from sos_bayes._core.errors import together
from sos_bayes.data.children.follow_up_windows import narrowed
from sos_bayes.data.children.kinds import kind_of, named_columns
from sos_bayes.data.frames.number_columns import missing_in
from sos_bayes.data.frames.row_checks import Check, faults_of
from sos_bayes.data.frames.table import Frame, Table
from sos_bayes.data.outcomes import Outcome


def diagnose(
    table: Table, outcome: Outcome, keys: tuple[str, str], columns: tuple[str, ...], first: tuple[Check, ...] = ()
) -> None:
    """Raise what is wrong with the rows.

    Parameters
    ----------
    table : Table
        The rows with the numbers of `Kind.columns`.
    outcome : Outcome
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
        *kind_of(outcome).checks(outcome),
        *(_missing_checks(outcome) if outcome.missing == "error" else ()),
    ]
    errors = faults_of(table, [*first, *following, *alone])
    leading = {check.column for check, _ in errors if check in first}
    faults = [
        fault
        for check, fault in errors
        if not leading or check in first or (check in alone and check.column not in leading)
    ]
    if faults:
        raise together(faults)


def _flagged(frame: Frame, outcome: Outcome) -> Frame:
    """Which rows lie outside the denominator, which lack a value, and which are known."""
    there = {*named_columns(outcome), *(("__a",) if narrowed(outcome) else ())}
    named = ("__y", "__x", "__a")
    frame = frame.with_columns(**{n: nw.col(n).cast(nw.Float64) if n in there else nw.lit(1.0) for n in named})
    frame = frame.with_columns(__lost_a=missing_in(nw.col("__a")))
    frame = frame.with_columns(__out=~nw.col("__lost_a") & (nw.col("__a") == 0))
    inside = ~nw.col("__out") & ~nw.col("__lost_a")
    if outcome.within is not None:
        inside = inside & nw.col("__complete")
    frame = frame.with_columns(__lost_y=inside & missing_in(nw.col("__y")), __lost_x=inside & missing_in(nw.col("__x")))
    return frame.with_columns(__known=inside & ~nw.col("__lost_y") & ~nw.col("__lost_x"))


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
    columns = {
        "__lost_a": outcome.among or outcome.after,
        "__lost_y": outcome.events,
        "__lost_x": named_columns(outcome).get("__x"),
    }
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
