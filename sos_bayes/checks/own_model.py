"""Checks of a fit by a PyMC model of the analyst's own: those that read its two worlds or the cells, and one beside it.

Checks that fit a neighbour of the model do not apply: the library does not know how to write that neighbour. The
analyst does, and fits it; the reasons below say what to fit.
"""

from __future__ import annotations

from sos_bayes.checks.by_type_of_fit import Answered
from sos_bayes.checks.fit_under_test import DRAWS, directional, inapplicable
from sos_bayes.checks.parallel_trends import start_shock
from sos_bayes.checks.result import CheckResult
from sos_bayes.checks.sensitivity import weighting
from sos_bayes.checks.sensitivity.denominator import by_did
from sos_bayes.designs import DiD
from sos_bayes.estimands.estimation import estimate
from sos_bayes.families import FAMILIES
from sos_bayes.fitting import PyMCFit, fit_layout

ONCE_MORE = "it takes another fit of the model, which is the analyst's to write"
REASONS = {
    "patt": "the model has no average over a population of adopters that the library knows.",
    "level_gap": "whether the model has a level gap of adopters is the analyst's to say.",
    "leads": f"{ONCE_MORE}: let adopters depart in periods before their start, and look at these.",
    "leave_one_out": f"{ONCE_MORE}: fit again with one adopter after the other in exclude=.",
    "random_walk": f"{ONCE_MORE}: with shocks that do not fade.",
    "trends": f"{ONCE_MORE}: with a trend of every authority's own.",
    "imputation": f"{ONCE_MORE}: without exposed cells in the likelihood.",
    "sceptical": f"{ONCE_MORE}: with a prior that expects next to no effect.",
    "drift": f"{ONCE_MORE}: with a drift that adopters share.",
    "no_change": f"{ONCE_MORE}: with a flat prior of the effect.",
    "comparators": f"{ONCE_MORE}: on data with other comparators.",
    "donut": f"{ONCE_MORE}: on data without the adopters' last year before their start.",
    "points": f"{ONCE_MORE}: on the outcome's own scale.",
    "predictive": "its replicates are those of the difference-in-differences; look at the model's own with ArviZ.",
    "shared_shocks": "which shocks authorities share is part of the model.",
}


def check_start_shock(fit: PyMCFit) -> CheckResult:
    """Report the effect if adopters, too, took the steps that comparators took when the rollout started."""
    if fit.outcome.measured:
        return inapplicable(start_shock.NAME, start_shock.TITLE, "of a mean the model's scale is not known.")
    return start_shock.reported(fit, None, FAMILIES[fit.outcome.family])


def check_beside(fit: PyMCFit) -> CheckResult:
    """Report what the library's own design says of the same cells."""
    other = fit_layout(fit.layout, DiD(adjust=fit.design.adjust), seed=fit.seed, n_draws=DRAWS, fall_back=False)
    said = "The library's difference-in-differences says of the same cells"
    return directional("beside", "Difference-in-differences beside it", estimate(other), said)


OWN_MODEL = Answered(
    checks={"weighting": weighting.reported, "start_shock": check_start_shock, "denominator": by_did},
    reasons=REASONS,
    own={"beside": check_beside},
)
