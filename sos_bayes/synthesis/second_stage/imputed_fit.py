"""A fit whose world without the rollout is predicted from untreated cells: it answers what a `Fit` answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.equal_tailed import equal_tailed
from sos_bayes._core.errors import DesignError, FitError, SosBayesError
from sos_bayes._core.kept import Kept
from sos_bayes.data import Outcome
from sos_bayes.designs import Layout
from sos_bayes.designs.streams import one_stream
from sos_bayes.designs.terms import Slots
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.posterior.marginal_contrasts import Arm, Contrast, alternatives, check_arm, new_authorities
from sos_bayes.synthesis.panel.series import Series
from sos_bayes.synthesis.second_stage.effects_given_prediction import EffectPriors, Predicted, lag_basis

if TYPE_CHECKING:
    import pandas as pd
    import pymc as pm
    import xarray as xr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ImputedFit(Kept):
    """Posterior of one outcome where untreated cells alone predict what adopters would have had.

    Attributes
    ----------
    layout : Layout
    design : SyntheticControl or LatentFactors
    method : {"nuts"}
    seed : int
    series : Series
        Adopters and donors on the scale of the model.
    predicted : tuple of Predicted
        For each adopter its cells from the start on, without the rollout, given each draw.
    priors : EffectPriors
        Of the second stage.
    draws : Draws
    weights : ndarray (chain, draw, K, J) or None
        Donors' weights, where the design has them.
    health : Health
    seconds : tuple of (str, float)
    notes : tuple of str
    """

    called: ClassVar[str] = "A fit is"
    refusal: ClassVar[type[SosBayesError]] = FitError

    layout: Layout
    design: Any
    method: Literal["nuts"]
    seed: int
    series: Series
    predicted: tuple[Predicted, ...]
    priors: EffectPriors
    draws: Draws
    weights: Floats | None
    health: Health
    seconds: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """Outcome fitted."""
        return self.layout.cells.outcome

    @property
    def slots(self) -> Slots:
        """The one stream of all children."""
        return one_stream(self.layout.cells)

    @property
    def lag_basis(self) -> Floats:
        """Basis of the lag profile, (L, L - 1)."""
        return lag_basis(self.series)

    @property
    def posterior(self) -> xr.Dataset:
        """Draws of hyperparameters and adopters' effects, with named dimensions."""
        from sos_bayes.fitting.posterior.datatree import dataset

        return dataset(self.layout, self.draws)

    def contrast(self, weights: Floats | Iterable[Floats], arm: Arm = "own", at: str | float | None = None) -> Contrast:
        """Weighted averages of the expected outcome with and without the rollout; see `Fit.contrast`."""
        check_arm(arm)
        parts = np.stack([np.asarray(part, dtype=float).sum(axis=-1) for part in weights])
        if parts.shape[1:] != self.draws.theta.shape[2:]:
            raise DesignError(
                f"weights have shape {parts.shape}; adopters and periods say {self.draws.theta.shape[2:]}."
            )
        base = self.draws.theta - self.draws.effect
        without = self._averaged(base, parts)
        dose, fresh = self.layout.dose[self.layout.adopters], new_authorities(self.draws, self.seed)
        added = alternatives(self.draws, ..., dose, arm, fresh)
        worlds = (share * self._averaged(base + effect, parts) for share, effect in added)
        return Contrast(np.asarray(sum(worlds)), without)

    def _averaged(self, theta: Floats, parts: Floats) -> Floats:
        return np.asarray(np.einsum("cdkt,gkt->cdg", self.series.family.mean(theta), parts))

    def readable_effects(self, weights: Floats, draw: tuple[int, int] | None = None) -> pm.Model:
        """Write the second stage as a PyMC model; what ``to_pymc(fit, stage="effects")`` gives.

        Parameters
        ----------
        weights : ndarray (K, T, C)
            Of the SATT: they sum to one.
        draw : (int, int), optional
            Chain and draw of the first stage. By default a normal with the mean and the covariance of all its draws.

        Raises
        ------
        DesignError
            If there is no such draw.
        """
        from sos_bayes.synthesis.second_stage.readable_effects import prediction_of, readable_effects

        chains, size = self.draws.shape
        if draw is not None and not (0 <= draw[0] < chains and 0 <= draw[1] < size):
            raise DesignError(
                f"The first stage has no draw {draw}.",
                where="draw",
                cure=f"Give a chain below {chains} and a draw below {size}, or None for all of them together.",
            )
        given = prediction_of(self.series, self.predicted, None if draw is None else draw[0] * size + draw[1])
        return readable_effects(self.series, given, self.priors, np.asarray(weights).sum(axis=-1))

    def weights_frame(self, prob: float = 0.95) -> pd.DataFrame:
        """Donors' weights by name, largest first: adopter, donor, mean, sd and interval.

        Raises
        ------
        DesignError
            If the design has no weights.
        """
        import pandas as pd

        if self.weights is None:
            raise DesignError("Latent factors have loadings, not weights.", cure="Fit a SyntheticControl().")
        names, flat = self.series.names, self.weights.reshape(-1, *self.weights.shape[2:])
        k = self.series.adopters
        low, high = equal_tailed(flat, prob, axis=0)
        rows = [
            {
                "adopter": names[a], "donor": names[k + j], "weight": flat[:, a, j].mean(), "sd": flat[:, a, j].std(),
                "low": low[a, j], "high": high[a, j],
            }
            for a in range(k)
            for j in np.argsort(-flat[:, a].mean(axis=0), kind="stable")
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        state = "healthy" if self.health.ok else "not healthy"
        return (
            f"<{type(self.design).__name__} of {self.outcome.label!r}: {self.series.adopters} adopters, "
            f"{self.series.donors} donors, {state}>"
        )
