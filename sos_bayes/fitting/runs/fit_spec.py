"""A fit before it is made, and what making it adds: the two parts that travel and are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sos_bayes.designs import DesignProtocol, DiD, Layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.hyper_proposal import WarmStart
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.fitting.posterior.draws import Draws
from sos_bayes.fitting.runs.fit_result import Fit, Method
from sos_bayes.fitting.runs.methods import FAST_DRAWS, SEED, fit_layout

if TYPE_CHECKING:
    from sos_bayes.sampling.sampler import Sampler


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FitSpec:
    """One fit to be made: all that determines its numbers. Arguments as in `fit_layout`.

    Examples
    --------
    >>> from sos_bayes.designs import layout_of
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> FitSpec(layout_of(made.cells, made.rollout), DiD())
    <FitSpec by fast: 9 adopters, 31 comparators, 8 periods, 4 of them before the first start>
    """

    layout: Layout
    design: DiD | DesignProtocol[Any]
    method: Method = "fast"
    seed: int = SEED
    sampler: Sampler | None = None
    warm_start: WarmStart | None = None
    n_draws: int = FAST_DRAWS
    fall_back: bool = True

    def __repr__(self) -> str:
        return f"<FitSpec by {self.method}: {repr(self.layout).removeprefix('<Layout: ')}"


def sampler_of(job: FitSpec) -> Sampler:
    """Settings that a job is sampled by, where it is: its own, or those of its route."""
    from sos_bayes.fitting.pymc.sample import DEFAULT
    from sos_bayes.sampling.sampler import Sampler

    return job.sampler or (DEFAULT if job.method == "pymc" else Sampler())


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FitOutput:
    """What a fit adds to its job, and so all that travels back from a worker or is kept on disk.

    Attributes
    ----------
    method, draws, health, seconds, warm_start
        As in `Fit`.
    notes : tuple of str
        Of the route; those of the cells are in the job.
    """

    method: Method
    draws: Draws
    health: Health
    seconds: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    warm_start: WarmStart | None


def answer_of(fit: Fit) -> FitOutput:
    """Take from a fit what its job does not hold."""
    notes = fit.notes[len(fit.layout.cells.notes) :]
    return FitOutput(fit.method, fit.draws, fit.health, fit.seconds, notes, fit.warm_start)


def fit_of(job: FitSpec, answer: FitOutput) -> Fit:
    """Put a job and its answer together."""
    layout, design = job.layout, job.design
    assert isinstance(design, DiD)  # others are not kept
    problem = problem_of(design.model(layout), layout.cells)
    notes = (*layout.cells.notes, *answer.notes)
    return Fit(
        layout, design, answer.method, job.seed, problem, answer.draws, answer.health, answer.seconds, notes,
        answer.warm_start,
    )  # fmt: skip


def fit_job(job: FitSpec) -> Fit:
    """Run one job here and now; a design with a model of its own gives a fit of its own kind."""
    fit: Fit = fit_layout(
        job.layout, job.design, method=job.method, seed=job.seed, sampler=job.sampler, warm_start=job.warm_start,
        n_draws=job.n_draws, fall_back=job.fall_back,
    )  # fmt: skip
    return fit
