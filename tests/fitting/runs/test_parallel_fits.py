"""Many fits: the same bytes wherever they run, failures in their place, and only cells on the way."""

import os
import pickle
from dataclasses import replace

import joblib
import pandas as pd
import pytest

from sos_bayes._core.cores import Parcel, inside_worker
from sos_bayes._core.errors import FitError
from sos_bayes.data import Aim, Binary, Rollout, read_cohort
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Fit, FitSpec, Health, fit_layout, fit_many, map_fits, prepare_layout
from sos_bayes.fitting.runs import parallel_fits
from tests.designs.panels import PATTERNS, panel
from tests.fitting.laplace.test_nested_laplace import bytes_of

CHILD = "child-4711"
JOBS = (
    FitSpec(panel(starts=(2, 3)), DiD(), seed=1, n_draws=500),
    FitSpec(panel(family="poisson"), DiD(), seed=2, n_draws=500),
    FitSpec(panel(patterns=PATTERNS), DiD(shocks="random_walk"), seed=3, n_draws=500),
)


@pytest.fixture(scope="module")
def plain():
    """The jobs, one after the other, by the verb that has no workers."""
    return [fit_layout(j.layout, j.design, seed=j.seed, n_draws=j.n_draws) for j in JOBS]


WHERE = [("loky", 2), ("threading", 2), ("threading", 3), ("loky", 1)]


@pytest.mark.parametrize(("backend", "workers"), WHERE)
def test_the_same_bytes_wherever_fits_run(plain, backend, workers):
    with joblib.parallel_config(backend=backend, n_jobs=workers):
        fits = fit_many(JOBS, progress=False)
    for fit, wanted, job in zip(fits, plain, JOBS, strict=True):
        assert bytes_of(fit) == bytes_of(wanted)
        assert estimate(fit).draws.tobytes() == estimate(wanted).draws.tobytes()
        assert (fit.health, fit.notes, fit.method, fit.seed) == (wanted.health, wanted.notes, "fast", job.seed)
        assert fit.layout is job.layout
        assert fit.warm_start.proposal.root.tobytes() == wanted.warm_start.proposal.root.tobytes()


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_failed_fit_is_an_error_in_its_place(backend):
    broken = replace(JOBS[1], n_draws=None)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        one, two, three = fit_many([JOBS[0], broken, JOBS[2]], progress=False)
    assert isinstance(one, Fit)
    assert isinstance(three, Fit)
    assert isinstance(two, FitError)
    assert "TypeError" in str(two)
    assert "nested_laplace.py, line" in str(two)


def test_ctrl_c_stops_everything(monkeypatch):
    def interrupted(job):
        raise KeyboardInterrupt

    monkeypatch.setattr(parallel_fits, "fit_job", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit_many(JOBS[:1], progress=False)


def test_a_job_holds_cells_and_nothing_of_the_table():
    rows = {"la": ["A", "B"] * 40, "year": [2014, 2014, 2015, 2015] * 20, "again": [0, 1, 1, 0, 0] * 16}
    table = pd.DataFrame(rows).assign(child=[f"{CHILD}-{i}" for i in range(80)])
    children = read_cohort(table, authority="la", period="year", child="child")
    outcome = Binary("again", aim=Aim.FEWER, worthwhile=0.02, label="re-referral")
    sent = pickle.dumps(Parcel(FitSpec(prepare_layout(children, Rollout({"A": 2015}), outcome, DiD()), DiD())))
    assert CHILD in pickle.dumps(table).decode("latin1")
    for trace in (CHILD, "Cohort", "Panel", "pandas", "narwhals", "polars"):
        assert trace.encode() not in sent


def test_sampled_jobs_and_fallbacks_run_one_by_one_in_this_process(monkeypatch, plain):
    ran = []

    def sampled(job):
        ran.append((os.getpid(), inside_worker()))
        return replace(plain[0], method="nuts")

    real = parallel_fits.fit_job
    sick = Health(False, ("k-hat is 0.9.",), ())
    monkeypatch.setattr(
        parallel_fits, "fit_job", lambda job: sampled(job) if job.method == "nuts" else replace(real(job), health=sick)
    )
    monkeypatch.setattr(parallel_fits, "sampled_instead", lambda missed, sampler: sampled(missed))
    jobs = [replace(JOBS[0], method="nuts"), JOBS[1], replace(JOBS[2], fall_back=False)]
    with joblib.parallel_config(backend="threading", n_jobs=2):
        fits = fit_many(jobs, progress=False)
    assert [fit.method for fit in fits] == ["nuts", "nuts", "fast"]
    assert ran == [(os.getpid(), False)] * 2


def test_each_finished_fit_is_told(monkeypatch, plain, capsys):
    told = []
    fit_many(JOBS[:1], progress=lambda *step: told.append(step))
    assert told == [(1, 1, f"{JOBS[0].layout.cells.outcome.label}: fitted")]
    fit_many(JOBS[:1])
    assert capsys.readouterr() == ("", "")  # not a terminal
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    fit_many(JOBS[:1])
    assert capsys.readouterr().err == f"[1/1] {JOBS[0].layout.cells.outcome.label}: fitted\n"


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_of_many_fits_only_what_was_seen_is_kept(plain, backend):
    looks = [(JOBS[0], estimate), (replace(JOBS[1], n_draws=None), estimate), (JOBS[2], repr)]
    with joblib.parallel_config(backend=backend, n_jobs=2):
        effect, fault, said = map_fits(looks)
    assert effect.draws.tobytes() == estimate(plain[0]).draws.tobytes()
    assert isinstance(fault, FitError)
    assert said == repr(plain[2])
    assert map_fits([]) == ()


@pytest.mark.cluster
def test_a_dask_cluster_gives_the_same_bytes(plain):
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        fits = fit_many(JOBS, progress=False)
        pids = map_fits([(job, _pid) for job in JOBS])
    assert os.getpid() not in pids
    assert [bytes_of(fit) for fit in fits] == [bytes_of(fit) for fit in plain]


def _pid(fit):
    return os.getpid()
