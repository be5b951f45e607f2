"""Five hundred placebo refits on all cores: nine random adopters of forty authorities over eight years, no effect.

Fits come back with their draws, some 14 MB each, so they are asked for fifty at a time and only their ATT is kept.
Measured once whatever the number of pairs: there is no peer.
"""

from __future__ import annotations

import numpy as np
from measure import Line, spent

from sos_bayes.designs import DiD, Layout, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Fit, FitSpec, fit_many
from sos_bayes.simulation import Scenario, made_up_england

REFITS, AT_ONCE, SECONDS = 500, 50, 180.0


def jobs(count: int = REFITS, seed: int = 1) -> list[FitSpec]:
    """Jobs that differ in who adopts; nobody did."""
    made = made_up_england(Scenario(), seed=seed)
    cells = layout_of(made.cells, made.rollout).cells
    periods, rng = len(cells.calendar), np.random.default_rng(seed)
    found = []
    for _ in range(count):
        starts = np.full(len(cells.authorities), periods, dtype=np.intp)
        starts[rng.choice(len(starts), 9, replace=False)] = periods // 2
        found.append(FitSpec(Layout(cells, starts), DiD(), seed=seed, fall_back=False))
    return found


def lines(pairs: int) -> tuple[Line, ...]:
    """One line; wall time decides."""
    todo = jobs()
    effects: list[float] = []
    healthy = 0

    def run() -> None:
        nonlocal healthy
        for first in range(0, len(todo), AT_ONCE):
            fits = [f for f in fit_many(todo[first : first + AT_ONCE], progress=False) if isinstance(f, Fit)]
            healthy += sum(f.health.ok for f in fits)
            effects.extend(estimate(f).mean for f in fits)

    used = spent(run)
    return (
        Line(
            "placebo",
            f"{used.wall:.0f} s for {len(effects)} refits, {healthy} pass their gate",
            f"<= {SECONDS:.0f} s for {REFITS} refits",
            used.wall <= SECONDS and len(effects) == REFITS,
            f"wall decides; {used.cpu:.0f} s CPU in this process, workers not counted; "
            f"sd of the placebo ATTs {np.std(effects):.4f}",
        ),
    )
