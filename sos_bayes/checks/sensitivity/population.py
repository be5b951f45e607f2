"""Would it hold for the authorities that the adopters stand for? (PATT)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sos_bayes.checks.fit_under_test import FitUnderTest, effect_on, in_words, inapplicable, named
from sos_bayes.checks.result import CheckResult, State
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
    positive = float((mu > 0).mean())
    numbers = (
        ("p_positive", positive),
        ("p_negative", 1 - positive),
        ("p_error", effect.probability_error(above=0.0)),
        ("mean", effect.mean),
        ("sd", effect.sd),
    )
    return CheckResult(
        NAME,
        TITLE,
        State.REPORTED,
        numbers,
        f"In the population the adopters stand for: {in_words(effect)}, {named(effect)}.",
    )


def _in_subgroup(fit: Fit, by: str, label: str) -> NDArray[np.float64]:
    """Average effect in the population on the model's scale, among the children of one subgroup."""
    groups = groups_by(fit.layout, by)
    weights = normalised(authority_weights(fit.layout), groups)
    return link_averages(fit, groups, weights, shared_effect(fit))[..., groups.labels.index(label)]
