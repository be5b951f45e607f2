"""What must be true of a noun besides the kinds of its fields: the gates that it passes again when it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sos_bayes.estimands.effect import Effect
from sos_bayes.fitting.posterior.diagnostics import Health, within_limits


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


GATES: dict[type, Callable[[Any], str | None]] = {Health: _healthy, Effect: _drawn}


def refused(found: object) -> str | None:
    """Why a noun is refused; None where it may pass."""
    gate = GATES.get(type(found))
    return None if gate is None else gate(found)
