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
from sos_bayes.data.holes import gap_notes
from sos_bayes.data.keys import Keys
from sos_bayes.data.numerals import number
from sos_bayes.data.outcomes import Binary, Outcome
from sos_bayes.data.panel import Panel, panel_keys
from sos_bayes.data.tables import collected, plain_value, size

type Flags = npt.NDArray[np.bool_]


def panel_cells(panel: Panel, outcome: Outcome) -> Cells:
    """The cells of a panel: one row each."""
    panel = replace(panel, table=replace(panel.table, frame=collected(panel.table.frame), ordered=panel.table.ordered))
    events, total = _columns(panel, outcome)
    keys = panel_keys(panel)
    seen = ~(np.isnan(events) | np.isnan(total))
    _check_missing(panel, outcome, events, total)
    _check_values(panel, outcome, np.where(seen, events, 0.0), np.where(seen, total, 0.0))
    shape = (len(keys.authorities), len(keys.calendar), 1)
    cells = np.zeros((2, *shape))
    place = (keys.authority[seen], keys.period[seen], 0)
    cells[0][place], cells[1][place] = events[seen], total[seen]
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
        notes=(
            *_dropped_note(seen, outcome),
            *notes,
            *boundary_notes(keys.authorities),
            *gap_notes(cells[1][..., 0], names, keys.calendar),
        ),
    )


def _columns(panel: Panel, outcome: Outcome) -> tuple[Floats, Floats]:
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
            cure='Name its column: Binary("events", "trials", ...); or read child rows with read_cohort.',
        )
    roles = {"events": outcome.events, "trials" if isinstance(outcome, Binary) else "exposure": outcome.total}
    panel.table.need(roles)
    table = panel.table.plain(roles.values())
    events, total = (
        collected(table.frame.select(number(table, column, outcome.missing).alias("v")))["v"]
        for column in roles.values()
    )
    return _floats(events), _floats(total)


def _floats(series: nw.Series[Any]) -> Floats:
    return np.array([np.nan if plain_value(v) is None else v for v in series.to_list()], dtype=np.float64)


def _check_missing(panel: Panel, outcome: Outcome, events: Floats, total: Floats) -> None:
    if outcome.missing == "drop":
        return
    for column, values in ((outcome.events, events), (outcome.total, total)):
        _refuse(
            panel,
            str(column),
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
