"""Numbers of a design: priors of effects in the units that it works in, and that scales are above zero."""

from __future__ import annotations

from sos_bayes.designs import Layout, Priors
from sos_bayes.designs.priors import positive_number
from sos_bayes.synthesis.second_stage.effects_given_prediction import EffectPriors

WIDE = 2.0  # sds of donors' values: an effect of a measured outcome, whose sd is no yardstick of effects


def effect_priors(layout: Layout, effect_sd: float | None) -> EffectPriors:
    """Those of the difference-in-differences for counts; wide, with a free profile, for what is measured."""
    usual = Priors()
    if layout.cells.outcome.measured:
        return EffectPriors(effect_sd or WIDE, 0.5, WIDE, free_profile=True)
    return EffectPriors(effect_sd or usual.effect_sd, usual.heterogeneity, usual.lag_step)


def positive(design: object, *names: str) -> None:
    """Refuse a design whose named numbers are given and not above zero; they are floats afterwards."""
    for name in names:
        value = getattr(design, name)
        if value is not None:
            object.__setattr__(design, name, positive_number(name, value, type(design).__name__))
