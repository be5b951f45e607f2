"""Is there evidence that nothing important changed? Under a flat prior, so that the prior does not help."""

from __future__ import annotations

from functools import partial

from sos_bayes._core.words import amount, probability
from sos_bayes.checks.bench import FLAT_SD, Bench, unassessed
from sos_bayes.checks.imputation import imputed
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.rounds import Asking
from sos_bayes.checks.variants import drift_design, random_walk_design, trends_design
from sos_bayes.estimands.effect import Effect

NAME, TITLE = "no_change", "No important change"
LOOK = 0.70  # below it no strength of a null finding is in reach, and variants are not fitted anew


def check_no_change(bench: Bench) -> Asking:
    """Report P(|SATT| < worthwhile) under a flat prior, and the lowest over variants where it matters."""
    design = bench.fit.design
    effect = bench.under(FLAT_SD, bench.twin)
    if not effect.health.ok:
        (effect,) = yield [bench.anew(FLAT_SD)]
    if not effect.health.ok:
        return unassessed(NAME, TITLE, " ".join(effect.health.reasons))
    worst = within = _within(effect, bench.worthwhile)
    if within >= LOOK:
        varied = [random_walk_design(design), trends_design(design), drift_design(design)]
        flat = partial(bench.under, FLAT_SD)
        *others, untreated = yield [*(bench.look(d, see=flat) for d in varied), imputed(bench)]
        thin = [d for d, other in zip(varied, others, strict=True) if not other.health.ok]
        anew = yield [bench.anew(FLAT_SD, d) for d in thin]
        seen = [*(other for other in others if other.health.ok), *anew, untreated]
        worst = min(within, *(_within(other, bench.worthwhile) for other in seen))
    smallest = 1.645 * effect.sd
    limit = amount(effect.factor * bench.worthwhile, effect.unit)
    sentence = (
        f"{probability(within)} that the effect is smaller than the worthwhile {limit}, under a flat prior. With these "
        f"data a finding of no important change needs a worthwhile change of about "
        f"{amount(effect.factor * smallest, effect.unit)} or more."
    )
    error = effect.probability_error(above=-bench.worthwhile, below=bench.worthwhile)
    numbers = (
        ("p_within", within), ("worst_within", worst), ("within_error", error), ("smallest_worthwhile", smallest),
    )  # fmt: skip
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


def _within(effect: Effect, limit: float) -> float:
    return effect.probability(above=-limit, below=limit) if effect.health.ok else 0.0
