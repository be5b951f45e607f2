"""Designs that bring a model of their own: fitted by themselves, asked like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sos_bayes._core.errors import DesignError
from sos_bayes.designs.layout import Layout

if TYPE_CHECKING:
    import pymc as pm


@runtime_checkable
class DesignProtocol[F](Protocol):
    """A design whose linear predictor is more than Gaussian terms, such as donor weights or latent factors.

    `fit` hands it the layout and returns what it gives: something that answers as a `Fit` does. There is no fast
    route. Which checks such a fit answers is said by its type, in ``checks.by_type_of_fit.ANSWERED``. A design with
    ``calibrated = True`` is one of the library's own; others are graded low at the most.
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


@runtime_checkable
class ReadableDesign(Protocol):
    """A design with a model of its own that can write it in PyMC: what `to_pymc` asks."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Covariate columns of child rows that the design needs."""
        ...

    def readable(self, layout: Layout) -> pm.Model:
        """Write the model that is sampled."""
        ...


def no_joint_density(design: object) -> DesignError:
    """Say why a design with a model of its own is not one PyMC model."""
    return DesignError(
        f"{type(design).__name__} is not one PyMC model.",
        why="Its two stages are fitted one after the other, so that treated cells feed nothing back into what "
        "predicts them: there is no joint density.",
        cure='Use method="nuts". to_pymc writes its first stage, and PyMCDesign takes a model of your own.',
    )
