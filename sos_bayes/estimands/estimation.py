"""Ask a fit for an effect: whose, averaged over whom, on which scale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args, overload

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes._core.handed import handed
from sos_bayes._core.sealed import sealed
from sos_bayes.data.cells.unsupplied_zeros import unsupplied
from sos_bayes.data.outcomes import Outcome
from sos_bayes.designs import Layout
from sos_bayes.designs.observed_periods import seen
from sos_bayes.estimands.choices import changed_priors, choices_of, is_calibrated
from sos_bayes.estimands.cluster_sharing import sharing
from sos_bayes.estimands.effect import Effect, Effects, Estimand, Scale, Weight
from sos_bayes.estimands.released_fit import ReleasedFit
from sos_bayes.estimands.weights import (
    Groups,
    authority_weights,
    child_weights,
    effective_number,
    groups_by,
    normalised,
)
from sos_bayes.fitting.posterior.marginal_contrasts import Arm, AtDose
from sos_bayes.fitting.runs.cache_key import question_of

if TYPE_CHECKING:
    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
    from sos_bayes.fitting.posterior.marginal_contrasts import Contrast

ARMS: dict[Estimand, Arm] = {"satt": "own", "patt": "population", "next_authority": "next_authority"}


@overload
def estimate(
    fit: FitProtocol | ReleasedFit,
    *,
    estimand: Estimand = ...,
    weight: Weight | None = ...,
    scale: Scale = ...,
    by: None = ...,
    dose: float | None = ...,
    at: int | str | None = ...,
) -> Effect: ...
@overload
def estimate(
    fit: FitProtocol | ReleasedFit,
    *,
    estimand: Estimand = ...,
    weight: Weight | None = ...,
    scale: Scale = ...,
    by: str,
    dose: float | None = ...,
    at: int | str | None = ...,
) -> Effects: ...


@sealed
@handed("health", "design", give="what sb.fit returned")
def estimate(
    fit: FitProtocol | ReleasedFit,
    *,
    estimand: Estimand = "satt",
    weight: Weight | None = None,
    scale: Scale = "difference",
    by: str | None = None,
    dose: float | None = None,
    at: int | str | None = None,
) -> Effect | Effects:
    """Average the effect over treated cells.

    Parameters
    ----------
    fit : Fit
        Or what a design with a model of its own gave, or a `ReleasedFit`, which knows some effects only.
    estimand : {"satt", "patt", "next_authority"}
        The adopters' own average effect, the average in the population they stand for, or the prediction for
        the next authority that adopts.
    weight : {"children", "authorities"}, optional
        Children: each treated cell counts as its authority's mean denominator before the start. Authorities:
        each adopter counts the same. Defaults to children for the SATT and to authorities elsewhere.
    scale : {"difference", "ratio", "events"}
        Difference in the natural unit, ratio of the two averages, or number of events that the rollout added
        over the treated cells' actual denominators. A Continuous has no events, and a ratio only where all means are
        above zero.
    by : str, optional
        ``"event_time"``, ``"authority"`` or a column of ``adjust`` or ``vary_by``: one effect for each; by a column of
        ``adjust`` alone effects differ only through base rates, and `subgroups` answers for the others. Of an
        Ordinal also ``"level"``: the effect on the share that reaches each level above the lowest; elsewhere it is
        that on the outcome's ``at_least``. Of a Duration also ``"day"``: the effect on the share done by the
        last day of each band.
    at : int or str, optional
        Of an Ordinal the level to reach, of a Duration the last day of a band (done by then), ``"mean"`` (days counted
        up to the last band's end) or ``"median"`` (of the averaged curve); by default the outcome's own.
    dose : float, optional
        The SATT had all exposed cells had this share of full exposure; by default each has its own.

    Returns
    -------
    Effect, or Effects where ``by`` is given

    Raises
    ------
    DesignError
        If an argument is not among those named, or the outcome has no such scale.
    FitError
        If the fit was saved without its cells and does not hold this effect.

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
    if scale == "events" and fit.outcome.measured:
        raise DesignError("A measured outcome has no events.", cure='Ask for scale="difference".')
    weight = weight or ("children" if estimand == "satt" else "authorities")
    _known("weight", weight, get_args(Weight))
    if isinstance(fit, ReleasedFit):
        return fit.estimated(estimand, weight, scale, by, dose, at)
    arm: Arm = ARMS[estimand] if dose is None else _at(dose, estimand)
    readings = _readings(fit.outcome, by)
    _refuse_reading(fit.outcome, at, scale)
    groups = groups_by(fit.layout, None if readings else by)
    base = child_weights(fit.layout) if weight == "children" else authority_weights(fit.layout)
    weights = normalised(base, groups)
    own = groups.sums(weights)
    if by is not None:
        _refuse_unweighted(by, groups, own)
    used = fit.layout.cells.counted[fit.layout.adopters] if scale == "events" else weights
    column = by if by in fit.design.varying else None

    def effects(reading: int | str | None) -> tuple[Effect, ...]:
        contrast = fit.contrast(groups.parts(used), arm, reading)
        estimates = _effects(fit, groups, own, contrast, estimand, weight, scale, column)
        return tuple(replace(effect, dose=dose, at=reading) for effect in estimates)

    if readings:
        return Effects(str(by), tuple(replace(effects(one)[0], label=str(one)) for one in readings))
    return Effects(by, effects(at)) if by is not None else effects(at)[0]


def _readings(outcome: Outcome, by: str | None) -> tuple[int | str, ...]:
    """What an outcome is read at where effects are asked for by its own scale."""
    return outcome.readings if by is not None and by == outcome.split_by else ()


def _refuse_reading(outcome: Outcome, at: int | str | None, scale: Scale) -> None:
    if at is not None and not outcome.readings:
        raise DesignError(f"at={at!r} is for an Ordinal or a Duration.", cure="Leave it out.")
    if at in ("mean", "median") and scale == "events":
        raise DesignError(
            f"{str(at).capitalize()} days are not a number of events.", cure='Ask for scale="difference".'
        )


def _at(dose: float, estimand: Estimand) -> AtDose:
    if estimand != "satt":
        raise DesignError("A dose is asked for of the SATT only.", cure='Leave dose out, or say estimand="satt".')
    if isinstance(dose, bool) or not isinstance(dose, (int, float)) or not 0 < dose <= 1:
        raise DesignError(f"dose={dose!r} does not lie above 0 and up to 1.", cure="Give a share of full exposure.")
    return AtDose(float(dose))


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
    fit: FitProtocol,
    groups: Groups,
    own: Floats,
    contrast: Contrast,
    estimand: Estimand,
    weight: Weight,
    scale: Scale,
    column: str | None,
) -> tuple[Effect, ...]:
    layout, outcome = fit.layout, fit.outcome
    per = 1.0 if scale == "events" else float(outcome.per)
    draws = on_scale(contrast, scale) * (1.0 if scale == "ratio" else per)
    zeros = unsupplied(layout.cells).any(axis=1)
    doubtful = int(zeros[layout.adopters].sum()), int(zeros[layout.comparators].sum())
    children = groups.sums(layout.cells.counted[layout.adopters]).sum(axis=1)
    adopters = holding_children(layout, groups)
    observed, points, choices = seen(layout), points_of(fit), choices_of(fit)
    fingerprint, other_priors = question_of(layout, fit.design), bool(changed_priors(fit.design))
    belonging, clusters = sharing(fit), layout.cells.clusters
    theirs = None if clusters is None else tuple(clusters[a] for a in layout.adopters)
    k_effective = effective_number(own, theirs, belonging.share)
    return tuple(
        Effect(
            label=label, draws=draws[..., g], outcome=outcome, estimand=estimand, weight=weight, scale=scale,
            baseline=float(contrast.without[..., g].mean() * per),
            n_children=int(children[g]), n_adopters=int(adopters[g]),
            n_comparators=observed.comparators, n_pre=observed.periods_before, k_effective=float(k_effective[g]),
            selected=outcome.selected, method=fit.method, health=fit.health, subgroup_of=column,
            unsupplied=doubtful,
            years_before=observed.years_before, points=points, choices=choices, other_priors=other_priors,
            fingerprint=fingerprint, sharing=belonging, calibrated=is_calibrated(fit.design),
        )
        for g, label in enumerate(groups.labels)
    )  # fmt: skip


def holding_children(layout: Layout, groups: Groups) -> NDArray[np.intp]:
    """Adopters of each group that still count its children after their start, (group,)."""
    inside = groups.sums(np.ones(groups.of.shape)) > 0
    by_group = groups.sums(layout.cells.counted[layout.adopters]) > 0
    return np.asarray((inside & by_group & np.array(seen(layout).holding)).sum(axis=1))


def points_of(fit: FitProtocol) -> NDArray[np.intp] | None:
    """Which draws (chain, draw) of the fast route share a point of the hyperparameters; None of sampled ones."""
    if fit.method != "fast" or not fit.draws.hyper:
        return None
    values = next(iter(fit.draws.hyper.values()))
    _, of = np.unique(values, return_inverse=True)
    return np.asarray(of.reshape(values.shape))


def on_scale(contrast: Contrast, scale: Scale) -> Floats:
    """Combine the two averages of every draw."""
    if scale == "ratio":
        if min(contrast.without.min(), contrast.with_rollout.min()) <= 0:
            raise DesignError(
                "A ratio of means has no sense where a mean may be zero or below.", cure='Ask for scale="difference".'
            )
        return np.asarray(contrast.with_rollout / contrast.without)
    return np.asarray(contrast.with_rollout - contrast.without)
