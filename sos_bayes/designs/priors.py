"""Priors: three shapes are enough, and every default is written down once, with its reason.

Each shape knows its quantile function, so that a standard normal *score* carries every hyperparameter in
both routes: ``value = prior.quantile(Phi(score))``.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri_exp

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class HalfNormal:
    """Positive, with mode at zero; ``scale`` is the sd of the normal it is the half of.

    Examples
    --------
    >>> round(float(HalfNormal(0.3).from_score(np.array(0.0))), 3)
    0.202
    """

    scale: float

    def from_score(self, score: Floats) -> Floats:
        """Map standard normal scores to values."""
        # P(X > x) = 2 * (1 - Phi(x / scale)), so x = -scale * Phi^-1(Phi(-score) / 2); never quite zero.
        value = -self.scale * ndtri_exp(log_ndtr(-np.asarray(score)) - np.log(2.0))
        return np.asarray(np.maximum(value, 1e-9 * self.scale))


@dataclass(frozen=True, slots=True)
class Normal:
    """Bell-shaped around zero with standard deviation ``sd``.

    Examples
    --------
    >>> float(Normal(0.5).from_score(np.array(2.0)))
    1.0
    """

    sd: float

    def from_score(self, score: Floats) -> Floats:
        """Map standard normal scores to values."""
        return np.asarray(self.sd * np.asarray(score))


@dataclass(frozen=True, slots=True)
class Uniform:
    """Flat between 0 and 1.

    Examples
    --------
    >>> float(Uniform().from_score(np.array(0.0)))
    0.5
    """

    def from_score(self, score: Floats) -> Floats:
        """Map standard normal scores to values."""
        return np.asarray(np.clip(ndtr(np.asarray(score)), 1e-6, 1 - 1e-6))


Prior = HalfNormal | Normal | Uniform


@dataclass(frozen=True, slots=True)
class Hyper:
    """A scalar that other parts of the model scale with, and its prior."""

    name: str
    prior: Prior


@dataclass(frozen=True, slots=True)
class Priors:
    """Default priors of the difference-in-differences design, on the log-odds or log-rate scale.

    Of a measured outcome (`Continuous`) the unit is the pooled sd of children within a cell; of plain numbers five
    times their noise, and some are multiplied by how far numbers move (`designs.plain_number_priors`).

    Attributes
    ----------
    effect_sd : float
        Sd of the average effect ``mu_tau`` around zero: 95 % of prior effects within -9 and +17 percentage
        points at a base of 15 %. 0.15 is the sceptical and 1.5 the flat alternative.
    heterogeneity : float
        Half-normal scale of ``omega``, the sd of authorities' effects around their average.
    lag_step : float
        Half-normal scale of the change of the effect from one year to the next.
    shock : float
        Half-normal scale of the yearly innovation of an authority's own shocks.
    adopter_scale : float
        Sd of the log ratio between adopters' and comparators' shock sds.
    authority : float
        Half-normal scale of the ``spread`` of authorities, lasting levels and slow shocks together.
    level_gap : float
        Sd of the adopters' level gap: wide, so that the gap is not pulled into the effect.
    period : float
        Sd of period effects (they sum to zero).
    covariate : float
        Sd of covariates' coefficients.
    baseline : float
        Half-normal scale of ``sd_baseline``, how far a period shifts authorities whose number before the start lies one
        sd above the mean of all, against those at the mean.
    intercept : float
        Sd of the overall level.
    cutpoint : float
        Sd of an ordinal outcome's cutpoints around their mean, before they are sorted.
    overdispersion : float
        Half-normal scale of the sd of what multiplies the rate of one cell, where counts are overdispersed.
    extra_binomial : float
        Half-normal scale of the root of the odds of the correlation between two children of a cell, where shares are
        overdispersed: half of the prior holds correlations below .03, one in twenty is above .19.
    trend, lead : float
        Half-normal scales of own yearly trends and of leads, where a design has them.
    cohort : float
        Half-normal scale of ``sd_cohort``, how far the effects of adopters with different starts lie apart.
    vary : float
        Half-normal scale of ``sd_vary``, how far the effects of streams (subgroups) lie apart.
    cluster_shock : float
        Half-normal scale of the yearly innovation of shocks that the authorities of a cluster share.
    season, noise : float
        Of periods shorter than a year, half-normal scales of the sd of authorities' own seasons, and of what one period
        has for itself and the next has not.
    stream_level, stream_shock : float
        Half-normal scales of authorities' lasting departures in a stream, and of the yearly innovation of each
        stream's own shocks.

    Raises
    ------
    DesignError
        If one of them is no number above zero.

    Examples
    --------
    >>> Priors().effect_sd
    0.5
    """

    effect_sd: float = 0.5
    heterogeneity: float = 0.2
    lag_step: float = 0.15
    shock: float = 0.3
    adopter_scale: float = 0.5
    authority: float = 1.0
    level_gap: float = 2.0
    period: float = 1.0
    covariate: float = 1.0
    baseline: float = 0.2
    intercept: float = 10.0
    cutpoint: float = 3.0
    overdispersion: float = 0.5
    extra_binomial: float = 0.25
    trend: float = 0.1
    lead: float = 0.1
    cohort: float = 0.2
    vary: float = 0.2
    stream_level: float = 0.5
    stream_shock: float = 0.3
    cluster_shock: float = 0.2
    season: float = 0.2
    noise: float = 0.2

    def __post_init__(self) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, positive_number(name, getattr(self, name), "Priors"))

    def to_frame(self, base: float = 0.15) -> pd.DataFrame:
        """What each prior means where ``base`` of the children have the outcome: one row each.

        Columns are the prior, the variable that it is of (``of``), its ``meaning`` and ``shape``, and what half of it
        (``half``) and 95 % of it (``most``) hold: a share of ``base`` moved by the shift itself, or by one sd up and
        down where the prior is of an sd. On log-rates a shift multiplies the rate by about as much as it multiplies a
        small share; of a measured outcome the unit is one sd of children, and the shares do not apply.

        Examples
        --------
        >>> Priors().to_frame().query("prior == 'effect_sd'")[["of", "shape", "half", "most"]].values.tolist()
        [['mu_tau', 'normal(0.5)', '11.2 % to 19.8 %', '6.2 % to 32.0 %']]
        """
        from sos_bayes.designs.prior_meanings import prior_table

        if not 0 < base < 1:
            raise DesignError(f"base is {base}.", cure="Give a share between 0 and 1, such as 0.15.")
        return prior_table({name: getattr(self, name) for name in self.__slots__}, base)


def positive_number(name: str, value: object, where: str) -> float:
    """A scale as a number above zero; anything else is refused where it was written.

    Examples
    --------
    >>> positive_number("shock", 1, "Priors")
    1.0
    """
    number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if not number or not 0 < float(value) < np.inf:  # type: ignore[arg-type]
        raise DesignError(
            f"{name} is {value!r:.60}, which is no number above zero.",
            where=f"{where}({name}=...)",
            why="It is the width of a prior.",
            cure=f"Give a positive number, such as {name}=0.3.",
        )
    return float(value)  # type: ignore[arg-type]
