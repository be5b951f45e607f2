"""Effects, with the estimand named on every number."""

from sos_bayes.estimands.dose_response import DoseResponse, dose_response
from sos_bayes.estimands.effect import Effect, Effects, Estimand, Scale, Weight
from sos_bayes.estimands.estimation import estimate

__all__ = ["DoseResponse", "Effect", "Effects", "Estimand", "Scale", "Weight", "dose_response", "estimate"]
