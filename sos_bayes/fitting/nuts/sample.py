"""Sampling by nutpie's NUTS: sample what was prepared, check that nothing is missing, report."""

from __future__ import annotations

from dataclasses import replace

from sos_bayes.fitting.nuts.draw_record import reported
from sos_bayes.fitting.nuts.preconditioned import Prepared
from sos_bayes.fitting.posterior.draws import Sampled
from sos_bayes.sampling.sampler import Sampler, run


def sample(prepared: Prepared, sampler: Sampler, seed: int) -> Sampled:
    """Sample and return draws; errors as in `run`."""
    from sos_bayes.fitting.nuts.nutpie_model import nutpie_model_of

    drawn = run(nutpie_model_of(prepared), sampler, seed)
    draws = replace(reported(prepared.problem, drawn.rows), statistics=drawn.statistics)
    return Sampled(draws, drawn.divergences, drawn.energy)
