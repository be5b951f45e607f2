"""Log density of what was seen, cell by cell, in every draw of a posterior: what leave-one-out weighs by.

Every authority has a shock in every period, which follows whatever was counted there. The log density of a cell given
its own shock therefore says how well the cell predicts itself, and its importance weights have no variance to speak of.
What leaving a cell out asks for is the density without the cell's own shock. With h the hyperparameters and all that
authorities share, and x_a the cells of an authority on the predictor's scale, normal given h,

    log p(y_at | x_a,-t, h) = log of the integral of p(y_at | x_at) p(x_at | x_a,-t, h) dx_at

where x_at given the authority's other periods is normal (`fitting.laplace.left_out_period`). Of the posterior of
(h, x_a,-t) this is the whole likelihood of cell (a, t), so that one over it are exact weights of leaving the cell out
(integrated importance sampling: Vehtari, Mononen, Tolvanen, Sivula and Winther 2016; Li, Qiu, Zhang and Feng 2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp, ndtri
from scipy.stats import chi2, qmc

from sos_bayes._core.array_types import Flags, Floats
from sos_bayes._core.cores import side_by_side
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.laplace.left_out_period import Nodes, log_left_out
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.predictive.authority_table import AuthorityTable, authority_tables
from sos_bayes.predictive.given_authorities import GivenAuthorities, given_authorities

if TYPE_CHECKING:
    import xarray as xr

POINTS, DEGREES = (
    128,
    8.0,
)  # quasi-random points in the slots of several streams, and the tails of what they are drawn from
INSIDE = "cell-level: it stays inside the secure setting"


def pointwise_log_likelihood(fit: Fit, *, every: int = 1) -> xr.DataArray:
    """Log density of what was seen in each authority and period, its own shock integrated out.

    Given hyperparameters, shared coefficients and the authority's other periods: `az.loo` on it leaves out one
    authority and period at a time. Counts have their whole density, binomial coefficients and factorials included;
    of measured children it is the density of their values in the outcome's own unit. Comparators' cells, which a fit
    does not keep, are drawn given the rest of each draw. **It is of single cells and stays in the secure setting.**

    Parameters
    ----------
    fit : Fit
    every : int
        Keep one draw in so many.

    Returns
    -------
    xarray.DataArray
        Dimensions ``chain``, ``draw`` and ``cell``, those of the fit's draws and one place for every authority and
        period with children; coordinates ``authority`` and ``period`` along ``cell``.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=6, adopters=2, periods=4), seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> fit = sb.fit(panel, made.rollout, made.outcome, method="fast")
    >>> pointwise_log_likelihood(fit, every=80).sizes
    Frozen({'chain': 1, 'draw': 100, 'cell': 24})
    """
    import xarray as xr

    draws = fit.draws.every(every)
    given = given_authorities(fit.problem, draws, fit.seed)
    values = left_out_periods(given, fit.problem)
    seen = periods_seen(fit.problem)
    names, labels = np.array(fit.layout.cells.names), np.array(fit.layout.cells.calendar.labels)
    authority, period = np.nonzero(seen)
    coords = {
        "chain": np.arange(draws.shape[0]), "draw": np.arange(draws.shape[1]) * every,
        "authority": ("cell", names[authority]), "period": ("cell", labels[period]),
    }  # fmt: skip
    return xr.DataArray(
        values[:, seen].reshape(*draws.shape, -1), dims=("chain", "draw", "cell"), coords=coords,
        name="log_likelihood", attrs={"disclosure": INSIDE},
    )  # fmt: skip


def periods_seen(problem: Problem) -> Flags:
    """Which authorities have children in which periods, (A, T)."""
    total = problem.counts.total.sum(axis=2) > 0
    return np.asarray(total.reshape(len(total), -1, problem.chain).any(axis=1))


def left_out_periods(given: GivenAuthorities, seen: Problem) -> Floats:
    """Log densities (N, A, T) of the cells of ``seen``, each without its own shock; NaN where there are no children.

    ``seen`` may hold cells that the draws' own fit was not given.
    """
    tables, streams = authority_tables(seen), given.problem.model.shocks.streams
    out = np.empty((len(given.beta), len(tables), seen.chain))
    nodes = nodes_in(streams)

    def fill(a: int) -> None:
        own = given.to(a)
        log_left_out(tables[a].counts, own, given.cells(a, own), nodes, out[:, a])
        out[:, a] += _by_period(tables[a], tables[a].rest(own.beta, own.dispersion), streams)

    side_by_side(fill, range(len(tables)))
    return out


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
