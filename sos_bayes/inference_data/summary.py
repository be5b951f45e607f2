"""The posterior in a statistician's words: one row a number, with its prior beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from sos_bayes._core.array_types import Floats, Indices
from sos_bayes._core.errors import DesignError
from sos_bayes._core.sealed import sealed
from sos_bayes.designs.priors import HalfNormal, Normal, Uniform
from sos_bayes.estimands.contraction import PROB, learned, prior_grid
from sos_bayes.estimands.estimation import points_of
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.inference_data.meanings import factor_of, meaning_of
from sos_bayes.inference_data.named_draws import (
    ADOPTERS,
    Variable,
    Variables,
    effects,
    hyperparameters,
    labels_of,
)
from sos_bayes.inference_data.priors import effects_before, satt, scalar_priors
from sos_bayes.inference_data.released import shown
from sos_bayes.predictive.prior_draws import prior_draws

if TYPE_CHECKING:
    import pandas as pd

BEFORE = 4000  # draws from the prior, where its shape is not one of few
FIRST = ("satt", "mu_tau", "lag_effect", "omega")
NOTHING = dict.fromkeys(("prior_mean", "prior_sd", "prior_low", "prior_high", "learnt"), float("nan"))


@sealed
def summary(fit: FitProtocol) -> pd.DataFrame:
    """Lay out the posterior of a fit: what each number means, what it is, how well it is known, what the data taught.

    Parameters
    ----------
    fit : Fit, or ImputedFit of a design with a model of its own

    Returns
    -------
    pandas.DataFrame
        One row for each effect and hyperparameter, named as in `to_datatree`, with columns:

        - ``mean``, ``sd``, ``low``, ``high``: of the posterior, with the ends of its equal-tailed 90 % interval;
        - ``prior_mean``, ``prior_sd``, ``prior_low``, ``prior_high``: the same before the data;
        - ``learnt``: one minus the ratio of posterior to prior variance, near 1 where the data decide and near 0, or
          below, where the answer is the prior's;
        - ``ess_bulk``, ``ess_tail``, ``r_hat``: effective sizes and R-hat of the chains (Vehtari et al. 2021);
        - ``mcse``: Monte Carlo standard error of the mean;
        - ``unit``, ``meaning``: in words.

        ``attrs`` say by which route the draws came and whether the fit passed its gate.

    Raises
    ------
    DesignError
        If it is no fit.

    Notes
    -----
    The fast route runs no chain, and has neither R-hat nor effective size of a tail. Its draws share points of the
    hyperparameters and err with them: ``ess_bulk`` is how many independent draws have the error of the mean.

    ``satt`` has no prior beside it: on the outcome's own scale that is the prior of the level as well, which is wide on
    purpose. What was believed of the effect is in the row of ``mu_tau``. Authorities whose own effect a report
    withholds are left out.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> table = summary(sb.fit(panel, made.rollout, made.outcome, method="fast"))
    >>> table.loc["omega", ["unit", "meaning"]].tolist()
    ['log-odds', "sd of authorities' effects around their average"]
    >>> bool(0 < table.loc["omega", "learnt"] < 1)
    True
    """
    import pandas as pd

    if not isinstance(getattr(fit, "draws", None), Draws):
        raise DesignError(f"A {type(fit).__name__} has no draws of a model.", cure="Give what sb.fit returned.")
    before, points = dict(_parts(_before(fit), fit)), points_of(fit)
    rows = {}
    for name, draws in _parts(_after(fit), fit):
        variable = name.partition("[")[0]
        factor, (unit, meaning) = factor_of(variable, fit.outcome), meaning_of(variable, fit.outcome)
        said = _prior_beside(name, before.get(name), draws) | _errors(factor * draws, points)
        rows[name] = _posterior(factor * draws) | said | {"unit": unit, "meaning": meaning}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.attrs = {
        "outcome": fit.outcome.label,
        "route": fit.method,
        "gate": "passed" if fit.health.ok else "missed: the draws answer nothing",
    }
    return table


def _after(fit: FitProtocol) -> Variables:
    """What is reported, effects first."""
    variables = {"satt": Variable(satt(fit))} | effects(fit, fit.draws) | hyperparameters(fit.draws)
    first = {name: variables[name] for name in FIRST if name in variables}
    last = {"departure": variables["departure"]}
    return first | {name: value for name, value in variables.items() if name not in first | last} | last


def _before(fit: FitProtocol) -> Variables:
    """The same but ``satt`` before the data: evenly likely values where the prior is one of few shapes, else draws."""
    if not isinstance(fit, Fit):
        return effects_before(fit, BEFORE)
    draws = prior_draws(fit.problem, BEFORE, fit.seed).reported()
    known = {
        name: Variable(prior_grid(prior)[None])
        for name, prior in scalar_priors(fit).items()
        if isinstance(prior, HalfNormal | Normal | Uniform)
    }
    return hyperparameters(draws) | effects(fit, draws) | known


def _parts(variables: Variables, fit: FitProtocol) -> Iterator[tuple[str, Floats]]:
    """Every number by name, with its draws (chain, draw); of authorities those that may be shown."""
    labels, places = labels_of(fit), set(shown(fit))
    for name, (values, dims) in variables.items():
        for at in np.ndindex(values.shape[2:]):
            if ADOPTERS in dims and at[dims.index(ADOPTERS)] not in places:
                continue
            said = ", ".join(labels[dim][i] for dim, i in zip(dims, at, strict=True))
            yield (f"{name}[{said}]" if dims else name), values[(..., *at)]


def _posterior(draws: Floats) -> dict[str, Any]:
    low, high = np.quantile(draws, [(1 - PROB) / 2, (1 + PROB) / 2])
    return {"mean": float(draws.mean()), "sd": float(draws.std(ddof=1)), "low": float(low), "high": float(high)}


def _prior_beside(name: str, before: Floats | None, draws: Floats) -> dict[str, Any]:
    if before is None:
        return dict(NOTHING)
    known = learned(name, before, draws)
    return {
        "prior_mean": known.prior_mean,
        "prior_sd": float(before.std()),
        "prior_low": known.prior_low,
        "prior_high": known.prior_high,
        "learnt": known.contraction,
    }


def _errors(draws: Floats, points: Indices | None) -> dict[str, Any]:
    """Effective sizes, R-hat and Monte Carlo error: of chains, or of draws that share points of the hyperparameters."""
    if points is not None:
        away = np.bincount(points.ravel(), (draws - draws.mean()).ravel())
        error = max(float(draws.std()) / np.sqrt(draws.size), float(np.sqrt((away**2).sum())) / draws.size)
        worth = (float(draws.std()) / error) ** 2
        return {"ess_bulk": worth, "ess_tail": float("nan"), "r_hat": float("nan"), "mcse": error}
    from arviz_stats.base import array_stats

    chains: dict[str, int] = {"chain_axis": 0, "draw_axis": 1}
    return {
        "ess_bulk": float(array_stats.ess(draws, method="bulk", **chains)),
        "ess_tail": float(array_stats.ess(draws, method="tail", prob=0.9, **chains)),
        "r_hat": float(array_stats.rhat(draws, **chains)),
        "mcse": float(array_stats.mcse(draws, method="mean", **chains)),
    }
