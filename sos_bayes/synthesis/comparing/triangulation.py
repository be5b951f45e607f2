"""Lay several designs beside each other on one estimand, and say whether they agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.equal_tailed import equal_tailed
from sos_bayes._core.errors import DesignError
from sos_bayes._core.sealed import sealed
from sos_bayes._core.words import between, change, probability
from sos_bayes.checks.bearing import bearing_of, direction_of
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.estimation import estimate
from sos_bayes.synthesis.panel.overlap import ENOUGH_BEFORE

if TYPE_CHECKING:
    import pandas as pd

    from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

BINS = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One pair of designs: second minus first, natural scale.

    Attributes
    ----------
    first, second : str
    mean, low, high : float
        With the 95 % interval of two independent posteriors. They share data, so that the truth is narrower where
        both lean on the same cells: an interval that excludes zero is a disagreement; one that holds it is no proof.
    overlap : float
        Area that the two posteriors share, 0 to 1.
    same_direction : float
        Probability that both point the same way, were they independent.
    """

    first: str
    second: str
    mean: float
    low: float
    high: float
    overlap: float
    same_direction: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """Several designs on one estimand.

    Attributes
    ----------
    names : tuple of str
        The headline first.
    effects : tuple of Effect
    differences : tuple of Difference
        Of each pair, in order.
    sentence : str
        The agreement in words.
    """

    names: tuple[str, ...]
    effects: tuple[Effect, ...]
    differences: tuple[Difference, ...]
    sentence: str

    @property
    def agrees(self) -> bool:
        """Whether all point the same way and no difference excludes zero."""
        one_way = len({e.mean > 0 for e in self.effects}) == 1
        return one_way and all(d.low <= 0 <= d.high for d in self.differences)

    def check(self) -> CheckResult:
        """The other designs as a check of the headline, `grade` reads it among other specifications.

        Not applicable with fewer than 8 periods before the start, where weights and loadings are mostly their prior;
        not assessed where one of the fits missed its gate.
        """
        name, title = "triangulation", "Other designs on the same estimand"
        others = self.effects[1:]
        if min(e.n_pre for e in others) < ENOUGH_BEFORE:
            why = f"fewer than {ENOUGH_BEFORE} periods before the start: {self.sentence}"
            return CheckResult(name, title, State.NOT_APPLICABLE, (), f"Not applicable: {why}")
        missed = [n for n, e in zip(self.names[1:], others, strict=True) if not e.health.ok]
        if missed:
            return CheckResult(
                name, title, State.NOT_ASSESSED, (), f"Not assessed: no healthy fit by {', '.join(missed)}."
            )
        positive = [e.probability(above=0.0) for e in others]
        numbers = (
            ("p_positive", min(positive)), ("p_negative", min(1 - p for p in positive)),
            ("p_error", max(e.probability_error(above=0.0) for e in others)),
            ("least_overlap", min(d.overlap for d in self.differences)),
        )  # fmt: skip
        first = self.effects[0]
        result = CheckResult(name, title, State.REPORTED, numbers, self.sentence, fingerprint=first.fingerprint)
        return replace(result, bearing=bearing_of(result, direction_of(first)))

    def to_frame(self) -> pd.DataFrame:
        """One row a design: its effect as `Effect.to_frame` gives it."""
        import pandas as pd

        rows = [e.to_frame().assign(design=n) for n, e in zip(self.names, self.effects, strict=True)]
        table = pd.concat(rows, ignore_index=True)
        return table[["design", *[c for c in table.columns if c != "design"]]]

    def differences_frame(self) -> pd.DataFrame:
        """One row a pair of designs."""
        import pandas as pd

        return pd.DataFrame([{f: getattr(d, f) for f in Difference.__slots__} for d in self.differences])

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(self.names)}: {'they agree' if self.agrees else 'they do not agree'}>"


