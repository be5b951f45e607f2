"""Falsification: each check tries to make a fit's answer go away."""

from sos_bayes.checks.battery import CHECKS, check
from sos_bayes.checks.result import CheckResult, State

__all__ = ["CHECKS", "CheckResult", "State", "check"]
