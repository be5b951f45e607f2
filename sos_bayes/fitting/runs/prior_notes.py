"""What a design amounts to on these cells: priors in a measured outcome's own unit, and terms that are left out."""

from __future__ import annotations

from typing import cast

from sos_bayes._core.words import amount
from sos_bayes.data.cells.within_cell_units import pooled
from sos_bayes.data.outcomes import Continuous
from sos_bayes.designs import DiD, Layout
from sos_bayes.designs.did_terms import in_a_year
from sos_bayes.families import FAMILIES


def with_units(layout: Layout, design: DiD) -> Layout:
    """Note on the cells what priors amount to, where their unit is not that of every outcome, and terms left out."""
    outcome, notes = layout.cells.outcome, _below_a_year(layout, design)
    scatter = FAMILIES[outcome.likelihood].overdispersion
    if outcome.measured:
        notes += (_in_units(layout, cast(Continuous, outcome), design),)
    elif scatter is not None:
        notes += (scatter.note.format(scale=getattr(design.priors, scatter.prior)),)
    return layout.noted(*notes)


def _below_a_year(layout: Layout, design: DiD) -> tuple[str, ...]:
    """Which terms of periods shorter than a year the design has not here."""
    if layout.cells.calendar.years > 0.9:
        return ()
    if in_a_year(layout) == 1:
        return (
            "Periods are shorter than a year and there are less than two years of them: authorities' own seasons and "
            "the noise of single periods are not in the model, and intervals may be too short.",
        )
    if design.vary_by or layout.cells.outcome.bands:
        return (
            "Periods are shorter than a year: authorities' own seasons are in the model, noise of single periods is "
            "not, for which each part's own shocks stand in.",
        )
    return ()


def _in_units(layout: Layout, outcome: Continuous, design: DiD) -> str:
    units, p = pooled(layout.cells, layout.untouched), design.priors_on(layout)
    sd = units.sd
    if units.plain:
        return (
            f"Numbers without a number of {outcome.children} and their spread: priors are on the scale of what "
            "untreated numbers move by. Their noise from one period to the next is "
            f"{amount(units.noise, outcome.unit)} (sd); the average effect has a prior sd of "
            f"{amount(p.effect_sd * sd, outcome.unit)}, departures of authorities from it have a scale of "
            f"{amount(p.heterogeneity * sd, outcome.unit)}, periods of {amount(p.period * sd, outcome.unit)}, yearly "
            f"shocks of {amount(p.shock * sd, outcome.unit)}."
        )
    unit = f"the sd of {outcome.children} within a cell"
    tails = ""
    if outcome.tails == "t":
        unit += ", as their median deviation tells it"
        tails = (
            f" {outcome.children.capitalize()} lie around the centre of their cell by Student's t with "
            f"{outcome.degrees:g} degrees of freedom; their values are in the memory of this process only."
        )
    return (
        f"Priors are in units of {unit}, {amount(sd, outcome.unit)}: the average "
        f"effect has a prior sd of {p.effect_sd} of it, {amount(p.effect_sd * sd, outcome.unit)}; departures of "
        f"authorities from it have a scale of {amount(p.heterogeneity * sd, outcome.unit)}, yearly shocks of "
        f"{amount(p.shock * sd, outcome.unit)}.{tails}"
    )
