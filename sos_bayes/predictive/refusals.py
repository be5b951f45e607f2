"""What cannot be asked of a posterior's cells."""

from __future__ import annotations

from typing import Any

from sos_bayes._core.errors import DesignError
from sos_bayes.fitting import PyMCFit
from sos_bayes.fitting.runs.fit_result import Fit


def refuse_other_fits(fit: object) -> None:
    """Refuse what is no fit of a `DiD` with its cells, each for its own reason.

    Raises
    ------
    DesignError, FitError
    """
    if isinstance(fit, Fit):
        return
    if isinstance(fit, PyMCFit):
        raise DesignError(
            "The library does not know how a model of your own observes its cells.",
            where="fit",
            why="Only its expected outcomes with and without the rollout are read.",
            cure="Ask PyMC: pm.sample_posterior_predictive or pm.compute_log_likelihood, with to_pymc(fit) and "
            "fit.posterior.",
        )
    getattr(fit, "problem", None)  # what was saved without its cells says so when it is asked for them
    raise DesignError(
        f"A {type(fit).__name__} has no one model of all cells.",
        where="fit",
        why="Synthetic designs predict adopters' cells from those of others, and nothing of the others.",
        cure="Give a fit of DiD().",
    )


def refuse_number(draws: Any) -> None:
    """Refuse a number of draws that is none."""
    if isinstance(draws, bool) or not hasattr(draws, "__index__") or int(draws) < 1:
        raise DesignError(f"draws={draws!r:.40} is no whole number from 1 on.", where="draws", cure="Give 1000, say.")
