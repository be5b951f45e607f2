"""The readable model under PyMC's own samplers: a third route, which shares no code of a density with the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sos_bayes.fitting.arrays.problem import Problem
from sos_bayes.fitting.posterior.draws import Sampled
from sos_bayes.fitting.pymc.draw_record import assembled, kept_variables
from sos_bayes.sampling.sampler import Sampler

if TYPE_CHECKING:
    import pymc as pm

DEFAULT = Sampler(draws=1000, tune=1000, target_accept=0.95)  # standard normals behind every term ask for smaller steps


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
    from sos_bayes.fitting.pymc.sampling import sample_model

    # PyMC's own sampler runs chains in other processes, which may not see values of single children
    alone = sampler.nuts_sampler == "pymc" and problem.cells.values is not None
    run = sample_model(model, sampler, seed, kept=kept_variables(problem), alone=alone)
    draws = replace(assembled(problem, run.posterior), statistics=run.statistics)
    return Sampled(draws, run.divergences, run.energy)
