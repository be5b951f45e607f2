"""Synthetic control: what adopters would have had, as a weighted mean of donors, with weights that have a posterior."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import DesignError
from sos_bayes.designs import Layout
from sos_bayes.synthesis.latents import Latents, latents_of, structure, values_of
from sos_bayes.synthesis.quiet import residual_of
from sos_bayes.synthesis.reach import notes_on_reach
from sos_bayes.synthesis.series import Series, names_of, series_of
from sos_bayes.synthesis.stage import EffectPriors, Predicted
from sos_bayes.synthesis.units import effect_priors

if TYPE_CHECKING:
    from sos_bayes.checks.result import CheckResult
    from sos_bayes.fitting.nuts import Sampler
    from sos_bayes.synthesis.fitted import ImputedFit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SyntheticControl:
    """Adopters as weighted means of donors, learnt from the periods before their start.

    On the log-odds or log-rate scale, or in a measured outcome's unit, an adopter without the rollout is
    ``intercept + weights @ donors + residual``: weights at least zero with a sum of one and a Dirichlet(kappa / J)
    prior, residuals that last (AR(1)) with an sd and a memory learnt from the donors. Donors' counts are counts: their
    own predictors are latent. Treated cells feed nothing back; effects are read in a second stage, pooled over
    adopters.

    Parameters
    ----------
    intercept : bool
        Let an adopter differ from its donors by a constant. Without it the adopter must lie among its donors; that is
        the published form.
    donors : tuple of str
        Names or codes; by default every authority that never had the practice.
    kappa, kappa_log_sd : float
        Median and log sd of the prior of kappa: about ``1 + kappa`` donors carry the weights.
    popularity : float
        Half-normal scale of how much some donors are preferred by all adopters, where there are several.
    intercept_sd : float
        Prior sd of the constant, in log-odds, log-rates or sds of the donors' values.
    effect_sd : float, optional
        Prior sd of the average effect: by default 0.5 on log-odds and log-rates, 2 sds of donors' values else.

    Raises
    ------
    DesignError
        If a scale is not positive or ``donors`` is one text.

    Examples
    --------
    >>> SyntheticControl(intercept=False).kappa
    3.0
    """

    intercept: bool = True
    donors: tuple[str, ...] = ()
    kappa: float = 3.0
    kappa_log_sd: float = 1.0
    popularity: float = 1.0
    intercept_sd: float = 2.0
    effect_sd: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "donors", names_of(self.donors))
        for name in ("kappa", "kappa_log_sd", "popularity", "intercept_sd", "effect_sd"):
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
        from sos_bayes.synthesis.sampling import FirstStage, sampled_fit
        from sos_bayes.synthesis.shared_graph import data_of
        from sos_bayes.synthesis.weights_graph import weights_graph

        series = series_of(layout, self.donors)
        notes = notes_on_reach(series, intercept=self.intercept)
        latents = latents_of(series)
        quiet = residual_of(series, intercept=self.intercept)
        hyper = ("kappa", "sd", "rho", *(("intercept",) if self.intercept else ()))
        data = data_of(series, latents, quiet)
        stage = FirstStage(
            lambda: weights_graph(series, latents, data, self),
            (replace(self, donors=(), effect_sd=None), *structure(series, latents)),
            data,
            lambda draws: predicted(series, latents, draws),
            hyper,
            Sampler(tune=1000, target_accept=0.98),
        )
        return sampled_fit(layout, self, series, stage, self.priors(layout), seed, sampler, notes)

    def priors(self, layout: Layout) -> EffectPriors:
        """Priors of the second stage."""
        return effect_priors(layout, self.effect_sd)

    def checked(self, fit: Any, skip: tuple[str, ...] = ()) -> tuple[CheckResult, ...]:
        """Try a fit of this design on the checks that make sense for it; what `check` calls."""
        from sos_bayes.synthesis.checks import checks_of

        return checks_of(fit, skip)


def predicted(series: Series, latents: Latents, draws: dict[str, Floats]) -> list[Predicted]:
    """Adopters' cells from their start on, without the rollout, given each draw."""
    values = values_of(latents, draws)
    shift = draws.get("intercept", np.zeros((1, series.adopters)))
    rho = draws["rho"][:, None]
    found = []
    for a in range(series.adopters):
        start = int(series.starts[a])
        weights, sd = draws["weights"][:, a], draws["sd"][:, a]
        line = np.einsum("sj,sjt->st", weights, values[:, series.adopters :]) + shift[:, a, None]
        before = np.broadcast_to(values[:, a, :start], (len(weights), start))
        ahead = np.arange(1, series.periods - start + 1)
        last = before[:, -1:] - line[:, start - 1 : start]
        apart, both = np.abs(np.subtract.outer(ahead, ahead)), np.add.outer(ahead, ahead)
        cov = (sd**2)[:, None, None] * (rho[..., None] ** apart - rho[..., None] ** both)
        found.append(Predicted(line[:, start:] + rho**ahead * last, cov, before))
    return found
