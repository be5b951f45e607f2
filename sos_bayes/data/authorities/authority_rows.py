"""Authority rows, checked and placed one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DataError
from sos_bayes.data.authorities.coverage_notes import future_notes, gap_notes
from sos_bayes.data.authorities.panel import Panel, panel_keys
from sos_bayes.data.authorities.panel_columns import read_rows
from sos_bayes.data.cells.cells import Cells
from sos_bayes.data.cells.count_intervals import Intervals
from sos_bayes.data.frames.keys import Keys
from sos_bayes.data.frames.table import collected, plain_value
from sos_bayes.data.geography.reorganisations import boundary_notes
from sos_bayes.data.outcomes import Outcome


def panel_cells(panel: Panel, outcome: Outcome) -> Cells:
    """The cells of a panel: one row each."""
    panel = replace(panel, table=replace(panel.table, frame=collected(panel.table.frame), ordered=panel.table.ordered))
    read = read_rows(panel, outcome)
    keys = panel_keys(panel)
    seen = ~(np.isnan(read.low) | np.isnan(read.total))
    place = (keys.authority[seen], keys.period[seen])
    shape = (len(keys.authorities), len(keys.calendar))

    def placed(values: Floats) -> Floats:
        every = np.zeros(shape)
        every[place] = values[seen]
        return every

    total = placed(read.total)
    bounds = [placed(values) for values in (read.low, read.high, read.sure, read.chance)]
    events = np.where(bounds[0] == bounds[1], bounds[0], np.nan)
    if not total.any():
        raise DataError(
            f'No row has an observation of "{outcome.label}".',
            where=f'column "{outcome.total or outcome.events}"',
            cure="Check the columns.",
        )
    names, notes = display_names(panel, keys)
    return Cells(
        authorities=keys.authorities,
        names=names,
        calendar=keys.calendar,
        columns=(),
        patterns=((),),
        events=events[..., None],
        total=total[..., None],
        outcome=outcome,
        source="authorities",
        squares=None if read.squares is None else placed(read.squares)[..., None],
        notes=(
            *read.notes,
            *notes,
            *boundary_notes(keys.authorities),
            *gap_notes(total, names, keys.calendar),
            *future_notes(keys.calendar),
        ),
        carried=() if panel.published is None else panel.published.carried,
        intervals=Intervals.where(events, *bounds) if np.isnan(events).any() else None,
    )


def display_names(panel: Panel, keys: Keys) -> tuple[tuple[str, ...], list[str]]:
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
    renamed = {plain[a] for a, spelt in spellings.items() if len(spelt) > 1}
    if renamed:
        notes.append(f"{len(renamed)} codes have several names; the latest is printed: {_some(renamed)}.")
    return names, notes


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5]) + (", ..." if len(names) > 5 else "")
