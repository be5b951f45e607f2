"""Ridge-augmented synthetic control, a published point estimator: simplex weights corrected for what they leave."""

from __future__ import annotations

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes.synthesis.estimators.point_estimators import Point, gaps_of, refuse, simplex_weights

PENALTIES = np.geomspace(1.0, 1e-8, 21)  # of the largest squared singular value of donors


def augmented_synthetic_control(
    treated: Floats, donors: Floats, before: int, *, intercept: bool = False, ridge: float | None = None
) -> Point:
    """Simplex weights plus ridge weights of what these leave before the start (Ben-Michael and others 2021).

    An adopter that donors cannot reach leaves simplex weights with a gap, and the effect with a bias. The ridge
    weights lean further along whatever moves donors apart; they may be negative.

    Parameters
    ----------
    treated : ndarray (T,)
    donors : ndarray (T, J)
    before : int
        Number of periods before the start.
    intercept : bool
        Fit departures from means before the start, so that a constant difference is left out of the effect.
    ridge : float, optional
        Penalty, in squared units of the outcome; endless is no augmentation. By default periods before the start are
        left out in turn, and the largest penalty whose error is within one standard error of the least is taken.

    Returns
    -------
    Point

    Raises
    ------
    DesignError
        If shapes do not fit, a cell is missing, the penalty is not above zero, or there is one period before the start
        and no penalty is given.

    Examples
    --------
    An adopter that moves twice as much as the donor that moves most, without an effect:

    >>> walk = np.array([0.0, 1.0, -1.0, 0.5, 3.0])
    >>> donors = np.outer(walk, [0.0, 0.5, 1.0])
    >>> round(augmented_synthetic_control(2 * walk, donors, 4, ridge=1e9).effect, 2)
    3.0
    >>> abs(augmented_synthetic_control(2 * walk, donors, 4, ridge=1e-6).effect) < 1e-5
    True
    """
    refuse(treated, donors, before)
    if ridge is not None and not ridge > 0:
        raise DesignError(f"ridge is {ridge}.", cure="Give a penalty above zero.")
    if ridge is None and before < 2:
        raise DesignError("One period before the start chooses no penalty.", cure="Give ridge.")
    level, levels = (treated[:before].mean(), donors[:before].mean(axis=0)) if intercept else (0.0, 0.0)
    own, theirs = treated - level, donors - levels
    pre, wanted = theirs[:before], own[:before]
    penalty = _chosen(pre, wanted) if ridge is None else ridge
    weights = _augmented(pre, wanted, np.array([penalty]))[0]
    gaps = gaps_of(own, theirs, weights)
    return Point(float(gaps[before:].mean()), weights, None, gaps, before)


def _augmented(pre: Floats, wanted: Floats, penalties: Floats) -> Floats:
    """Weights (P, J) under each penalty."""
    weights = simplex_weights(pre, wanted)
    left, size, right = np.linalg.svd(pre - pre.mean(axis=1, keepdims=True), full_matrices=False)
    along = left.T @ gaps_of(wanted, pre, weights)
    shrunk = np.divide(size, size**2 + penalties[:, None], out=np.zeros((len(penalties), len(size))), where=size > 0)
    return np.asarray(weights + (along * shrunk) @ right)


def _chosen(pre: Floats, wanted: Floats) -> float:
    """Penalty by leaving out one period at a time: the largest within one standard error of the best."""
    periods = len(pre)
    penalties = PENALTIES * np.linalg.svd(pre - pre.mean(axis=1, keepdims=True), compute_uv=False)[0] ** 2
    errors = np.empty((periods, len(penalties)))
    for t in range(periods):
        others = np.arange(periods) != t
        errors[t] = (wanted[t] - _augmented(pre[others], wanted[others], penalties) @ pre[t]) ** 2
    mean, error = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(periods)
    best = int(mean.argmin())
    return float(penalties[np.flatnonzero(mean <= mean[best] + error[best])[0]])
