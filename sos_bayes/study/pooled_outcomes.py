"""Several outcomes together, as nouns: each outcome separate and pooled, what was left out, and harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sos_bayes._core.array_types import Floats
from sos_bayes._core.words import listed, probability, short
from sos_bayes.estimands import Effect
from sos_bayes.evidence.chances import chance_of_any

if TYPE_CHECKING:
    import pandas as pd

Correlated = Literal["estimated", "bounded", "given"]
BOUND = 0.8  # correlation of outcomes of the same children at which the answer is bounded where none can be read
LABEL = "sensitivity: pooled over outcomes"


@dataclass(frozen=True, slots=True, eq=False)
class PooledOutcome:
    """One outcome, by itself and pooled with the others.

    Attributes
    ----------
    separate : Effect
        SATT difference of its own fit: what is graded, and where harm is read.
    p_separate, p_pooled : float
        Probability of an effect towards the aim, by itself and pooled.
    link_separate, link_pooled : tuple of float
        Mean and 95 % interval on the log-odds or log-rate scale, positive towards the aim.
    natural_pooled : tuple of float
        Mean and 95 % interval of the pooled effect on the natural scale, at the outcome's baseline.
    """

    separate: Effect
    p_separate: float
    p_pooled: float
    link_separate: tuple[float, float, float]
    link_pooled: tuple[float, float, float]
    natural_pooled: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pooled:
    """A family of outcomes whose effects share a mean; a sensitivity beside the separate verdicts.

    Attributes
    ----------
    outcomes : tuple of PooledOutcome
    left_out : tuple of (str, str)
        Labels of outcomes that were not pooled, and why.
    p_family : float
        Probability that the family's mean effect lies towards the aims.
    correlation : ndarray (J, J) or None
        Of the outcomes' errors, signs turned towards the aims; None where it was bounded.
    correlation_is : str
        ``"estimated"`` from comparators' residuals, ``"given"``, or ``"bounded"``: computed at 0 and at .8, and of both
        the answer with the less certain direction is kept.
    harm : tuple of (str, float)
        Outcomes with an effect contrary to the aim with a probability of at least .95 in their own fit.
    chance_low, chance_moderate : float
        Chance that at least one of as many outcomes that did not change is graded at least so.
    """

    outcomes: tuple[PooledOutcome, ...]
    left_out: tuple[tuple[str, str], ...]
    p_family: float
    correlation: Floats | None
    correlation_is: Correlated
    harm: tuple[tuple[str, float], ...]
    chance_low: float
    chance_moderate: float

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the pooled outcomes, in order."""
        return tuple(o.separate.outcome.label for o in self.outcomes)

    @property
    def sentence(self) -> str:
        """The answer in words."""
        return " ".join([self.family_sentence, *self._harm(), chance_sentence(len(self.outcomes) + len(self.left_out))])

    @property
    def family_sentence(self) -> str:
        """What pooling says of the family's mean."""
        how = {
            "estimated": "their correlation is estimated from the comparators",
            "given": "their correlation is given",
            "bounded": f"their correlation is not known: of 0 and {BOUND} the less certain answer is shown",
        }[self.correlation_is]
        return (
            f"Sensitivity, not a verdict: if {len(self.outcomes)} outcomes are one family whose effects share a mean, "
            f"{probability(self.p_family)} that this mean lies towards the aims ({how}). Each verdict stays that of "
            "the outcome's own fit."
        )

    def to_frame(self) -> pd.DataFrame:
        """Two tidy rows an outcome, ``separate`` and ``pooled`` (a sensitivity); 95 % intervals, natural scale."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, object]]:
        """Rows of `to_frame` as mappings."""
        out: list[dict[str, object]] = []
        for o in self.outcomes:
            e = o.separate
            own = (e.mean, *e.interval())
            for model, natural, link, p in (
                ("separate", own, o.link_separate, o.p_separate),
                (LABEL, o.natural_pooled, o.link_pooled, o.p_pooled),
            ):
                figures = dict(zip(("mean", "low_95", "high_95"), (e.factor * x for x in natural), strict=True))
                links = dict(zip(("link_mean", "link_low_95", "link_high_95"), link, strict=True))
                head = {"outcome": short(e.outcome.label), "model": model, "estimand": e.estimand, "weight": e.weight}
                out.append({**head, **figures, "unit": e.unit, **links, "p_towards": p})
        return out

    def _harm(self) -> list[str]:
        if not self.harm:
            return []
        said = listed([f"{label} ({probability(p)})" for label, p in self.harm])
        return [f"Possible unintended harm, read from the separate fits: an effect contrary to the aim on {said}."]

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<Pooled: {len(self.outcomes)} outcomes, {len(self.left_out)} left out, {len(self.harm)} harmful>"


def chance_sentence(outcomes: int) -> str:
    """Say what chance alone does to several outcomes."""
    low, moderate = chance_of_any(outcomes)
    return (
        f"If none of these {outcomes} outcomes had changed, and they moved independently, the chance that at least one "
        f"would still be graded low or better is about {100 * low:.0f} %, and moderate or better about "
        f"{100 * moderate:.0f} %."
    )
