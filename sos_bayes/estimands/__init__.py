"""Effects, with the estimand named on every number, and questions that their posteriors answer."""

from sos_bayes.estimands.contraction import Learned
from sos_bayes.estimands.dose_response import DoseResponse, dose_response
from sos_bayes.estimands.effect import Effect, Effects, Estimand, Scale, Weight
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.growth import Growth, growth
from sos_bayes.estimands.heterogeneity import Heterogeneity, Ranked, heterogeneity
from sos_bayes.estimands.outcome_path import OutcomePath, outcome_path
from sos_bayes.estimands.readable_model import to_pymc
from sos_bayes.estimands.released_fit import ReleasedFit
from sos_bayes.estimands.subgroups import Subgroup, Subgroups, subgroups

__all__ = [
    "DoseResponse",
    "Effect",
    "Effects",
    "Estimand",
    "Growth",
    "Heterogeneity",
    "Learned",
    "OutcomePath",
    "Ranked",
    "ReleasedFit",
    "Scale",
    "Subgroup",
    "Subgroups",
    "Weight",
    "dose_response",
    "estimate",
    "growth",
    "heterogeneity",
    "outcome_path",
    "subgroups",
    "to_pymc",
]
