"""Which other verdicts another seed might give: what decides one lies within the simulation error of a threshold."""

from __future__ import annotations

from sos_bayes.evidence.criteria.judging import Case, Criterion, named
from sos_bayes.evidence.null_finding import null_range
from sos_bayes.evidence.strength import Strength


def other_verdicts(case: Case, criteria: tuple[Criterion, ...]) -> tuple[str, ...]:
    """Name the verdicts within reach, lowest first; nothing where all seeds agree.

    A line of the rule changes its answer where its figure less two simulation errors meets a threshold. Seeds scatter
    by one such error around the truth, so that of ten seeds that disagree all lie within four of that point.
    """
    low, high = (min((c.range[end] for c in criteria), key=lambda s: s.rank) for end in (0, 1))
    null_low, null_high = null_range(case, criteria)
    others: list[str] = []
    if low is not high and null_low < Strength.MODERATE:
        others += [f"{s.value} strength" for s in Strength if low <= s <= high]
    if null_low is not null_high:
        others += [f"{s.value} evidence of no important change" for s in Strength if null_low <= s <= null_high]
    if not others and len({end > Strength.NONE for end in named(criteria, "direction").range}) > 1:
        others += ["no direction", "a direction"]
    return tuple(others)
