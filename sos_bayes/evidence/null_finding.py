"""Evidence that nothing important changed, told apart from no evidence."""

from __future__ import annotations

from sos_bayes.evidence.criteria.judging import Case, Criterion, allowed
from sos_bayes.evidence.strength import Strength

DESIGN_CAPS = ("adopters", "effective_adopters", "comparators", "periods_before", "denominator", "supplied", "subgroup")


def null_finding(case: Case, criteria: tuple[Criterion, ...]) -> Strength:
    """Strength of *no important change*: flat prior, worst over variants, same design caps as the direction."""
    found = case.checks.get("no_change")
    if found is None or not found.assessed:
        return Strength.NONE
    reached = [
        allowed(found.number("p_within"), case.rule.null_finding),
        allowed(found.number("worst_within"), case.rule.null_variants),
        *(c.reached for c in criteria if c.name in DESIGN_CAPS),
    ]
    return min(reached, key=lambda s: s.rank)
