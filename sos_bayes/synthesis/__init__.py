"""Synthetic control and latent factors: designs with models of their own, and the triangulation of designs."""

from __future__ import annotations

from sos_bayes.checks.by_fit import ANSWERED
from sos_bayes.synthesis.augmented import augmented_synthetic_control
from sos_bayes.synthesis.checks import IMPUTED
from sos_bayes.synthesis.donor_weights import SyntheticControl
from sos_bayes.synthesis.fitted import ImputedFit
from sos_bayes.synthesis.latent_factors import LatentFactors
from sos_bayes.synthesis.placebo import Placebos, placebo_in_space
from sos_bayes.synthesis.reference import Point, difference_in_differences, synthetic_control, synthetic_did
from sos_bayes.synthesis.triangulation import Comparison, Difference, compare

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
