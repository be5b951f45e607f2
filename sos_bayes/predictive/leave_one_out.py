"""Expected log predictive density of what is left out: by ArviZ's importance sampling, refitted where that fails."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

from sos_bayes._core.array_types import Indices
from sos_bayes._core.errors import SosBayesError
from sos_bayes._core.sealed import sealed
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.fitting.runs.fit_spec import FitSpec
from sos_bayes.fitting.runs.parallel_fits import map_fits
from sos_bayes.predictive.given_authorities import given_authorities
from sos_bayes.predictive.labels import INSIDE
from sos_bayes.predictive.pointwise import UNITS, By, periods_seen, pointwise_log_likelihood
from sos_bayes.predictive.refusals import refuse_number, refuse_other_fits

if TYPE_CHECKING:
    import xarray as xr
    from arviz_stats.utils import ELPDDataLOO

DRAWS = 4000
WORTH = 0.15  # of the draws that weights must be worth: k is itself an estimate, and misses what no draw has reached
LARGEST = 200_000_000  # bytes of log densities
BESIDE_SHOCKS = (
    "Given the shock of its authority and period a cell says how well it predicts itself: where a shock has few cells, "
    "weights fail and models are not told apart. Use by='authority_period'."
)


@sealed
def loo(fit: Fit, by: By = "authority_period", *, refit: bool = True, draws: int = DRAWS) -> ELPDDataLOO:
    """Leave out one authority and period, one authority, or one cell at a time, and say how well it is predicted.

    Pareto smoothed importance sampling as ArviZ does it, on log densities from which the left-out part's own shocks are
    integrated out (`predictive.pointwise_log_likelihood`). Where its diagnosis k is high, or the weights are worth less
    than 15 in 100 draws, the model is fitted anew without that part by the fast route, and k is set to 0, as
    `arviz.reloo` does. Give several to `arviz.compare`: of one table of cells only, since densities of counts differ
    with how children are divided.

    Parameters
    ----------
    fit : Fit
        Of a `DiD`.
    by : {"authority_period", "authority", "cell"}
        What is left out together. An authority is what another one would be predicted as well as. By cell, shocks are
        given and nothing is refitted: of little use, and said so in a note.
    refit : bool
        Without it, parts whose k is high stay as weighted; ArviZ then warns.
    draws : int
        At most so many, and no more than 200 MB hold.

    Returns
    -------
    arviz_stats ELPDDataLOO
        With ``elpd_i`` and ``pareto_k`` by part, labelled; ``elpd_i.attrs`` says how many were refitted, how many could
        not be, and that they stay in the secure setting.

    Raises
    ------
    DesignError
        If the fit is not of a `DiD`, ``by`` is not known, or the number of draws is no whole number from 1 on.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=8, adopters=2, periods=6), seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> fit = sb.fit(panel, made.rollout, made.outcome, method="fast")
    >>> found = sb.loo(fit, draws=2000)
    >>> int(found.n_data_points), -190 < found.elpd < -150
    (48, True)
    """
    refuse_other_fits(fit)
    refuse_number(draws)
    chains, had = fit.draws.shape
    parts = fit.problem.total.size if by == "cell" else fit.problem.kind.size * fit.problem.chain
    most = min(int(draws), LARGEST // (8 * parts))
    every = -(-had // max(most // chains, 1))
    values = pointwise_log_likelihood(fit, by=by, every=every)
    smoothed = _smoothed(values, fit.draws.every(every), quiet=refit and by != "cell")
    smoothed.elpd_i.attrs |= {"disclosure": INSIDE, "by": by, "route": fit.method, "refitted": 0, "not_refitted": 0}
    if by == "cell":
        smoothed.elpd_i.attrs["note"] = BESIDE_SHOCKS
    elif refit:
        _refitted(fit, smoothed, values, by)
    return smoothed


def _smoothed(values: xr.DataArray, draws: Draws, *, quiet: bool) -> ELPDDataLOO:
    """What ArviZ makes of log densities; how much chains' draws are worth is told by the hyperparameters."""
    import xarray as xr
    from arviz_stats import loo as smoothed

    hyper = {name: (("chain", "draw"), value) for name, value in draws.hyper.items() if np.ptp(value) > 0}
    posterior = xr.Dataset(hyper, coords={"chain": values.chain, "draw": values.draw})
    tree = xr.DataTree.from_dict({"posterior": posterior, "log_likelihood": values.to_dataset()})
    with warnings.catch_warnings():
        if quiet:
            warnings.filterwarnings("ignore", message="Estimated shape parameter of Pareto distribution")
        return smoothed(tree, pointwise=True)