@sealed
def compare(*fits: FitProtocol, names: tuple[str, ...] | None = None) -> Comparison:
    """Triangulate: the same outcome, rollout and estimand (SATT) by several designs.

    Parameters
    ----------
    *fits : Fit or ImputedFit
        Two or more, the headline first.
    names : tuple of str, optional
        What to call them; by default the designs' names.

    Raises
    ------
    DesignError
        If there are fewer than two, or they differ in outcome, in adopters or in starts.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> fits = [sb.fit(panel, made.rollout, made.outcome, d, method="fast") for d in (sb.DiD(), sb.DiD(trends=True))]
    >>> compare(*fits, names=("DiD", "own trends")).agrees
    True
    """
    if len(fits) < 2:
        raise DesignError("There is nothing to compare with.", cure="Give two fits or more.")
    _same(fits)
    names = names or _named(fits)
    if len(names) != len(fits) or len(set(names)) < len(names):
        raise DesignError(f"names are {names}.", cure=f"Give {len(fits)} different ones.")
    effects = tuple(estimate(fit) for fit in fits)
    pairs = combinations(range(len(fits)), 2)
    differences = tuple(_difference((names[i], names[j]), effects[i], effects[j]) for i, j in pairs)
    return Comparison(names, effects, differences, _sentence(names, effects, differences))


def _same(fits: tuple[FitProtocol, ...]) -> None:
    first = fits[0]
    for other in fits[1:]:
        if other.outcome != first.outcome or _who(other) != _who(first):
            raise DesignError(
                "The fits differ in their outcome, their adopters or their starts.",
                why="A difference between them would not be one of designs.",
                cure="Fit the same data, rollout and outcome by each design.",
            )


def _who(fit: FitProtocol) -> dict[str, object]:
    layout = fit.layout
    return {layout.cells.authorities[a]: layout.cells.calendar.labels[layout.starts[a]] for a in layout.adopters}


def _named(fits: tuple[FitProtocol, ...]) -> tuple[str, ...]:
    plain = [type(fit.design).__name__ for fit in fits]
    return tuple(n if plain.count(n) == 1 else f"{n} {plain[: i + 1].count(n)}" for i, n in enumerate(plain))


def _difference(names: tuple[str, str], first: Effect, second: Effect) -> Difference:
    rng = np.random.default_rng([len(names[0]), len(names[1]), 23])
    size = 20_000
    a, b = (rng.choice(e.draws.ravel(), size) for e in (first, second))
    low, high = equal_tailed(b - a)
    p, q = first.probability(above=0.0), second.probability(above=0.0)
    return Difference(
        *names, second.mean - first.mean, float(low), float(high), _overlap(first.draws, second.draws),
        p * q + (1 - p) * (1 - q),
    )  # fmt: skip


def _overlap(first: Floats, second: Floats) -> float:
    edges = np.linspace(min(first.min(), second.min()), max(first.max(), second.max()), BINS + 1)
    shares = [np.histogram(x, edges)[0] / x.size for x in (first, second)]
    return float(np.minimum(*shares).sum()) if edges[-1] > edges[0] else 1.0


def _sentence(names: tuple[str, ...], effects: tuple[Effect, ...], differences: tuple[Difference, ...]) -> str:
    f, unit = effects[0].factor, effects[0].unit
    said = "; ".join(f"{n} {change(f * e.mean, unit)}" for n, e in zip(names, effects, strict=True))
    one_way = len({e.mean > 0 for e in effects}) == 1
    apart = [d for d in differences if not d.low <= 0 <= d.high]
    widest = max(differences, key=lambda d: abs(d.mean))
    direction = "All point the same way" if one_way else "They do not point the same way"
    least = min(d.same_direction for d in differences)
    far = (
        f"{len(apart)} of {len(differences)} differences exclude zero"
        if apart
        else f"the largest difference ({widest.second} against {widest.first}, 95 % interval "
        f"{between(f * widest.low, f * widest.high, unit)}) does not exclude zero"
    )
    return f"{said}. {direction} ({probability(least)} at worst), and {far}."
