"""Likelihoods, one a file: what the cells follow given their linear predictor."""

import sos_bayes._core.compile_folders  # noqa: F401 (before anything is decorated)
from sos_bayes.families.beta_binomial import BetaBinomial
from sos_bayes.families.binomial import Binomial, binomial_cumulants, binomial_curved, binomial_table
from sos_bayes.families.gaussian import Gaussian, gaussian_curved, gaussian_table
from sos_bayes.families.negative_binomial import (
    NegativeBinomial,
    negative_binomial_cumulants,
    negative_binomial_curved,
    negative_binomial_table,
)
from sos_bayes.families.poisson import Poisson, poisson_cumulants, poisson_curved, poisson_table
from sos_bayes.families.protocol import Family, Observed, Overdispersion, Replicate
from sos_bayes.families.student_t import StudentT, student_t_cell, student_t_cumulants

FAMILIES: dict[str, Family] = {
    "binomial": Binomial(),
    "poisson": Poisson(),
    "gaussian": Gaussian(),
    "negative_binomial": NegativeBinomial(),
    "student_t": StudentT(),
    "beta_binomial": BetaBinomial(),
}

__all__ = [
    "FAMILIES",
    "BetaBinomial",
    "Binomial",
    "Family",
    "Gaussian",
    "NegativeBinomial",
    "Observed",
    "Overdispersion",
    "Poisson",
    "Replicate",
    "StudentT",
    "binomial_cumulants",
    "binomial_curved",
    "binomial_table",
    "gaussian_curved",
    "gaussian_table",
    "negative_binomial_cumulants",
    "negative_binomial_curved",
    "negative_binomial_table",
    "poisson_cumulants",
    "poisson_curved",
    "poisson_table",
    "student_t_cell",
    "student_t_cumulants",
]
