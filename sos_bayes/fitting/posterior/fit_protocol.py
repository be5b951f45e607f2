"""What may be asked of a fit, whatever made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sos_bayes._core.array_types import Floats
from sos_bayes.data import Outcome
from sos_bayes.designs import Layout
from sos_bayes.designs.terms import Slots
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.fitting.posterior.marginal_contrasts import Arm, Contrast

if TYPE_CHECKING:
    import pymc as pm

    from sos_bayes.fitting.posterior.draws import Draws


class FitProtocol(Protocol):
    """The hinge: a layout, a gate, and the expected outcome with and without the rollout."""

    @property
    def layout(self) -> Layout:
        """Cells with the rollout on them."""
        ...

    @property
    def design(self) -> Any:
        """What was compared with what."""
        ...

    @property
    def outcome(self) -> Outcome:
        """Outcome fitted."""
        ...

    @property
    def method(self) -> Any:
        """Route of the draws."""
        ...

    @property
    def seed(self) -> int:
        """Recorded seed."""
        ...

    @property
    def priors(self) -> Any:
        """Scales of what is learnt of effects: `effect_sd`, `heterogeneity`, `lag_step`."""
        ...

    @property
    def slots(self) -> Slots:
        """Streams that `draws.effect` runs over."""
        ...

    @property
    def lag_basis(self) -> Floats:
        """Basis of the lag profile, (L, L - 1); there are two lags or more."""
        ...

    @property
    def draws(self) -> Draws:
        """Posterior draws."""
        ...

    @property
    def health(self) -> Health:
        """The gate."""
        ...

    def contrast(self, weights: Floats | Iterable[Floats], arm: Arm = "own", at: str | float | None = None) -> Contrast:
        """Weighted averages of the expected outcome with and without the rollout."""
        ...


@runtime_checkable
class StagedFit(Protocol):
    """A fit in two stages, whose second can be written given the first: what `to_pymc` asks."""

    def readable_effects(self, weights: Floats, draw: tuple[int, int] | None) -> pm.Model:
        """Write the second stage; ``weights`` (K, T, C) are those of the SATT, ``draw`` a chain and a draw."""
        ...
