"""What the columns of authority rows may not hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.errors import DataError, together
from sos_bayes.data.authorities.panel import Panel
from sos_bayes.data.children.kinds import kind_of
from sos_bayes.data.frames.row_checks import at
from sos_bayes.data.outcomes import Outcome


def sums_of(panel: Panel, roles: dict[str, str], known: Floats) -> Floats:
    """Sums, numbers and squared deviations from means and sds, or from sums and sums of squares."""
    if "number" not in roles:
        _refuse(panel, roles["events"], ~np.isfinite(known[0]), "Values are infinite.", "Correct them.")
        return np.stack([known[0], np.ones_like(known[0]), np.zeros_like(known[0])])
    values, n, spread = known
    below, column = roles["number"], roles["sd" if "sd" in roles else "squares"]
    _refuse(panel, below, (n < 0) | (n > 2.0**53) | (n % 1 != 0), "Numbers of children are not whole.", "Correct them.")
    _refuse(panel, column, ~np.isfinite(spread) | (spread < 0), "An sd or a sum of squares is negative.", "Correct it.")
    _refuse(panel, roles["events"], ~np.isfinite(values), "Values are infinite.", "Correct them.")
    if "sd" in roles:
        return np.stack([values * n, n, np.maximum(n - 1, 0.0) * spread**2])
    within = spread - np.divide(values**2, n, out=np.zeros_like(n), where=n > 0)
    short = within < -1e-9 * spread
    why = "A sum of squares is never below the square of the sum over the number."
    _refuse(panel, column, short, "Sums of squares are too small for the sums.", "Check what each column adds up.", why)
    return np.stack([np.where(n > 0, values, 0.0), n, np.where(n > 1, np.maximum(within, 0.0), 0.0)])


def check_missing(panel: Panel, outcome: Outcome, given: Floats) -> None:
    """Refuse missing numbers, unless the outcome says to drop them."""
    faults = missing_faults(panel, outcome, given)
    if faults:
        raise together(faults)


def missing_faults(panel: Panel, outcome: Outcome, given: Floats) -> list[DataError]:
    """Columns with missing numbers, unless the outcome says to drop them."""
    if outcome.missing == "drop":
        return []
    columns = zip(kind_of(outcome).authority_roles(outcome).values(), given, strict=True)
    return [_missing(panel, column, np.isnan(values), outcome) for column, values in columns if np.isnan(values).any()]


def refuse_missing(panel: Panel, column: str, blank: Flags, outcome: Outcome) -> None:
    """Refuse a column that is blank somewhere."""
    if blank.any():
        raise _missing(panel, column, blank, outcome)


def _missing(panel: Panel, column: str, blank: Flags, outcome: Outcome) -> DataError:
    return _fault(
        panel,
        column,
        blank,
        f'The outcome "{outcome.label}" is not recorded in some rows.',
        'Complete the rows, or say missing="drop" in the outcome to leave these cells out.',
        "A missing number is not a zero.",
    )


def check_values(
    panel: Panel, outcome: Outcome, events: Floats, total: Floats, first: Sequence[DataError] = ()
) -> None:
    """Refuse events and denominators that cannot be counts: all faults together, after those found already."""
    column, below = outcome.events, str(outcome.total)
    largest = 2.0**53
    wild = (events < 0) | (events > largest)
    asked = [
        (column, wild, "Counts are negative or infinite.", "Correct them."),
        (
            column,
            ~wild & (events % 1 != 0),
            "Counts are not whole numbers.",
            "Give numbers of events, not rates or shares.",
        ),
        (below, (total < 0) | (total > largest), "Denominators are negative or infinite.", "Correct them."),
        (below, (total == 0) & (events > 0), "Events are counted where the denominator is zero.", "Correct it."),
    ]
    if outcome.proportion:
        asked += [
            (below, total % 1 != 0, "Denominators are not whole numbers.", "Give the number of trials."),
            (
                column,
                ~wild & (events > total) & (total > 0),
                f'There are more events than trials ("{below}").',
                "Check that both columns count the same things; rates above one per child are a Count.",
            ),
        ]
    faults = [*first, *(_fault(panel, name, bad, what, cure) for name, bad, what, cure in asked if bad.any())]
    if faults:
        raise together(faults)


def _refuse(panel: Panel, column: str, bad: Flags, what: str, cure: str, why: str | None = None) -> None:
    if bad.any():
        raise _fault(panel, column, bad, what, cure, why)


def _fault(panel: Panel, column: str, bad: Flags, what: str, cure: str, why: str | None = None) -> DataError:
    positions = at(np.flatnonzero(bad).tolist()) if panel.table.ordered else ""
    rows = f"{int(bad.sum()):,} of {bad.size:,} rows{positions}"
    return DataError(what, where=f'column "{column}"', rows=rows, why=why, cure=cure)
