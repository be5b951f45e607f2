"""The room that joins everything: several outcomes, one rollout, one evaluation."""

from sos_bayes.study.decisions import Decision as Decision
from sos_bayes.study.decisions import Losses as Losses
from sos_bayes.study.decisions import decide as decide
from sos_bayes.study.declaration import Study as Study
from sos_bayes.study.evaluation import Evaluation as Evaluation
from sos_bayes.study.evaluation import Finding as Finding
from sos_bayes.study.pooled_outcomes import Pooled as Pooled
from sos_bayes.study.pooling import pooled as pooled
from sos_bayes.study.run import evaluate as evaluate

__all__ = [
    "Decision",
    "Evaluation",
    "Finding",
    "Losses",
    "Pooled",
    "Study",
    "decide",
    "evaluate",
    "pooled",
]
