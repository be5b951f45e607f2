"""The effect of a rollout on one outcome: posterior draws, with the estimand named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np

from sos_bayes._core.cores import travelling
from sos_bayes._core.equal_tailed import equal_tailed
from sos_bayes._core.errors import SosBayesError, nearest
from sos_bayes.data import Outcome
from sos_bayes.disclosure import SAFE
from sos_bayes.estimands.weights import EVERYBODY
from sos_bayes.fitting.posterior.diagnostics import Health

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from sos_bayes.estimands.cluster_sharing import Sharing

Estimand = Literal["satt", "patt", "next_authority"]
Named = Estimand | Literal["gap", "contrast"]
Weight = Literal["children", "authorities"]
Scale = Literal["difference", "ratio", "events"]

ESTIMANDS: dict[Named, str] = {
    "satt": "average effect in the adopting authorities after they started (SATT)",
    "patt": "average effect in the population that these adopters stand for (PATT)",
    "next_authority": "prediction of the effect in the next authority that adopts",
    "gap": "departure of the adopters before they started, which is not an effect",
    "contrast": "average effect in the adopting authorities (SATT), one subgroup minus all the others",
}
OVER = {"children": "children weighted equally", "authorities": "authorities weighted equally"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Effect:
    """Posterior of one effect, on the outcome's natural scale.

    Attributes
    ----------
    label : str
        Group this effect belongs to; ``"all adopters"`` for the overall effect.
    draws : ndarray of float, shape (chain, draw)
        Posterior draws. A ``Binary`` difference is a share (-0.13 is -13 percentage points), a
        ``Count`` difference is per its ``per``, a ``Continuous`` one is in its unit; ``"events"`` are
        numbers of events, positive where the rollout added events.
    outcome : Binary, Count, Ordinal or Continuous
    estimand, weight, scale : str
        What is averaged, who counts how much, and on which scale. Beside the three that `estimate` gives there are
        ``"gap"`` (a departure before the start) and ``"contrast"`` (one subgroup against the others).
    baseline : float
        Posterior mean of the expected outcome without the rollout, same weights and unit.
    n_children, n_adopters, n_comparators, n_pre : int
        Children (or other units) in the weighted cells, rounded to 5 in what was pickled; adopters that still
        count some after their start; comparators with data before and after; and the fewest periods before its
        start in which any adopter was unexposed and had data, beside others (see `designs.observed_periods`).
    k_effective : float
        Adopters' effective number, ``1 / sum(w_a ** 2)`` of their weights.
    selected : bool
        Whether practice decides who is in the denominator.
    method : str
        ``"nuts"``, ``"fast"`` or ``"pymc"``.
    health : Health
        Gate of the fit these draws come from.
    dose : float or None
        Share of full exposure that every exposed cell is given; None for the practice as delivered.
    at : int or str or None
        Level, day, ``"mean"`` or ``"median"`` at which an Ordinal or a Duration was read, if not its own.
    unsupplied : tuple of (int, int)
        Adopters and comparators with zeros that chance cannot explain, which may mean numbers not supplied.
    subgroup_of : str or None
        The column, where this is the effect among children of one of its levels and the design lets effects vary
        by it.
    years_before : float or None
        Years of data that ``n_pre`` stands for; None where it is not known.
    points : ndarray of int, shape (chain, draw), or None
        Which draws share a point of the hyperparameters, by the fast route: they err together.
    choices : tuple of str
        What in data, design and outcome is not the default, in words.
    other_priors : bool
        Whether priors are among them.
    fingerprint : str or None
        Of the data and the design behind the fit; `grade` compares it with the checks'.
    calibrated : bool
        False where the model is the analyst's own: how often a grading rule is wrong with it was not measured.

    Examples
    --------
    >>> from sos_bayes.data import Aim, Binary
    >>> outcome = Binary("re_referred", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    >>> e = effect_from_draws(np.full((1, 4), -0.02), outcome)
    >>> e.mean, e.interval(0.95), e.unit
    (-0.02, (-0.02, -0.02), 'percentage points')
    """

    label: str
    draws: NDArray[np.float64]
    outcome: Outcome
    estimand: Named
    weight: Weight
    scale: Scale
    baseline: float
    n_children: int
    n_adopters: int
    n_comparators: int
    n_pre: int
    k_effective: float
    selected: bool
    method: str
    health: Health
    dose: float | None = None
    at: int | str | None = None
    subgroup_of: str | None = None
    unsupplied: tuple[int, int] = (0, 0)
    years_before: float | None = None
    points: NDArray[np.intp] | None = None
    choices: tuple[str, ...] = ()
    other_priors: bool = False
    fingerprint: str | None = None
    sharing: Sharing | None = None
    calibrated: bool = True

    def __getstate__(self) -> list[object]:
        """What a copy of it elsewhere holds: the children behind it rounded, and none where they are fewer than ten."""
        state = {f.name: getattr(self, f.name) for f in fields(self)}
        rounded = self.n_children if travelling() else SAFE.rounded(self.n_children) or 0
        return list((state | {"n_children": rounded}).values())

    @property
    def mean(self) -> float:
        """Posterior mean, natural scale."""
        return float(self.draws.mean())

    @property
    def sd(self) -> float:
        """Posterior standard deviation, natural scale."""
        return float(self.draws.std(ddof=1))

    def interval(self, prob: float = 0.95) -> tuple[float, float]:
        """Equal-tailed posterior interval that holds ``prob`` of the draws."""
        if not 0 < prob < 1:
            raise SosBayesError(f"prob is {prob}; it must lie between 0 and 1.", cure="Give 0.95 for a 95 % interval.")
        low, high = equal_tailed(self.draws, prob)
        return float(low), float(high)

    def probability(self, *, below: float | None = None, above: float | None = None) -> float:
        """Posterior probability that the effect lies below ``below`` and above ``above``.

        Natural scale; give one bound or both.
        """
        if below is None and above is None:
            raise SosBayesError("No bound was given.", cure="Give below=, above= or both.")
        inside = np.ones(self.draws.shape, dtype=bool)
        if below is not None:
            inside &= self.draws < below
        if above is not None:
            inside &= self.draws > above
        return float(inside.mean())

    def probability_error(self, *, below: float | None = None, above: float | None = None) -> float:
        """Monte Carlo standard error of `probability` with the same bounds.

        Sampled draws are correlated: their effective number is that of the event itself. Draws of the fast route err
        together where they share a point of the hyperparameters, whose weights are uncertain. With an event that is
        never or always seen, the rule of three stands in for the error.
        """
        p = self.probability(below=below, above=above)
        size: float = self.draws.size
        if p in (0.0, 1.0):
            return 1.5 / size
        inside = np.ones(self.draws.shape)
        inside *= self.draws < below if below is not None else 1.0
        inside *= self.draws > above if above is not None else 1.0
        if self.method != "fast":
            from arviz_stats.base import array_stats

            size = float(array_stats.ess(inside, method="mean", chain_axis=0, draw_axis=1))
        plain = float(np.sqrt(p * (1 - p) / size))
        if self.points is None:
            return plain
        together = np.bincount(self.points.ravel(), inside.ravel() - p)
        return max(plain, float(np.sqrt((together**2).sum())) / size)

    @property
    def unit(self) -> str:
        """Unit of one step of this effect when printed (a Binary share is printed times 100)."""
        if self.scale == "ratio":
            return "ratio of means" if self.outcome.measured else "ratio"
        if self.scale == "events":
            return "events"
        return "days" if self._in_days else self.outcome.change_unit

    @property
    def factor(self) -> float:
        """Multiplier from the natural scale to the printed unit."""
        return self.outcome.factor if self.scale == "difference" and not self._in_days else 1.0

    def describe(self) -> str:
        """Estimand in words: whose effect, averaged over whom, on which scale of means, adjusted for what."""
        whose = "" if self.label == EVERYBODY else f"{self.label}: "
        unit = "" if self.unit == self.scale else f" in {self.unit}"
        dose = "" if self.dose is None else f", at a dose of {self.dose:g}"
        what = f"{ESTIMANDS[self.estimand]}{self._reading}{dose}"
        held = "".join(f", {choice}" for choice in self.choices if choice.startswith("adjusted "))
        return f"{whose}{what}, {OVER[self.weight]}, {self.scale}{unit} of expected outcomes{held}"

    @property
    def _in_days(self) -> bool:
        """Whether days are compared, and not shares done by a day."""
        return self.at in ("mean", "median") and bool(self.outcome.bands)

    @property
    def _reading(self) -> str:
        outcome = self.outcome
        if outcome.bands:
            at = outcome.bands[outcome.reached] if self.at is None else self.at
            within = f" within {outcome.bands[-1]} days"
            return f" on {at} days{within}" if isinstance(at, str) else f" on the share done by day {at}"
        return f' on the share that reaches "{self.at}"' if self.at is not None else ""

    def figures(self, prob: float = 0.95) -> dict[str, object]:
        """Estimand, posterior mean, sd, interval and probabilities as a mapping, without anything that was counted."""
        low, high = self.interval(prob)
        null = 1.0 if self.scale == "ratio" else 0.0
        return {
            "outcome": self.outcome.label,
            "label": self.label,
            "estimand": self.estimand,
            "weight": self.weight,
            "scale": self.scale,
            "unit": self.unit,
            "mean": self.mean,
            "sd": self.sd,
            "interval": prob,
            "low": low,
            "high": high,
            "p_above": self.probability(above=null),
            "p_below": self.probability(below=null),
            "adopters": self.n_adopters,
            "comparators": self.n_comparators,
            "method": self.method,
        }

    def to_frame(self, prob: float = 0.95) -> pd.DataFrame:
        """One tidy row: label, estimand, mean, sd, interval, probabilities and numbers behind it."""
        import pandas as pd

        return pd.DataFrame([_row(self, prob)])

    def __repr__(self) -> str:
        low, high = self.interval()
        f = self.factor
        return (
            f"<Effect {self.outcome.label!r}, {self.label}: {f * self.mean:.3g} "
            f"({f * low:.3g} to {f * high:.3g}) {self.unit}; {self.estimand}, {self.weight}-weighted, {self.method}>"
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Effects:
    """Several effects in order, found by label.

    Attributes
    ----------
    by : str
        What the labels are: ``"event_time"``, ``"authority"``, ``"comparators"`` or a column of ``adjust``.
    effects : tuple of Effect

    Examples
    --------
    >>> Effects("event_time", ()).labels
    ()
    """

    by: str
    effects: tuple[Effect, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels, in order."""
        return tuple(e.label for e in self.effects)

    def __getitem__(self, label: object) -> Effect:
        for effect in self.effects:
            if effect.label == str(label):
                return effect
        raise SosBayesError(
            f"There is no effect labelled {str(label)!r}.{nearest(str(label), self.labels)}",
            where=f"effects by {self.by}: {', '.join(self.labels)}",
        )

    def __iter__(self) -> Iterator[Effect]:
        return iter(self.effects)

    def __len__(self) -> int:
        return len(self.effects)

    def to_frame(self, prob: float = 0.95) -> pd.DataFrame:
        """One tidy row an effect."""
        import pandas as pd

        return pd.DataFrame([_row(e, prob) for e in self.effects])

    def __repr__(self) -> str:
        return f"<Effects by {self.by}: {len(self.effects)}>"


def _row(effect: Effect, prob: float) -> dict[str, object]:
    return {**effect.figures(prob), "baseline": effect.baseline}


def effect_from_draws(draws: NDArray[np.float64], outcome: Outcome) -> Effect:
    """Wrap plain draws as an overall SATT difference with nothing else known (for tests and examples).

    Parameters
    ----------
    draws : ndarray, shape (chain, draw)
    outcome : Binary, Count, Ordinal or Continuous
    """
    return Effect(
        label=EVERYBODY, draws=draws, outcome=outcome, estimand="satt", weight="children", scale="difference",
        baseline=float("nan"), n_children=0, n_adopters=9, n_comparators=31, n_pre=4, k_effective=9.0,
        selected=outcome.selected, method="nuts", health=Health(True, (), ()), years_before=4.0,
    )  # fmt: skip
