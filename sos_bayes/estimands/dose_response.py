"""Does better delivery go with more effect? Scores of adopters, measured with error, and how the effect rises.

Scores differ between adopters only, so that this is an association among a handful of authorities: it is never graded
above low. Error in a score flattens a slope; so delivery itself is drawn many times from what a score says of it, every
draw is a fit of its own, and fits are averaged by their evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError, SosBayesError
from sos_bayes._core.handed import handed
from sos_bayes._core.sealed import sealed
from sos_bayes._core.shapes import shapes_only
from sos_bayes._core.words import probability
from sos_bayes.designs import DiD, Layout
from sos_bayes.designs.observed_periods import seen
from sos_bayes.estimands.effect import Effect, Effects
from sos_bayes.estimands.estimation import on_scale
from sos_bayes.estimands.fidelity import SAMPLES, curved, delivered, refuse_outside, scores_on
from sos_bayes.estimands.printed import size, span
from sos_bayes.estimands.weights import child_weights, groups_by, normalised, treated_cells
from sos_bayes.fitting import Fit, FitSpec, map_fits
from sos_bayes.fitting.posterior.marginal_contrasts import average

if TYPE_CHECKING:
    import pandas as pd

SLOPE_SD = 0.3  # prior sd of the difference between scores of 1 and 0, log-odds or log-rate
CURVES = (0.25, 0.5, 1.0, 2.0, 4.0)  # powers of the score: from nearly all effect at little delivery to nearly none
DRAWS = 4000
AT = (0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DoseResponse:
    """Effects at given delivery, by two readings of how they rise with it.

    Attributes
    ----------
    linear : Effects
        By score, where the effect is an average plus a slope: it may be anything at a score of 0.
    monotone : Effects
        By score, where the effect is none at 0 and rises as a power of the score.
    p_more : float
        Posterior probability that better delivery goes with an effect further towards the aim.
    slope : tuple of float
        Mean and sd of the slope, log-odds or log-rate from a score of 0 to 1.
    contraction : float
        Share of the slope's prior variance that the data took away: near 0, they say nothing.
    curves : tuple of (float, float)
        Powers of the score and their posterior probabilities.
    k : int
        Adopters with a score.
    sentence : str
    """

    linear: Effects
    monotone: Effects
    p_more: float
    slope: tuple[float, float]
    contraction: float
    curves: tuple[tuple[float, float], ...]
    k: int
    sentence: str

    def to_frame(self, prob: float = 0.95) -> pd.DataFrame:
        """One tidy row for each score and reading."""
        import pandas as pd

        parts = [
            e.to_frame(prob).assign(shape=name) for name, e in (("linear", self.linear), ("monotone", self.monotone))
        ]
        return pd.concat(parts, ignore_index=True)

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<DoseResponse of {self.k} adopters: P(more effect with better delivery) = {self.p_more:.2f}>"


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What is kept of one fit: its evidence, effects (score, draw) and slopes (draw,)."""

    evidence: float
    effects: Floats
    slope: Floats
    baseline: float

    def __repr__(self) -> str:
        return shapes_only(self)


@sealed
@handed("layout", "contrast", give="what sb.fit returned")
def dose_response(
    fit: Fit, scores: Mapping[str, float | Mapping[object, float]], *, error_sd: float = 0.1, at: tuple[float, ...] = AT
) -> DoseResponse:
    """Ask how the effect differs with the quality of delivery.

    Parameters
    ----------
    fit : Fit
        The headline; its data and design are fitted anew by the fast route.
    scores : mapping from authority to score
        How well each adopter delivered the practice, 0 to 1, or a mapping from period to score for each.
    error_sd : float
        Standard error of a score.
    at : tuple of float
        Scores at which the effect is asked for.

    Returns
    -------
    DoseResponse

    Raises
    ------
    DesignError
        If an adopter has no score or a score is not between 0 and 1.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> small = sb.simulation.Scenario(authorities=12, adopters=4, periods=4)
    >>> made = sb.simulation.made_up_england(small, seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> result = sb.fit(panel, made.rollout, made.outcome, method="fast")
    >>> scores = {name: 0.1 * (1 + i) for i, name in enumerate(made.rollout.adopters)}
    >>> dose_response(result, scores).linear.labels
    ('0.25', '0.5', '1')
    """
    layout = fit.layout
    for score in at:
        refuse_outside(score, "at")
    if not 0 <= error_sd < 0.5:
        raise DesignError(f"error_sd={error_sd} does not lie from 0 to below 0.5.", cure="Give a standard error.")
    observed = scores_on(layout, scores)
    drawn = delivered(layout, observed, error_sd, fit.seed)
    design = replace(fit.design, slope=SLOPE_SD)
    looks: list[tuple[FitSpec, Callable[[Fit], _Seen]]] = [
        (_job(fit, replace(layout, score=z), design), partial(_linear, at=at)) for z in drawn
    ]
    for power in CURVES:
        doses = [curved(layout, z, power) for z in drawn]
        looks += [
            (_job(fit, replace(layout, given_dose=dose), fit.design), partial(_monotone, at=at, power=power))
            for dose in doses
        ]
    seen = map_fits(looks)
    for one in seen:
        if isinstance(one, SosBayesError):
            raise one
    curves: list[_Seen] = [one for one in seen if isinstance(one, _Seen)]
    return _answer(fit, curves, at)


