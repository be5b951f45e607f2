"""Would it hold for the authorities that the adopters stand for? (PATT)."""

from __future__ import annotations

from sos_bayes.checks.bench import Bench, in_words, inapplicable
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.estimands.estimation import estimate

NAME, TITLE = "patt", "Average over the population of adopters (PATT)"


def check_population(bench: Bench) -> CheckResult:
    """Report the sign of ``mu_tau`` and the size of the PATT."""
    if len(bench.fit.layout.adopters) < 2:
        return inapplicable(NAME, TITLE, "one adopter says next to nothing about other authorities.")
    mu = bench.fit.draws.shared["mu_tau"]
    effect = estimate(bench.fit, estimand="patt")
    positive = float((mu > 0).mean())
    numbers = (
        ("p_positive", positive),
        ("p_negative", 1 - positive),
        ("p_error", effect.probability_error(above=0.0)),
        ("mean", effect.mean),
        ("sd", effect.sd),
    )
    return CheckResult(
        NAME, TITLE, State.REPORTED, numbers, f"In the population the adopters stand for: {in_words(effect)}."
    )
