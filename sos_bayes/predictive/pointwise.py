"""Log density of what was seen, cell by cell, in every draw of a posterior: what leave-one-out weighs by.

Every authority has a shock in every period, which follows whatever was counted there. The log density of a cell given
its own shock therefore says how well the cell predicts itself, and its importance weights have no variance to speak of.
What leaving a cell out asks for is the density without the cell's own shock. With h the hyperparameters and all that
authorities share, and x_a the cells of an authority on the predictor's scale, normal given h,

    log p(y_at | x_a,-t, h) = log of the integral of p(y_at | x_at) p(x_at | x_a,-t, h) dx_at

where x_at given the authority's other periods is normal (`fitting.laplace.left_out_period`). Of the posterior of
(h, x_a,-t) this is the whole likelihood of cell (a, t), so that one over it are exact weights of leaving the cell out
(integrated importance sampling: Vehtari, Mononen, Tolvanen, Sivula and Winther 2016; Li, Qiu, Zhang and Feng 2016).

Of a whole authority the same is its marginal likelihood given h, its cells integrated out. Of single patterns of
children there is nothing to integrate: they are given the shock of their authority and period, which they share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import logsumexp, ndtri
from scipy.stats import chi2, qmc

from sos_bayes._core.array_types import Flags, Floats, Indices
from sos_bayes._core.cores import side_by_side
from sos_bayes._core.errors import DesignError, nearest
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.laplace.left_out_period import Nodes, log_left_out, log_with_shocks
from sos_bayes.fitting.pymc.cell_table import Places
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.predictive.authority_table import AuthorityTable
from sos_bayes.predictive.given_authorities import MORE, GivenAuthorities, given_authorities
from sos_bayes.predictive.labels import INSIDE, labels_of
from sos_bayes.predictive.refusals import refuse_other_fits
from sos_bayes.predictive.replicates import CellMaker

if TYPE_CHECKING:
    import xarray as xr

By = Literal["authority_period", "authority", "cell"]
POINTS = 128  # in the slots of several streams
DEGREES = 8.0  # of the t that they are drawn from


def pointwise_log_likelihood(fit: Fit, *, by: By = "authority_period", every: int = 1) -> xr.DataArray:
    """Log density of what was seen in each authority and period, its own shock integrated out.

    Given hyperparameters, shared coefficients and the authority's other periods: `az.loo` on it leaves out one
    authority and period at a time. Counts have their whole density, binomial coefficients and factorials included;
    of measured children it is the density of their values in the outcome's own unit. Comparators' cells, which a fit
    does not keep, are drawn given the rest of each draw. **It is of single cells and stays in the secure setting.**

    Parameters
    ----------
    fit : Fit
        Of a `DiD`.
    by : {"authority_period", "authority", "cell"}
        Of whole authorities all their cells are integrated out; of single cells, as the readable model observes them,
        nothing is: they are given the shock that they share.
    every : int
        Keep one draw in so many.

    Returns
    -------
    xarray.DataArray
        Dimensions ``chain``, ``draw`` and ``cell``, those of the fit's draws and one place for every authority and
        period (or cell) with children, with coordinates ``authority`` and ``period`` along it; by authority ``chain``,
        ``draw`` and ``authority``.

    Raises
    ------
    DesignError
        If the fit is not of a `DiD`, or ``by`` is not known.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=6, adopters=2, periods=4), seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> fit = sb.fit(panel, made.rollout, made.outcome, method="fast")
    >>> dict(pointwise_log_likelihood(fit, every=80).sizes)
    {'chain': 1, 'draw': 100, 'cell': 24}
    """
    import xarray as xr

    refuse_other_fits(fit)
    if by not in UNITS:
        raise DesignError(f"by={by!r} is not known.{nearest(str(by), UNITS)}", cure=f"Use one of {', '.join(UNITS)}.")
    draws, cells = fit.draws.every(every), fit.layout.cells
    given = given_authorities(fit.problem, draws, fit.seed)
    values, where = UNITS[by](given, fit.problem, np.arange(len(cells.names)))
    dim = "authority" if by == "authority" else "cell"
    named = {"authority": np.array(cells.names)[where.authority]} if by == "authority" else labels_of(cells, where)
    coords: dict[str, Any] = {"chain": np.arange(draws.shape[0]), "draw": np.arange(draws.shape[1]) * every, **named}
    if by == "authority_period":
        coords = {name: value for name, value in coords.items() if name not in ("pattern", "band")}
    return xr.DataArray(
        values.reshape(*draws.shape, -1), dims=("chain", "draw", dim), coords=coords, name="log_likelihood",
        attrs={"disclosure": INSIDE},
    )  # fmt: skip


def periods_seen(problem: Problem) -> Flags:
    """Which authorities have children in which periods, (A, T)."""
    total = problem.counts.total.sum(axis=2) > 0
    return np.asarray(total.reshape(len(total), -1, problem.chain).any(axis=1))


def of_periods(given: GivenAuthorities, seen: Problem, who: Indices) -> tuple[Floats, Places]:
    """Log densities (N, M) of some authorities' periods, each without its own shock, and their places.

    ``seen`` holds all cells; the fit behind the draws need not have been given those that are left out.
    """
    tables, streams = given.tables_of(seen), seen.model.shocks.streams
    out = np.full((len(given.beta), len(tables), seen.chain), np.nan)
    nodes = nodes_in(streams)

    def fill(a: int) -> None:
        own = given.to(a)
        log_left_out(tables[a].counts, own, given.cells(a, own), nodes, out[:, a])
        out[:, a] += _by_period(tables[a], tables[a].rest(own.beta, own.dispersion), streams)

    side_by_side(fill, who.tolist())
    authority, period = np.nonzero(periods_seen(seen) & np.isin(np.arange(len(tables)), who)[:, None])
    none = np.zeros_like(period)
    return out[:, authority, period], Places(authority, period, none, none, none)


def of_authorities(given: GivenAuthorities, seen: Problem, who: Indices) -> tuple[Floats, Places]:
    """Log densities (N, M) of all that was seen of some authorities, and their places; arguments as in `of_periods`."""
    told = given.about(seen)
    authority = np.intersect1d(who, np.flatnonzero(periods_seen(seen).any(axis=1)))
    out = np.empty((len(given.beta), len(authority)))

    def fill(i: int) -> None:
        a = int(authority[i])
        out[:, i] = told.drawn(a, told.to(a), MORE)[1]

    side_by_side(fill, range(len(authority)))
    none = np.zeros_like(authority)
    return out, Places(authority, none, none, none, none)


def of_cells(given: GivenAuthorities, seen: Problem, who: Indices) -> tuple[Floats, Places]:
    """Log densities (N, M) of single cells given the shocks that they share, and their places; of all authorities."""
    tables, places = given.tables_of(seen), CellMaker.of(seen).found
    out = np.empty((len(given.beta), len(places.authority)))

    def fill(a: int) -> None:
        own = given.to(a)
        theta = given.cells(a, own)
        for pattern in np.unique(places.rest[places.authority == a]).tolist():
            table, one = tables[a].at_pattern(pattern), np.empty(theta.shape)
            log_with_shocks(table.counts, own.beta, own.dispersion, theta, one)
            at = np.flatnonzero((places.authority == a) & (places.rest == pattern))
            out[:, at] = (one + table.rest(own.beta, own.dispersion))[:, places.slot(seen.chain)[at]]

    side_by_side(fill, who.tolist())
    return out, places


UNITS: dict[str, Callable[[GivenAuthorities, Problem, Indices], tuple[Floats, Places]]] = {
    "authority_period": of_periods,
    "authority": of_authorities,
    "cell": of_cells,
}


def _by_period(table: AuthorityTable, rest: Floats, streams: int) -> Floats:
    """Sums over the slots of each period, (N, T)."""
    held = np.where(table.filled, rest, 0.0)
    return np.asarray(held.reshape(len(held), streams, -1).sum(axis=1))


def nodes_in(dimensions: int) -> Nodes:
    """Quasi-random points of a standard t: normals over the root of a chi-square, by a scrambled Sobol sequence.

    Their weights are scaled so that a normal's integral is one: that of nearly normal cells then is nearly exact.
    """
    uniform = qmc.Sobol(dimensions + 1, rng=np.random.default_rng(7)).random(POINTS)
    points = ndtri(uniform[:, :-1]) * np.sqrt(DEGREES / chi2.ppf(uniform[:, -1:], DEGREES))
    squares = (points**2).sum(axis=1)
    log_weights = 0.5 * (DEGREES + dimensions) * np.log1p(squares / DEGREES)
    normal = -0.5 * squares - 0.5 * dimensions * np.log(2.0 * np.pi)
    return Nodes(points, log_weights - logsumexp(log_weights + normal) + np.log(POINTS))
