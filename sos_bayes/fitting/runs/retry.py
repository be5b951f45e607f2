"""Sample, pass the gate, and if need be sample again: with smaller steps, or longer where P(direction) is in a tail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.designs import Layout
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.posterior.diagnostics import Health, nuts_health
from sos_bayes.fitting.posterior.draws import Draws, Sampled
from sos_bayes.fitting.posterior.marginal_contrasts import average
from sos_bayes.sampling.sampler import Sampler

LOG = logging.getLogger("sos_bayes")
MOVED = 0.005  # of P(direction) between two runs, beyond which divergences are not forgiven
TAIL, FAR_TAIL, CERTAIN = 0.94, 0.985, 0.9985  # P(direction) from which its error matters, and up to where
ERROR, FAR_ERROR = 0.0025, 0.001  # largest Monte Carlo error of P in the tail and far in it
MOST = 4  # times the draws, at the most, to make a tail precise


def sample_until_healthy(
    sample: Callable[[Sampler, int], Sampled], sampler: Sampler, seed: int, problem: Problem, layout: Layout
) -> tuple[Draws, Health, tuple[str, ...]]:
    """Sample; where the gate fails, sample once more with twice the draws and smaller steps.

    After the retry, divergences alone are forgiven if P(direction) did not move beyond what chance explains. A
    healthy run whose P(direction) lies in a tail is sampled longer where its Monte Carlo error is too large to
    tell on which side of a threshold it lies.

    Parameters
    ----------
    sample : callable
        One run, by settings and a seed.
    sampler : Sampler
    seed : int
    problem : Problem
    layout : Layout
    """
    first = sample(sampler, seed)
    watched = watch(problem, layout, first.draws)
    health = nuts_health(first.divergences, first.energy, watched)
    if health.ok:
        times = max(more_draws(watched[name]) for name in ("the effect", "mu_tau"))
        if times == 1:
            return first.draws, health, ()
        longer = sample(replace(sampler, draws=times * sampler.draws), seed + 1)
        better = nuts_health(longer.divergences, longer.energy, watch(problem, layout, longer.draws))
        if not better.ok:
            return (
                first.draws,
                health,
                (f"A longer run missed its gate and was not used ({' '.join(better.reasons)}).",),
            )
        return longer.draws, better, (f"Sampled with {times} times the draws, because P(direction) lies in a tail.",)
    LOG.warning("A fit missed its gate and is sampled once more: %s", " ".join(health.reasons))
    second = sample(sampler.longer(), seed + 1)
    again = watch(problem, layout, second.draws)
    later = nuts_health(second.divergences, second.energy, again)
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
        watched[departure(layout.cells.names[a])] = draws.own["departure"][..., k]
    fixed = {"rho"} if problem.model.shocks.walk else set()  # a constant has no R-hat
    return watched | {name: value for name, value in draws.hyper.items() if name not in fixed}


def departure(name: str) -> str:
    """What the gate calls an authority's own departure: the one watched quantity that names a place.

    Examples
    --------
    >>> departure("Leeds")
    'the departure of Leeds'
    """
    return f"the departure of {name}"


def more_draws(values: Floats) -> int:
    """How many times the draws make P(direction) precise enough for its place; 1 where it is.

    The Monte Carlo standard error of p is sqrt(p (1 - p) / ESS), ESS the effective sample size of the event itself.

    Parameters
    ----------
    values : ndarray (chain, draw)
    """
    from arviz_stats.base import array_stats

    positive = (values > 0).astype(float)
    p = max(float(positive.mean()), 1 - float(positive.mean()))
    if not TAIL <= p <= CERTAIN:
        return 1
    size = float(array_stats.ess(positive, method="mean", chain_axis=0, draw_axis=1))
    wanted = p * (1 - p) / (FAR_ERROR if p >= FAR_TAIL else ERROR) ** 2
    return int(np.clip(np.ceil(wanted / size), 1, MOST))


def _only_divergences(health: Health) -> bool:
    """Whether nothing but divergences failed the gate."""
    return all("diverged" in reason for reason in health.reasons)


def _stayed(before: Floats, after: Floats, second: Sampled) -> bool:
    """Whether P(direction) of two runs differs by no more than `MOVED`, or two standard errors of a difference.

    A quarter of the draws is taken for their effective number.
    """
    p, q = float((before > 0).mean()), float((after > 0).mean())
    noise = 2 * np.sqrt(2 * max(p * (1 - p), 1e-4) / (0.25 * second.energy.size))
    return abs(p - q) < max(MOVED, float(noise))
