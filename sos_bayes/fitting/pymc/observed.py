"""What a PyMC model observes, and the distribution it is observed from: one function for each family of outcomes.

`OBSERVED` is the one place where a family is given its distribution.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes.designs.streams import Streams
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.pymc.cell_table import Places, places, taken
from sos_bayes.fitting.pymc.cutpoint_gaps import level_probabilities
from sos_bayes.fitting.pymc.interval_counts import divided_binomial, divided_poisson, withheld


class Latent(NamedTuple):
    """What cells are observed through: predictors (A, n), covariates' shifts (R,), scalars, minus the cutpoints."""

    predictor: Any
    shift: Any
    scalars: dict[str, Any]
    minus_cuts: Any

    def at(self, seen: Places, periods: int) -> Any:
        """Predictors of cells, (N,)."""
        return self.predictor[seen.authority, seen.slot(periods)] + self.shift[seen.rest]


def observe(problem: Problem, latent: Latent) -> None:
    """Declare the observed variables of all cells, with the cells' places as data beside them."""
    cells, streams = problem.cells, _streams(problem)
    keep = cells.total > 0 if cells.bands is None else cells.bands[..., 1] > 0
    if cells.intervals is not None:
        keep = keep.copy()
        keep[cells.intervals.authority, cells.intervals.period] = False
    seen = places(keep, streams)
    _placed(seen, "cell", several=len(streams) > 1, patterns=len(cells.patterns) > 1)
    OBSERVED[_kind(problem)](problem, latent, seen)
    if cells.intervals is not None:
        _bounds(problem, latent, streams)


def _kind(problem: Problem) -> str:
    if problem.cells.levels is not None:
        return "ordinal"
    return "hazard" if problem.cells.bands is not None else problem.family.name


def _streams(problem: Problem) -> Streams:
    assert isinstance(problem.model.slots, Streams)
    return problem.model.slots


def _placed(seen: Places, dim: str, *, several: bool, patterns: bool) -> None:
    """Hold the cells' places as data."""
    pm.modelcontext(None).add_coord(dim, np.arange(len(seen.authority)))
    named = {"authority": seen.authority, "period": seen.period}
    named |= {"stream": seen.stream} if several else {}
    named |= {"pattern": seen.pattern} if patterns else {}
    for name, place in named.items():
        pm.Data(f"{name}_of_{dim}", place, dims=dim)


def _data(name: str, values: Floats, dims: Any = "cell") -> Any:
    return pm.Data(name, values, dims=dims)


def _binomial(problem: Problem, latent: Latent, seen: Places) -> None:
    events, trials = (taken(x, seen) for x in (problem.cells.events, problem.cells.total))
    log_odds = latent.at(seen, problem.chain)
    if problem.cells.design_effect is not None:
        divided_binomial("events", _data("trials", trials), log_odds, observed=events, dims="cell")
    else:
        pm.Binomial("events", n=_data("trials", trials.astype(int)), logit_p=log_odds, observed=events, dims="cell")


def _beta_binomial(problem: Problem, latent: Latent, seen: Places) -> None:
    events, trials = (taken(x, seen) for x in (problem.cells.events, problem.cells.total))
    share = pm.math.invlogit(latent.at(seen, problem.chain))
    both = 1.0 / latent.scalars[str(problem.model.dispersed_by)] ** 2  # of the beta's two parameters
    number = _data("trials", trials.astype(int))
    pm.BetaBinomial("events", n=number, alpha=share * both, beta=(1 - share) * both, observed=events, dims="cell")


def _hazard(problem: Problem, latent: Latent, seen: Places) -> None:
    """Of a duration: episodes that end in a band among those that reach it."""
    assert problem.cells.bands is not None
    ended, reached = (problem.cells.bands[seen.authority, seen.period, seen.pattern, seen.stream].T).astype(int)
    log_odds = latent.at(seen, problem.chain)
    pm.Binomial("ended", n=_data("reached", reached), logit_p=log_odds, observed=ended, dims="cell")


def _poisson(problem: Problem, latent: Latent, seen: Places) -> None:
    events, exposure = (taken(x, seen) for x in (problem.cells.events, problem.cells.total))
    mean = _data("exposure", exposure) * pt.exp(latent.at(seen, problem.chain))
    if problem.cells.design_effect is not None:
        divided_poisson("events", mean, observed=events, dims="cell")
    else:
        pm.Poisson("events", mu=mean, observed=events, dims="cell")


