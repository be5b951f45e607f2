"""Whether the effect grows with time since the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.equal_tailed import equal_tailed
from sos_bayes._core.handed import handed
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import between, change, counted, listed, probability
from sos_bayes.data import Outcome
from sos_bayes.estimands.contraction import Learned, learned, unread
from sos_bayes.estimands.effect import Effects
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.link_scale import moved, unit_of
from sos_bayes.estimands.weights import treated_cells

if TYPE_CHECKING:
    import pandas as pd

    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

Grows = Literal["cannot be told", "grows", "falls away", "not settled"]
SURE = 0.95
LEAST = 0.25  # contraction below which prior and posterior hardly differ
DRAWN = 20_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Growth:
    """How the effect moves with time since the start.

    Attributes
    ----------
    outcome : Binary or Count
    by_event_time : Effects
        SATT at each number of periods since the start, children weighted equally; ``n_adopters`` of each says how
        many adopters inform it.
    slope : Learned or None
        Weighted slope of the centred lag profile towards the aim, a year, on the log-odds or log-rate scale: prior
        beside posterior. An authority's own level of effect is not in it, so that it does not depend on which adopters
        have reached which lag. None where there is one lag.
    per_year : tuple of float or None
        The same on the natural scale at the adopters' baseline, towards or contrary to the aim by its sign as the
        outcome is counted: posterior mean and 90 % interval.
    p_grows : float or None
        Probability that the effect grows towards the aim; one minus it, that it falls away from the aim.
    verdict : str
        ``"grows"``, ``"falls away"``, ``"not settled"``, or ``"cannot be told"`` where there is one lag or one adopter,
        or prior and posterior hardly differ.
    sentence : str
    """

    outcome: Outcome
    by_event_time: Effects
    slope: Learned | None
    per_year: tuple[float, float, float] | None
    p_grows: float | None
    verdict: Grows
    sentence: str

    @property
    def informed_by(self) -> tuple[tuple[int, int], ...]:
        """Number of adopters that inform each lag."""
        return tuple((int(e.label), e.n_adopters) for e in self.by_event_time)

    def to_frame(self, prob: float = 0.95) -> pd.DataFrame:
        """One tidy row a lag."""
        import pandas as pd

        rows = ({"event_time": int(e.label), **e.figures(prob)} for e in self.by_event_time)
        return pd.DataFrame([{**row, "p_grows": self.p_grows} for row in rows])

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<Growth {self.outcome.label!r}: {counted(len(self.by_event_time), 'lag')}, {self.verdict}>"


@sealed
@handed("layout", "contrast", give="what sb.fit returned")
def growth(fit: FitProtocol) -> Growth:
    """Ask whether the effect grows with time since the start.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    Growth

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(sb.simulation.Scenario(effect=-0.06, shape="grow"), seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> found = sb.growth(sb.fit(panel, made.rollout, made.outcome, method="fast"))
    >>> found, found.informed_by
    (<Growth 'made-up outcome (synthetic)': 4 lags, grows>, ((0, 9), (1, 9), (2, 9), (3, 9)))
    """
    by_time = estimate(fit, by="event_time")
    if "lag" not in fit.draws.shared:
        said = f"{fit.outcome.label}: whether the effect grows cannot be told from one period after the start."
        return Growth(fit.outcome, by_time, None, None, None, "cannot be told", said)
    weights, profile = _slope_weights(fit), fit.draws.shared["lag"]
    per_year = profile @ weights
    slope = learned("slope", _prior_slope(fit, weights), fit.outcome.aim.sign * per_year)
    p_grows = float((fit.outcome.aim.sign * per_year > 0).mean())
    natural = moved(fit.outcome, estimate(fit, weight="authorities").baseline, per_year, unit_of(fit))
    low, high = equal_tailed(natural, 0.9)
    figures = (float(natural.mean()), float(low), float(high))
    verdict = _verdict(len(fit.layout.adopters), slope, p_grows) if fit.health.ok else "cannot be told"
    sentence = _sentence(by_time, verdict, p_grows, figures, slope, len(fit.layout.adopters))
    return Growth(fit.outcome, by_time, slope, figures, p_grows, verdict, unread(fit) or sentence)


def _slope_weights(fit: FitProtocol) -> Floats:
    """Weights on the lag profile whose product is its least-squares slope a year, lags weighted by their cells."""
    lags = fit.layout.lags[fit.layout.adopters][treated_cells(fit.layout)]
    count = np.bincount(lags, minlength=fit.draws.shared["lag"].shape[2]).astype(np.float64)
    years = np.arange(len(count)) * fit.layout.cells.calendar.years
    away = count * (years - (count @ years) / count.sum())
    return np.asarray(away / (away @ years))


def _prior_slope(fit: FitProtocol, weights: Floats) -> Floats:
    """Draws of the slope before the data: a walk whose steps have a half-normal sd."""
    rng = np.random.default_rng([fit.seed, 23])
    basis = fit.lag_basis
    sd = np.abs(rng.normal(0, fit.priors.lag_step, DRAWN))
    return np.asarray(sd * (rng.standard_normal((DRAWN, basis.shape[1])) @ (basis.T @ weights)))


def _verdict(adopters: int, slope: Learned, p_grows: float) -> Grows:
    if adopters < 2 or slope.contraction < LEAST:
        return "cannot be told"
    if p_grows >= SURE:
        return "grows"
    return "falls away" if p_grows <= 1 - SURE else "not settled"


ANSWERS: dict[Grows, str] = {
    "grows": "The effect grows towards the aim with time since the start.",
    "falls away": "The effect falls away from the aim with time since the start.",
    "not settled": "Whether the effect grows with time since the start is not settled.",
    "cannot be told": "Whether the effect grows with time since the start cannot be told",
}


def _sentence(
    by_time: Effects, verdict: Grows, p: float, per_year: tuple[float, float, float], slope: Learned, adopters: int
) -> str:
    first = by_time.effects[0]
    f, unit = first.factor, first.unit
    answer = ANSWERS[verdict]
    if verdict == "cannot be told":
        answer += (
            ": with one adopter, its own shocks and the effect's growth are one quantity."
            if adopters < 2
            else ": the data hardly moved what was assumed before them."
        )
    low, high = (f * x for x in per_year[1:])
    thin = [e.label for e in by_time if e.n_adopters < adopters]
    fewer = f" Lags {listed(thin)} rest on fewer than all {adopters} adopters." if thin else ""
    return (
        f"{first.outcome.label}: {answer} {probability(p)} that it grows towards the aim; each further year adds "
        f"{change(f * per_year[0], unit)} (90 % interval {between(low, high, unit)}; the data took "
        f"{max(0.0, 100 * slope.contraction):.0f} % off the prior's variance).{fewer}"
    )
