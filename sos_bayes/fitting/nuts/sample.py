"""Sampling by nutpie's NUTS: sample what was prepared, check that nothing is missing, report."""

from __future__ import annotations

from dataclasses import dataclass

from sos_bayes._core.array_types import Floats
from sos_bayes._core.shapes import shapes_only
from sos_bayes.fitting.nuts.draw_record import reported
from sos_bayes.fitting.nuts.preconditioned import Prepared
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.sampling.sampler import Sampler, run


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Draws with the sampler's own statistics."""

    draws: Draws
    divergences: int
    energy: Floats

    def __repr__(self) -> str:
        return shapes_only(self)


def sample(prepared: Prepared, sampler: Sampler, seed: int) -> Sampled:
    """Sample and return draws; errors as in `run`."""
    from sos_bayes.fitting.nuts.nutpie_model import nutpie_model_of

    drawn = run(nutpie_model_of(prepared), sampler, seed)
    return Sampled(reported(prepared.problem, drawn.rows), drawn.divergences, drawn.energy)
