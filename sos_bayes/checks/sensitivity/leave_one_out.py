"""Does one adopter carry the answer? Each is left out in turn, children and all.

Of many adopters, those are left out on whom the answer hangs most, in either direction (`influence`). The headline's
draws are weighted as if an adopter had never been counted; where too little is left of them, the fit is made anew.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.cores import spread
from sos_bayes._core.words import probability
from sos_bayes.checks.fit_under_test import FitUnderTest, effect_on, inapplicable, unassessed
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.scheduling import Asking
from sos_bayes.checks.sensitivity.influence import left_without
from sos_bayes.designs import Layout
from sos_bayes.estimands.effect import Effect
from sos_bayes.fitting import Fit
from sos_bayes.fitting.runs.importance_reweighting import without_adopter

NAME, TITLE = "leave_one_out", "Leave one adopter out"
EACH_WAY = 6  # adopters that are left out for each direction, where there are more than twice as many


def check_leave_one_out(tested: FitUnderTest) -> Asking:
    """Report the lowest P(direction) over fits without each adopter."""
    layout = tested.fit.layout
    if len(layout.adopters) < 2:
        return inapplicable(NAME, TITLE, "there is one adopter.")
    if not all(comparable_still(layout.without(int(position))) for position in layout.adopters):
        return unassessed(NAME, TITLE, "without one of them nobody is left to compare with.")
    places = telling(tested.fast_refit)
    reweighted = _from_draws(tested, places)
    thin = [i for i, effect in enumerate(reweighted) if not effect.health.ok]
    anew = yield [tested.request(layout=layout.without(int(layout.adopters[places[i]]))) for i in thin]
    effects = [anew[thin.index(i)] if i in thin else effect for i, effect in enumerate(reweighted)]
    for effect in effects:
        if not effect.health.ok:
            return unassessed(NAME, TITLE, " ".join(effect.health.reasons))
    mean = effect_on(tested.fast_refit, tested.part).mean
    these = f"{len(places)} adopters" if len(places) == len(layout.adopters) else _some_of(len(places), layout)
    return reported(effects, mean, these)


def reported(effects: list[Effect], mean: float, these: str) -> CheckResult:
    """Report the lowest P(direction) over effects without one of ``these``, the direction being that of ``mean``."""
    positive = [e.probability(above=0.0) for e in effects]
    means = [e.mean for e in effects]
    numbers = (
        ("p_positive", min(positive)),
        ("p_negative", min(1 - p for p in positive)),
        ("p_error", max(e.probability_error(above=0.0) for e in effects)),
        ("lowest_mean", min(means)),
        ("highest_mean", max(means)),
    )
    worst = numbers[0][1] if mean > 0 else numbers[1][1]
    sentence = f"Leaving out each of {these} in turn, the direction keeps at least {probability(worst)}."
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


def _from_draws(tested: FitUnderTest, places: NDArray[np.intp]) -> list[Effect]:
    """Effect without each adopter, from the draws of the fit with all."""
    seen = dict(spread(partial(_without, tested), places.tolist(), prefer="threads"))
    return [seen[i] for i in range(len(places))]


def _without(tested: FitUnderTest, place: int) -> Effect:
    return effect_on(without_adopter(tested.fast_refit, place), tested.part)


def _some_of(asked: int, layout: Layout) -> str:
    return f"the {asked} adopters (of {len(layout.adopters)}) on whom the answer hangs most"


def telling(fit: Fit) -> NDArray[np.intp]:
    """Places among the adopters of those to leave out: all, or both ends of a ranking by their influence."""
    n_k = len(fit.layout.adopters)
    if n_k <= 2 * EACH_WAY:
        return np.arange(n_k)
    ranked = np.argsort(left_without(fit), kind="stable")
    return np.sort(np.concatenate([ranked[:EACH_WAY], ranked[-EACH_WAY:]]))


def comparable_still(layout: Layout) -> bool:
    """Whether there are never-adopters, or adopters with different starts."""
    starts = layout.starts[layout.adopters]
    return bool(len(layout.comparators) or starts.min() < starts.max())
