"""Likelihoods, one a file: what the cells follow given their linear predictor."""

import sos_bayes._core.compile_folders  # noqa: F401 (before anything is decorated)
from sos_bayes.families.binomial import Binomial, binomial_cumulants, binomial_curved, binomial_table
from sos_bayes.families.gaussian import Gaussian, gaussian_curved, gaussian_table
from sos_bayes.families.poisson import Poisson, poisson_cumulants, poisson_curved, poisson_table

Family = Binomial | Poisson | Gaussian

FAMILIES: dict[str, Family] = {"binomial": Binomial(), "poisson": Poisson(), "gaussian": Gaussian()}

__all__ = [
    "FAMILIES",
    "Binomial",
    "Family",
    "Gaussian",
    "Poisson",
    "binomial_cumulants",
    "binomial_curved",
    "binomial_table",
    "gaussian_curved",
    "gaussian_table",
    "poisson_cumulants",
    "poisson_curved",
    "poisson_table",
]
