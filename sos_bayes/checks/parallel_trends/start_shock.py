"""Did authorities, adopters or not, step further apart at the start than at other times? It widens the interval.

A pandemic or a new recording system moves every authority for good, each by an amount of its own. The model's shocks
are as large in one year as in another, so such a step in few adopters passes for an effect. What a start adds is learnt
from the comparators, and the headline's interval is widened by it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.words import probability
from sos_bayes.checks.against_headline import with_bearing, with_numbers
from sos_bayes.checks.fit_under_test import FitUnderTest, Part, directional, effect_on, inapplicable
from sos_bayes.checks.parallel_trends.year_steps import DEGREES, Extra, boundaries, extra_at, steps_at
from sos_bayes.checks.result import CheckResult
from sos_bayes.estimands.effect import Effect
from sos_bayes.families import Family
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

NAME, TITLE = "start_shock", "A shock of its own size at the start"
FEWEST = 5  # comparators whose steps can be compared


def check_start_shock(tested: FitUnderTest) -> CheckResult:
    """Report the effect if adopters, too, took the steps that comparators took when the rollout started."""
    return reported(tested.fit, tested.part, tested.fit.problem.family)


def reported(fit: FitProtocol, part: Part | None, family: Family) -> CheckResult:
    """Report it of a fit on a family's scale."""
    at, others = boundaries(fit.layout)
    if len(fit.layout.comparators) < FEWEST:
        return inapplicable(NAME, TITLE, f"there are fewer than {FEWEST} comparators.")
    if not len(at) or not len(others):
        return inapplicable(NAME, TITLE, "there are no years away from the starts to compare theirs with.")
    extra = extra_at(steps_at(fit.layout, at), steps_at(fit.layout, others))
    own = effect_on(fit, part)
    wider = replace(own, draws=own.draws + _steps_of_adopters(fit, own, extra, family))
    lead_in = (
        f"{probability(extra.chance)} that comparators stepped further apart at the start than at other times (sd "
        f"{extra.sd @ extra.weight:.2f} beside the usual {extra.usual:.2f}, on the model's scale). If adopters did too"
    )
    result = directional(NAME, TITLE, wider, lead_in)
    return with_bearing(with_numbers(result, p_shock=extra.chance, extra=float(extra.sd @ extra.weight)), own)


def _steps_of_adopters(fit: FitProtocol, own: Effect, extra: Extra, family: Family) -> Floats:
    """What such steps would add to the average of adopters beyond that of comparators, (chain, draw)."""
    rng = np.random.default_rng([fit.seed, 31])
    sd = rng.choice(extra.sd, own.draws.shape, p=extra.weight)
    apart = np.sqrt(1 / own.k_effective + 1 / len(fit.layout.comparators))
    per = float(own.outcome.per)
    wide = np.sqrt(DEGREES / (DEGREES - 2))  # sd of a t that steps are read by, in its scales
    slope = per * float(family.slope(np.asarray(own.baseline / per)))
    return np.asarray(slope * wide * sd * apart * rng.standard_normal(own.draws.shape))
