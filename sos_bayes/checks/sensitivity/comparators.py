"""Does the answer hang on who the comparators are? The fast headline against other sets of them.

It informs and gates nothing: with shocks in the model, other sets add next to no control of chance errors, and an
honest smaller set is less certain. Two halves that disagree, or a set that turns the answer, tell of bias.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.words import between, listed, probability
from sos_bayes.checks.fit_under_test import FitUnderTest, effect_on, inapplicable, unassessed
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.scheduling import Asking
from sos_bayes.designs import Layout
from sos_bayes.estimands.effect import Effects
from sos_bayes.families import FAMILIES

NAME, TITLE = "comparators", "Other comparators"
FEWEST = 8  # comparators that can be halved
NEAREST = "the nearest half by level before"


def check_comparators(tested: FitUnderTest) -> Asking:
    """Report the range of the SATT and the lowest P(direction) over other sets of comparators."""
    sets = {**halves(tested.fit.layout, tested.fit.seed), **dict(tested.against)}
    if not sets:
        return inapplicable(NAME, TITLE, f"there are fewer than {FEWEST} comparators to choose from.")
    seen = yield [tested.request(layout=layout) for layout in sets.values()]
    effects = Effects(
        "comparators", tuple(replace(e, label=name, subgroup_of=None) for name, e in zip(sets, seen, strict=True))
    )
    sick = [name for name, e in zip(sets, effects, strict=True) if not e.health.ok]
    if sick:
        why = dict.fromkeys(reason for e in effects for reason in e.health.reasons)
        return unassessed(NAME, TITLE, f"{listed(sick)}: {' '.join(why)}")
    positive = [e.probability(above=0.0) for e in effects]
    numbers = (
        ("p_positive", min(positive)),
        ("p_negative", min(1 - p for p in positive)),
        ("p_error", max(e.probability_error(above=0.0) for e in effects)),
        ("lowest_mean", min(e.mean for e in effects)),
        ("highest_mean", max(e.mean for e in effects)),
    )
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, _in_words(tested, effects), effects)


def halves(layout: Layout, seed: int) -> dict[str, Layout]:
    """Two random halves of the comparators, and the half whose level before the first start is nearest to adopters'."""
    level = levels_before(layout)
    able = layout.comparators[np.isfinite(level[layout.comparators])]
    if len(able) < FEWEST:
        return {}
    mixed = np.random.default_rng([seed, 29]).permutation(able)
    half = len(able) // 2
    near = np.abs(level[able] - np.nanmean(level[layout.adopters]))
    sets = {
        "one random half": mixed[:half],
        "the other half": mixed[half:],
        NEAREST: able[np.argsort(near, kind="stable")[:half]],
    }
    return {name: _against(layout, chosen) for name, chosen in sets.items()}


def levels_before(layout: Layout) -> NDArray[np.float64]:
    """Level of each authority (A,) before the first start, unexposed, on the model's scale; nan where unseen."""
    early = (np.arange(layout.shape[1]) < layout.n_pre) & (layout.dose == 0)
    events, total = ((x.sum(axis=2) * early).sum(axis=1) for x in (layout.cells.likely, layout.cells.total))
    return np.where(total > 0, FAMILIES[layout.cells.outcome.family].start(events, total), np.nan)


def _against(layout: Layout, comparators: NDArray[np.intp]) -> Layout:
    keep = layout.starts < layout.shape[1]
    keep[comparators] = True
    return layout.only(keep)


def _in_words(tested: FitUnderTest, effects: Effects) -> str:
    first = effects.effects[0]
    low, high = (first.factor * f(e.mean for e in effects) for f in (min, max))
    up = effect_on(tested.fast_refit, tested.part).mean > 0
    p = min(e.probability(above=0.0) if up else e.probability(below=0.0) for e in effects)
    size = between(low, high, first.unit)
    regression = (
        " The nearest half was chosen on the outcome itself, which brings regression to the mean: a check of bias, and "
        "no gain in strength where it agrees."
        if NEAREST in effects.labels
        else ""
    )
    return (
        f"Against {listed(effects.labels)}, estimates run from {size}, and the direction keeps at least "
        f"{probability(p)}. Smaller sets are less certain by themselves.{regression} This informs and decides nothing."
    )