def _refitted(fit: Fit, smoothed: ELPDDataLOO, values: xr.DataArray, by: By) -> None:
    """Put exact values in the place of those whose weights carry too little."""
    shapes, dim = smoothed.pareto_k.values, smoothed.pareto_k.dims[0]
    worth = np.exp(-logsumexp(2.0 * smoothed.log_weights.transpose("chain", "draw", dim).values, axis=(0, 1)))
    worst = np.flatnonzero(~(shapes <= smoothed.good_k) | (worth < WORTH * smoothed.n_samples))
    exact = left_out(fit, by, worst.tolist())
    whole = logsumexp(values.values, axis=(0, 1)) - np.log(smoothed.n_samples)
    for i, value in zip(worst.tolist(), exact, strict=True):
        if not isinstance(value, SosBayesError):
            smoothed.elpd_i.values[i], shapes[i] = value, 0.0
            smoothed.log_weights[{dim: i}] = np.nan
    kept = smoothed.elpd_i.values
    smoothed.p_loo_i = smoothed.elpd_i.copy(data=whole - kept).rename("p_loo_i")
    smoothed.elpd, smoothed.p = float(kept.sum()), float(smoothed.p_loo_i.sum())
    smoothed.se = float(np.sqrt(len(kept) * np.var(kept, ddof=1)))
    smoothed.warning = bool((shapes > smoothed.good_k).any())
    failed = sum(isinstance(value, SosBayesError) for value in exact)
    smoothed.elpd_i.attrs |= {"refitted": len(worst) - failed, "not_refitted": failed}


def left_out(fit: Fit, by: By, parts: Sequence[int]) -> list[float | SosBayesError]:
    """Exact log predictive density of some parts, each by a fit without it; an error where none was healthy.

    ``parts`` are positions along `pointwise_log_likelihood`, by authority and period or by authority.
    """
    seen = periods_seen(fit.problem)
    where = np.argwhere(seen.any(axis=1) if by == "authority" else seen)
    asked = [(_without(fit, where[i]), partial(_predicted, fit=fit, by=by, where=where[i])) for i in parts]
    return list(map_fits(asked))


def _without(fit: Fit, where: Indices) -> FitSpec:
    """A fit that is not given an authority, or one period of it."""
    keep = np.ones(fit.layout.shape[:2], dtype=bool)
    keep[tuple(where)] = False
    layout = replace(fit.layout, cells=fit.layout.cells.where(keep))
    return FitSpec(layout, fit.design, seed=fit.seed, warm_start=fit.warm_start, n_draws=DRAWS, fall_back=False)


def _predicted(refit: Fit, *, fit: Fit, by: By, where: Indices) -> float:
    """Log mean density of what was left out, over the draws of a fit without it."""
    if not refit.health.ok:
        raise SosBayesError("A fit without one part did not pass its gate.", why=" ".join(refit.health.reasons))
    seen = problem_of(refit.problem.model, fit.layout.cells)
    values, densities = UNITS[by](given_authorities(refit.problem, refit.draws, fit.seed), seen, where[:1])
    part = values if by == "authority" else values[:, densities.period == where[1]]
    return float(logsumexp(part) - np.log(len(part)))
