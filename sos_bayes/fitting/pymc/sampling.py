"""One run of PyMC's own `sample`, by nutpie."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
import pymc as pm

from sos_bayes._core.array_types import Floats
from sos_bayes._core.errors import FitError
from sos_bayes._core.shapes import shapes_only
from sos_bayes.sampling.sampler import Sampler, _interrupts


class SampledModel(NamedTuple):
    """Draws of every variable, an `xarray.Dataset` over chain and draw, with the sampler's own statistics."""

    posterior: Any
    divergences: int
    energy: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def sample_model(model: pm.Model, sampler: Sampler, seed: int) -> SampledModel:
    """Sample a PyMC model.

    Raises
    ------
    FitError
        If the sampler stopped early or drew a non-number.
    KeyboardInterrupt
        If it was interrupted; what it had is dropped.
    """
    progress = sys.stderr.isatty() if sampler.progress is None else sampler.progress
    with model, _interrupts() as interrupted:
        tree = pm.sample(
            sampler.draws, tune=sampler.tune, chains=sampler.chains, cores=sampler.cores, random_seed=seed,
            nuts_sampler="nutpie", nuts={"target_accept": sampler.target_accept}, progressbar=progress,
            quiet=not progress, compute_convergence_checks=False,
        )  # fmt: skip
    if interrupted:
        raise KeyboardInterrupt
    posterior, stats = tree["posterior"].to_dataset(), tree["sample_stats"]
    got = posterior.sizes["chain"], posterior.sizes["draw"]
    if got != (sampler.chains, sampler.draws):
        raise FitError(
            f"Sampling stopped early: {got[0]} chains of {got[1]} draws, not {sampler.chains} of {sampler.draws}.",
            why="Part of a chain is not the posterior.",
            cure="Run it again; nothing was kept.",
        )
    bad = [v.name for v in model.free_RVs if not np.isfinite(posterior[v.name].values).all()]
    if bad:
        raise FitError(
            f"The sampler drew values that are not numbers: {', '.join(bad)}.",
            cure="Look for a cell with extreme counts, or for a division by what may be zero.",
        )
    return SampledModel(posterior, int(stats["diverging"].values.sum()), np.asarray(stats["energy"].values))
