"""What PyMC says of a model of the caller's own beside its posterior: its prior, predictions and log densities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sos_bayes.fitting.pymc.own_fit import PyMCFit

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

LARGEST = 200_000_000  # bytes of one group's draws
SIZE = 1000  # draws from the prior
NO_PRIOR = "the model has a potential or a variable that PyMC cannot draw from"


def own_scalars(fit: PyMCFit) -> tuple[str, ...]:
    """Names of the model's own parameters without parts: what follows from others is not among them."""
    return tuple(v.name for v in fit.design.readable(fit.layout).free_RVs if v.ndim == 0)


def drawn_before(fit: PyMCFit, model: pm.Model | None = None) -> Any:
    """Draws from the prior as PyMC's tree, the cells' among them; None where PyMC cannot draw them."""
    import pymc as pm

    model = model or fit.design.readable(fit.layout)
    if model.potentials:
        return None
    size = min(SIZE, _most(model))
    try:
        return pm.sample_prior_predictive(size, model=model, random_seed=fit.seed)
    except (NotImplementedError, ValueError):
        return None


def of_cells(fit: PyMCFit, posterior: xr.Dataset) -> dict[str, xr.Dataset]:
    """Groups that hold single cells: predictions, log densities, and what was observed, of some draws.

    Parameters
    ----------
    fit : PyMCFit
    posterior : xarray.Dataset
        All variables of the model, thinned (`one_in`).
    """
    import pymc as pm
    import xarray as xr
    from pymc.stats import compute_log_prior

    model = fit.design.readable(fit.layout)
    tree = xr.DataTree.from_dict({"posterior": posterior})
    silent = {"model": model, "progressbar": False}
    pm.compute_log_likelihood(tree, **silent)
    compute_log_prior(tree, **silent)
    after = pm.sample_posterior_predictive(tree, random_seed=fit.seed, **silent)
    before = drawn_before(fit, model)
    found = {name: tree[name].to_dataset() for name in ("log_likelihood", "log_prior")}
    for name in ("posterior_predictive", "observed_data", "constant_data"):
        if name in after.children:
            found[name] = after[name].to_dataset()
    if before is not None:
        found |= {name: before[name].to_dataset() for name in ("prior", "prior_predictive")}
    return found


def one_in(fit: PyMCFit) -> int:
    """One draw in how many keeps every group of all cells below `LARGEST`."""
    chains, size = (int(fit.posterior.sizes[dim]) for dim in ("chain", "draw"))
    return max(1, -(-size // max(_most(fit.design.readable(fit.layout)) // chains, 1)))


def _most(model: pm.Model) -> int:
    """How many draws of all observed cells `LARGEST` holds."""
    cells = sum(int(model.rvs_to_values[v].data.size) for v in model.observed_RVs)
    return max(1, LARGEST // (8 * max(cells, 1)))
