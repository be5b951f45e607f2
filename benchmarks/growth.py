"""How the time of a fit grows: with the number of children it should not, with cells in proportion.

CPU seconds decide: both sides are one process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from made_up_cells import SMALL, made_up_layout
from measure import Line, interleaved, spent

from sos_bayes.designs import DiD, Layout, layout_of
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.fitting.nuts.sample import sample
from sos_bayes.sampling.sampler import Sampler
from sos_bayes.simulation import Scenario, made_up_england

TIMES, CELLS = 1.5, 25
SAMPLER = Sampler(draws=1000, progress=False)


def children(pairs: int) -> tuple[Line, ...]:
    """Fit 1e5 children against 1e7 in the same cells, by both routes; compilation is left out of the sampler's."""
    layouts = [made_up_layout(replace(SMALL, children=n)) for n in (100_000, 10_000_000)]
    fast = [_fast(layout, SMALL.design) for layout in layouts]
    ready = [prepare(problem_of(SMALL.design.model(layout), layout.cells)) for layout in layouts]
    nuts = [partial(sample, one, SAMPLER, 1) for one in ready]
    return tuple(
        _line(f"growth-children {name}", calls, pairs, TIMES, "the children 100 times")
        for name, calls in (("fast", fast), ("nuts", nuts))
    )


def cells(pairs: int) -> tuple[Line, ...]:
    """Fast fits of 30 authorities by 8 quarters, and of 150 by 40: 25 times the cells."""
    layouts = []
    for authorities, adopters, periods in ((30, 9, 8), (150, 45, 40)):
        scenario = Scenario(authorities=authorities, adopters=adopters, periods=periods, period="quarter")
        made = made_up_england(scenario, seed=1)
        layouts.append(layout_of(made.cells, made.rollout))
    calls = [_fast(layout, DiD()) for layout in layouts]
    return (_line("growth-cells", calls, pairs, TIMES * CELLS, f"the cells {CELLS} times"),)


def _fast(layout: Layout, design: DiD) -> Callable[[], Any]:
    return lambda: fit_layout(layout, design, method="fast", seed=1, fall_back=False)


def _line(name: str, calls: Sequence[Callable[[], Any]], pairs: int, goal: float, what: str) -> Line:
    few, many = calls
    spent(few), spent(many)
    both = interleaved(lambda: spent(few), lambda: spent(many), pairs)
    return Line(
        name,
        f"{both.cpu:.2f} times the time for {what}",
        f"<= {goal:.1f} times",
        both.cpu <= goal,
        f"CPU decides; {both.ours.cpu:.2f} and {both.peer.cpu:.2f} s CPU ({both.ours.wall:.2f} and "
        f"{both.peer.wall:.2f} s wall); wall {both.wall:.2f} times",
    )
