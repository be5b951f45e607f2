"""What cannot be asked of a posterior's cells."""

from __future__ import annotations

from typing import Any

from sos_bayes._core.errors import DesignError
from sos_bayes.fitting.runs.fit_result import Fit


def refuse_other_fits(fit: object) -> None:
    """Refuse what is no fit of a `DiD`."""
    if not isinstance(fit, Fit):
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
