"""How child rows of an outcome are counted: the same functions for each kind of outcome, one kind a file."""

from __future__ import annotations

from typing import Any, Protocol

from sos_bayes.data.children.kinds import binary, continuous, count, duration, ordinal
from sos_bayes.data.children.kinds.summands import NAMES, Held, Summands, Summed
from sos_bayes.data.frames.row_checks import Check
from sos_bayes.data.frames.table import Table
from sos_bayes.data.outcomes import Binary, Continuous, Count, Duration, Ordinal, Outcome


class Kind(Protocol):
    """What counts rows of one kind of outcome: a module of this folder."""

    def every_row(self, outcome: Any) -> str | None:
        """What to do where every row of a child shall count and this kind cannot; None where it can."""
        ...

    def roles(self, outcome: Any) -> dict[str, str | None]:
        """Columns of child rows by argument, events first; refuses arguments that are for authority rows."""
        ...

    def authority_roles(self, outcome: Any) -> dict[str, str]:
        """Columns of authority rows by argument, events and denominator first; refuses what such rows cannot hold."""
        ...

    def columns(self, table: Table, outcome: Any) -> tuple[Table, tuple[Check, ...]]:
        """The rows with the outcome's numbers, under the names of `NAMES`, and the checks that go with them."""
        ...

    def sums(self, table: Table, outcome: Any, repeated: bool) -> Summands:
        """The columns to sum; with ``repeated``, rows that are not ``__first`` are counted apart.

        Comparisons are false for missing values and for NaN, so that such a row adds nothing to any sum.
        """
        ...

    def checks(self, outcome: Any) -> list[Check]:
        """What the numbers may not be where they are ``__known``: looked for once sums show that something is wrong."""
        ...

    def cells(self, summed: Summed, outcome: Any) -> Held:
        """What cells hold, from the sums."""
        ...


KINDS: dict[type, Kind] = {
    Binary: binary,
    Count: count,
    Ordinal: ordinal,
    Continuous: continuous,
    Duration: duration,
}


def kind_of(outcome: Outcome) -> Kind:
    """What counts an outcome's child rows."""
    return next(KINDS[one] for one in type(outcome).__mro__ if one in KINDS)


def named_columns(outcome: Outcome) -> dict[str, str]:
    """The outcome's columns by the names that their numbers have in the frame."""
    return {NAMES[role]: column for role, column in kind_of(outcome).roles(outcome).items() if column is not None}


__all__ = ["KINDS", "Kind", "kind_of", "named_columns"]
