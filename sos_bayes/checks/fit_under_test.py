"""A fit under test: the fast headline and its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.words import probability
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.data import Cells
from sos_bayes.designs import DiD, Layout
from sos_bayes.estimands.effect import OVER, Effect, Estimand, Named, Weight
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.printed import size, span
from sos_bayes.fitting import Fit, FitSpec, fit_layout
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
from sos_bayes.fitting.runs.importance_reweighting import with_effect_sd

DRAWS = 4000  # of every check fit: a Monte Carlo error of .0034 at P = .95
FLAT_SD = 1.5
SCEPTICAL_SD = 0.15

ABBREVIATED: dict[Named, str] = {
    "satt": "SATT", "patt": "PATT", "next_authority": "prediction", "gap": "gap", "contrast": "contrast of SATTs",
}  # fmt: skip
FitRequest = tuple[FitSpec, Callable[[Fit], Any]]  # a fit that a check asks for, and what is kept of it
Part = tuple[str, str]  # a column that effects vary by, and one of its levels


def effect_on(
    fit: Fit | FitProtocol, part: Part | None = None, *, weight: Weight | None = None, estimand: Estimand = "satt"
) -> Effect:
    """Effect over all adopters, or on the children of one subgroup."""
    if part is None:
        return estimate(fit, estimand=estimand, weight=weight)
    return estimate(fit, estimand=estimand, weight=weight, by=part[0])[part[1]]


@dataclass(frozen=True, slots=True, eq=False)
class FitUnderTest:
    """One fit, its fast refit, and the worthwhile change on the effect's scale.

    Attributes
    ----------
    fit : Fit
        The headline.
    fast_refit : Fit
        The headline by the fast route: check fits start from it and are compared with it.
    untreated : Layout
        The cells that were not exposed; the others are empty.
    part : tuple of (str, str) or None
        The subgroup whose effect is tried, where it is not that over all adopters.
    against : tuple of (str, Layout)
        Layouts with other comparators, by name.
    """

    fit: Fit
    fast_refit: Fit
    untreated: Layout
    part: Part | None = None
    against: tuple[tuple[str, Layout], ...] = ()

    @property
    def worthwhile(self) -> float:
        """Smallest change that matters, natural scale."""
        return float(self.fit.outcome.worthwhile)

    def request(
        self, design: DiD | None = None, layout: Layout | None = None, see: Callable[[Fit], Any] | None = None
    ) -> FitRequest:
        """Ask for a neighbour by the fast route, and for what ``see`` makes of it: its SATT with its health."""
        job = FitSpec(
            layout or self.fit.layout,
            design or self.fit.design,
            seed=self.fit.seed,
            warm_start=self.fast_refit.warm_start,
            n_draws=DRAWS,
            fall_back=False,
        )
        return job, see or partial(effect_on, part=self.part)

    def under(self, effect_sd: float, fit: Fit) -> Effect:
        """Effect that a fit would have shown under another prior on the average effect, by weighting its draws.

        Its health says where the draws are worth too little for that: ask for it `anew` then.
        """
        return effect_on(with_effect_sd(fit, effect_sd), self.part)

    def anew(self, effect_sd: float, design: DiD | None = None) -> FitRequest:
        """Ask for a fit under another prior on the average effect."""
        return self.request(with_prior(design or self.fit.design, effect_sd))


def with_prior(design: DiD, effect_sd: float) -> DiD:
    """Design with another prior on the average effect."""
    return replace(design, priors=replace(design.priors, effect_sd=effect_sd))


def untreated(layout: Layout) -> Layout:
    """Layout whose exposed cells are empty."""
    return replace(layout, cells=layout.cells.where(layout.dose == 0))


def under_test(fit: Fit, part: Part | None = None, against: Mapping[str, Layout] | None = None) -> FitUnderTest:
    """Put a fit under test; a sampled one gets a fast refit, whose own gate only decides where checks start.

    The fast refit has as many draws as every check fit: those of the fast route come in no order.
    """
    if fit.method != "fast":
        fast_refit = fit_layout(fit.layout, fit.design, seed=fit.seed, n_draws=DRAWS, fall_back=False)
    else:
        fast_refit = replace(fit, draws=fit.draws.kept(np.arange(min(DRAWS, fit.draws.shape[1]))))
    return FitUnderTest(fit, fast_refit, untreated(fit.layout), part, tuple((against or {}).items()))


def directional(name: str, title: str, effect: Effect, lead_in: str) -> CheckResult:
    """Report what a neighbouring fit says of the SATT's direction and size."""
    if not effect.health.ok:
        return unassessed(name, title, " ".join(effect.health.reasons))
    return pointing(name, title, effect, lead_in)


def pointing(name: str, title: str, effect: Effect, lead_in: str) -> CheckResult:
    """The same, whether or not the fit has passed its gate."""
    return CheckResult(
        name, title, State.REPORTED, numbers_of(effect), f"{lead_in}: {in_words(effect)}, {named(effect)}."
    )


def numbers_of(effect: Effect) -> tuple[tuple[str, float], ...]:
    """Figures that the rule reads, natural scale."""
    limit = float(effect.outcome.worthwhile)
    return (
        ("p_positive", effect.probability(above=0.0)),
        ("p_negative", effect.probability(below=0.0)),
        ("p_error", effect.probability_error(above=0.0)),
        ("p_within", effect.probability(above=-limit, below=limit)),
        ("mean", effect.mean),
        ("sd", effect.sd),
    )


def members(cells: Cells, part: Part | None) -> Floats:
    """One for the patterns of a subgroup, zero elsewhere, (C,); ones where all children count."""
    if part is None:
        return np.ones(len(cells.patterns))
    column = cells.columns.index(part[0])
    return np.array([float(pattern[column] == part[1]) for pattern in cells.patterns])


def named(effect: Effect) -> str:
    """Estimand and weight, as a sentence names them."""
    return f"{ABBREVIATED[effect.estimand]} with {OVER[effect.weight]}"


def in_words(effect: Effect) -> str:
    """Effect with its 95 % interval and the probability of its direction."""
    p = max(effect.probability(above=0.0), effect.probability(below=0.0))
    return f"{size(effect)} (95 % interval {span(effect)}; {probability(p)} for the direction)"


def unassessed(name: str, title: str, why: str) -> CheckResult:
    """Say that a check could not be run, and why."""
    return CheckResult(name, title, State.NOT_ASSESSED, (), f"Not assessed: {why}")


def inapplicable(name: str, title: str, why: str) -> CheckResult:
    """Say that a check has nothing to look at here."""
    return CheckResult(name, title, State.NOT_APPLICABLE, (), f"Not applicable: {why}")
