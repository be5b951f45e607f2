"""What priors amount to in a measured outcome's own unit."""

from __future__ import annotations

from dataclasses import replace

from sos_bayes._core.words import amount
from sos_bayes.data.outcomes import Continuous
from sos_bayes.data.pooled import pooled
from sos_bayes.designs import DiD, Layout


def with_units(layout: Layout, design: DiD) -> Layout:
    """Note on the cells of a measured outcome what its priors are in its own unit; others as they are."""
    outcome = layout.cells.outcome
    if not isinstance(outcome, Continuous):
        return layout
    units, p = pooled(layout.cells), design.priors
    sd = units.sd
    unit = "noise from one period to the next" if units.plain else f"the sd of {outcome.children} within a cell"
    note = (
        f"Priors are in units of {unit}, {amount(sd, outcome.unit)}: the average "
        f"effect has a prior sd of {p.effect_sd} of it, {amount(p.effect_sd * sd, outcome.unit)}; departures of "
        f"authorities from it have a scale of {amount(p.heterogeneity * sd, outcome.unit)}, yearly shocks of "
        f"{amount(p.shock * sd, outcome.unit)}."
    )
    return replace(layout, cells=replace(layout.cells, notes=(*layout.cells.notes, note)))
