"""Effects, with the estimand named on every number."""

from sos_bayes.estimands.effect import Effect, Effects, Estimand, Scale, Weight
from sos_bayes.estimands.estimation import estimate

__all__ = ["Effect", "Effects", "Estimand", "Scale", "Weight", "estimate"]
