"""Does the answer hang on large authorities? Authorities weighted equally, beside children weighted equally."""

from __future__ import annotations

from sos_bayes.checks.fit_under_test import FitUnderTest, Part, effect_on, inapplicable, pointing
from sos_bayes.checks.result import CheckResult
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

NAME, TITLE = "weighting", "Authorities weighted equally"
LEAD_IN = "Each adopter counting the same"


def check_weighting(tested: FitUnderTest) -> CheckResult:
    """Report the authority-weighted SATT."""
    return reported(tested.fit, tested.part)


def reported(fit: FitProtocol, part: Part | None = None) -> CheckResult:
    """Report it of a fit."""
    if len(fit.layout.adopters) < 2:
        return inapplicable(NAME, TITLE, "with one adopter both weightings are the same.")
    effect = effect_on(fit, part, weight="authorities")
    return pointing(NAME, TITLE, effect, LEAD_IN)
