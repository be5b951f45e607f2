"""Were adopters different before they started? A gap in level is not an effect, and readers ask."""

from __future__ import annotations

import numpy as np

from sos_bayes.checks.fit_under_test import FitUnderTest, in_words, inapplicable, numbers_of
from sos_bayes.checks.parallel_trends.pre_period_gaps import before_start, gap_effects
from sos_bayes.checks.result import CheckResult, State

NAME, TITLE = "level_gap", "Level gap before the rollout"


def check_level_gap(tested: FitUnderTest) -> CheckResult:
    """Report adopters' level before their start, against what comparators' mean level would give."""
    if tested.part is not None:
        return inapplicable(NAME, TITLE, "looked at for all children together, with the overall effect.")
    fit = tested.fit
    if not len(fit.layout.comparators):
        return inapplicable(NAME, TITLE, "every authority adopts in the end.")
    shift = np.broadcast_to(fit.draws.level_gap[:, :, None, None], fit.draws.theta.shape)
    (gap,) = gap_effects(fit, shift, ("level gap",), before_start(fit)[None])
    said = "Before the rollout, adopters against comparators at the same time"
    sentence = f"{said}: {in_words(gap)}. A gap in level is not an effect."
    return CheckResult(NAME, TITLE, State.REPORTED, numbers_of(gap), sentence)
