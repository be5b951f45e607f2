"""Effects on the model's own scale, log-odds or log-rates, where a base rate changes nothing."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from sos_bayes._core.array_types import Floats
from sos_bayes.data import Outcome
from sos_bayes.estimands.weights import Groups
from sos_bayes.fitting import Fit
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol


def link_averages(fit: FitProtocol, groups: Groups, weights: Floats, effect: Floats | None = None) -> Floats:
    """Weighted averages, over each group of treated cells, of what the rollout added on the model's scale.

    Parameters
    ----------
    fit : Fit
    groups : Groups
    weights : ndarray (K, T, C)
        That sum to one in each group.
    effect : ndarray (chain, draw, K, slots), optional
        Instead of ``fit.draws.effect``.

    Returns
    -------
    ndarray (chain, draw, group)
    """
    added = fit.draws.effect if effect is None else effect
    laid_out = fit.slots.laid_out
    slots = np.stack([laid_out(part).sum(axis=2) for part in groups.parts(weights)], axis=-1)
    return np.asarray(np.tensordot(added, slots, axes=([2, 3], [0, 1])))


def shared_effect(fit: Fit) -> Floats:
    """What the rollout adds in an authority that is no different from the average, (chain, draw, K, slots)."""
    departure = next(t for t in fit.problem.model.by_authority if t.name == "departure")
    own = fit.draws.own["departure"][..., None] * departure.weights[fit.problem.adopters]
    return np.asarray(fit.draws.effect - own)


def unit_of(fit: FitProtocol) -> float:
    """One step of the model's scale in a measured outcome's own unit; 1 elsewhere."""
    family = fit.problem.family if isinstance(fit, Fit) else None
    return 1.0 if family is None or family.affine is None else float(family.affine[1])


def moved(outcome: Outcome, baseline: Floats | float, shift: Floats | float, unit: float = 1.0) -> Floats:
    """Change on the natural scale that a shift on the model's scale makes at a baseline; ``unit`` as from `unit_of`.

    Examples
    --------
    >>> from sos_bayes.data import Aim, Binary
    >>> outcome = Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="again")
    >>> round(float(moved(outcome, 0.15, -0.1)), 4)
    -0.0123
    """
    if outcome.proportion:
        return np.asarray(expit(logit(baseline) + shift) - baseline)
    if outcome.measured:
        return np.asarray(unit * np.asarray(shift) + 0.0 * np.asarray(baseline))
    return np.asarray(baseline * np.expm1(shift))
