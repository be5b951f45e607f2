"""Synthetic control: what adopters would have had, as a weighted mean of donors, with weights that have a posterior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.errors import DesignError
from sos_bayes.designs import Layout
from sos_bayes.synthesis.imputing import Imputing
from sos_bayes.synthesis.panel.overlap import notes_on_reach
from sos_bayes.synthesis.panel.series import Series, names_of, series_of
from sos_bayes.synthesis.panel.shrunk_cells import known_of
from sos_bayes.synthesis.second_stage.effect_priors import positive

if TYPE_CHECKING:
    import pymc as pm

    from sos_bayes.sampling.sampler import Sampler
    from sos_bayes.synthesis.first_stage.donor_residuals import DonorResidual
    from sos_bayes.synthesis.first_stage.weights_density import Weighted
    from sos_bayes.synthesis.second_stage.imputed_fit import ImputedFit

AUGMENTATION = 1.0  # with a constant: what weights leave may be as far off as one donor is from the others


@dataclass(frozen=True, slots=True)
class SyntheticControl(Imputing):
    """Adopters as weighted means of donors, learnt from the periods before their start.

    On the log-odds or log-rate scale, or in a measured outcome's unit, an adopter without the rollout is
    ``intercept + weights @ donors + residual``. Weights are at least zero and sum to one: a softmax of
    concentration times normal scores, tilted along the two directions in which donors move apart most. Without a
    tilt a concentration near zero gives equal weights, one of 2 about four donors in forty. What no weights reach
    along these directions is made up for: `augmentation`. Residuals last (AR(1)). Concentration, memory and
    residual sd are learnt from the donors, each standing in for an adopter. Several adopters share a part of their
    scores, which is learnt too. Counts are read with their errors, donors' as well. Treated cells feed nothing
    back; effects are read in a second stage, pooled over adopters.

    Parameters
    ----------
    intercept : bool
        Let an adopter differ from its donors by a constant. Without it the adopter must lie among its donors; that is
        the published form.
    donors : tuple of str
        Names or codes; by default every authority that never had the practice.
    concentration : float, optional
        Median of the concentration's prior; by default what donors have.
    concentration_log_sd : float
        How far adopters may differ from it.
    intercept_sd : float
        Prior sd of the constant, in log-odds, log-rates or sds of the donors' values.
    augmentation : float, optional
        What weights may leave along the directions in which donors move apart, as an sd, in sds of donors' loadings on
        them. It is learnt from the gap before the start, carried on after it, and takes the bias out of an adopter that
        donors do not reach. By default 1 with a constant, and 0 without: the published
        form, whose intervals are too short (docs/explanation/synthetic_control.md).
    effect_sd : float, optional
        Prior sd of the average effect: by default 0.5 on log-odds and log-rates, 2 sds of donors' values else.

    Raises
    ------
    DesignError
        If a scale is not positive, the augmentation is below zero or ``donors`` is one text.

    Examples
    --------
    >>> SyntheticControl(intercept=False).intercept_sd
    2.0
    >>> SyntheticControl().reaching
    1.0
    """

    intercept: bool = True
    donors: tuple[str, ...] = ()
    concentration: float | None = None
    concentration_log_sd: float = 0.5
    intercept_sd: float = 2.0
    augmentation: float | None = None
    effect_sd: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "donors", names_of(self.donors))
        positive(self, "concentration", "concentration_log_sd", "intercept_sd", "effect_sd")
        if self.augmentation is not None and not 0 <= self.augmentation < np.inf:
            raise DesignError(f"augmentation is {self.augmentation}.", cure="Give sds of donors' loadings, 0 or more.")

    @property
    def reaching(self) -> float:
        """The augmentation that applies."""
        return (AUGMENTATION if self.intercept else 0.0) if self.augmentation is None else self.augmentation

    def sampled(self, layout: Layout, seed: int, sampler: Sampler | None = None) -> ImputedFit:
        """Fit a layout; what `fit` calls."""
        from sos_bayes.sampling.sampler import Sampler
        from sos_bayes.synthesis.first_stage.first_stage import FirstStage, sampled_fit
        from sos_bayes.synthesis.first_stage.weights_posterior import named, predicted, start_of

        series, given, residual = self._first_stage(layout)
        notes = notes_on_reach(series, intercept=self.intercept)
        later = 0.0 if self.intercept else residual.drift
        stage = FirstStage(
            given,
            start_of(given),
            lambda draws: named(given, draws),
            lambda sampled: predicted(series, given, sampled, later),
            ("concentration", "sd", "rho", *(("share",) if series.adopters > 1 else ())),
            Sampler(draws=2000, tune=700, target_accept=0.95),
        )
        return sampled_fit(layout, self, series, stage, self.priors(layout), seed, sampler, notes)

    def readable(self, layout: Layout) -> pm.Model:
        """Write the first stage, the one that is sampled, as a PyMC model; what `to_pymc` gives."""
        from sos_bayes.synthesis.first_stage.readable_weights import readable_weights

        series, given, _ = self._first_stage(layout)
        return readable_weights(series, given)

    def _first_stage(self, layout: Layout) -> tuple[Series, Weighted, DonorResidual]:
        from sos_bayes.synthesis.first_stage.donor_residuals import residual_of
        from sos_bayes.synthesis.first_stage.weights_posterior import weighted_of

        series = series_of(layout, self.donors)
        known = known_of(series)
        residual = residual_of(series, known, intercept=self.intercept)
        return series, weighted_of(series, known, residual, self), residual
