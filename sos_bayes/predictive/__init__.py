"""What a posterior says of cells: log densities of those that were seen, leave-one-out, and draws of others."""

from sos_bayes.predictive.leave_one_out import loo
from sos_bayes.predictive.pointwise import pointwise_log_likelihood
from sos_bayes.predictive.predictive_draws import predict

__all__ = ["loo", "pointwise_log_likelihood", "predict"]
