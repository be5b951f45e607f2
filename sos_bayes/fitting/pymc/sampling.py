"""One run of `pymc.sample`: by nutpie, or by what else PyMC offers."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import pymc as pm

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import FitError
from sos_bayes._core.shapes import shapes_only
from sos_bayes.sampling.sampler import Sampler, interrupts, refuse_broken, statistics_of

NEEDED = {"nutpie": (), "pymc": (), "numpyro": ("jax", "numpyro"), "blackjax": ("jax", "blackjax")}


class SampledModel(NamedTuple):
    """Draws of variables, an `xarray.Dataset` over chain and draw, with the sampler's own statistics, (chain, draw)."""

    posterior: Any
    statistics: dict[str, Floats]

    @property
    def divergences(self) -> int:
        """How many draws diverged."""
        return int(self.statistics["diverging"].sum())

    @property
    def energy(self) -> Floats:
        """Energies, (chain, draw)."""
        return np.asarray(self.statistics["energy"])

    def __repr__(self) -> str:
        return shapes_only(self)


def refuse_missing(sampler: Sampler) -> None:
    """Refuse a sampler whose packages are not installed.

    Raises
    ------
    FitError
    """
    missing = [name for name in NEEDED[sampler.nuts_sampler] if find_spec(name) is None]
    if missing:
        raise FitError(
            f"nuts_sampler={sampler.nuts_sampler!r} needs {' and '.join(missing)}, which this library does not bring.",
            cure='Install them, or use nuts_sampler="nutpie".',
        )


def sample_model(
    model: pm.Model, sampler: Sampler, seed: int, *, kept: Sequence[str] | None = None, alone: bool = False
) -> SampledModel:
    """Sample a PyMC model.

    Parameters
    ----------
    model : pymc.Model
    sampler : Sampler
    seed : int
    kept : sequence of str, optional
        Names of the variables that are kept; by default all.
    alone : bool
        Whether chains run one by one, in this process.

    Raises
    ------
    FitError
        If the sampler stopped early or drew a non-number.
    KeyboardInterrupt
        If it was interrupted; what it had is dropped.
    """
    refuse_missing(sampler)
    with interrupts() as interrupted, model:
        tree = pm.sample(
            draws=sampler.draws, tune=sampler.tune, chains=sampler.chains, cores=1 if alone else sampler.at_once,
            random_seed=seed, target_accept=sampler.target_accept, nuts_sampler=sampler.nuts_sampler,
            var_names=None if kept is None else list(kept), progressbar=sampler.shown, quiet=not sampler.shown,
            compute_convergence_checks=False,
        )  # fmt: skip
    if interrupted:
        raise KeyboardInterrupt
    posterior = tree["posterior"].to_dataset()
    for name in kept or [variable.name for variable in model.free_RVs]:
        refuse_broken(np.asarray(posterior[name].values), sampler)
    return SampledModel(posterior, statistics_of(tree["sample_stats"]))
