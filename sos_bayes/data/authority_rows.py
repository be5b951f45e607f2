"""Authority rows, checked and placed one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np

from sos_bayes._core.errors import DataError
from sos_bayes.data.boundaries import boundary_notes
from sos_bayes.data.cells import Cells, Floats
from sos_bayes.data.keys import Keys
from sos_bayes.data.numerals import number
from sos_bayes.data.outcomes import Continuous, Duration, Ordinal, Outcome
from sos_bayes.data.panel import Panel, panel_keys
from sos_bayes.data.panel_checks import Flags, check_missing, check_values, is_plain, roles_of, sums_of
from sos_bayes.data.tables import collected, plain_value, size


def panel_cells(panel: Panel, outcome: Outcome) -> Cells:
    """The cells of a panel: one row each."""
    panel = replace(panel, table=replace(panel.table, frame=collected(panel.table.frame), ordered=panel.table.ordered))
    given = _columns(panel, outcome)
    if isinstance(outcome, Continuous) and not is_plain(
        outcome
    ):  # nobody has no mean, and one child no sd: blank is as good as zero
        for values, few in ((given[0], 0), (given[2], 1)):
            values[np.isnan(values) & (given[1] <= few)] = 0.0
    keys = panel_keys(panel)
    seen = ~np.isnan(given).any(axis=0)
    check_missing(panel, outcome, given)
    known = np.where(seen, given, 0.0)
    if isinstance(outcome, Continuous):
        known = sums_of(panel, outcome, known)
    else:
        check_values(panel, outcome, known[0], known[1])
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
    """The columns of the outcome as numbers, (2, rows); with those of the sd or squares (3, rows); one if plain."""
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
    if outcome.total is None and not is_plain(outcome):
        raise DataError(
            "Authority rows need a denominator.",
            where=f'outcome "{outcome.label}"',
            cure='Name its column: Binary("events", "trials", ...), Continuous("mean", number="n", sd="sd", ...); or '
            "read child rows with read_cohort.",
        )
    roles = roles_of(outcome, outcome.total)
    panel.table.need(roles)
    table = panel.table.plain(roles.values())
    columns = (
        collected(table.frame.select(number(table, column, outcome.missing).alias("v")))["v"]
        for column in roles.values()
    )
    return np.stack([_floats(column) for column in columns])


def _floats(series: nw.Series[Any]) -> Floats:
    return np.array([np.nan if plain_value(v) is None else v for v in series.to_list()], dtype=np.float64)


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
