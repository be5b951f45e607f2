"""What must be true of a noun besides the kinds of its fields: the gates that it passes again when it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sos_bayes.designs import Layout
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.outcome_path import OutcomePath
from sos_bayes.estimands.released_fit import ReleasedFit
from sos_bayes.fitting import Fit
from sos_bayes.fitting.posterior.diagnostics import Health, within_limits
from sos_bayes.synthesis import ImputedFit


def _healthy(health: Health) -> str | None:
    if health.ok and not within_limits(dict(health.numbers)):
        return "is healthy by word only: its figures lie outside the limits of the gate"
    return "is ill without a reason" if not health.ok and not health.reasons else None


def _drawn(effect: Effect) -> str | None:
    if effect.draws.ndim != 2 or not effect.draws.size:
        return "has draws of another shape than (chain, draw)"
    if effect.points is not None and (effect.points.shape != effect.draws.shape or effect.points.min() < 0):
        return "has points of another shape than its draws"
    if min(effect.n_children, effect.n_adopters, effect.n_comparators) < 0:
        return "rests on less than nobody"
    return None


def _kept(fit: ReleasedFit) -> str | None:
    if any(values.ndim != 2 or not values.size for values in fit.hyper.values()):
        return "has hyperparameters of another shape than (chain, draw)"
    shapes = {values.shape for values in (*fit.hyper.values(), *(e.draws for e in fit.effects))}
    return None if fit.effects and len(shapes) == 1 else "has effects that are not joint with its hyperparameters"


def _laid_out(fit: Fit | ImputedFit) -> str | None:
    draws, layout = fit.draws, fit.layout
    if draws.level_gap.ndim != 2 or not draws.level_gap.size:
        return "has draws of another shape than (chain, draw)"
    if layout.starts.shape != layout.shape[:1] or not draws.laid_on(len(layout.adopters), layout.shape[1]):
        return "has draws of another shape than its cells"
    if isinstance(fit, Fit) and not {h.name for h in fit.problem.model.hypers} <= set(draws.hyper):
        return "lacks hyperparameters of its design"
    return None


def _on_cells(layout: Layout) -> str | None:
    shape, starts = layout.shape[:2], layout.starts
    if starts.shape != shape[:1] or starts.min() < 0 or starts.max() > shape[1] or layout.excluded < 0:
        return "has starts of other authorities or periods than its cells"
    given = [x for x in (layout.given_dose, layout.score) if x is not None]
    if any(x.shape != shape or x.min() < 0 or x.max() > 1 for x in given):
        return "has doses or scores that cannot be"
    return None


def _followed(path: OutcomePath) -> str | None:
    n = len(path.periods)
    alone = (path.adopters, path.comparators, path.started)
    if any(x.shape != (n,) for x in alone) or any(x.shape != (n, 3) for x in (path.with_rollout, path.without)):
        return "has series of another length than its periods"
    return None


GATES: dict[type, Callable[[Any], str | None]] = {
    Health: _healthy,
    Effect: _drawn,
    ReleasedFit: _kept,
    Layout: _on_cells,
    OutcomePath: _followed,
    Fit: _laid_out,
    ImputedFit: _laid_out,
}


def refused(found: object) -> str | None:
    """Why a noun is refused; None where it may pass."""
    gate = GATES.get(type(found))
    return None if gate is None else gate(found)
