"""Ask a fit for an effect: whose, averaged over whom, on which scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args, overload

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.errors import DesignError, nearest
from sos_bayes.estimands.effect import Effect, Effects, Estimand, Scale, Weight
from sos_bayes.estimands.weights import (
    Groups,
    authority_weights,
    child_weights,
    effective_number,
    groups_by,
    normalised,
)

if TYPE_CHECKING:
    from sos_bayes.fitting import Fit
    from sos_bayes.fitting.contrast import Arm, Contrast

Floats = NDArray[np.float64]
ARMS: dict[Estimand, Arm] = {"satt": "own", "patt": "population", "next_authority": "next_authority"}


@overload
def estimate(
    fit: Fit, *, estimand: Estimand = ..., weight: Weight | None = ..., scale: Scale = ..., by: None = ...
) -> Effect: ...
@overload
def estimate(
    fit: Fit, *, estimand: Estimand = ..., weight: Weight | None = ..., scale: Scale = ..., by: str
) -> Effects: ...


def estimate(
    fit: Fit,
    *,
    estimand: Estimand = "satt",
    weight: Weight | None = None,
    scale: Scale = "difference",
    by: str | None = None,
) -> Effect | Effects:
    """Average the effect over treated cells.

    Parameters
    ----------
    fit : Fit
    estimand : {"satt", "patt", "next_authority"}
        The adopters' own average effect, the average in the population they stand for, or the prediction for
        the next authority that adopts.
    weight : {"children", "authorities"}, optional
        Children: each treated cell counts as its authority's mean denominator before the start. Authorities:
        each adopter counts the same. Defaults to children for the SATT and to authorities elsewhere.
    scale : {"difference", "ratio", "events"}
        Difference in the natural unit, ratio of the two averages, or number of events that the rollout added
        over the treated cells' actual denominators.
    by : str, optional
        ``"event_time"``, ``"authority"`` or a column of ``adjust``: one effect for each.

    Returns
    -------
    Effect, or Effects where ``by`` is given

    Raises
    ------
    DesignError
        If an argument is not among those named.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> result = sb.fit(panel, made.rollout, made.outcome, method="fast")
    >>> sb.estimate(result, by="event_time").labels
    ('0', '1', '2', '3')
    """
    _known("estimand", estimand, get_args(Estimand))
    _known("scale", scale, get_args(Scale))
    weight = weight or ("children" if estimand == "satt" else "authorities")
    _known("weight", weight, get_args(Weight))
    groups = groups_by(fit.layout, by)
    base = child_weights(fit.layout) if weight == "children" else authority_weights(fit.layout)
    weights = normalised(base, groups)
    own = groups.sums(weights)
    if by is not None:
        _refuse_unweighted(by, groups, own)
    used = fit.layout.cells.counted[fit.layout.adopters] if scale == "events" else weights
    contrast = fit.contrast(groups.parts(used), ARMS[estimand])
    effects = _effects(fit, groups, own, contrast, estimand, weight, scale)
    return Effects(by, effects) if by is not None else effects[0]


def _refuse_unweighted(by: str, groups: Groups, own: Floats) -> None:
    lost = [label for label, part in zip(groups.labels, own, strict=True) if not part.any()]
    if lost:
        raise DesignError(
            f"No adopter counted anybody with {by} {lost[0]!r} before its start.",
            why="Weights are fixed before the rollout, so an effect there would weigh nothing.",
            cure="Join this level with another, or leave the column out of by=.",
        )


def _known(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise DesignError(
            f"{name}={value!r} is not known.{nearest(str(value), allowed)}", cure=f"Use one of {', '.join(allowed)}."
        )


def _effects(
    fit: Fit, groups: Groups, own: Floats, contrast: Contrast, estimand: Estimand, weight: Weight, scale: Scale
) -> tuple[Effect, ...]:
    layout, outcome = fit.layout, fit.outcome
    per = 1.0 if scale == "events" else float(outcome.per)
    draws = on_scale(contrast, scale) * (1.0 if scale == "ratio" else per)
    children = groups.sums(layout.cells.counted[layout.adopters]).sum(axis=1)
    adopters = (groups.sums(np.ones(groups.of.shape)) > 0).sum(axis=1)
    k_effective = effective_number(own)
    return tuple(
        Effect(
            label=label, draws=draws[..., g], outcome=outcome, estimand=estimand, weight=weight, scale=scale,
            baseline=float(contrast.without[..., g].mean() * per),
            n_children=int(children[g]), n_adopters=int(adopters[g]),
            n_comparators=len(layout.comparators), n_pre=layout.n_pre, k_effective=float(k_effective[g]),
            selected=outcome.selected, method=fit.method, health=fit.health,
        )
        for g, label in enumerate(groups.labels)
    )  # fmt: skip


def on_scale(contrast: Contrast, scale: Scale) -> Floats:
    """Combine the two averages of every draw."""
    if scale == "ratio":
        return np.asarray(contrast.with_rollout / contrast.without)
    return np.asarray(contrast.with_rollout - contrast.without)
