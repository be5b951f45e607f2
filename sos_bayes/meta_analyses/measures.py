"""On which scale studies report their effects, and the priors that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import StudyError, nearest
from sos_bayes._core.words import listed

MeasureName = Literal[
    "log_odds_ratio", "log_risk_ratio", "log_rate_ratio", "standardised_mean_difference", "risk_difference",
    "difference",
]  # fmt: skip
Shape = Literal["half_normal", "half_cauchy"]
FAR = 10.0
RATIOS = ("log_odds_ratio", "log_risk_ratio", "log_rate_ratio")


@dataclass(frozen=True, slots=True)
class SynthesisPriors:
    """Priors of a meta-analysis, all in the unit of the effects.

    Parameters
    ----------
    mean : float
        Standard deviation of the normal prior of the mean effect, around zero.
    heterogeneity : float
        Scale of the prior of the standard deviation between studies, and of that within studies.
    shape : {"half_normal", "half_cauchy"}
        Of that prior. Half-normal has next to nothing beyond three scales; half-Cauchy has long tails.
    covariate : float, optional
        Standard deviation of the normal prior of a covariate's coefficient, for one standard deviation of the
        covariate; by default as `heterogeneity`, so that coefficients are shrunk.

    Examples
    --------
    >>> SynthesisPriors(mean=5.0, heterogeneity=5.0, shape="half_cauchy").coefficient
    5.0
    """

    mean: float
    heterogeneity: float
    shape: Shape = "half_normal"
    covariate: float | None = None

    def __post_init__(self) -> None:
        if self.shape not in get_args(Shape):
            raise StudyError(
                f"shape={self.shape!r:.40} is no prior of a heterogeneity.{nearest(str(self.shape), get_args(Shape))}",
                where="SynthesisPriors",
                cure=f"Use one of {', '.join(get_args(Shape))}.",
            )
        for name in ("mean", "heterogeneity", "covariate"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, (int, float)) and np.isfinite(value) and value > 0):
                raise StudyError(
                    f"{name}={value!r:.40} is no positive number.",
                    where="SynthesisPriors",
                    cure="Give a standard deviation in the unit of the effects.",
                )

    @property
    def coefficient(self) -> float:
        """Standard deviation of the prior of a coefficient."""
        return self.heterogeneity if self.covariate is None else self.covariate

    def log_density(self, tau: Floats, times: float = 1.0) -> Floats:
        """Log density of the heterogeneity's prior with a scale so many times as large.

        Examples
        --------
        >>> prior = SynthesisPriors(1.0, 0.5)
        >>> round(float(np.exp(prior.log_density(np.array(0.0)))), 3)
        1.596
        """
        scale = self.heterogeneity * times
        z = np.asarray(tau) / scale
        if self.shape == "half_normal":
            return np.asarray(0.5 * np.log(2 / np.pi) - np.log(scale) - 0.5 * z**2)
        return np.asarray(np.log(2 / np.pi) - np.log(scale) - np.log1p(z**2))

    def from_shares(self, shares: Floats) -> Floats:
        """Quantiles of the heterogeneity's prior at shares between 0 and 1."""
        from scipy.special import ndtri

        if self.shape == "half_normal":
            return np.asarray(self.heterogeneity * ndtri(0.5 + 0.5 * np.asarray(shares)))
        return np.asarray(self.heterogeneity * np.tan(0.5 * np.pi * np.asarray(shares)))

    def share_below(self, tau: float) -> float:
        """Prior probability of a heterogeneity below a value.

        Examples
        --------
        >>> prior = SynthesisPriors(1.0, 0.5, "half_cauchy")
        >>> prior.share_below(0.5), round(float(prior.from_shares(np.array(0.5))), 3)
        (0.5, 0.5)
        """
        from scipy.special import ndtr

        z = tau / self.heterogeneity
        return float(2 * ndtr(z) - 1 if self.shape == "half_normal" else 2 / np.pi * np.arctan(z))

    @property
    def in_words(self) -> str:
        """The priors in words."""
        shape = "half-normal" if self.shape == "half_normal" else "half-Cauchy"
        return f"mean effect normal(0, {self.mean:g}), heterogeneity {shape}({self.heterogeneity:g})"


DEFAULTS: dict[MeasureName, SynthesisPriors] = {
    "log_odds_ratio": SynthesisPriors(2.0, 0.5),
    "log_risk_ratio": SynthesisPriors(2.0, 0.5),
    "log_rate_ratio": SynthesisPriors(2.0, 0.5),
    "standardised_mean_difference": SynthesisPriors(1.0, 0.3),
    "risk_difference": SynthesisPriors(0.5, 0.1),
}


def check_measure(measure: object) -> MeasureName:
    """Refuse a scale that is not known.

    Raises
    ------
    StudyError

    Examples
    --------
    >>> check_measure("log_odds_ratio")
    'log_odds_ratio'
    """
    known = get_args(MeasureName)
    for name in known:
        if measure == name:
            return name  # type: ignore[no-any-return]
    asked = "measure is not given." if measure is None else f"measure={measure!r:.60} is not known."
    raise StudyError(
        f"{asked}{nearest(str(measure), known)}",
        where="meta_analysis(measure=)",
        why="Effects on different scales cannot be pooled, and priors belong to a scale.",
        cure=f"Say which scale the effects are on: {', '.join(known)}.",
    )


def priors_of(measure: MeasureName, given: SynthesisPriors | None) -> SynthesisPriors:
    """The priors given, or those of the scale.

    Raises
    ------
    StudyError
        If the scale has no priors of its own and none are given.

    Examples
    --------
    >>> priors_of("log_odds_ratio", None).heterogeneity
    0.5
    """
    if isinstance(given, SynthesisPriors):
        return given
    if given is not None:
        raise StudyError(
            f"priors={given!r:.40} are no priors of a synthesis.",
            where="meta_analysis(priors=)",
            cure="Give priors=sb.SynthesisPriors(mean=..., heterogeneity=...).",
        )
    if measure not in DEFAULTS:
        raise StudyError(
            f'A measure "{measure}" has no priors of its own: its unit may be anything.',
            where="meta_analysis(priors=)",
            cure="Give priors=sb.SynthesisPriors(mean=..., heterogeneity=...) in the unit of the effects: how large a "
            "mean effect could be, and by how much effects could differ between studies.",
        )
    return DEFAULTS[measure]


def refuse_far(effects: Floats, errors: Floats, names: Sequence[str], priors: SynthesisPriors) -> None:
    """Refuse effects that the priors hold for impossible: most often they are in another unit.

    Raises
    ------
    StudyError
    """
    reach = FAR * (priors.mean + priors.heterogeneity)
    far = [name for name, y, s in zip(names, effects, errors, strict=True) if abs(y) - 2 * s > reach]
    if far:
        said = listed([f'"{name}"' for name in far], 3)
        raise StudyError(
            f"Effects lie more than {FAR:g} standard deviations of the priors from zero in {said}.",
            where="meta_analysis(measure=, priors=)",
            why=f"The priors are {priors.in_words}: such effects are most often in another unit.",
            cure="Give ratios as logarithms, risk differences as shares (.05, not 5), or priors in the effects' unit.",
        )


def unit_of(measure: MeasureName, unit: str) -> str:
    """How the scale is called in sentences.

    Examples
    --------
    >>> unit_of("log_odds_ratio", ""), unit_of("difference", "points")
    ('log odds ratio', 'difference in points')
    """
    plain = measure.replace("_", " ")
    return f"{plain} in {unit}" if unit else plain
