"""Groups of a tree that are of single cells: predictions, what was observed, and log densities of leaving it out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sos_bayes._core.array_types import Floats
from sos_bayes._core.cores import side_by_side
from sos_bayes.fitting.laplace.authority_marginal_likelihood import Given
from sos_bayes.fitting.laplace.left_out_draws import draw_left_out
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.inference_data.cell_totals import CellTotals
from sos_bayes.predictive.given_authorities import GivenAuthorities, given_authorities
from sos_bayes.predictive.pointwise import of_periods
from sos_bayes.predictive.prior_draws import PriorDraws

if TYPE_CHECKING:
    import xarray as xr

LARGEST = 200_000_000  # bytes of one group's draws
PLACE, OWN_SHOCK = 59, 61  # of random numbers beside others of the same seed


def most_draws(fit: Fit) -> int:
    """How many draws of all cells `LARGEST` holds."""
    return max(1, LARGEST // (8 * max(int(CellTotals.of(fit.problem).known.sum()), 1)))


def thinned(fit: Fit, draws: Draws) -> tuple[Draws, int]:
    """One draw in so many, that no group is larger than `LARGEST`; and in how many."""
    chains, size = draws.shape
    step = max(1, -(-size // max(most_draws(fit) // chains, 1)))
    return draws.every(step), step


def cell_groups(fit: Fit, prior: PriorDraws) -> dict[str, xr.Dataset]:
    """Predictions before and after the data, observations, and log densities, along the same cells.

    Parameters
    ----------
    fit : Fit
        With the draws of the tree.
    prior : PriorDraws
        Those of its ``prior``.
    """
    import xarray as xr

    totals, cells = CellTotals.of(fit.problem), fit.layout.cells
    authority, period = np.nonzero(totals.known)
    coords: dict[str, Any] = {
        "authority": ("cell", np.array(cells.names)[authority]),
        "period": ("cell", np.array([str(label) for label in cells.calendar.labels])[period]),
    }

    def dataset(values: NDArray[Any], *before: str) -> xr.Dataset:
        along = {dim: np.arange(n) for dim, n in zip(before, values.shape, strict=False)}
        return xr.Dataset({totals.name: ((*before, "cell"), values)}, coords=coords | along)

    constant = {"denominator": ("cell", totals.denominator), "dose": ("cell", fit.layout.dose[authority, period])}
    given = settled(given_authorities(fit.problem, fit.draws, fit.seed))
    after = _left_out(fit, given, totals).reshape(*fit.draws.shape, -1)
    every, where = of_periods(given, fit.problem, np.arange(len(cells.names)))
    log = every[:, totals.known[where.authority, where.period]].reshape(after.shape)
    root = _root(fit, prior.scales.dispersion)
    first = totals.drawn(prior.cells, prior.beta, root, fit.seed + PLACE)
    return {
        "posterior_predictive": dataset(_held(fit, after), "chain", "draw"),
        "prior_predictive": dataset(_held(fit, first[None]), "chain", "draw"),
        "observed_data": dataset(_held(fit, totals.observed)),
        "constant_data": xr.Dataset(constant, coords=coords),
        "log_likelihood": dataset(log, "chain", "draw"),
    }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Settled(GivenAuthorities):
    """The same with every authority's cells, (A, N, n), drawn once for all that is asked of them."""

    every: Floats

    def cells(self, a: int, given: Given) -> Floats:
        """Cells of authority ``a``, (N, n)."""
        return np.asarray(self.every[a])


def settled(given: GivenAuthorities) -> Settled:
    """Draw the cells of authorities that a fit does not keep."""
    every = np.stack(side_by_side(lambda a: given.cells(a, given.to(a)), range(len(given.tables))))
    return Settled(**{f.name: getattr(given, f.name) for f in fields(given)}, every=every)


def _left_out(fit: Fit, given: Settled, totals: CellTotals) -> Floats:
    """Outcomes (N, M) drawn for every authority and period as if its own had not been counted.

    Had each kept the shock of its draw, which follows the very count that is held against it, all would look well
    predicted, and the weights of leaving it out would belong to other draws.
    """

    def cells(a: int) -> Floats:
        own = given.to(a)
        theta, rng = given.cells(a, own), np.random.default_rng([fit.seed, OWN_SHOCK, a])
        out = np.empty(theta.shape)
        draw_left_out(own, theta, rng.standard_normal(theta.shape), out)
        return out

    return totals.drawn(cells, given.beta, _root(fit, given.scales.dispersion), fit.seed)


def _root(fit: Fit, dispersion: Floats) -> Floats | None:
    return None if fit.problem.model.dispersed_by is None else np.sqrt(dispersion)


def _held(fit: Fit, values: Floats) -> NDArray[Any]:
    """As whole numbers where they are, and where they are bounded by what is counted from."""
    whole = fit.outcome.proportion and fit.problem.cells.design_effect is None
    return np.rint(values).astype(np.int32) if whole else values
