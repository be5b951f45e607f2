"""Synthetic control and latent factors: designs with models of their own, and the triangulation of designs."""

from __future__ import annotations

from sos_bayes.checks.by_type_of_fit import ANSWERED
from sos_bayes.synthesis.comparing.checks import IMPUTED
from sos_bayes.synthesis.comparing.placebo import Placebos, placebo_in_space
from sos_bayes.synthesis.comparing.triangulation import Comparison, Difference, compare
from sos_bayes.synthesis.donor_weights import SyntheticControl
from sos_bayes.synthesis.estimators.augmented import augmented_synthetic_control
from sos_bayes.synthesis.estimators.point_estimators import (
    Point,
    difference_in_differences,
    synthetic_control,
    synthetic_did,
)
from sos_bayes.synthesis.latent_factors import LatentFactors
from sos_bayes.synthesis.second_stage.imputed_fit import ImputedFit

ANSWERED[ImputedFit] = IMPUTED

__all__ = [
    "Comparison",
    "Difference",
    "ImputedFit",
    "LatentFactors",
    "Placebos",
    "Point",
    "SyntheticControl",
    "augmented_synthetic_control",
    "compare",
    "difference_in_differences",
    "placebo_in_space",
    "synthetic_control",
    "synthetic_did",
]
