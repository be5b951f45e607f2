"""Two routes to one posterior: NUTS, and a nested Laplace approximation of the same terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sos_bayes.fitting.fitted import Fit
from sos_bayes.fitting.health import Health
from sos_bayes.fitting.job import Job
from sos_bayes.fitting.many import fit_many, see_many
from sos_bayes.fitting.routes import SEED, fit, fit_layout, lay_out

if TYPE_CHECKING:
    from sos_bayes.fitting.nuts import Sampler

__all__ = ["SEED", "Fit", "Health", "Job", "Sampler", "fit", "fit_layout", "fit_many", "lay_out", "see_many"]


def __getattr__(name: str) -> Any:
    if name == "Sampler":
        from sos_bayes.fitting.nuts import Sampler

        return Sampler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
