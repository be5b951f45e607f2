"""Many fits at once: on all cores of a machine or on a cluster, kept on disk one by one where that is wanted.

By default the fast route runs in worker processes, one for each core, one thread in each. Where and how wide is
the caller's to say, by joblib's own context manager:

    with joblib.parallel_config(backend="dask"):      # a running dask.distributed Client
        fits = fit_many(jobs)

Any joblib backend that returns results as they finish will do (loky, threading, multiprocessing, dask). Numbers are the
same to the bit wherever a fit runs. Workers are sent cells, never the table that they were counted from. Scripts
need no ``if __name__ == "__main__"`` guard with loky, dask or threading, since workers import this module, not the
script; the multiprocessing backend needs one where processes are spawned.

Fits by NUTS run one after the other in the calling process: the sampler spreads its chains over cores itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from sos_bayes._core.cores import spread
from sos_bayes._core.errors import SosBayesError, attempt
from sos_bayes._core.progress import Progress, told
from sos_bayes._core.sealed import sealed
from sos_bayes.designs import DiD
from sos_bayes.fitting.runs.checkpoint import Checkpoint
from sos_bayes.fitting.runs.fit_result import Fit
from sos_bayes.fitting.runs.fit_spec import FitOutput, FitSpec, answer_of, fit_job, fit_of
from sos_bayes.fitting.runs.methods import sampled_instead


@sealed
def fit_many(
    jobs: Sequence[FitSpec], *, checkpoint: Path | str | None = None, progress: bool | Progress = True
) -> tuple[Fit | SosBayesError, ...]:
    """Run jobs on many cores; a fit that fails is an error in its place, and the others finish.

    Parameters
    ----------
    jobs : sequence of FitSpec
    checkpoint : path, optional
        Folder in which each fit is kept when it is done, and from which a later call takes it unless anything that
        determines its numbers has changed: cells, starts, design, seed, settings, versions. Files hold draws, so the
        folder belongs inside the secure setting. Fits of designs with a model of their own are not kept.
    progress : bool or callable
        True writes one line a fit to a terminal (to nothing else); a function is called after each fit with how many
        are done, how many there are, and the outcome's label.

    Returns
    -------
    tuple of Fit or SosBayesError
        In the order of the jobs.

    Raises
    ------
    FitError
        If a worker process died, or the folder cannot be written to.

    Examples
    --------
    >>> from sos_bayes.designs import DiD, layout_of
    >>> from sos_bayes.simulation import made_up_england
    >>> made = made_up_england(seed=1)
    >>> job = FitSpec(layout_of(made.cells, made.rollout), DiD(), seed=1)
    >>> fit_many([job])[0]
    <Fit 'made-up outcome (synthetic)' by fast: 9 adopters, 31 comparators, healthy>
    """
    say = told(progress)
    fits: dict[int, Fit | SosBayesError] = {}
    for position, result in _kept_or_made(jobs, checkpoint):
        fits[position] = result
        done = "stopped" if isinstance(result, SosBayesError) else "fitted"
        say(len(fits), len(jobs), f"{jobs[position].layout.cells.outcome.label}: {done}")
    return tuple(fits[i] for i in range(len(jobs)))


@sealed
def map_fits[T](requests: Sequence[tuple[FitSpec, Callable[[Fit], T]]]) -> tuple[T | SosBayesError, ...]:
    """Run fast jobs on many cores and keep only what is seen of each fit: for fits too many or too large to hold.

    Parameters
    ----------
    requests : sequence of (FitSpec, callable)
        The function is given the fit inside the worker, and what it returns travels back.

    Returns
    -------
    tuple
        In the order given; an error where a fit or its function failed.
    """
    with _staying(any(_stays(job) for job, _ in requests)):
        seen = dict(spread(_see, requests, prefer="threads"))
    return tuple(seen[i] for i in range(len(requests)))


def _see[T](look: tuple[FitSpec, Callable[[Fit], T]]) -> T | SosBayesError:
    job, function = look
    return attempt(lambda: function(fit_job(job)))


def _kept_or_made(jobs: Sequence[FitSpec], folder: Path | str | None) -> Iterator[tuple[int, Fit | SosBayesError]]:
    """Fits in the order in which they are there: those on disk, then those made, each kept as it is made."""
    if folder is None:
        yield from _made(jobs, range(len(jobs)))
        return
    kept = Checkpoint(Path(folder))
    missing = []
    for position, job in enumerate(jobs):
        answer = kept.read(job) if isinstance(job.design, DiD) else None
        if answer is None:
            missing.append(position)
        else:
            yield position, fit_of(job, answer)
    for position, result in _made(jobs, missing):
        if isinstance(result, Fit):
            kept.write(jobs[position], answer_of(result))
        yield position, result


def _made(jobs: Sequence[FitSpec], positions: Sequence[int]) -> Iterator[tuple[int, Fit | SosBayesError]]:
    """Fast jobs on all cores; then, one by one in this process, those that are to be sampled or must not leave it."""
    fast = [i for i in positions if _travels(jobs[i])]
    missed: dict[int, Fit] = {}
    for at, answer in spread(_answer, [jobs[i] for i in fast]):
        position = fast[at]
        result = answer if isinstance(answer, SosBayesError) else fit_of(jobs[position], answer)
        if isinstance(result, Fit) and jobs[position].fall_back and not result.health.ok:
            missed[position] = result
        else:
            yield position, result
    for position in positions:
        job = jobs[position]
        if not _travels(job):
            yield position, attempt(fit_job, job)
        elif position in missed:
            yield position, attempt(sampled_instead, missed.pop(position), job.sampler)


def _travels(job: FitSpec) -> bool:
    return job.method == "fast" and isinstance(job.design, DiD) and not _stays(job)


def _stays(job: FitSpec) -> bool:
    """Whether a job holds values of single children, which no other process may see."""
    return job.layout.cells.values is not None


def _staying(here: bool) -> AbstractContextManager[object]:
    """Threads of this process, whatever workers are configured."""
    import joblib

    return joblib.parallel_config(backend="threading") if here else nullcontext()


def _answer(job: FitSpec) -> FitOutput | SosBayesError:
    return attempt(lambda: answer_of(fit_job(replace(job, fall_back=False))))
