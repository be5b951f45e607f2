"""NUTS on cells, against the same model with one Bernoulli row a child: same priors, data and settings.

The peer is a PyMC model of the same terms (`peer_model`) with the table likelihood taken out and a
``pm.Bernoulli`` over children put in, compiled and sampled by nutpie with the same settings. It has the same priors,
the better of two parametrisations and starts around the mode that the library found, which favours it: a row model of
one's own has no mode to start from.

At 1e4 children both sides are sampled in full. Beyond, the row model would take hours: it is run for a few draws, and
its CPU seconds a gradient are multiplied by the number of gradients that our run took, which favours it too: in its own
variables it takes more. Rows and cells differ by a constant, which is checked at random points of the peer.

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
from peer import drawn_by, informative, starts
from peer_variables import free_variables

from sos_bayes.designs import Layout
from sos_bayes.fitting.arrays.problem import Problem, problem_of
from sos_bayes.fitting.nuts.draw_record import reported
from sos_bayes.fitting.nuts.preconditioned import Prepared, prepare
from sos_bayes.fitting.nuts.sample import sample
from sos_bayes.fitting.runs.retry import watch
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.sampling.sampler import Sampler

Floats = NDArray[np.float64]
OURS = Sampler(draws=1000, cores=2, progress=False)
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
    """One posterior in two forms: the library's on cells, and compiled rows, with readable models on both."""

    layout: Layout
    prepared: Prepared
    rows: Any
    centred: bool
    graphs: tuple[Any, Any]


def rows_graph(problem: Problem, layout: Layout, *, centred: bool) -> Any:
    """Build the peer's PyMC model with a Bernoulli row for each child in place of the table likelihood."""
    import pymc as pm
    from peer_model import build

    graph = build(problem, centred_shocks=centred)
    table = graph["likelihood"]
    graph.potentials.remove(table)
    del graph.named_vars["likelihood"]
    cell, pattern, happened = children_of(layout.cells)
    with graph:
        layout_of_free = free_variables(problem, centred=centred)
        free = layout_of_free.unpack({vector: graph[vector] for vector in layout_of_free.sizes})
        theta = free["theta_free"] if centred else graph["theta_free"]
        by_cell = (theta + graph["offset"]).ravel()
        by_pattern = free["beta_free"] @ graph["patterns"]
        pm.Bernoulli("children", logit_p=by_cell[cell] + by_pattern[pattern], observed=happened)
    return graph


def sides(children: int) -> Sides:
    """Prepare the library's side, and compile the rows with the same data and their own starts."""
    import nutpie
    from peer_model import build

    from sos_bayes.fitting.laplace.nested_laplace import climb

    size = replace(SMALL, children=children)
    layout = made_up_layout(size)
    problem = problem_of(size.design.model(layout), layout.cells)
    prepared = prepare(problem)
    near = climb(problem)
    centred = informative(problem, *near)
    graph = rows_graph(problem, layout, centred=centred)
    rows = nutpie.compile_pymc_model(graph)
    start = starts(problem, *near, float(graph["offset"].get_value()), centred=centred)
    rows = replace(rows, initial_point_func=_flat(rows, start))
    return Sides(layout, prepared, rows, centred, (build(problem, centred_shocks=centred), graph))


def _flat(model: Any, start: Callable[[int], dict[str, Floats]]) -> Callable[[int], Floats]:
    """Starting values as one flat array, in the compiled model's order."""
    names, places, _ = model.shape_info

    def point(seed: int) -> Floats:
        values, flat = start(seed), np.empty(model.n_dim)
        for name, place in zip(names, places, strict=True):
            if place.stop <= model.n_dim:
                flat[place] = np.ravel(values[name])
        return flat

    return point


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


def rows_draws(both: Sides, tree: Any) -> Draws:
    """What the rows' draws say."""
    posterior = {str(k): np.asarray(v.values) for k, v in tree["posterior"].data_vars.items()}
    offset = float(both.graphs[1]["offset"].get_value())
    return drawn_by(both.prepared.problem, posterior, offset, centred=both.centred)


def effective(both: Sides, draws: Draws) -> float:
    """Effective number of draws of the average effect."""
    from arviz_stats.base import array_stats

    effect = watch(both.prepared.problem, both.layout, draws)["the effect"]
    return float(array_stats.ess(effect, method="bulk", chain_axis=0, draw_axis=1))


def pair(name: str) -> Callable[[int], tuple[Line, ...]]:
    """Give the function that measures one number of children."""
    scale = SCALES[name]

    def lines(pairs: int) -> tuple[Line, ...]:
        from sos_bayes.fitting.nuts.nutpie_model import nutpie_model_of

        both = sides(scale.children)
        gap = density_gap(both)
        tree, gradients = drawn(nutpie_model_of(both.prepared), OURS)
        counts: list[int] = []
        sizes: list[float] = []

        def rows() -> Spent:
            found: list[Any] = []
            used = spent(lambda: found.append(drawn(both.rows, scale.rows)))
            rows_tree, own = found[0]
            counts.append(own)
            if scale.whole:
                sizes.append(effective(both, rows_draws(both, rows_tree)))
                return used
            return Spent(used.wall * gradients / own, used.cpu * gradients / own)

        timed = interleaved(lambda: spent(lambda: sample(both.prepared, OURS, SEED)), rows, pairs)
        ours = reported(both.prepared.problem, tree["posterior"]["row"].values)
        ess = effective(both, ours) / np.median(sizes) if scale.whole else 1.0
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
