"""Is there evidence that nothing important changed? Under a flat prior, so that the prior does not help."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

from sos_bayes._core.words import amount, probability
from sos_bayes.checks.fit_under_test import FLAT_SD, FitRequest, FitUnderTest, unassessed
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.scheduling import Asking
from sos_bayes.checks.sensitivity.imputation import imputed
from sos_bayes.checks.sensitivity.model_variants import drift_design, drift_request, random_walk_design, trends_design
from sos_bayes.estimands.effect import Effect

NAME, TITLE = "no_change", "No important change"
SMALLEST = 1.645  # sds on either side of nothing that hold 90 % of a normal
LOOK = 0.70  # below it no strength of a null finding is in reach, and variants are not fitted anew


def check_no_change(tested: FitUnderTest) -> Asking:
    """Report P(|SATT| < worthwhile) under a flat prior, and the lowest over variants where it matters."""
    effect = tested.under(FLAT_SD, tested.fast_refit)
    if not effect.health.ok:
        (effect,) = yield [tested.anew(FLAT_SD)]
    if not effect.health.ok:
        return unassessed(NAME, TITLE, " ".join(effect.health.reasons))
    worst = within = _within(effect, tested.worthwhile)
    if within >= LOOK:
        worst = min(within, *(yield from _over_variants(tested)))
    smallest = SMALLEST * effect.sd
    limit = amount(effect.factor * tested.worthwhile, effect.unit)
    sentence = (
        f"{probability(within)} that the effect is smaller than the worthwhile {limit}, under a flat prior. With these "
        f"data a finding of no important change needs a worthwhile change of about "
        f"{amount(effect.factor * smallest, effect.unit)} or more."
    )
    return reported(effect, tested.worthwhile, worst, sentence)


def reported(effect: Effect, limit: float, worst: float, sentence: str) -> CheckResult:
    """Report P(|SATT| < limit), its lowest over variants, and the smallest limit for a finding of no change."""
    numbers = (
        ("p_within", effect.probability(above=-limit, below=limit)), ("worst_within", worst),
        ("within_error", effect.probability_error(above=-limit, below=limit)),
        ("smallest_worthwhile", SMALLEST * effect.sd),
    )  # fmt: skip
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


def _over_variants(tested: FitUnderTest) -> Generator[list[FitRequest], list[Any], list[float]]:
    """P(|SATT| < worthwhile) of every variant, under the same prior."""
    design, flat = tested.fit.design, partial(tested.under, FLAT_SD)
    varied = [random_walk_design(design), trends_design(design)]
    *effects, untreated, sd = yield [
        *(tested.request(d, see=flat) for d in varied),
        imputed(tested),
        drift_request(tested),
    ]
    varied.append(drift_design(design, sd))
    effects += yield [tested.request(varied[-1], see=flat)]
    thin = [d for d, one in zip(varied, effects, strict=True) if not one.health.ok]
    anew = (yield [tested.anew(FLAT_SD, d) for d in thin]) if thin else []
    seen = [*(one for one in effects if one.health.ok), *anew, untreated]
    return [_within(one, tested.worthwhile) for one in seen]


def _within(effect: Effect, limit: float) -> float:
    return effect.probability(above=-limit, below=limit) if effect.health.ok else 0.0
