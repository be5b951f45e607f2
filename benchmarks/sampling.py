"""NUTS on cells, against the same model with one Bernoulli row a child: same priors, parametrisation and starts.

The peer is the library's own PyMC model (`fitting.build`) with the table likelihood taken out and a
``pm.Bernoulli`` over children put in, compiled and sampled by nutpie like ours. Priors, free variables and starting
points are the library's on both sides, which favours the peer: a row model of one's own has no mode to start from.

At 1e4 children both sides are sampled in full. Beyond, the row model would take hours: it is run for a few draws, and
its CPU seconds a gradient are multiplied by the number of gradients that our run took. The densities differ by a
constant, which is checked at random points: effective sizes and numbers of gradients are equal but for rounding.

Both sides are one process, and CPU seconds decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from made_up_cells import SMALL, children_of, made_up_layout
from measure import Line, Spent, interleaved, spent
from numpy.typing import NDArray

from sos_bayes.designs import Layout
from sos_bayes.fitting.nuts import Sampler, reported, sample
from sos_bayes.fitting.prepared import Prepared, informative, prepare
from sos_bayes.fitting.problem import problem_of
from sos_bayes.fitting.retry import watch

Floats = NDArray[np.float64]
OURS = Sampler(draws=1000, tune=1000, cores=2, progress=False)
SEED = 1
NOT_LOWER = 0.9  # ratio of two effective sizes from which chance alone explains the difference


@dataclass(frozen=True, slots=True)
class Scale:
    """How many children, the share of the rows' time that is the goal, and how the rows are run."""

    children: int
    times: float
    rows: Sampler
    whole: bool


SCALES = {
    "1e4": Scale(10_000, 15, OURS, whole=True),
    "1e5": Scale(100_000, 100, replace(OURS, draws=10, tune=30, chains=2), whole=False),
    "1e6": Scale(1_000_000, 1000, replace(OURS, draws=5, tune=15, chains=2), whole=False),
}


@dataclass(frozen=True, slots=True)
class Sides:
    """One posterior in two forms: the library's on cells, and compiled rows with the PyMC models behind both."""

    layout: Layout
    prepared: Prepared
    rows: Any
    graphs: tuple[Any, Any]


def rows_graph(prepared: Prepared, layout: Layout, *, centred: bool) -> Any:
    """Build the library's PyMC model with a Bernoulli row for each child in place of the table likelihood."""
    import pymc as pm

    from sos_bayes.fitting.build import build

    graph = build(prepared.problem, centred_shocks=centred)
    table = graph["likelihood"]
    graph.potentials.remove(table)
    del graph.named_vars["likelihood"]
    cell, pattern, happened = children_of(layout.cells)
    with graph:
        free = prepared.free.unpack({vector: graph[vector] for vector in prepared.free.sizes})
        theta = free["theta_free"] if centred else graph["theta_free"]
        by_cell = (theta + graph["offset"]).ravel()
        by_pattern = free["beta_free"] @ graph["patterns"]
        pm.Bernoulli("children", logit_p=by_cell[cell] + by_pattern[pattern], observed=happened)
    return graph


def sides(children: int) -> Sides:
    """Prepare the library's side, and compile the rows with the same data, parametrisation and starts."""
    import nutpie

    from sos_bayes.fitting.build import build
    from sos_bayes.fitting.nested import climb

    size = replace(SMALL, children=children)
    layout = made_up_layout(size)
    problem = problem_of(size.design.model(layout), layout.cells)
    prepared = prepare(problem)
    centred = informative(problem, *climb(problem))
    graph = rows_graph(prepared, layout, centred=centred)
    rows = nutpie.compile_pymc_model(graph)
    assert rows.shape_info[0][: len(graph.free_RVs)] == prepared.model.shape_info[0][: len(graph.free_RVs)]
    rows = replace(rows, initial_point_func=prepared.model.initial_point_func)
    return Sides(layout, prepared, rows, (build(problem, centred_shocks=centred), graph))


def density_gap(both: Sides, points: int = 4) -> float:
    """Largest difference between the two log densities' changes from one random point to the next.

    Relative to the size of the change.
    """
    rng = np.random.default_rng(SEED)
    functions = [graph.compile_logp(mode="NUMBA") for graph in both.graphs]
    start = both.graphs[0].initial_point()
    at = [{name: v + 0.3 * rng.standard_normal(np.shape(v)) for name, v in start.items()} for _ in range(points)]
    cells, rows = (np.diff([float(function(point)) for point in at]) for function in functions)
    return float(np.max(np.abs(cells - rows) / np.abs(cells)))


def drawn(model: Any, sampler: Sampler) -> tuple[Any, int]:
    """Sample a compiled model as the library does, and count the gradients, warm-up included."""
    import nutpie

    tree = nutpie.sample(
        model, draws=sampler.draws, tune=sampler.tune, chains=sampler.chains, cores=sampler.cores, seed=SEED,
        target_accept=sampler.target_accept, save_warmup=True, progress_bar=False,
    )  # fmt: skip
    steps = [tree[group]["n_steps"].values.sum() for group in ("sample_stats", "warmup_sample_stats")]
    return tree, int(sum(steps))


def effective(both: Sides, tree: Any) -> float:
    """Effective number of draws of the average effect."""
    from arviz_stats.base import array_stats

    free = {str(k): np.asarray(v.values) for k, v in tree["posterior"].data_vars.items()}
    draws = reported(both.prepared, free, SEED)
    effect = watch(both.prepared.problem, both.layout, draws)["the effect"]
    return float(array_stats.ess(effect, method="bulk", chain_axis=0, draw_axis=1))


def pair(name: str) -> Callable[[int], tuple[Line, ...]]:
    """Give the function that measures one number of children."""
    scale = SCALES[name]

    def lines(pairs: int) -> tuple[Line, ...]:
        both = sides(scale.children)
        gap = density_gap(both)
        tree, gradients = drawn(both.prepared.model, OURS)
        counts: list[int] = []
        sizes: list[float] = []

        def rows() -> Spent:
            found: list[Any] = []
            used = spent(lambda: found.append(drawn(both.rows, scale.rows)))
            rows_tree, own = found[0]
            counts.append(own)
            if scale.whole:
                sizes.append(effective(both, rows_tree))
                return used
            return Spent(used.wall * gradients / own, used.cpu * gradients / own)

        timed = interleaved(lambda: spent(lambda: sample(both.prepared, OURS, SEED)), rows, pairs)
        ess = effective(both, tree) / np.median(sizes) if scale.whole else 1.0
        return (_line(name, scale, timed, gap, ess, gradients, counts[0]),)

    return lines


def _line(name: str, scale: Scale, timed: Any, gap: float, ess: float, gradients: int, own: int) -> Line:
    size = f"ESS of the ATT a draw {ess:.2f} times" if scale.whole else f"densities differ by {gap:.0e}"
    how = "in full" if scale.whole else f"{own:,} gradients scaled to our {gradients:,}"
    return Line(
        f"sampling-{name}",
        f"1/{timed.cpu:.0f} of the rows' time, {size}",
        f"<= 1/{scale.times:.0f}, ESS not lower",
        timed.cpu >= scale.times and ess >= NOT_LOWER and gap < 1e-7,
        f"CPU decides; ours {timed.ours.cpu:.2f} s CPU ({timed.ours.wall:.2f} s wall), rows {timed.peer.cpu:.0f} s CPU "
        f"({how}); densities differ by {gap:.0e} (relative); wall 1/{timed.wall:.0f}",
    )
