"""Designs that bring a model of their own: fitted and checked by themselves, asked like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sos_bayes.designs.layout import Layout

if TYPE_CHECKING:
    from sos_bayes.checks.result import CheckResult


@runtime_checkable
class OwnModel[F](Protocol):
    """A design whose linear predictor is more than Gaussian terms, such as donor weights or latent factors.

    `fit` hands it the layout and returns what it gives: something that answers as a `Fit` does. There is no fast
    route.
    """

    @property
    def columns(self) -> tuple[str, ...]:
        """Covariate columns of child rows that the design needs."""
        ...

    @property
    def varying(self) -> tuple[str, ...]:
        """Those of them that effects vary by."""
        ...

    def sampled(self, layout: Layout, seed: int, sampler: Any) -> F:
        """Fit a layout by NUTS."""
        ...

    def checked(self, fit: Any, skip: tuple[str, ...]) -> tuple[CheckResult, ...]:
        """Try a fit of this design on the checks that make sense for it."""
        ...
