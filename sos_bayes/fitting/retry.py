"""Sample, look, and if need be sample once more: longer and with the smallest steps."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from sos_bayes.designs import Layout
from sos_bayes.fitting.contrast import average
from sos_bayes.fitting.draws import Draws
from sos_bayes.fitting.health import Health, nuts_health
from sos_bayes.fitting.nuts import Sampled, Sampler, sample
from sos_bayes.fitting.problem import Problem

Floats = NDArray[np.float64]
LOG = logging.getLogger("sos_bayes")
MOVED = 0.005  # of P(direction) between two runs, beyond which divergences are not forgiven


def sample_until_healthy(
    problem: Problem, sampler: Sampler, seed: int, layout: Layout
) -> tuple[Draws, Health, tuple[str, ...]]:
    """Sample; where the gate fails, sample once more with twice the draws and smaller steps.

    After the retry, divergences alone are forgiven if P(direction) did not move beyond what chance explains.
    """
    first = sample(problem, sampler, seed)
    watched = watch(problem, layout, first.draws)
    health = nuts_health(first, watched)
    if health.ok:
        return first.draws, health, ()
    LOG.warning("A fit missed its gate and is sampled once more: %s", " ".join(health.reasons))
    second = sample(problem, sampler.longer(), seed + 1)
    again = watch(problem, layout, second.draws)
    later = nuts_health(second, again)
    note = f"Sampled twice: the first run missed its gate ({' '.join(health.reasons)})."
    if not later.ok and _only_divergences(later) and _stayed(watched["the effect"], again["the effect"], second):
        later = Health(True, (), later.numbers)
        note += " A few draws of the second still diverged; the answer did not move."
    return second.draws, later, (note,)


def watch(problem: Problem, layout: Layout, draws: Draws) -> dict[str, Floats]:
    """Everything reported whose convergence the gate looks at."""
    treated = layout.treated[layout.adopters].astype(float)
    patterns = layout.cells.total[layout.adopters].sum(axis=(0, 1))
    weights = treated[:, :, None] * patterns / (treated.sum() * patterns.sum())
    effect = average(problem, draws, weights[None], "own", 0)
    watched = {"the effect": (effect.with_rollout - effect.without)[..., 0]}
    watched |= {"mu_tau": draws.shared["mu_tau"][..., 0], "the level gap": draws.level_gap}
    for k, a in enumerate(layout.adopters):
        watched[f"the departure of {layout.cells.names[a]}"] = draws.own["departure"][..., k]
    fixed = {"rho"} if problem.model.shocks.walk else set()  # a constant has no R-hat
    return watched | {name: value for name, value in draws.hyper.items() if name not in fixed}


def _only_divergences(health: Health) -> bool:
    return all("diverged" in reason for reason in health.reasons)


def _stayed(before: Floats, after: Floats, second: Sampled) -> bool:
    p, q = float((before > 0).mean()), float((after > 0).mean())
    noise = 2 * np.sqrt(2 * max(p * (1 - p), 1e-4) / (0.25 * second.energy.size))
    return abs(p - q) < max(MOVED, float(noise))
