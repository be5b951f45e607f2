"""Is there evidence that nothing important changed? Under a flat prior, so that the prior does not help."""

from __future__ import annotations

from sos_bayes._core.words import amount, probability
from sos_bayes.checks.bench import Bench, unassessed
from sos_bayes.checks.imputation import check_imputation
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.variants import drift_design, random_walk_design, trends_design
from sos_bayes.designs import DiD
from sos_bayes.estimands.estimation import estimate

NAME, TITLE = "no_change", "No important change"
LOOK = 0.70  # below it no strength of a null finding is in reach, and variants are not fitted


def check_no_change(bench: Bench) -> CheckResult:
    """Report P(|SATT| < worthwhile) under a flat prior, and the lowest over variants where it matters."""
    design = bench.fit.design
    flat = bench.refit(bench.flat())
    if not flat.health.ok:
        return unassessed(NAME, TITLE, " ".join(flat.health.reasons))
    effect = estimate(flat)
    within = _within(bench, bench.flat())
    worst = within
    if within >= LOOK:
        varied = [random_walk_design(design), trends_design(design), drift_design(design)]
        worst = min([within, *(_within(bench, bench.flat(d)) for d in varied), _imputed(bench)])
    smallest = 1.645 * effect.sd
    limit = amount(effect.factor * bench.worthwhile, effect.unit)
    sentence = (
        f"{probability(within)} that the effect is smaller than the worthwhile {limit}, under a flat prior. With these "
        f"data a finding of no important change needs a worthwhile change of about "
        f"{amount(effect.factor * smallest, effect.unit)} or more."
    )
    numbers = (("p_within", within), ("worst_within", worst), ("smallest_worthwhile", smallest))
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


def _within(bench: Bench, design: DiD) -> float:
    fit = bench.refit(design)
    if not fit.health.ok:
        return 0.0
    return estimate(fit).probability(above=-bench.worthwhile, below=bench.worthwhile)


def _imputed(bench: Bench) -> float:
    result = check_imputation(bench)
    return result.number("p_within") if result.assessed else 0.0
