"""The one seam to many cores: how work is spread over workers, and how many threads a piece of it may use."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from contextvars import ContextVar
from typing import Any, Literal

from sos_bayes._core.errors import FitError

MOST_INNER = 2  # threads of one fit: more contend for the interpreter

_working: ContextVar[bool] = ContextVar("sos_bayes_worker", default=False)
_packing: ContextVar[bool] = ContextVar("sos_bayes_packing", default=False)


def inside_worker() -> bool:
    """Whether this code runs as one of several pieces of work side by side."""
    return _working.get()


def usable_cores() -> int:
    """Cores that this process may use, where its affinity or the quota of its container leave it fewer than there are.

    Examples
    --------
    >>> 1 <= usable_cores() <= (os.cpu_count() or 1)
    True
    """
    import joblib

    own = getattr(os, "process_cpu_count", os.cpu_count)()  # of Python 3.13; joblib looks at quotas as well
    return max(1, min(own or 1, int(joblib.cpu_count())))


def inner_threads() -> int:
    """Threads that one fit may use: two where the machine has them, one inside a worker.

    Examples
    --------
    >>> inner_threads() in (1, 2)
    True
    """
    return 1 if inside_worker() else min(MOST_INNER, os.cpu_count() or 1)


def side_by_side[T, R](function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Apply a function to every item on the threads that one fit may use, results in order; in a worker, a loop.

    For loops that let go of the interpreter. A pool of one thread would only add waiting.

    Examples
    --------
    >>> side_by_side(abs, [-3, 2])
    [3, 2]
    """
    threads = inner_threads()
    if threads == 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, items))


def travelling() -> bool:
    """Whether work of ours is being packed for a worker, or its result for the way back: exact cells may go with it."""
    return _packing.get()


class Parcel[T]:
    """What goes to a worker, or comes back: the one way on which what holds exact cells is pickled.

    Examples
    --------
    >>> import pickle
    >>> pickle.loads(pickle.dumps(Parcel([1, 2]))).held
    [1, 2]
    """

    __slots__ = ("held",)

    def __init__(self, held: T):
        self.held = held

    def __reduce__(self) -> tuple[Callable[[bytes], Parcel[Any]], tuple[bytes]]:
        from joblib.externals.loky.backend.reduction import dumps

        token = _packing.set(True)
        try:
            return _unpacked, (bytes(dumps(self.held)),)
        finally:
            _packing.reset(token)


def _unpacked(packed: bytes) -> Parcel[Any]:
    from joblib.externals.loky.backend.reduction import loads

    return Parcel(loads(packed))


def stop_workers() -> None:
    """End joblib's own worker processes, which would outlive an interrupt by minutes."""
    loaded = sys.modules.get("joblib.externals.loky.reusable_executor")  # where not, there are none
    executor = getattr(loaded, "_executor", None)
    if executor is not None:
        executor.shutdown(wait=False, kill_workers=True)


def one_blas_thread() -> AbstractContextManager[None]:
    """Keep BLAS and OpenMP to one thread: small matrices lose by more, and sums must not depend on the number."""
    return _one_thread


class _OneThread:
    """A limit that holds for the process, counted so that threads may enter and leave in any order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limit: Any = None

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits

        with self._lock:
            if self._inside == 0:
                self._limit = threadpool_limits(1)
            self._inside += 1

    def __exit__(self, *fault: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()


_one_thread = _OneThread()


def spread[T, R](
    function: Callable[[T], R], items: Sequence[T], *, prefer: Literal["processes", "threads"] = "processes"
) -> Iterator[tuple[int, R]]:
    """Apply a function to every item on many cores, and give each result as it finishes.

    Runs through joblib: on all cores of this machine, or where and how wide the caller's
    ``joblib.parallel_config(backend=..., n_jobs=...)`` says. Inside a worker, and for a single item, it is a loop.
    Arguments travel by pickle and are never written to disk.

    Parameters
    ----------
    function : callable
        Defined in a module. What it raises ends the whole.
    items : sequence
    prefer : {"processes", "threads"}
        Which workers suit where the caller configured none.

    Yields
    ------
    tuple of int and result
        Position of the item, and what the function made of it.

    Raises
    ------
    FitError
        If a worker process died.

    Examples
    --------
    >>> sorted(spread(abs, [-3, 2], prefer="threads"))
    [(0, 3), (1, 2)]
    """
    workers = 1 if inside_worker() else min(_width(), len(items))
    if workers < 2:
        for position, item in enumerate(items):
            with one_blas_thread():
                result = function(item)
            yield position, result
        return
    import joblib

    run = joblib.Parallel(
        n_jobs=workers, prefer=prefer, return_as="generator_unordered", batch_size=1, max_nbytes=None
    )  # fmt: skip
    work = (joblib.delayed(_piece)(Parcel((function, i, item))) for i, item in enumerate(items))
    try:
        # threadpoolctl lets only the thread that set a limit first change it: this one, not those that it starts
        with one_blas_thread(), closing(run(work)) as answers:
            for done in answers:
                yield done.held
    except (KeyboardInterrupt, SystemExit):
        stop_workers()
        raise
    except BrokenExecutor:
        raise FitError(
            "A worker process died, and the work it shared is incomplete.",
            why="Most often the machine ran out of memory.",
            cure="Use fewer workers: with joblib.parallel_config(n_jobs=2). What a checkpoint holds is not lost.",
        ) from None


def _width() -> int:
    """Number of workers: the caller's where they configured one, else one for each core."""
    import joblib

    with joblib.parallel_config() as configured:
        wanted = configured["n_jobs"]
    return int(joblib.effective_n_jobs(wanted if isinstance(wanted, int) else -1))


def _piece[T, R](work: Parcel[tuple[Callable[[T], R], int, T]]) -> Parcel[tuple[int, R]]:
    """Do one piece of work inside a worker, on one thread."""
    function, position, item = work.held
    token = _working.set(True)
    try:
        with one_blas_thread():
            return Parcel((position, function(item)))
    finally:
        _working.reset(token)
