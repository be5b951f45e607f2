"""Synthesis across studies: random effects, meta-regression, small-study bias, and what to expect at a new site."""

from __future__ import annotations

from sos_bayes.meta_analyses.analysis import meta_analysis
from sos_bayes.meta_analyses.bias_comparison import BiasComparison, compare_bias
from sos_bayes.meta_analyses.measures import SynthesisPriors
from sos_bayes.meta_analyses.study_table import Studies
from sos_bayes.meta_analyses.summaries import Summarised
from sos_bayes.meta_analyses.synthesis_result import MetaAnalysis

__all__ = [
    "BiasComparison",
    "MetaAnalysis",
    "Studies",
    "Summarised",
    "SynthesisPriors",
    "compare_bias",
    "meta_analysis",
]
