"""Priors of plain numbers: weak in what the numbers themselves move by, since nothing else says what is large."""

from __future__ import annotations

from dataclasses import replace

from sos_bayes.data.cells.within_cell_units import Pooled
from sos_bayes.designs.priors import Priors

PROFILES = 4.0  # how much wider departures of authorities and changes of the effect are than the unit alone makes them


def on_scale(priors: Priors, units: Pooled) -> Priors:
    """Widen priors to the scale of the numbers; those of other outcomes are left as they are.

    The default sd of the average effect becomes `Pooled.strong`, the default scale of shocks `Pooled.lasting`; others
    are as much larger or smaller.

    Examples
    --------
    >>> on_scale(Priors(), Pooled(0.0, 5.0, 0.0, plain=True, strong=2.0)).effect_sd
    2.0
    >>> on_scale(Priors(), Pooled(0.0, 5.0, 30.0)) == Priors()
    True
    """
    if not units.plain:
        return priors
    return replace(
        priors,
        effect_sd=units.strong * priors.effect_sd / Priors().effect_sd,
        heterogeneity=PROFILES * priors.heterogeneity,
        lag_step=PROFILES * priors.lag_step,
        cohort=PROFILES * priors.cohort,
        shock=units.lasting * priors.shock / Priors().shock,
        period=units.moved * priors.period,
        baseline=units.moved * priors.baseline,
        authority=units.apart * priors.authority,
        level_gap=units.apart * priors.level_gap,
        intercept=units.apart * priors.intercept,
    )
