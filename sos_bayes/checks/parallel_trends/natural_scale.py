"""Were authorities parallel on the outcome's own scale? The headline assumes the model's: log-odds or log-rates.

Where adopters lie higher or lower than comparators, the two scales differ in what adopters would have had. No fit: the
headline's draws are moved by the difference between the two counterfactuals, shocks after the start left as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes._core.words import amount
from sos_bayes.checks.against_headline import with_bearing, with_numbers
from sos_bayes.checks.fit_under_test import FitUnderTest, Part, directional, effect_on, inapplicable, members
from sos_bayes.checks.result import CheckResult
from sos_bayes.estimands.effect import Effect
from sos_bayes.estimands.weights import child_weights, treated_cells
from sos_bayes.fitting import Fit
from sos_bayes.fitting.posterior.marginal_contrasts import average

NAME, TITLE = "points", "Parallel in points"
LARGEST = 4_000_000  # numbers of one array of draws by cells
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(5)


class Times(NamedTuple):
    """Weights of adopters' cells after their start and before it, (K, T, C); each sums to one."""

    after: Floats
    before: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def check_points(tested: FitUnderTest) -> CheckResult:
    """Report the effect had comparators' change in points, and not on the model's scale, been the adopters' too."""
    fit = tested.fit
    if fit.outcome.measured:
        return inapplicable(NAME, TITLE, "the model's scale is the outcome's own.")
    own = effect_on(fit, tested.part)
    shift = float(fit.outcome.per) * shift_of(fit, tested.part)
    moved = replace(own, draws=own.draws + shift)
    apart = float(shift.mean())
    result = directional(NAME, TITLE, moved, f"Had adopters changed as comparators did in {_unit(own)}")
    if result.assessed and abs(apart) > tested.worthwhile / 2:
        result = replace(result, sentence=f"{result.sentence} {_disagreement(own, apart)}")
    return with_bearing(with_numbers(result, moved=apart), own)


def _unit(effect: Effect) -> str:
    return "rates" if effect.outcome.rate else "points"


def _disagreement(own: Effect, apart: float) -> str:
    size = amount(own.factor * abs(apart), own.unit)
    return (
        f"The two scales disagree by {size}, more than half of the worthwhile change: adopters and comparators lie at "
        f"different levels, and the answer depends on whether they would have changed by the same {_unit(own)}."
    )


def shift_of(fit: Fit, part: Part | None = None) -> Floats:
    """What adopters would have had by the model's scale, minus what by the outcome's own, (chain, draw).

    Both start from the adopters' level before; comparators are as many as the model says that there are at each level.
    """
    times = _times(fit, part)
    count = fit.draws.level_gap.size
    blocks = np.array_split(np.arange(count), -(-count * fit.draws.theta[0, 0].size // LARGEST))
    shifts = [_shift(replace(fit, draws=fit.draws.kept(block)), times) for block in blocks]
    return np.concatenate(shifts, axis=1).reshape(fit.draws.shape)


def _shift(fit: Fit, times: Times) -> Floats:
    """The same for some draws, in one chain."""
    after, before = _averages(fit, _adopters(fit), times)
    there = [_averages(fit, theta, weights) for theta, weights in _comparators(fit, times)]
    return np.asarray(after - before - sum(late - early for late, early in there))


def _times(fit: Fit, part: Part | None) -> Times:
    """Weights of the SATT, and the same adopters' weights spread over their periods before."""
    layout = fit.layout
    after = child_weights(layout) * members(layout.cells, part) * treated_cells(layout)[:, :, None]
    after = after / after.sum()
    seen = _seen_before(fit)
    before = after.sum(axis=1)[:, None, :] * (seen / seen.sum(axis=1, keepdims=True))[:, :, None]
    return Times(after, before)


def _seen_before(fit: Fit) -> NDArray[np.bool_]:
    layout = fit.layout
    return np.asarray((layout.before & (layout.cells.total.sum(axis=2) > 0))[layout.adopters])


def _averages(fit: Fit, theta: Floats, times: Times) -> tuple[Floats, Floats]:
    """Expected outcomes (chain, draw) at a predictor, after and before."""
    draws = replace(fit.draws, theta=theta, effect=np.zeros_like(theta))
    means = average(fit.problem, draws, times, "own", fit.seed).without
    return means[..., 0], means[..., 1]


def _adopters(fit: Fit) -> Floats:
    """Predictor of adopters without shocks after their start: their level before, and the periods' effects."""
    common = _period_effects(fit)
    streams = fit.problem.model.shocks.streams
    seen = np.tile(_seen_before(fit), streams)
    aside = fit.draws.theta - fit.draws.effect - common[:, :, None]
    by_stream = (aside * seen).reshape(*aside.shape[:3], streams, -1).sum(axis=4)
    level = by_stream / _seen_before(fit).sum(axis=1)[:, None]
    return np.repeat(level, fit.problem.chain, axis=3) + common[:, :, None]


def _comparators(fit: Fit, times: Times) -> list[tuple[Floats, Times]]:
    """Predictors of comparators at several levels, in place of adopters, with the weights that belong to them."""
    spread = np.hypot(fit.draws.hyper["spread"], fit.draws.hyper["sd_shock"])
    share = _composition(fit, times)
    size = len(fit.layout.adopters)
    weights = NODE_WEIGHTS / NODE_WEIGHTS.sum()
    comparators = []
    for begin in range(0, len(NODES), size):
        some = slice(begin, begin + size)
        theta = np.zeros_like(fit.draws.theta)
        at = spread[:, :, None, None] * NODES[some, None]
        theta[:, :, : at.shape[2]] = (_level(fit) + _period_effects(fit))[:, :, None] + at
        held = []
        for one in times:
            own = np.zeros_like(one)
            own[: at.shape[2]] = weights[some, None, None] * one.sum(axis=(0, 2))[:, None] * share
            held.append(own)
        comparators.append((theta, Times(*held)))
    return comparators


def _composition(fit: Fit, times: Times) -> Floats:
    """Share of each pattern (C,) among comparators' children, of those patterns that adopters' weights are on."""
    layout = fit.layout
    there = layout.comparators if len(layout.comparators) else layout.adopters
    count = layout.cells.counted[there].sum(axis=(0, 1)) * (times.after.sum(axis=(0, 1)) > 0)
    return np.asarray(count / count.sum())


def _level(fit: Fit) -> Floats:
    """Comparators' level on every slot (chain, draw, S T); adopters' where everybody adopts."""
    names = ("intercept",) if len(fit.layout.comparators) else ("intercept", "ever")
    return sum((_on_slots(fit, name) for name in names), np.zeros(1))


def _period_effects(fit: Fit) -> Floats:
    """Periods' effects on every slot (chain, draw, S T)."""
    return _on_slots(fit, "period")


def _on_slots(fit: Fit, name: str) -> Floats:
    """A shared term with its departures by stream, on every slot, stream after stream: (chain, draw, S T)."""
    shared, streams = fit.draws.shared, fit.problem.model.shocks.streams
    values = shared[name][..., None]
    if f"{name}_by_stream" in shared:
        values = values + shared[f"{name}_by_stream"].reshape(*values.shape[:3], streams)
    periods = np.broadcast_to(values, (*values.shape[:2], max(values.shape[2], fit.problem.chain), streams))
    return np.asarray(np.swapaxes(periods, 2, 3)).reshape(*values.shape[:2], -1)
