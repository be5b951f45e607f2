"""Authority rows as the numbers that an outcome needs, or the bounds that a published file leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.errors import DataError, SosBayesError, together
from sos_bayes.data.authorities.panel import Panel
from sos_bayes.data.authorities.panel_checks import check_missing, check_values, missing_faults, refuse_missing, sums_of
from sos_bayes.data.children.kinds import kind_of
from sos_bayes.data.frames.number_columns import number
from sos_bayes.data.frames.table import collected, plain_value, size
from sos_bayes.data.outcomes import Outcome
from sos_bayes.data.published.count_bounds import Bounds, read_bounds
from sos_bayes.data.published.dfe_conventions import pairs


def read_rows(panel: Panel, outcome: Outcome) -> Bounds:
    """What every row says of the outcome, checked.

    Raises
    ------
    DataError
        If rows of authorities cannot hold such an outcome, or columns are missing or hold what they may not.
    """
    roles = _roles(panel, outcome)
    if outcome.measured:
        return _measured(panel, outcome, roles)
    if panel.published is None:
        return _plain_counts(panel, outcome, roles)
    bounds = _published(panel, outcome, roles)
    seen = ~(np.isnan(bounds.low) | np.isnan(bounds.total))
    check_values(panel, outcome, np.where(seen, bounds.low, 0.0), np.where(seen, bounds.total, 0.0))
    return bounds


def _measured(panel: Panel, outcome: Outcome, roles: dict[str, str]) -> Bounds:
    """Sums, numbers and squares of a measured outcome."""
    given = _columns(panel, outcome, roles)
    if "number" in roles:  # nobody has no mean, and one child no sd: blank is as good as zero
        for values, few in ((given[0], 0), (given[2], 1)):
            values[np.isnan(values) & (given[1] <= few)] = 0.0
    check_missing(panel, outcome, given)
    blank = np.isnan(given).any(axis=0)
    sums, total, squares = np.where(blank, np.nan, sums_of(panel, roles, np.where(blank, 0.0, given)))
    return _known(sums, total, blank, outcome, squares)


def _plain_counts(panel: Panel, outcome: Outcome, roles: dict[str, str]) -> Bounds:
    """Counts of a table of numbers."""
    given = _columns(panel, outcome, roles)
    blank = np.isnan(given).any(axis=0)
    events, total = given
    lost = missing_faults(panel, outcome, given)
    check_values(panel, outcome, np.where(blank, 0.0, events), np.where(blank, 0.0, total), lost)
    return _known(events, total, blank, outcome)


def _known(events: Floats, total: Floats, blank: Flags, outcome: Outcome, squares: Floats | None = None) -> Bounds:
    ones = np.ones(len(events))
    return Bounds(events, events, events, ones, total, blank, _dropped_note(blank, outcome), squares)


def _published(panel: Panel, outcome: Outcome, roles: dict[str, str]) -> Bounds:
    """Counts of a file as it was published, symbols and all."""
    published = panel.published
    assert published is not None
    derived = outcome.events in dict(pairs(published.dfe.percent))
    asked = {role: name for role, name in roles.items() if not (role == "events" and derived)}
    panel.table.need(asked, known=(panel.authority, panel.period))
    columns = {name: collected(panel.table.frame)[name].to_list() for name in panel.table.frame.columns}
    bounds = read_bounds(columns, panel.period, outcome, published)
    if outcome.missing == "error":
        refuse_missing(panel, outcome.events, bounds.blank, outcome)
    return replace(bounds, notes=(*published.notes, *bounds.notes))


def _roles(panel: Panel, outcome: Outcome) -> dict[str, str]:
    """Which column is what, for outcomes that these rows can hold."""
    roles = kind_of(outcome).authority_roles(outcome)
    if outcome.measured and panel.published is not None:
        raise DataError(
            "A Continuous is not read from a file of the Department for Education.",
            where=f'outcome "{outcome.label}"',
            why="What is withheld or rounded in such a file is known by bounds, and only counts can be.",
            cure="Give a Binary or a Count; or keep the rows wanted, as numbers, and read them without dfe.",
        )
    return roles


def _columns(panel: Panel, outcome: Outcome, roles: dict[str, str]) -> Floats:
    """The columns of the outcome as numbers, one row each."""
    panel.table.need(roles, known=(panel.authority, panel.period))
    table = panel.table.plain(roles.values())
    columns: list[Floats] = []
    faults: list[SosBayesError] = []
    for column in roles.values():
        try:
            read = table.frame.select(number(table, column, outcome.missing).alias("v"))
            columns.append(_floats(collected(read)["v"]))
        except DataError as fault:
            faults.append(fault)
    if faults:
        raise together(faults)
    return np.stack(columns)


def _floats(series: nw.Series[Any]) -> Floats:
    return np.array([np.nan if plain_value(v) is None else v for v in series.to_list()], dtype=np.float64)


def _dropped_note(blank: Flags, outcome: Outcome) -> tuple[str, ...]:
    lost = int(blank.sum())
    if not lost:
        return ()
    return (f'{size(lost)} of {size(blank.size)} rows have no recorded "{outcome.label}" and were left out.',)
