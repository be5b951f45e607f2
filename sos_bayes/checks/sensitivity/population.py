"""Would it hold for the authorities that the adopters stand for? (PATT)."""

from __future__ import annotations

from sos_bayes._core.array_types import Floats
from sos_bayes.checks.fit_under_test import FitUnderTest, effect_on, in_words, inapplicable, named
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.link_scale import link_averages, shared_effect
from sos_bayes.estimands.weights import authority_weights, groups_by, normalised
from sos_bayes.fitting import Fit

NAME, TITLE = "patt", "Average over the population of adopters (PATT)"


def check_population(tested: FitUnderTest) -> CheckResult:
    """Report the sign of ``mu_tau`` and the size of the PATT."""
    if len(tested.fit.layout.adopters) < 2:
        return inapplicable(NAME, TITLE, "one adopter says next to nothing about other authorities.")
    effect = effect_on(tested.fit, tested.part, estimand="patt")
    mu = tested.fit.draws.shared["mu_tau"] if tested.part is None else _in_subgroup(tested.fit, *tested.part)
    return reported(effect, mu, f"{in_words(effect)}, {named(effect)}")


def reported(effect: Effect, mu: Floats, said: str) -> CheckResult:
    """Report the PATT ``said`` in words, with the sign of the average ``mu`` on the model's scale."""
    positive = float((mu > 0).mean())
    numbers = (
        ("p_positive", positive), ("p_negative", 1 - positive), ("p_error", effect.probability_error(above=0.0)),
        ("mean", effect.mean), ("sd", effect.sd),
    )  # fmt: skip
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, f"In the population the adopters stand for: {said}.")


def _in_subgroup(fit: Fit, by: str, label: str) -> Floats:
    """Average effect in the population on the model's scale, among the children of one subgroup."""
    groups = groups_by(fit.layout, by)
    weights = normalised(authority_weights(fit.layout), groups)
    return link_averages(fit, groups, weights, shared_effect(fit))[..., groups.labels.index(label)]
