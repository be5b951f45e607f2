"""What donor weights and latent factors share as designs."""

from __future__ import annotations

from typing import ClassVar

from sos_bayes.designs import Layout
from sos_bayes.synthesis.second_stage.effect_priors import effect_priors
from sos_bayes.synthesis.second_stage.effects_given_prediction import EffectPriors


class Imputing:
    """A design that imputes adopters' cells and reads effects in a second stage."""

    __slots__ = ()
    calibrated: ClassVar[bool] = True
    staged: ClassVar[bool] = True
    effect_sd: float | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Covariate columns that the design needs: none."""
        return ()

    @property
    def varying(self) -> tuple[str, ...]:
        """Columns that effects vary by: none."""
        return ()

    def priors(self, layout: Layout) -> EffectPriors:
        """Priors of the second stage."""
        return effect_priors(layout, self.effect_sd)
