"""Evidence that nothing important changed, told apart from no evidence."""

from __future__ import annotations

from sos_bayes.data.outcomes.possible import could_be_missed
from sos_bayes.designs import Priors
from sos_bayes.evidence.criteria.judging import SPREAD, Case, Criterion, allowed
from sos_bayes.evidence.strength import Strength

DESIGN_CAPS = (
    "adopters", "effective_adopters", "comparators", "periods_before", "years_before", "denominator", "supplied",
    "clusters", "subgroup", "calibration",
)  # fmt: skip


def null_finding(case: Case, criteria: tuple[Criterion, ...], away: float = 0.0) -> Strength:
    """Strength of *no important change*: flat prior, worst over variants, same design caps as the direction.

    None where a change as large as the worthwhile one was next to impossible before looking (`missable`). ``away``
    counts simulation errors by which the probabilities are moved, to see what another seed might say.
    """
    check = case.checks.get("no_change")
    if check is None or not check.assessed or not missable(case):
        return Strength.NONE
    moved = away * dict(check.numbers).get("within_error", 0.0)
    reached = [
        allowed(check.number("p_within") + moved, case.rule.null_finding),
        allowed(check.number("worst_within") + moved, case.rule.null_variants),
        *(c.reached for c in criteria if c.name in DESIGN_CAPS),
    ]
    return min(reached, key=lambda s: s.rank)


def null_range(case: Case, criteria: tuple[Criterion, ...]) -> tuple[Strength, Strength]:
    """Lowest and highest strength of *no important change* that another seed might give."""
    low, high = (null_finding(case, criteria, away) for away in (-SPREAD, SPREAD))
    return low, high


def missable(case: Case) -> bool:
    """Whether the effect might have exceeded the worthwhile change, by the default prior, before anything was seen."""
    effect = case.effect
    return could_be_missed(effect.outcome, effect.baseline, Priors().effect_sd)
