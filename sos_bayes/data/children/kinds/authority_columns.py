"""Columns of authority rows that hold a kind of outcome, and what such rows cannot hold."""

from __future__ import annotations

from sos_bayes._core.errors import DataError
from sos_bayes.data.outcomes import Outcome


def with_denominator(outcome: Outcome, role: str) -> dict[str, str]:
    """Events and the denominator, which must be named."""
    refuse_among(outcome)
    if outcome.total is None:
        raise DataError(
            "Authority rows need a denominator.",
            where=f'outcome "{outcome.label}"',
            cure='Name its column: Binary("events", "trials", ...), Continuous("mean", number="n", sd="sd", ...); or '
            "read child rows with read_cohort.",
        )
    return {"events": outcome.events, role: outcome.total}


def refuse_among(outcome: Outcome) -> None:
    """Refuse a column of single children."""
    if outcome.among is not None:
        raise DataError(
            "`among` is for child rows: an authority row has no single child to look at.",
            where=f'outcome "{outcome.label}"',
            cure="Drop among and name the denominator's column.",
        )
