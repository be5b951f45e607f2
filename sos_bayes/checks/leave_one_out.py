"""Does one adopter carry the answer? Each is left out in turn, children and all."""

from __future__ import annotations

from sos_bayes._core.words import probability
from sos_bayes.checks.bench import Bench, inapplicable, unassessed
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.rounds import Asking
from sos_bayes.designs import Layout
from sos_bayes.estimands.estimation import estimate

NAME, TITLE = "leave_one_out", "Leave one adopter out"


def check_leave_one_out(bench: Bench) -> Asking:
    """Report the lowest P(direction) over fits without each adopter."""
    layout = bench.fit.layout
    if len(layout.adopters) < 2:
        return inapplicable(NAME, TITLE, "there is one adopter.")
    rests = [layout.without(int(position)) for position in layout.adopters]
    if not all(comparable_still(rest) for rest in rests):
        return unassessed(NAME, TITLE, "without one of them nobody is left to compare with.")
    effects = yield [bench.look(layout=rest) for rest in rests]
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
    worst = numbers[0][1] if estimate(bench.twin).mean > 0 else numbers[1][1]
    kept = f"the direction keeps at least {probability(worst)}"
    sentence = f"Leaving out each of {len(effects)} adopters in turn, {kept}."
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


def comparable_still(layout: Layout) -> bool:
    """Whether there are never-adopters, or adopters with different starts."""
    starts = layout.starts[layout.adopters]
    return bool(len(layout.comparators) or starts.min() < starts.max())
