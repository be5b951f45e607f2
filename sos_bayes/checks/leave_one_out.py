"""Does one adopter carry the answer? Each is left out in turn, children and all.

Of many adopters, those are left out on whom the answer hangs most, in either direction (`influence`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.words import probability
from sos_bayes.checks.bench import Bench, effect_on, inapplicable, unassessed
from sos_bayes.checks.influence import left_without
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.rounds import Asking
from sos_bayes.designs import Layout
from sos_bayes.fitting import Fit

NAME, TITLE = "leave_one_out", "Leave one adopter out"
EACH_WAY = 6  # adopters that are left out for each direction, where there are more than twice as many


def check_leave_one_out(bench: Bench) -> Asking:
    """Report the lowest P(direction) over fits without each adopter."""
    layout = bench.fit.layout
    if len(layout.adopters) < 2:
        return inapplicable(NAME, TITLE, "there is one adopter.")
    if not all(comparable_still(layout.without(int(position))) for position in layout.adopters):
        return unassessed(NAME, TITLE, "without one of them nobody is left to compare with.")
    asked = layout.adopters[telling(bench.twin)]
    effects = yield [bench.look(layout=layout.without(int(position))) for position in asked]
    for effect in effects:
        if not effect.health.ok:
            return unassessed(NAME, TITLE, " ".join(effect.health.reasons))
    positive = [e.probability(above=0.0) for e in effects]
    means = [e.mean for e in effects]
    numbers = (
        ("p_positive", min(positive)),
        ("p_negative", min(1 - p for p in positive)),
        ("p_error", max(e.probability_error(above=0.0) for e in effects)),
        ("lowest_mean", min(means)),
        ("highest_mean", max(means)),
    )
    worst = numbers[0][1] if effect_on(bench.twin, bench.part).mean > 0 else numbers[1][1]
    kept = f"the direction keeps at least {probability(worst)}"
    these = f"{len(asked)} adopters" if len(asked) == len(layout.adopters) else _some_of(len(asked), layout)
    sentence = f"Leaving out each of {these} in turn, {kept}."
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


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
