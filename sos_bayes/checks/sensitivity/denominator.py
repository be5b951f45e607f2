"""Did practice change who is counted? The same design on the denominator itself.

How far numbers wander by themselves is learnt from the numbers, those of comparators above all: authorities' own shocks
with their memory, beside the noise of counting. A change that is within that is not seen, however large it looks, and
with few adopters it may be impossible to tell that there was none: the sentence says which of the three it is.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from sos_bayes._core.words import probability
from sos_bayes.checks.bearing import SEEN, SURE
from sos_bayes.checks.fit_under_test import DRAWS, FitUnderTest, Part, inapplicable, members, unassessed
from sos_bayes.checks.result import CheckResult, State
from sos_bayes.checks.scheduling import Asking
from sos_bayes.data import Aim, Count
from sos_bayes.data.outcomes import Outcome, noun
from sos_bayes.designs import DiD, Layout
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.estimation import estimate
from sos_bayes.estimands.printed import span
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol

NAME, TITLE = "denominator", "Effect on who is counted"
SMALL, LARGE = 0.05, 0.10


def check_denominator(tested: FitUnderTest) -> Asking:
    """Report the relative change of the denominator, whoever is said to decide who is in it."""
    fit = tested.fit
    layout = counted(fit.layout, tested.part)
    if constant(layout):
        return unchanged(layout)
    design = replace(fit.design, adjust=(), vary_by=())
    (ratio,) = yield [tested.request(design, layout, partial(estimate, scale="ratio"))]
    return reported(ratio, fit.outcome)


def by_did(fit: FitProtocol) -> CheckResult:
    """Report it of a fit with a model of its own, by a difference-in-differences of the numbers."""
    layout = counted(fit.layout, None)
    if constant(layout):
        return unchanged(layout)
    ratio = fit_layout(layout, DiD(), seed=fit.seed, n_draws=DRAWS, fall_back=False)
    return reported(estimate(ratio, scale="ratio"), fit.outcome)


def reported(ratio: Effect, outcome: Outcome) -> CheckResult:
    """Report the ratio of numbers counted."""
    if not ratio.health.ok:
        return unassessed(NAME, TITLE, " ".join(ratio.health.reasons))
    small = ratio.probability(above=1 - SMALL, below=1 + SMALL)
    large = 1 - ratio.probability(above=1 - LARGE, below=1 + LARGE)
    changed = max(ratio.probability(above=1.0), ratio.probability(below=1.0))
    sentence = (
        f"After the rollout adopters counted {ratio.mean:.2f} times as many {noun(outcome)} as without it "
        f"(95 % interval {span(ratio)}); {probability(small)} that the change is below 5 %, "
        f"{probability(large)} that it is above 10 %. {_in_short(small, changed)}"
    )
    numbers = (("p_small", small), ("p_large", large), ("p_changed", changed), ("ratio", ratio.mean), ("sd", ratio.sd))
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


def _in_short(small: float, changed: float) -> str:
    """Whether the number counted changed: no, yes, or it cannot be told."""
    if small >= SURE:
        return "It hardly changed."
    if changed >= SEEN:
        return f"It is seen to change ({probability(changed)} for the direction)."
    return (
        f"Whether it changed cannot be told ({probability(changed)} for the direction): authorities' numbers wander "
        "too far by themselves."
    )


def constant(layout: Layout) -> bool:
    """Whether every authority counts the same number in each of its periods: nothing to fit."""
    rows = layout.cells.events[..., 0]
    seen = rows > 0
    lowest, highest = np.where(seen, rows, np.inf).min(axis=1), rows.max(axis=1)
    return bool((highest[seen.any(axis=1)] <= lowest[seen.any(axis=1)] * (1 + 1e-9)).all())


def unchanged(layout: Layout) -> CheckResult:
    """Say that nobody's number changed, or that there are no numbers."""
    if layout.cells.events.max() <= 1:
        return inapplicable(NAME, TITLE, "each row is one figure, in which nobody is counted.")
    sentence = f"Every authority counted the same number of {layout.cells.outcome.unit} throughout: no change."
    numbers = (("p_small", 1.0), ("p_large", 0.0), ("p_changed", 0.5), ("ratio", 1.0), ("sd", 0.0))
    return CheckResult(NAME, TITLE, State.REPORTED, numbers, sentence)


def counted(layout: Layout, part: Part | None) -> Layout:
    """Denominators as counts, one of exposure for every cell that has one."""
    cells = layout.cells
    rows = (cells.counted * members(cells, part)).sum(axis=2, keepdims=True)
    outcome = Count(
        "denominator", "one", per=1.0, aim=Aim.MORE, worthwhile=1.0, label=f"denominator of {cells.outcome.label}",
        unit=noun(cells.outcome),
    )  # fmt: skip
    counted = replace(
        cells, columns=(), patterns=((),), events=rows, total=(rows > 0).astype(np.float64), outcome=outcome,
        levels=None, squares=None, bands=None, intervals=None, design_effect=None, values=None,
    )  # fmt: skip
    return replace(layout, cells=counted)
