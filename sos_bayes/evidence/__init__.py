"""Strength of evidence: criteria, the rule, the grade."""

from sos_bayes.evidence.criteria import CRITERIA, Criterion
from sos_bayes.evidence.grading import Grade, grade
from sos_bayes.evidence.rule import SOS_DEFAULT, SOS_DEFAULT_1, Rule
from sos_bayes.evidence.strength import Direction, Strength

__all__ = ["CRITERIA", "SOS_DEFAULT", "SOS_DEFAULT_1", "Criterion", "Direction", "Grade", "Rule", "Strength", "grade"]