def _negative_binomial(problem: Problem, latent: Latent, seen: Places) -> None:
    events, exposure = (taken(x, seen) for x in (problem.cells.events, problem.cells.total))
    mean = _data("exposure", exposure) * pt.exp(latent.at(seen, problem.chain))
    alpha = 1.0 / latent.scalars[str(problem.model.dispersed_by)] ** 2
    pm.NegativeBinomial("events", mu=mean, alpha=alpha, observed=events, dims="cell")


def _ordinal(problem: Problem, latent: Latent, seen: Places) -> None:
    assert problem.cells.levels is not None
    levels = taken(problem.cells.levels, seen)
    shares = level_probabilities(latent.at(seen, problem.chain), latent.minus_cuts)
    number = _data("children", levels.sum(axis=1).astype(int))
    pm.Multinomial("levels", n=number, p=shares, observed=levels.astype(int), dims=("cell", "level"))


def _gaussian(problem: Problem, latent: Latent, seen: Places) -> None:
    """Means of cells, and children's squared deviations from them, all cells together."""
    units = problem.model.residual.units  # type: ignore[union-attr]
    number = units.children * taken(problem.cells.total, seen)
    mean = taken(problem.cells.events, seen) / taken(problem.cells.total, seen)
    centre = units.mean + units.sd * latent.at(seen, problem.chain)
    sd = units.sd * latent.scalars["sd_within"]
    pm.Normal("mean", mu=centre, sigma=sd / pt.sqrt(_data("children", number)), observed=mean, dims="cell")
    if units.degrees:
        squares = units.degrees * units.sd**2
        pm.Gamma("squares", alpha=0.5 * units.degrees, beta=0.5 / sd**2, observed=squares)


def _student_t(problem: Problem, latent: Latent, seen: Places) -> None:
    """Children one by one."""
    values, units = problem.cells.values, problem.model.residual.units  # type: ignore[union-attr]
    assert values is not None
    if (values.times % 1).any():
        raise DesignError(
            "Children whose rows were divided by a design effect have no Student t density of their own.",
            where=f'outcome "{problem.cells.outcome.label}"',
            cure='Read the rows with episodes="first".',
        )
    row_of = np.full(problem.cells.total.size, -1)
    row_of[np.ravel_multi_index((seen.authority, seen.period, seen.pattern), problem.cells.total.shape)] = np.arange(
        len(seen.authority)
    )
    times = values.times.astype(int)
    pm.modelcontext(None).add_coord("child", np.arange(times.sum()))
    cell = pm.Data("cell_of_child", row_of[np.repeat(values.cell, times)], dims="child")
    centre = (units.mean + units.sd * latent.at(seen, problem.chain))[cell]
    scale = units.sd * latent.scalars["sd_within"]
    observed, degrees = np.repeat(values.values, times), problem.counts.single.degrees
    pm.StudentT("value", nu=degrees, mu=centre, sigma=scale, observed=observed, dims="child")


def _bounds(problem: Problem, latent: Latent, streams: Streams) -> None:
    """Counts known by their bounds: that they are withheld is what is observed."""
    cells, known = problem.cells, problem.cells.intervals
    assert known is not None
    none = np.zeros(len(known), dtype=np.intp)
    seen = Places(known.authority, known.period, none, none, none)
    _placed(seen, "withheld_cell", several=False, patterns=False)
    predictor, total = latent.at(seen, problem.chain), taken(cells.total, seen)

    law = WITHHELD[_kind(problem)](total[:, None], predictor[:, None])

    def log_probability(values: Floats) -> Any:
        return pm.logp(law, values)

    withheld("withheld", log_probability, known.bounds, observed=np.ones(len(known), dtype=int), dims="withheld_cell")


WITHHELD: dict[str, Callable[[Floats, Any], Any]] = {
    "binomial": lambda trials, log_odds: pm.Binomial.dist(n=trials.astype(int), logit_p=log_odds),
    "poisson": lambda exposure, log_rate: pm.Poisson.dist(mu=exposure * pt.exp(log_rate)),
}
OBSERVED: dict[str, Callable[[Problem, Latent, Places], None]] = {
    "binomial": _binomial,
    "beta_binomial": _beta_binomial,
    "poisson": _poisson,
    "negative_binomial": _negative_binomial,
    "gaussian": _gaussian,
    "student_t": _student_t,
    "ordinal": _ordinal,
    "hazard": _hazard,
}
