"""Published point estimators on a block panel: difference in differences, synthetic control, synthetic DiD.

Deterministic, without intervals: references to lay beside a posterior, and stand-ins where many fits are needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.shapes import shapes_only

TIME_RIDGE = 1e-6  # of synthetic DiD's time weights, times the noise sd


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A point estimate with the weights it stands on.

    Attributes
    ----------
    effect : float
        Mean gap over the periods after the start, in the outcome's unit.
    weights : ndarray (J,)
        Of the donors.
    times : ndarray (T0,) or None
        Of the periods before the start, where they have any.
    gaps : ndarray (T,)
        Observed minus synthetic, in each period.
    before : int
        Number of periods before the start.
    """

    effect: float
    weights: Floats
    times: Floats | None
    gaps: Floats
    before: int

    def __repr__(self) -> str:
        return shapes_only(self)

    @property
    def misfit(self) -> float:
        """Root mean square gap before the start."""
        return float(np.sqrt((self.gaps[: self.before] ** 2).mean()))


def simplex_weights(donors: Floats, target: Floats, ridge: float = 0.0) -> Floats:
    """Weights of at least zero that sum to one and bring donors closest to a target, by least squares.

    Parameters
    ----------
    donors : ndarray (T, J)
    target : ndarray (T,)
    ridge : float
        Penalty on the sum of squared weights.

    Returns
    -------
    ndarray (J,)

    Examples
    --------
    >>> simplex_weights(np.array([[0.0, 1.0], [0.0, 2.0]]), np.array([0.25, 0.5])).round(6).tolist()
    [0.75, 0.25]
    """
    apart = donors - target[:, None]
    unit = float(np.hypot(np.sqrt((apart**2).mean()), np.sqrt(ridge))) if apart.size else 0.0
    if not unit > 0:
        return np.full(donors.shape[1], 1 / donors.shape[1])
    return _nearest_to_nothing(apart / unit, np.sqrt(ridge) / unit)


def _nearest_to_nothing(apart: Floats, root: float) -> Floats:
    """Weights that sum to one and bring donors' departures (T, J) from the target closest to nothing.

    A longer or shorter combination changes the squares of both rows of the problem by known factors only, so that
    the direction of its least-squares solution is right whatever the row of ones weighs (Wolfe 1976).
    """
    width = apart.shape[1]
    parts = [apart, np.ones((1, width))] + ([root * np.eye(width)] if root > 0 else [])
    wanted = np.zeros(sum(len(part) for part in parts))
    wanted[len(apart)] = 1.0
    weights, _ = nnls(np.concatenate(parts), wanted, maxiter=50 * width + 100)
    return np.asarray(weights / weights.sum())


def difference_in_differences(treated: Floats, donors: Floats, before: int) -> Point:
    """Equal weights for all donors and all periods.

    Parameters
    ----------
    treated : ndarray (T,)
    donors : ndarray (T, J)
    before : int
        Number of periods before the start.

    Examples
    --------
    >>> difference_in_differences(np.array([1.0, 5.0]), np.array([[0.0], [1.0]]), 1).effect
    3.0
    """
    refuse(treated, donors, before)
    weights, times = np.full(donors.shape[1], 1 / donors.shape[1]), np.full(before, 1 / before)
    return _weighted(treated, donors, weights, times)


def synthetic_control(treated: Floats, donors: Floats, before: int, *, intercept: bool = False) -> Point:
    """Simplex weights that fit outcomes before the start; with ``intercept``, around means before the start.

    Arguments as in `difference_in_differences`.
    """
    refuse(treated, donors, before)
    pre, own = donors[:before], treated[:before]
    if not intercept:
        weights = simplex_weights(pre, own)
        gaps = gaps_of(treated, donors, weights)
        return Point(float(gaps[before:].mean()), weights, None, gaps, before)
    weights = simplex_weights(pre - pre.mean(axis=0), own - own.mean())
    return _weighted(treated, donors, weights, np.full(before, 1 / before))


def synthetic_did(treated: Floats, donors: Floats, before: int, *, adopters: int = 1) -> Point:
    """Synthetic difference-in-differences with its default regularisation (Arkhangelsky et al. 2021).

    Arguments as in `difference_in_differences`; ``treated`` is the mean of ``adopters`` authorities.
    """
    refuse(treated, donors, before)
    pre, own = donors[:before], treated[:before]
    noise = float(np.diff(pre, axis=0).std(ddof=1)) if before > 1 else 0.0
    zeta = (adopters * (len(treated) - before)) ** 0.25 * noise
    weights = simplex_weights(pre - pre.mean(axis=0), own - own.mean(), ridge=zeta**2 * before)
    later = donors[before:].mean(axis=0)
    across = pre.T - pre.mean(axis=1)
    ridge = (TIME_RIDGE * noise) ** 2 * donors.shape[1]
    times = simplex_weights(across, later - later.mean(), ridge=ridge)
    return _weighted(treated, donors, weights, times)


def gaps_of(treated: Floats, donors: Floats, weights: Floats) -> Floats:
    """Observed minus synthetic (T,) for weights that sum to one, without the rounding of a level that all share."""
    return np.asarray((treated[:, None] - donors) @ weights)


def _weighted(treated: Floats, donors: Floats, weights: Floats, times: Floats) -> Point:
    before = len(times)
    apart = gaps_of(treated, donors, weights)
    gaps = np.asarray(apart - times @ apart[:before])
    return Point(float(gaps[before:].mean()), weights, times, gaps, before)


def refuse(treated: Floats, donors: Floats, before: int) -> None:
    """Refuse shapes that do not fit, starts without periods on both sides and missing cells."""
    if donors.ndim != 2 or len(treated) != len(donors) or not 1 <= before < len(treated):
        raise DesignError(
            f"treated has {len(treated)} periods, donors {donors.shape}, of which {before} before the start.",
            cure="Give (T,) and (T, J), and a start with periods before and after it.",
        )
    if not (np.isfinite(treated).all() and np.isfinite(donors).all()):
        raise DesignError("A point estimate needs every cell.", cure="Leave out donors with missing periods.")
