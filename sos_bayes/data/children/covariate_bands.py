"""Covariates as levels inside the engine that holds the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import narwhals as nw

from sos_bayes.data.children.covariates import NOT_RECORDED, Bins, Covariate
from sos_bayes.data.frames.number_columns import missing_in, number
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Table

ENDLESS = -1  # the code of an infinite value


def banded(table: Table, covariates: Sequence[Covariate]) -> tuple[Table, tuple[Check, ...]]:
    """Numbers as the running number of their band, missing ones as missing; the checks see infinite ones."""
    columns: dict[str, nw.Expr] = {}
    checks = []
    for covariate in covariates:
        if isinstance(covariate, Bins):
            columns[covariate.column] = _band(number(table, covariate.column, "drop").cast(nw.Float64), covariate)
            checks.append(_endless(covariate.column))
    if not columns:
        return table, ()
    frame = table.frame.with_columns(**columns)
    return replace(table, frame=frame, untyped=table.untyped.difference(columns)), tuple(checks)


def _band(value: nw.Expr, bins: Bins) -> nw.Expr:
    known = ~missing_in(value)
    endless = (value == float("inf")) | (value == float("-inf"))
    band = nw.lit(0.0)
    for above, edge in enumerate(bins.edges, start=1):
        band = nw.when(value >= edge).then(nw.lit(float(above))).otherwise(band)
    return nw.when(known & endless).then(nw.lit(float(ENDLESS))).otherwise(nw.when(known).then(band))


def _endless(column: str) -> Check:
    return Check(
        column,
        nw.col(column) == ENDLESS,
        "A covariate is infinite.",
        "Correct it, or leave it blank where it is not known.",
        f'"{column}" is infinite',
    )


def named_levels(
    columns: tuple[str, ...], covariates: Sequence[Covariate], patterns: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], ...]:
    """Patterns with bands in words."""
    words = {
        c.column: {str(i): label for i, label in enumerate(c.labels)} | {NOT_RECORDED: NOT_RECORDED}
        for c in covariates
        if isinstance(c, Bins)
    }
    return tuple(
        tuple(
            words[column][level] if column in words else level for column, level in zip(columns, pattern, strict=True)
        )
        for pattern in patterns
    )
