"""The seam to many cores: order, the caller's configuration, one thread a worker, no pools inside pools."""

import os
import subprocess
import sys
import threading
import time
from functools import partial

import joblib
import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from sos_bayes._core.cores import inner_threads, inside_worker, one_blas_thread, spread
from sos_bayes._core.errors import FitError


def where(item, seconds=0.0):
    time.sleep(seconds)
    return os.getpid(), threading.get_ident(), inside_worker(), inner_threads()


def nested(item):
    return [found for _, found in spread(where, [1, 2, 3])], where(item)


def blas(item):
    return sorted(pool["num_threads"] for pool in threadpool_info()), np.linalg.inv(np.eye(2)).sum()


def on_disk(item):
    return isinstance(item, np.memmap)


def die(item):
    if item == 1:
        os._exit(1)
    return item


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_every_item_is_answered_at_its_position(backend):
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert dict(spread(abs, [-4, 3, -2, 1, 0])) == {0: 4, 1: 3, 2: 2, 3: 1, 4: 0}


def test_the_callers_configuration_decides_where_work_runs():
    for_a_while = partial(where, seconds=0.2)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        threads = [found for _, found in spread(for_a_while, range(4))]
    assert {pid for pid, *_ in threads} == {os.getpid()}
    assert len({thread for _, thread, *_ in threads}) == 2
    with joblib.parallel_config(backend="loky", n_jobs=2):
        processes = [found for _, found in spread(for_a_while, range(4), prefer="threads")]
    assert os.getpid() not in {pid for pid, *_ in processes}
    with joblib.parallel_config(n_jobs=1):
        alone = [found for _, found in spread(where, range(4))]
    assert {found[:2] for found in alone} == {(os.getpid(), threading.get_ident())}
    assert not any(found[2] for found in alone)


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core has nothing to spread over")
def test_without_a_configuration_all_cores_are_used_as_preferred():
    threads = [found for _, found in spread(partial(where, seconds=0.2), range(4), prefer="threads")]
    assert {pid for pid, *_ in threads} == {os.getpid()}
    assert all(inside for _, _, inside, _ in threads)
    processes = [found for _, found in spread(where, range(2))]
    assert os.getpid() not in {pid for pid, *_ in processes}


def test_one_item_is_done_here():
    assert next(spread(where, [1]))[1][:2] == (os.getpid(), threading.get_ident())


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_worker_that_spreads_is_a_loop_on_one_thread(backend):
    with joblib.parallel_config(backend=backend, n_jobs=2):
        for _, (inner, own) in spread(nested, range(3)):
            assert own[2:] == (True, 1)
            assert inner == [own] * 3
    assert not inside_worker()


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_linear_algebra_has_one_thread_in_a_worker(backend, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with one_blas_thread():
        pass  # from now on this thread alone sets the limit
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert {one for _, (pools, _) in spread(blas, range(3)) for one in pools} == {1}


def test_the_limit_on_linear_algebra_is_counted():
    def widest():
        return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")

    with threadpool_limits(2):
        assert widest() == 2
        outer, inner = one_blas_thread(), one_blas_thread()
        outer.__enter__()
        inner.__enter__()
        outer.__exit__(None, None, None)
        assert widest() == 1
        inner.__exit__(None, None, None)
        assert widest() == 2


def test_large_arrays_travel_to_workers_without_a_stop_on_disk():
    """Beyond a megabyte joblib would put them in a temporary folder; ours hold counts of children."""
    large = [np.ones(300_000), np.zeros(300_000)]
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert {found for _, found in spread(on_disk, large)} == {False}
        assert joblib.Parallel()(joblib.delayed(on_disk)(one) for one in large) == [True, True]  # the danger is real


def test_a_dead_worker_is_our_error_with_a_cure():
    with joblib.parallel_config(backend="loky", n_jobs=2), pytest.raises(FitError, match="n_jobs=2"):
        list(spread(die, [0, 1, 2]))


def test_what_a_function_raises_comes_back():
    with joblib.parallel_config(backend="loky", n_jobs=2), pytest.raises(TypeError):
        list(spread(abs, [1, "x"]))


def test_a_script_needs_no_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import joblib\nfrom sos_bayes._core.cores import spread\n"
        "with joblib.parallel_config(backend='loky', n_jobs=2):\n    print(sorted(spread(abs, [-1, -2])))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "[(0, 1), (1, 2)]\n", done.stderr
