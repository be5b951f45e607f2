"""A fit as ArviZ reads it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import DesignError
from sos_bayes._core.sealed import sealed
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.posterior.fit_protocol import FitProtocol
from sos_bayes.fitting.pymc.own_fit import PyMCFit
from sos_bayes.fitting.pymc.own_groups import NO_PRIOR
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.inference_data.cell_groups import cell_groups, most_draws, thinned
from sos_bayes.inference_data.named_draws import (
    ADOPTERS,
    Variable,
    Variables,
    as_arviz,
    effects,
    hyperparameters,
    in_chains,
    labels_of,
    of_cells,
)
from sos_bayes.inference_data.own_models import own_groups
from sos_bayes.inference_data.priors import SIZE, effects_before, log_prior, satt
from sos_bayes.inference_data.released import released, shown
from sos_bayes.predictive.prior_draws import PriorDraws, prior_draws

if TYPE_CHECKING:
    import xarray as xr

RELEASED = (
    "released: hyperparameters and effects. No cell, no count, no weight, no draw of a single authority and period; "
    "what has parts keeps the distribution of each, in an order of its own."
)
INDEPENDENT = "independent draws of the fast route, cut into four: no chain was run"
PACKAGES = {"nuts": ("nutpie",), "pymc": ("pymc", "nutpie"), "fast": ()}
INSIDE = "cells: exact counts of children, small ones too. It stays inside the secure setting."
UNSAMPLED = {"sample_stats": "the fast route samples nothing: its draws are independent"}
WITHOUT = "asked for without cells"
OWN = {"sample_stats": "the draws were not made by a sampler", "prior": NO_PRIOR}
TWO_STAGES = "two stages are fitted one after the other, and there is no joint density of all cells"
CELLS = ("posterior_predictive", "prior_predictive", "observed_data", "constant_data", "log_likelihood")


@sealed
def to_datatree(fit: FitProtocol, *, cells: bool = False) -> xr.DataTree:
    """Give the draws of a fit the form that ArviZ 1 reads.

    Parameters
    ----------
    fit : Fit, ImputedFit or PyMCFit
        Of `DiD`, of a synthetic control or latent factors, or of a PyMC model of your own.
    cells : bool
        Take everything along, single cells and exact counts too. **The tree stays inside the secure setting then**, and
        so does all that is made of it; its ``attrs`` say so.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` and ``prior`` (chain, draw, ...) with the same variables: hyperparameters, the effect over
        all adopters in the outcome's own unit (``satt``), and on the predictor's scale its average (``mu_tau``), its
        profile (``lag_effect``, along ``lag``), adopters' departures (``departure``, along ``authority``) and what else
        the design has. ``sample_stats``: what the sampler says of its draws. ``log_prior``: log densities of the
        hyperparameters' priors at the posterior's draws. A group that the route or the design does not have is absent;
        ``attrs`` says why, with route, seed, versions and disclosure level.

        With ``cells`` the posterior has all terms, and along ``cell``, authorities' periods whose count is known, there
        are ``observed_data``, ``constant_data``, ``prior_predictive``, ``posterior_predictive`` and ``log_likelihood``
        (`predictive.pointwise_log_likelihood`). In the last two the shock of a cell's own authority and period is
        integrated out and drawn anew, given the authority's other periods: they are what leaving the cell out says.

    Raises
    ------
    DesignError
        If it is no fit.

    Notes
    -----
    Of the fast route the draws are independent; they come as four chains, because tools ask for several.

    Without ``cells``, variables with parts (authorities, lags, subgroups) keep the distribution of each part and no
    order: draw by draw they would tell, beside ``satt``, the weights of parts, which are denominators. R-hat and
    effective sizes of these are those of shuffled draws; the fit's own gate has looked at the draws in order
    (``attrs["gate"]``). Authorities with too few children to be shown in a report are left out.

    Of a model of your own the tree has the model's own variables under their own names: with ``cells`` all of them, and
    what PyMC says of its observed cells, each given all else; without, parameters that have no parts, and ``satt``.

    With ``cells`` no group of draws is larger than 200 MB; where it would be, one draw in so many is kept in all of
    them, and ``attrs["thinned"]`` says in how many.

    Examples
    --------
    >>> import sos_bayes as sb
    >>> made = sb.simulation.made_up_england(seed=1)
    >>> panel = sb.read_panel(made.panel, authority="authority", period="period")
    >>> tree = to_datatree(sb.fit(panel, made.rollout, made.outcome, method="fast"))
    >>> sorted(tree.children), tree["posterior"]["departure"].dims
    (['log_prior', 'posterior', 'prior'], ('chain', 'draw', 'authority'))
    """
    import xarray as xr

    found, step, reasons = _whole(fit, cells)
    absent = {f"absent_{name}": why for name, why in reasons.items() if name not in found}
    told = _told(fit, INSIDE if cells else RELEASED) | ({"thinned": step} if cells else {})
    return xr.DataTree.from_dict({"/": xr.Dataset(attrs=told | absent), **found})


def _whole(fit: FitProtocol, cells: bool) -> tuple[dict[str, xr.Dataset], int, dict[str, str]]:
    """All groups, one in how many draws was kept, and why groups may be absent."""
    if isinstance(fit, PyMCFit):
        found, step = own_groups(fit, satt(fit), cells)
        found = {name: group.drop_attrs().assign_attrs(_library()) for name, group in found.items()}
        return found, step, OWN if cells else _absent(cells) | OWN | {"log_prior": WITHOUT}
    if not isinstance(getattr(fit, "draws", None), Draws):
        raise DesignError(f"A {type(fit).__name__} has no draws of a model.", cure="Give what sb.fit returned.")
    return *_groups(fit, cells), _absent(cells)


def _groups(fit: FitProtocol, cells: bool) -> tuple[dict[str, xr.Dataset], int]:
    """All groups, and one in how many draws was kept."""
    draws, step = in_chains(fit.draws), 1
    satts = satt(fit).reshape(draws.shape)
    if cells and isinstance(fit, Fit):
        draws, step = thinned(fit, draws)
        satts = satts[:, ::step]
    before = None
    if isinstance(fit, Fit):
        before = prior_draws(fit.problem, min(SIZE, most_draws(fit)) if cells else SIZE, fit.seed)
    posterior, prior = _variables(fit, draws, satts, cells), _prior(fit, before, cells)
    labels, places = labels_of(fit), shown(fit)
    groups = {"posterior": posterior, "prior": prior}
    if not cells:
        labels[ADOPTERS] = [labels[ADOPTERS][k] for k in places]
        groups = {name: released(variables, places) for name, variables in groups.items()}
    if draws.statistics:
        groups["sample_stats"] = {name: Variable(as_arviz(name, value)) for name, value in draws.statistics.items()}
    if isinstance(fit, Fit):
        groups["log_prior"] = log_prior(fit, posterior)
    datasets = {name: _dataset(group, labels) for name, group in groups.items()}
    if cells and isinstance(fit, Fit) and before is not None:
        more = cell_groups(replace(fit, draws=draws), before)
        datasets |= {name: group.assign_attrs(_library()) for name, group in more.items()}
    return datasets, step


def _variables(fit: FitProtocol, draws: Draws, satts: Floats, cells: bool) -> Variables:
    variables = hyperparameters(draws) | {"satt": Variable(satts)} | effects(fit, draws)
    return variables | of_cells(fit, draws) if cells else variables


def _prior(fit: FitProtocol, before: PriorDraws | None, cells: bool) -> Variables:
    if before is None or not isinstance(fit, Fit):
        return effects_before(fit)
    draws = before.reported()
    return _variables(fit, draws, satt(replace(fit, draws=draws)), cells)


def _absent(cells: bool) -> dict[str, str]:
    """Why groups are not there that might be looked for."""
    if not cells:
        return UNSAMPLED | {"log_prior": TWO_STAGES} | dict.fromkeys(CELLS, WITHOUT)
    return UNSAMPLED | dict.fromkeys(("log_prior", *CELLS), TWO_STAGES)


def _dataset(variables: Variables, labels: dict[str, list[str]]) -> xr.Dataset:
    """Draws with their dimensions and labels."""
    import xarray as xr

    chains, size = next(iter(variables.values())).values.shape[:2]
    used = {dim for _, dims in variables.values() for dim in dims}
    given = {"chain": np.arange(chains), "draw": np.arange(size)} | {dim: labels[dim] for dim in labels if dim in used}
    data = {name: (("chain", "draw", *dims), values) for name, (values, dims) in variables.items()}
    return xr.Dataset(data, coords=given, attrs=_library())


def _library() -> dict[str, str]:
    return {"inference_library": "sos_bayes", "inference_library_version": _version("sos_bayes")}


@cache
def _version(package: str) -> str:
    return version(package)  # it reads a file


def _told(fit: FitProtocol, disclosure: str) -> dict[str, Any]:
    """What a reader of the tree must know."""
    packages = ("numpy", "xarray", *PACKAGES[fit.method])
    return {
        **_library(),
        "outcome": fit.outcome.label,
        "design": type(fit.design).__name__,
        "route": fit.method,
        "chains": INDEPENDENT if fit.method == "fast" else "of the sampler",
        "seed": fit.seed,
        "gate": "passed" if fit.health.ok else "missed: the draws answer nothing",
        "disclosure": disclosure,
        **{f"{name}_version": _version(name) for name in packages},
    }
