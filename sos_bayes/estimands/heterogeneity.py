"""How effects differ between adopters, and whether their average hides gains here and losses there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.handed import handed
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import amount, counted, probability
from sos_bayes.data import Outcome
from sos_bayes.designs.priors import HalfNormal
from sos_bayes.disclosure import SAFE, Rules, release
from sos_bayes.estimands.contraction import Learned, learned, prior_grid, unread
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.link_scale import moved, unit_of
from sos_bayes.estimands.printed import size, span

if TYPE_CHECKING:
    import pandas as pd

    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

Mixed = Literal["too few adopters", "mixed", "not mixed", "cannot be told"]
FEWEST = 5  # adopters below which the spread of their effects is the prior's
SURE, RATIO = 0.90, 3.0  # probability, and what the data must have multiplied its odds by, to settle the question


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """One adopter among the others.

    Attributes
    ----------
    effect : Effect
        Its own SATT, shrunken towards the adopters' mean.
    p_towards : float
        Probability that this effect lies towards the aim.
    p_best, p_worst : float
        Probability that no adopter's effect lies further towards the aim, or further from it.
    rank_low, rank_high : int
        90 % interval of its rank, 1 for the furthest towards the aim. Ranks compare effects on the model's scale, at
        the same time since the start, so that they are not ranks of base rates.
    """

    effect: Effect
    p_towards: float
    p_best: float
    p_worst: float
    rank_low: int
    rank_high: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Heterogeneity:
    """How effects differ between authorities.

    Attributes
    ----------
    outcome : Binary or Count
    spread : Learned
        ``omega``, sd of authorities' effects around their average on the log-odds or log-rate scale: prior beside
        posterior, and how much the data contracted it.
    spread_natural : Learned
        The same sd on the natural scale, at the adopters' baseline.
    authorities : tuple of Ranked
        Adopters, furthest towards the aim first.
    average : Effect
        SATT, authorities weighted equally.
    next_authority : Effect
        Prediction of the effect in an authority that has not adopted.
    p_next_towards : float
    p_signs_differ : float
        Probability that at least one adopter's effect lies on either side of zero, however little.
    p_mixed, p_mixed_prior : float
        Probability that at least one adopter's effect exceeds the worthwhile change towards the aim and another's
        exceeds it contrary to the aim; and what it would be if the data said nothing on how effects differ.
    verdict : str
        ``"mixed"``, ``"not mixed"``, ``"cannot be told"``, or ``"too few adopters"`` (fewer than five).
    sentence : str
    """

    outcome: Outcome
    spread: Learned
    spread_natural: Learned
    authorities: tuple[Ranked, ...]
    average: Effect
    next_authority: Effect
    p_next_towards: float
    p_signs_differ: float
    p_mixed: float
    p_mixed_prior: float
    verdict: Mixed
    sentence: str

    def shown(self, rules: Rules = SAFE) -> tuple[Ranked, ...]:
        """Adopters whose own effect may be printed: those with too few treated children are left out."""
        free = release([r.effect.n_children for r in self.authorities], rules)
        return tuple(r for r, ok in zip(self.authorities, free, strict=True) if ok)

    def to_frame(self, prob: float = 0.95, rules: Rules = SAFE) -> pd.DataFrame:
        """One tidy row an authority, and a last one for the next authority (a prediction, without a rank)."""
        import pandas as pd

        ranked = [(r.effect, r.p_towards, r.p_best, r.p_worst, r.rank_low, r.rank_high) for r in self.shown(rules)]
        rows = [*ranked, (self.next_authority, self.p_next_towards, None, None, None, None)]
        names = ("p_towards", "p_best", "p_worst", "rank_low", "rank_high")
        table = pd.DataFrame([{**e.figures(prob), **dict(zip(names, rest, strict=True))} for e, *rest in rows])
        return table.astype({"rank_low": "Int64", "rank_high": "Int64"})

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<Heterogeneity {self.outcome.label!r}: {len(self.authorities)} adopters, {self.verdict}>"


@sealed
@handed("layout", "contrast", give="what sb.fit returned")
def heterogeneity(fit: FitProtocol) -> Heterogeneity:
    """Ask how effects differ between adopters, and whether mixed results wash out in their average.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    Heterogeneity

    Raises
    ------
    DesignError
        If there is one adopter only.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> found = sb.heterogeneity(sb.fit(panel, made.rollout, made.outcome, method="fast"))
    >>> found
    <Heterogeneity 'made-up outcome (synthetic)': 9 adopters, cannot be told>
    >>> found.p_mixed < found.p_mixed_prior
    True
    """
    n_k = len(fit.layout.adopters)
    if n_k < 2:
        raise DesignError(
            "There is one adopter, and a spread needs at least two.",
            where="heterogeneity(fit)",
            cure='Ask estimate(fit, estimand="next_authority"), whose spread is then the prior\'s.',
        )
    own = estimate(fit, by="authority").effects
    average = estimate(fit, weight="authorities")
    after = replace(estimate(fit, estimand="next_authority"), label="next authority")
    sign = fit.outcome.aim.sign
    towards = sign * np.stack([e.draws.ravel() for e in own], axis=1)
    before, after_data = prior_grid(HalfNormal(fit.priors.heterogeneity)), fit.draws.hyper["omega"]
    spread = learned("omega", before, after_data)
    limit = float(fit.outcome.worthwhile)
    mixed, mixed_prior = _mixed(towards, limit), _mixed(_if_nothing_learnt(fit, own), limit)
    verdict = _verdict(n_k, mixed, mixed_prior) if fit.health.ok else "cannot be told"
    wide = learned(
        "spread", *(moved(fit.outcome, average.baseline, omega, unit_of(fit)) for omega in (before, after_data))
    )
    p_next = after.probability(above=0.0) if sign > 0 else after.probability(below=0.0)
    sentence = _sentence(fit.outcome, n_k, verdict, (mixed, mixed_prior), wide, after, p_next)
    return Heterogeneity(
        fit.outcome, spread, wide, _ranked(own, towards, sign * fit.draws.own["departure"]), average, after, p_next,
        _mixed(towards, 0.0), mixed, mixed_prior, verdict, unread(fit) or sentence,
    )  # fmt: skip


def _ranked(own: tuple[Effect, ...], towards: Floats, departure: Floats) -> tuple[Ranked, ...]:
    rank = np.argsort(np.argsort(-departure.reshape(-1, len(own)), axis=1), axis=1) + 1
    low, high = np.quantile(rank, [0.05, 0.95], axis=0, method="inverted_cdf")
    ranked = [
        Ranked(
            e, float((towards[:, k] > 0).mean()), float((rank[:, k] == 1).mean()),
            float((rank[:, k] == len(own)).mean()), int(low[k]), int(high[k]),
        )
        for k, e in enumerate(own)
    ]  # fmt: skip
    return tuple(ranked[k] for k in np.argsort(-towards.mean(axis=0), kind="stable"))


def _mixed(towards: Floats, limit: float) -> float:
    """P(some effect beyond the limit towards the aim, and some contrary to it)."""
    return float(((towards > limit).any(axis=1) & (towards < -limit).any(axis=1)).mean())


def _if_nothing_learnt(fit: FitProtocol, own: tuple[Effect, ...]) -> Floats:
    """Effects towards the aim (draw, K) with the average as it is known, and the spread as it was before the data."""
    average = fit.draws.shared["mu_tau"].ravel()
    rng = np.random.default_rng([fit.seed, 19])
    omega = np.abs(rng.normal(0, fit.priors.heterogeneity, (len(average), 1)))
    shift = average[:, None] + omega * rng.standard_normal((len(average), len(own)))
    baseline = np.array([e.baseline for e in own])
    return fit.outcome.aim.sign * moved(fit.outcome, baseline, shift, unit_of(fit))


def _verdict(adopters: int, mixed: float, before: float) -> Mixed:
    """Settled only where the probability is far to one side and the data, not the prior, brought it there."""
    if adopters < FEWEST:
        return "too few adopters"
    ratio = _odds(mixed) / _odds(before)
    if mixed >= SURE and ratio >= RATIO:
        return "mixed"
    if mixed <= 1 - SURE and ratio <= 1 / RATIO:
        return "not mixed"
    return "cannot be told"


def _odds(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return p / (1 - p)


ANSWERS: dict[Mixed, str] = {
    "mixed": "The average hides opposite results.",
    "not mixed": "The average does not hide opposite results.",
    "cannot be told": "Whether the average hides opposite results cannot be told from these data.",
}


def _sentence(
    outcome: Outcome,
    adopters: int,
    verdict: Mixed,
    p: tuple[float, float],
    wide: Learned,
    after: Effect,
    p_next: float,
) -> str:
    f, unit = after.factor, after.unit
    these = counted(adopters, "adopting authority", "adopting authorities")
    answer = ANSWERS.get(
        verdict,
        f"With {these} the data say next to nothing on how effects differ: what follows is driven by the prior.",
    )
    if verdict == "cannot be told" and not 1 - SURE < p[0] < SURE:
        answer += " What follows was mostly assumed before them."
    known = (f * wide.mean, f * wide.low, f * wide.high, f * wide.prior_mean, f * wide.prior_low, f * wide.prior_high)
    sd, *ends = (amount(x, "") for x in known)
    return (
        f"{outcome.label}: {answer} {probability(p[0])} that, of {these}, some gained and others lost more than the "
        f"worthwhile {amount(f * outcome.worthwhile, unit)} ({probability(p[1])} if the data said nothing on how "
        f"effects differ). Authorities' effects spread around their average with an sd of {sd} {unit} (90 % interval "
        f"{ends[0]} to {ends[1]}; before the data {ends[2]}, {ends[3]} to {ends[4]}). "
        f"Prediction for the next authority that adopts: {size(after)} "
        f"(95 % interval {span(after)}; {probability(p_next)} for an effect towards the aim)."
    )
