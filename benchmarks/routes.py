"""The fast route against NUTS: how long it takes, and how far its answer lies from the sampled one.

The reference is sampled once: at length for the small design, by default settings for the big one. Differences of
the ATT's mean, of its sd and of tail probabilities may exceed their limits by two Monte Carlo standard errors.
Tail probabilities are taken at zero and where the sampled posterior has 5 % and 95 % below.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from made_up_cells import BIG, SMALL, Size, made_up_layout
from measure import Line, median, spent

from sos_bayes.designs import Layout
from sos_bayes.estimands import Effect, estimate
from sos_bayes.fitting import Fit, fit_layout
from sos_bayes.sampling.sampler import Sampler

OF_SD, OF_SPREAD, OF_TAIL = 0.05, 0.05, 0.01
ERRORS = 2.0
LONG = Sampler(draws=10_000, progress=False)
PAIRS = {"small": (SMALL, LONG, 0.5), "big": (BIG, Sampler(progress=False), 5.0)}


def pair(name: str) -> Callable[[int], tuple[Line, ...]]:
    """Give the function that measures one size."""
    size, sampler, goal = PAIRS[name]

    def lines(pairs: int) -> tuple[Line, ...]:
        layout = made_up_layout(size)
        fast(layout, size)
        used = median([spent(lambda: fast(layout, size)) for _ in range(pairs)])
        ours = fast(layout, size)
        sampled = fit_layout(layout, size.design, method="nuts", seed=1, sampler=sampler)
        measured, close, note = apart(estimate(ours), estimate(sampled))
        within = used.wall <= goal and close and ours.health.ok
        seconds = dict(sampled.seconds)
        return (
            Line(
                f"fast-{name}",
                f"{used.wall:.2f} s; {measured}",
                f"<= {goal} s; {OF_SD} sd, {OF_SPREAD:.0%}, {OF_TAIL}",
                within,
                f"wall decides; {used.cpu:.2f} s CPU; NUTS prepared {seconds['prepare']:.1f} s, sampled "
                f"{seconds['sample']:.0f} s; gate {_gate(ours)}, NUTS {_gate(sampled)}; {note}",
            ),
        )

    return lines


def fast(layout: Layout, size: Size) -> Fit:
    """Fit by the fast route, without NUTS where it misses its gate."""
    return fit_layout(layout, size.design, method="fast", seed=1, fall_back=False)


def apart(ours: Effect, sampled: Effect) -> tuple[str, bool, str]:
    """How far two posteriors of the ATT lie apart, in words; and whether that is within the limits."""
    from arviz_stats.base import array_stats

    size = 1 / (
        1 / ours.draws.size + 1 / float(array_stats.ess(sampled.draws, method="bulk", chain_axis=0, draw_axis=1))
    )
    mean = abs(ours.mean - sampled.mean) / sampled.sd
    spread = abs(ours.sd / sampled.sd - 1)
    bounds = (0.0, *np.quantile(sampled.draws, [0.05, 0.95]))
    tails = [abs(ours.probability(below=b) - sampled.probability(below=b)) for b in bounds]
    noise = [np.hypot(ours.probability_error(below=b), sampled.probability_error(below=b)) for b in bounds]
    errors = (1 / np.sqrt(size), 1 / np.sqrt(2 * size), max(noise))
    close = (
        mean <= OF_SD + ERRORS * errors[0]
        and spread <= OF_SPREAD + ERRORS * errors[1]
        and all(t <= OF_TAIL + ERRORS * e for t, e in zip(tails, noise, strict=True))
    )
    measured = f"ATT {mean:.3f} sd, sd {spread:.1%}, tails {max(tails):.4f} apart"
    return measured, bool(close), f"Monte Carlo errors {errors[0]:.3f} sd, {errors[1]:.1%}, {errors[2]:.4f}"


def _gate(fit: Fit) -> str:
    return "passed" if fit.health.ok else "missed (" + " ".join(fit.health.reasons) + ")"
