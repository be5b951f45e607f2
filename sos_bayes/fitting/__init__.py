"""Two routes to one posterior: NUTS, and a nested Laplace approximation of the same terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.fitting.pymc.own_design import PyMCDesign
from sos_bayes.fitting.pymc.own_fit import PyMCFit
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.fitting.runs.fit_spec import FitSpec
from sos_bayes.fitting.runs.methods import SEED, fit, fit_layout, prepare_layout
from sos_bayes.fitting.runs.parallel_fits import fit_many, map_fits

if TYPE_CHECKING:
    from sos_bayes.sampling.sampler import Sampler

__all__ = [
    "SEED",
    "Fit",
    "Health",
    "FitSpec",
    "PyMCDesign",
    "PyMCFit",
    "Sampler",
    "fit",
    "fit_layout",
    "fit_many",
    "prepare_layout",
    "map_fits",
]


def __getattr__(name: str) -> Any:
    if name == "Sampler":
        from sos_bayes.sampling.sampler import Sampler

        return Sampler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
