"""A fit before it is made, and what making it adds: the two parts that travel and are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sos_bayes.designs import DiD, Layout, OwnModel
from sos_bayes.fitting.draws import Draws
from sos_bayes.fitting.fitted import Fit, Method
from sos_bayes.fitting.health import Health
from sos_bayes.fitting.importance import Nearby
from sos_bayes.fitting.problem import problem_of
from sos_bayes.fitting.routes import FAST_DRAWS, SEED, fit_layout

if TYPE_CHECKING:
    from sos_bayes.fitting.nuts import Sampler


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Job:
    """One fit to be made: all that determines its numbers. Arguments as in `fit_layout`.

    Examples
    --------
    >>> from sos_bayes.designs import layout_of
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> Job(layout_of(made.cells, made.rollout), DiD())
    <Job by fast: 9 adopters, 31 comparators, 8 periods, 4 of them before the first start>
    """

    layout: Layout
    design: DiD | OwnModel[Any]
    method: Method = "fast"
    seed: int = SEED
    sampler: Sampler | None = None
    near: Nearby | None = None
    n_draws: int = FAST_DRAWS
    fall_back: bool = True

    def __repr__(self) -> str:
        return f"<Job by {self.method}: {repr(self.layout).removeprefix('<Layout: ')}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Answer:
    """What a fit adds to its job, and so all that travels back from a worker or is kept on disk.

    Attributes
    ----------
    method, draws, health, seconds, near
        As in `Fit`.
    notes : tuple of str
        Of the route; those of the cells are in the job.
    """

    method: Method
    draws: Draws
    health: Health
    seconds: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]
    near: Nearby | None


def answer_of(fit: Fit) -> Answer:
    """Take from a fit what its job does not hold."""
    notes = fit.notes[len(fit.layout.cells.notes) :]
    return Answer(fit.method, fit.draws, fit.health, fit.seconds, notes, fit.near)


def fit_of(job: Job, answer: Answer) -> Fit:
    """Put a job and its answer together."""
    layout, design = job.layout, job.design
    assert isinstance(design, DiD)  # others are not kept
    problem = problem_of(design.model(layout), layout.cells)
    notes = (*layout.cells.notes, *answer.notes)
    return Fit(
        layout, design, answer.method, job.seed, problem, answer.draws, answer.health, answer.seconds, notes,
        answer.near,
    )  # fmt: skip


def fit_job(job: Job) -> Fit:
    """Run one job here and now; a design with a model of its own gives a fit of its own kind."""
    found: Fit = fit_layout(
        job.layout, job.design, method=job.method, seed=job.seed, sampler=job.sampler, near=job.near,
        n_draws=job.n_draws, fall_back=job.fall_back,
    )  # fmt: skip
    return found
