"""The readable model under PyMC's own samplers: a third route, which shares no code of a density with the others."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from sos_bayes._core.errors import FitError
from sos_bayes.designs import Layout
from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.posterior.draws import Sampled
from sos_bayes.fitting.pymc.draw_record import assembled, kept_variables
from sos_bayes.fitting.pymc.names import ADOPTERS
from sos_bayes.sampling.sampler import Sampler, interrupts, refuse_broken, statistics_of

if TYPE_CHECKING:
    import pymc as pm

DEFAULT = Sampler(draws=1000, tune=1000, target_accept=0.95)  # standard normals behind every term ask for smaller steps
NEEDED = {"nutpie": (), "pymc": (), "numpyro": ("jax", "numpyro"), "blackjax": ("jax", "blackjax")}


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


def sample(model: pm.Model, problem: Problem, sampler: Sampler, seed: int) -> Sampled:
    """Sample a `sampled_model` by `pymc.sample`.

    Parameters
    ----------
    model : pymc.Model
    problem : Problem
        That the model was written from.
    sampler : Sampler
    seed : int

    Raises
    ------
    FitError
        If the sampler stopped early or drew a non-number.
    KeyboardInterrupt
        If it was interrupted; what it had is dropped.
    """
    tree = run(model, problem, sampler, seed, kept_variables(problem))
    refuse_broken(np.asarray(tree["posterior"][ADOPTERS].values), sampler)
    statistics = statistics_of(tree["sample_stats"])
    draws = replace(assembled(problem, tree["posterior"]), statistics=statistics)
    return Sampled(draws, int(statistics["diverging"].sum()), np.asarray(statistics["energy"]))


def run(
    model: pm.Model, held: Problem | Layout, sampler: Sampler, seed: int, names: list[str] | None = None
) -> Any:  # fmt: skip
    """One run of `pymc.sample`; returns its tree, which may have fewer draws than were asked for.

    Parameters
    ----------
    model : pymc.Model
    held : Problem or Layout
        The cells that the model holds.
    sampler : Sampler
    seed : int
    names : list of str, optional
        Variables to keep; all of them by default.

    Raises
    ------
    KeyboardInterrupt
        If it was interrupted; what it had is dropped.
    """
    import pymc as pm

    with interrupts() as interrupted, model:
        tree = pm.sample(
            draws=sampler.draws, tune=sampler.tune, chains=sampler.chains, cores=_at_once(held, sampler),
            random_seed=seed, target_accept=sampler.target_accept, nuts_sampler=sampler.nuts_sampler,
            var_names=names, progressbar=sampler.shown, quiet=not sampler.shown, compute_convergence_checks=False,
        )  # fmt: skip
    if interrupted:
        raise KeyboardInterrupt
    return tree


def _at_once(held: Problem | Layout, sampler: Sampler) -> int:
    """Chains at once: PyMC's own sampler runs them in other processes, which may not see values of single children."""
    alone = sampler.nuts_sampler == "pymc" and held.cells.values is not None
    return 1 if alone else sampler.at_once
