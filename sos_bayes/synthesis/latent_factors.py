"""Latent factors: what moves authorities together, and adopters' own loadings on it, learnt before their start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import DesignError
from sos_bayes.data import Continuous
from sos_bayes.designs import Layout
from sos_bayes.synthesis.latents import Latents, latents_of, structure, values_of
from sos_bayes.synthesis.reach import few_periods
from sos_bayes.synthesis.series import Series, names_of, series_of
from sos_bayes.synthesis.stage import EffectPriors, Predicted
from sos_bayes.synthesis.units import effect_priors

if TYPE_CHECKING:
    from sos_bayes.checks.result import CheckResult
    from sos_bayes.fitting.nuts import Sampler
    from sos_bayes.synthesis.fitted import ImputedFit

Floats = NDArray[np.float64]
MOST = 2


@dataclass(frozen=True, slots=True)
class LatentFactors:
    """Interactive effects: period effects that authorities follow each to its own degree.

    An authority without the rollout is ``level + period + loadings @ factors + residual``, with levels, loadings and
    residuals that last (AR(1)) normal over authorities, and adopters' mean level and mean loadings learnt. Factors are
    sampled with all else, so that their direction is not taken for known. With ``factors=0`` it is a
    difference-in-differences whose treated cells are predicted from untreated ones. Treated cells feed nothing back;
    effects are read in a second stage, pooled over adopters.

    Parameters
    ----------
    factors : {0, 1, 2}
        At most; the sd of loadings on a factor that is not needed shrinks to nothing.
    loading : float, optional
        Half-normal scale of the first factor's loadings: by default 0.2 on log-odds and log-rates, 0.5 sds of the
        donors' values else. Each further factor has at most the sd of the one before.
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
        for name in ("loading", "effect_sd"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise DesignError(f"{name} is {value}.", cure="Give a positive number.")

    @property
    def columns(self) -> tuple[str, ...]:
        """Covariate columns that the design needs: none."""
        return ()

    @property
    def varying(self) -> tuple[str, ...]:
        """Columns that effects vary by: none."""
        return ()

    def sampled(self, layout: Layout, seed: int, sampler: Sampler | None = None) -> ImputedFit:
        """Fit a layout; what `fit` calls."""
        from sos_bayes._core.compile_folders import settle_pytensor

        settle_pytensor()
        from sos_bayes.fitting.nuts import Sampler
        from sos_bayes.synthesis.factors_graph import factors_graph
        from sos_bayes.synthesis.sampling import FirstStage, sampled_fit
        from sos_bayes.synthesis.shared_graph import data_of

        series = series_of(layout, self.donors)
        latents = latents_of(series)
        loading = self.loading or (0.5 if isinstance(layout.cells.outcome, Continuous) else 0.2)
        hyper = ("spread", "sd", "rho", "adopter_scale", "gap", *(("loading_sd",) if self.factors else ()))
        data = data_of(series, latents, None)
        stage = FirstStage(
            lambda: factors_graph(series, latents, data, self, loading),
            (replace(self, donors=(), effect_sd=None), loading, *structure(series, latents)),
            data,
            lambda draws: predicted(series, latents, draws),
            hyper,
            Sampler(draws=1500, tune=1000, target_accept=0.9),
        )
        return sampled_fit(layout, self, series, stage, self.priors(layout), seed, sampler, few_periods(series))

    def priors(self, layout: Layout) -> EffectPriors:
        """Priors of the second stage."""
        return effect_priors(layout, self.effect_sd)

    def checked(self, fit: Any, skip: tuple[str, ...] = ()) -> tuple[CheckResult, ...]:
        """Try a fit of this design on the checks that make sense for it; what `check` calls."""
        from sos_bayes.synthesis.checks import checks_of

        return checks_of(fit, skip)


def predicted(series: Series, latents: Latents, draws: dict[str, Floats]) -> list[Predicted]:
    """Adopters' cells from their start on, without the rollout, given each draw."""
    values, n_t = values_of(latents, draws), series.periods
    ages = np.abs(np.subtract.outer(np.arange(n_t), np.arange(n_t)))
    sd = draws["sd"] * draws["adopter_scale"]
    cov = (sd**2)[:, None, None] * draws["rho"][:, None, None] ** ages + (draws["spread"] ** 2)[:, None, None]
    if "factor" in draws:
        scaled = draws["factor"] * draws["loading_sd"][:, :, None]
        cov = cov + np.einsum("sqt,squ->stu", scaled, scaled)
    cov = cov + 1e-8 * np.eye(n_t)
    found = []
    for a in range(series.adopters):
        start = int(series.starts[a])
        before = np.broadcast_to(values[:, a, :start], (len(sd), start))
        carry = np.linalg.solve(cov[:, :start, :start], cov[:, :start, start:])
        mean = draws["lead"][:, start:] + np.einsum("sat,sa->st", carry, before - draws["lead"][:, :start])
        left = cov[:, start:, start:] - np.einsum("sat,sau->stu", carry, cov[:, :start, start:])
        found.append(Predicted(mean, 0.5 * (left + np.swapaxes(left, 1, 2)), before))
    return found
