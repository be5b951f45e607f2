"""Lines of the rule: each judges one figure and says how strong a grade it allows."""

from collections.abc import Callable

from sos_bayes.evidence.criteria import caps, probabilities
from sos_bayes.evidence.criteria.judging import Case, Criterion

CRITERIA: dict[str, Callable[[Case], Criterion]] = {
    "direction": probabilities.direction,
    "patt": probabilities.population,
    "size": probabilities.size,
    "specification": probabilities.specification,
    "sceptical": probabilities.sceptical,
    "drift": probabilities.drift,
    "weighting": probabilities.weighting,
    "donut": probabilities.donut,
    "points": probabilities.points,
    "start_shock": probabilities.start_shock,
    "adopters": caps.adopters,
    "effective_adopters": caps.effective_adopters,
    "comparators": caps.comparators,
    "clusters": caps.clusters,
    "leads": probabilities.leads,
    "periods_before": caps.periods_before,
    "years_before": caps.years_before,
    "denominator": caps.denominator,
    "supplied": caps.supplied,
    "subgroup": caps.subgroup,
    "calibration": caps.calibration,
}

__all__ = ["CRITERIA", "Case", "Criterion"]