def _answer(fit: Fit, curves: list[_Seen], at: tuple[float, ...]) -> DoseResponse:
    linear, curved = curves[:SAMPLES], curves[SAMPLES:]
    rng = np.random.default_rng([fit.seed, 17])
    straight, weights = _averaged(linear, rng)
    bent, shares = _averaged(curved, rng)
    slope = np.concatenate([linear[i].slope[picked] for i, picked in straight])
    sign = fit.outcome.aim.sign
    mean, sd = float(slope.mean()), float(slope.std())
    contraction = max(0.0, 1 - sd**2 / SLOPE_SD**2)
    p_more = float((sign * slope > 0).mean())
    by_power = shares.reshape(len(CURVES), SAMPLES).sum(axis=1)
    effects = (
        _effects(fit, linear, straight, weights, at), _effects(fit, curved, bent, shares, at),
    )  # fmt: skip
    k = len(fit.layout.adopters)
    return DoseResponse(
        *effects, p_more, (mean, sd), contraction, tuple(zip(CURVES, map(float, by_power), strict=True)), k,
        _sentence(effects[0], p_more, contraction, k),
    )  # fmt: skip


def _sentence(linear: Effects, p_more: float, contraction: float, k: int) -> str:
    low, high = linear.effects[0], linear.effects[-1]
    if contraction < 0.2:
        told = "the scores of so few authorities say next to nothing about it"
    elif max(p_more, 1 - p_more) < 0.9:
        told = "the data do not tell which"
    else:
        told = "this is an association among adopters, not graded above low"
    return (
        f"Better delivery goes with more of the hoped-for effect with {probability(p_more)} ({k} adopters): {told}. "
        f"At a score of {high.label} the effect is {size(high)} (95 % interval {span(high)}), at "
        f"{low.label} {size(low)}; the data took away {100 * contraction:.0f} % of the slope's "
        "prior variance."
    )


def _averaged(curves: list[_Seen], rng: np.random.Generator) -> tuple[list[tuple[int, NDArray[np.intp]]], Floats]:
    """Draws to take of each fit, in proportion to its evidence, and those proportions."""
    evidence = np.array([one.evidence for one in curves])
    weights = np.exp(evidence - evidence.max())
    weights = weights / weights.sum()
    counts = np.floor(np.cumsum(weights) * DRAWS + 0.5).astype(int)
    counts = np.diff(np.concatenate([[0], counts]))
    return [(i, rng.permutation(DRAWS)[:n]) for i, n in enumerate(counts) if n], weights


def _effects(
    fit: Fit, curves: list[_Seen], picked: list[tuple[int, NDArray[np.intp]]], weights: Floats, at: tuple[float, ...]
) -> Effects:
    draws = np.concatenate([curves[i].effects[:, places] for i, places in picked], axis=1)
    baseline = float(sum(w * one.baseline for w, one in zip(weights, curves, strict=True)))
    return Effects("score", tuple(_effect(fit, f"{z:g}", d, baseline) for z, d in zip(at, draws, strict=True)))


def _effect(fit: Fit, label: str, draws: Floats, baseline: float) -> Effect:
    layout, outcome, observed = fit.layout, fit.outcome, seen(fit.layout)
    return Effect(
        label=label, draws=draws[None], outcome=outcome, estimand="satt", weight="children", scale="difference",
        baseline=baseline, n_children=int(layout.cells.counted[layout.adopters][treated_cells(layout)].sum()),
        n_adopters=observed.adopters, n_comparators=observed.comparators, n_pre=observed.periods_before,
        k_effective=float(len(layout.adopters)), selected=outcome.selected, method="fast", health=fit.health,
        years_before=observed.years_before,
    )  # fmt: skip


def _linear(fit: Fit, at: tuple[float, ...]) -> _Seen:
    """Effects had every exposed cell had a score, own departures kept."""
    layout = fit.layout
    term = next(t for t in fit.problem.model.shared if t.name == "slope")
    dose, slope = _doses(fit), fit.draws.shared["slope"][..., None]
    assert layout.score is not None
    mean = layout.score[layout.treated].mean()
    rest = fit.draws.effect - slope * term.columns[layout.adopters, :, 0]
    return _seen(fit, [rest + slope * dose * (score - mean) for score in at], slope.ravel())


def _monotone(fit: Fit, at: tuple[float, ...], power: float) -> _Seen:
    """Effects had every exposed cell had a score: a power of it of the effect of full delivery."""
    dose = _doses(fit)
    full = np.divide(fit.draws.effect, dose, out=np.zeros_like(fit.draws.effect), where=dose > 0)
    return _seen(fit, [full * score**power for score in at], np.zeros(fit.draws.shape[1]))


def _doses(fit: Fit) -> Floats:
    """Doses of adopters' slots, (K, n)."""
    departure = next(t for t in fit.problem.model.by_authority if t.name == "departure")
    return departure.weights[fit.layout.adopters]


def _seen(fit: Fit, added: list[Floats], slope: Floats) -> _Seen:
    weights = normalised(child_weights(fit.layout), groups_by(fit.layout, None))[None]
    without = fit.draws.theta - fit.draws.effect
    per, effects, baseline = float(fit.outcome.per), [], 0.0
    for each in added:
        contrast = average(fit.problem, replace(fit.draws, theta=without + each, effect=each), weights, "own", fit.seed)
        effects.append(per * on_scale(contrast, "difference")[0, :, 0])
        baseline = per * float(contrast.without.mean())
    return _Seen(dict(fit.health.numbers)["log_evidence"], np.array(effects), slope, baseline)


def _job(fit: Fit, layout: Layout, design: DiD) -> FitSpec:
    return FitSpec(layout, design, seed=fit.seed, warm_start=fit.warm_start, n_draws=DRAWS, fall_back=False)
