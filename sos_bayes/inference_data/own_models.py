"""Groups of a tree of a fit by a model of the caller's own: its own variables, under its own names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sos_bayes._core.array_types import Floats
from sos_bayes.estimands.weights import child_weights, groups_by, normalised
from sos_bayes.fitting.pymc.own_fit import PyMCFit
from sos_bayes.fitting.pymc.own_groups import drawn_before, of_cells, one_in, own_scalars
from sos_bayes.inference_data.named_draws import as_arviz

if TYPE_CHECKING:
    import xarray as xr

WORLDS = ("with_rollout", "without_rollout")
CHAIN_DRAW = ("chain", "draw")


def own_groups(fit: PyMCFit, satts: Floats, cells: bool) -> tuple[dict[str, xr.Dataset], int]:
    """All groups, and one in how many draws was kept.

    Without ``cells``: parameters without parts, and the effect over all adopters (``satt``, given, (chain, draw)). Of
    what has parts, and of what follows from others, the library does not know what it tells.
    """
    import xarray as xr

    step = one_in(fit) if cells else 1
    at = {"draw": slice(None, None, step)}
    posterior = fit.posterior if cells else fit.posterior[list(own_scalars(fit))]
    posterior = posterior.isel(at, missing_dims="ignore").assign(satt=(CHAIN_DRAW, satts[:, ::step]))
    posterior = posterior.assign_coords({dim: np.arange(posterior.sizes[dim]) for dim in CHAIN_DRAW})
    found = {"posterior": posterior}
    if fit.statistics:
        said = {name: (CHAIN_DRAW, as_arviz(name, value[:, ::step])) for name, value in fit.statistics.items()}
        found["sample_stats"] = xr.Dataset(said, coords=posterior[list(CHAIN_DRAW)].coords)
    if cells:
        found |= of_cells(fit, fit.posterior.isel(at))
    else:
        before = drawn_before(fit)
        found |= {} if before is None else {"prior": before["prior"].to_dataset()}
    if "prior" in found:
        found["prior"] = _told(fit, found["prior"], None if cells else list(own_scalars(fit)))
    return found, step


def _told(fit: PyMCFit, prior: xr.Dataset, names: list[str] | None) -> xr.Dataset:
    """The prior with ``satt`` in it, of these variables or of all."""
    weights = normalised(child_weights(fit.layout), groups_by(fit.layout, None))
    gap: Any = prior[WORLDS[0]] - prior[WORLDS[1]]
    values = gap.values if len(fit.layout.cells.patterns) > 1 else gap.values[..., None]
    kept = prior if names is None else prior[names]
    return kept.assign(satt=(CHAIN_DRAW, np.einsum("cdktp,ktp->cd", values, weights)))
