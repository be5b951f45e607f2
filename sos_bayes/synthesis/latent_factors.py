"""Latent factors: what moves authorities together, and adopters' own loadings on it, learnt before their start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sos_bayes._core.errors import DesignError
from sos_bayes.designs import Layout
from sos_bayes.synthesis.first_stage.donor_residuals import drift_of, drifting, stand_ins
from sos_bayes.synthesis.imputing import Imputing
from sos_bayes.synthesis.panel.overlap import few_periods
from sos_bayes.synthesis.panel.series import Series, names_of, series_of, unseen_donors
from sos_bayes.synthesis.panel.shrunk_cells import around_untreated, known_of
from sos_bayes.synthesis.second_stage.effect_priors import positive

if TYPE_CHECKING:
    import pymc as pm

    from sos_bayes.sampling.sampler import Sampler
    from sos_bayes.synthesis.first_stage.factors_density import Factored
    from sos_bayes.synthesis.panel.working_values import TwoWay
    from sos_bayes.synthesis.second_stage.imputed_fit import ImputedFit

MOST = 2
DONORS_EACH = 4  # donors without which a factor is nothing but one donor's own shocks


@dataclass(frozen=True, slots=True)
class LatentFactors(Imputing):
    """Interactive effects: period effects that authorities follow each to its own degree.

    An authority without the rollout is ``level + period + loadings @ factors + residual``, with levels, loadings and
    residuals that last (AR(1)) normal over authorities, and adopters' mean level and mean loadings learnt. Factors are
    sampled with all else, so that their direction is not taken for known. With ``factors=0`` it is a
    difference-in-differences whose treated cells are predicted from untreated ones. Treated cells feed nothing back;
    effects are read in a second stage, pooled over adopters.

    Parameters
    ----------
    factors : {0, 1, 2}
        How many at the most, one for every four donors; what those that are not needed add shrinks towards nothing.
    loading : float, optional
        Half-normal scale of what one sd of loadings on a factor moves an authority by: by default 0.2 on log-odds and
        log-rates, 0.5 sds of the donors' values else.
    effect_sd : float, optional
        Prior sd of the average effect, as of `SyntheticControl`.
    donors : tuple of str
        As of `SyntheticControl`.

    Raises
    ------
    DesignError
        If an argument is not one of the values allowed.

    Examples
    --------
    >>> LatentFactors().factors
    2
    """

    factors: int = MOST
    loading: float | None = None
    effect_sd: float | None = None
    donors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.factors not in range(MOST + 1):
            raise DesignError(f"factors is {self.factors}.", cure="Give 0, 1 or 2.")
        object.__setattr__(self, "donors", names_of(self.donors))
        positive(self, "loading", "effect_sd")

    def sampled(self, layout: Layout, seed: int, sampler: Sampler | None = None) -> ImputedFit:
        """Fit a layout; what `fit` calls."""
        from sos_bayes.sampling.sampler import Sampler
        from sos_bayes.synthesis.first_stage.factors_posterior import named, predicted, start_of
        from sos_bayes.synthesis.first_stage.first_stage import FirstStage, sampled_fit

        series, given, around = self._first_stage(layout)
        factors = given.factors
        notes = (*few_periods(series), *unseen_donors(series.layout))
        if factors < self.factors:
            notes += (
                f"{series.donors} donors show {factors} factors at the most; {self.factors} were asked for. A factor "
                f"needs {DONORS_EACH} donors.",
            )
        stage = FirstStage(
            given,
            start_of(given, series, around),
            lambda draws: named(given, draws),
            lambda sampled: predicted(series, given, sampled),
            ("spread", "sd", "rho", "adopter_scale", "gap", *(("factor_sd",) if factors else ())),
            Sampler(draws=1500, tune=600, target_accept=0.9),
        )
        return sampled_fit(layout, self, series, stage, self.priors(layout), seed, sampler, notes)

    def readable(self, layout: Layout) -> pm.Model:
        """Write the first stage, the one that is sampled, as a PyMC model; what `to_pymc` gives."""
        from sos_bayes.synthesis.first_stage.readable_factors import readable_factors

        series, given, _ = self._first_stage(layout)
        return readable_factors(series, given)

    def _first_stage(self, layout: Layout) -> tuple[Series, Factored, TwoWay]:
        from sos_bayes.synthesis.first_stage.factors_posterior import factored_of

        series = series_of(layout, self.donors)
        around = around_untreated(series)
        loading = self.loading or (0.5 if layout.cells.outcome.measured else 0.2)
        factors = min(self.factors, series.donors // DONORS_EACH)
        drift = drift_of(stand_ins(series, known_of(series), intercept=True, directions=factors), width=0.0)
        return series, factored_of(series, around, factors, loading, drift * drifting(series.periods)), around
