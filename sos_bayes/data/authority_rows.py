"""Authority rows, checked and placed one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from sos_bayes._core.errors import DataError
from sos_bayes.data.boundaries import boundary_notes
from sos_bayes.data.cells import Cells, Floats
from sos_bayes.data.faults import at
from sos_bayes.data.keys import Keys
from sos_bayes.data.numerals import number
from sos_bayes.data.outcomes import Binary, Continuous, Duration, Ordinal, Outcome
from sos_bayes.data.panel import Panel, panel_keys
from sos_bayes.data.tables import collected, plain_value, size

type Flags = npt.NDArray[np.bool_]


def panel_cells(panel: Panel, outcome: Outcome) -> Cells:
    """The cells of a panel: one row each."""
    panel = replace(panel, table=replace(panel.table, frame=collected(panel.table.frame), ordered=panel.table.ordered))
    given = _columns(panel, outcome)
    if isinstance(outcome, Continuous):  # one child's own deviation is nothing, recorded or not
        given[2] = np.where(np.isnan(given[2]) & (given[1] <= 1), 0.0, given[2])
    keys = panel_keys(panel)
    seen = ~np.isnan(given).any(axis=0)
    _check_missing(panel, outcome, given)
    known = np.where(seen, given, 0.0)
    if isinstance(outcome, Continuous):
        known = _sums(panel, outcome, known)
    else:
        _check_values(panel, outcome, known[0], known[1])
    shape = (len(keys.authorities), len(keys.calendar), 1)
    cells = np.zeros((len(known), *shape))
    place = (keys.authority[seen], keys.period[seen], 0)
    for cell, values in zip(cells, known, strict=True):
        cell[place] = values[seen]
    if not cells[1].any():
        raise DataError(
            f'No row has an observation of "{outcome.label}".',
            where=f'column "{outcome.total}"',
            cure="Check the columns.",
        )
    names, notes = _names(panel, keys)
    return Cells(
        authorities=keys.authorities,
        names=names,
        calendar=keys.calendar,
        columns=(),
        patterns=((),),
        events=cells[0],
        total=cells[1],
        outcome=outcome,
        source="authorities",
        squares=cells[2] if isinstance(outcome, Continuous) else None,
        notes=(
            *_dropped_note(seen, outcome),
            *notes,
            *boundary_notes(keys.authorities),
            *_gaps(cells[1][..., 0], keys, names),
        ),
    )


def _columns(panel: Panel, outcome: Outcome) -> Floats:
    """The columns of the outcome as numbers, (2, rows); with those of the sd or squares (3, rows)."""
    if isinstance(outcome, Duration):
        raise DataError(
            "A Duration is counted from rows of episodes.",
            where=f'outcome "{outcome.label}"',
            cure='Read the rows with read_cohort, or give the number done by a day as a Binary("done", "all", ...).',
        )
    if isinstance(outcome, Ordinal):
        raise DataError(
            "An Ordinal is counted from rows of children.",
            where=f'outcome "{outcome.label}"',
            cure='Read the children with read_cohort, or give the number at or above one level as a Binary("events", '
            '"trials", ...).',
        )
    if outcome.among is not None:
        raise DataError(
            "`among` is for child rows: an authority row has no single child to look at.",
            where=f'outcome "{outcome.label}"',
            cure="Drop among and name the denominator's column.",
        )
    if outcome.total is None:
        raise DataError(
            "Authority rows need a denominator.",
            where=f'outcome "{outcome.label}"',
            cure='Name its column: Binary("events", "trials", ...), Continuous("mean", number="n", sd="sd", ...); or '
            "read child rows with read_cohort.",
        )
    roles = _roles(outcome, outcome.total)
    panel.table.need(roles)
    table = panel.table.plain(roles.values())
    columns = (
        collected(table.frame.select(number(table, column, outcome.missing).alias("v")))["v"]
        for column in roles.values()
    )
    return np.stack([_floats(column) for column in columns])


def _roles(outcome: Outcome, total: str) -> dict[str, str]:
    """Which column each argument names, in the order of `_columns`."""
    if not isinstance(outcome, Continuous):
        return {"events": outcome.events, "trials" if isinstance(outcome, Binary) else "exposure": total}
    if outcome.sd is not None:
        return {"events": outcome.events, "number": total, "sd": outcome.sd}
    if outcome.squares is not None:
        return {"events": outcome.events, "number": total, "squares": outcome.squares}
    raise DataError(
        "Authority rows of a measured outcome need how much children vary.",
        where=f'outcome "{outcome.label}"',
        cure='Name the column of their sd, sd="...", or of the sum of squares, squares="...".',
    )


def _sums(panel: Panel, outcome: Continuous, known: Floats) -> Floats:
    """Sums, numbers and squared deviations from means and sds, or from sums and sums of squares."""
    values, n, spread = known
    below, column = str(outcome.number), str(outcome.sd or outcome.squares)
    _refuse(panel, below, (n < 0) | (n > 2.0**53) | (n % 1 != 0), "Numbers of children are not whole.", "Correct them.")
    _refuse(panel, column, ~np.isfinite(spread) | (spread < 0), "An sd or a sum of squares is negative.", "Correct it.")
    _refuse(panel, outcome.events, ~np.isfinite(values), "Values are infinite.", "Correct them.")
    if outcome.sd is not None:
        return np.stack([values * n, n, np.maximum(n - 1, 0.0) * spread**2])
    within = spread - np.divide(values**2, n, out=np.zeros_like(n), where=n > 0)
    short = within < -1e-9 * spread
    why = "A sum of squares is never below the square of the sum over the number."
    _refuse(panel, column, short, "Sums of squares are too small for the sums.", "Check what each column adds up.", why)
    return np.stack([np.where(n > 0, values, 0.0), n, np.where(n > 1, np.maximum(within, 0.0), 0.0)])


def _floats(series: nw.Series[Any]) -> Floats:
    return np.array([np.nan if plain_value(v) is None else v for v in series.to_list()], dtype=np.float64)


def _check_missing(panel: Panel, outcome: Outcome, given: Floats) -> None:
    if outcome.missing == "drop":
        return
    for column, values in zip(_roles(outcome, str(outcome.total)).values(), given, strict=True):
        _refuse(
            panel,
            column,
            np.isnan(values),
            f'The outcome "{outcome.label}" is not recorded in some rows.',
            'Complete the rows, or say missing="drop" in the outcome to leave these cells out.',
            "A missing number is not a zero.",
        )


def _check_values(panel: Panel, outcome: Outcome, events: Floats, total: Floats) -> None:
    column, below = outcome.events, str(outcome.total)
    largest = 2.0**53
    _refuse(panel, column, (events < 0) | (events > largest), "Counts are negative or infinite.", "Correct them.")
    _refuse(
        panel, column, events % 1 != 0, "Counts are not whole numbers.", "Give numbers of events, not rates or shares."
    )
    _refuse(panel, below, (total < 0) | (total > largest), "Denominators are negative or infinite.", "Correct them.")
    _refuse(
        panel, below, (total == 0) & (events > 0), "Events are counted where the denominator is zero.", "Correct it."
    )
    if isinstance(outcome, Binary):
        _refuse(panel, below, total % 1 != 0, "Denominators are not whole numbers.", "Give the number of trials.")
        _refuse(
            panel,
            column,
            events > total,
            f'There are more events than trials ("{below}").',
            "Check that both columns count the same things; rates above one per child are a Count.",
        )


def _refuse(panel: Panel, column: str, bad: Flags, what: str, cure: str, why: str | None = None) -> None:
    if bad.any():
        positions = at(np.flatnonzero(bad).tolist()) if panel.table.ordered else ""
        where = f'column "{column}", {int(bad.sum()):,} of {bad.size:,} rows{positions}'
        raise DataError(what, where=where, why=why, cure=cure)


def _names(panel: Panel, keys: Keys) -> tuple[tuple[str, ...], list[str]]:
    """Display names: the latest of each authority; shared names carry the code."""
    if panel.name is None:
        return keys.authorities, []
    frame = collected(panel.table.plain([panel.name]).frame)
    texts = [plain_value(value) for value in frame[panel.name].to_list()]
    latest: dict[int, tuple[int, str]] = {}
    spellings: dict[int, set[str]] = {}
    for a, t, text in zip(keys.authority.tolist(), keys.period.tolist(), texts, strict=True):
        if text is not None:
            latest[a] = max(latest.get(a, (-1, "")), (t, str(text)))
            spellings.setdefault(a, set()).add(str(text))
    plain = [latest[a][1] if a in latest else code for a, code in enumerate(keys.authorities)]
    shared = {name for name, n in Counter(plain).items() if n > 1}
    names = tuple(
        f"{name} ({code})" if name in shared else name for name, code in zip(plain, keys.authorities, strict=True)
    )
    notes = []
    if shared:
        notes.append(
            f"{len(shared)} names belong to more than one code, as after a change of boundaries: {_some(shared)}."
        )
    renamed = {plain[a] for a, found in spellings.items() if len(found) > 1}
    if renamed:
        notes.append(f"{len(renamed)} codes have several names; the latest is printed: {_some(renamed)}.")
    return names, notes


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5]) + (", ..." if len(names) > 5 else "")


def _dropped_note(seen: Flags, outcome: Outcome) -> list[str]:
    lost = int((~seen).sum())
    if not lost:
        return []
    return [f'{size(lost)} of {size(seen.size)} rows have no recorded "{outcome.label}" and were left out.']


def _gaps(total: Floats, keys: Keys, names: tuple[str, ...]) -> list[str]:
    empty = total <= 0
    if not empty.any():
        return []
    worst = {names[a] for a in np.flatnonzero(empty.any(axis=1)).tolist()}
    return [
        f"{int(empty.sum()):,} of {empty.size:,} pairs of authority and period have no observation "
        f"({len(worst):,} of {len(names):,} authorities: {_some(worst)})."
    ]
