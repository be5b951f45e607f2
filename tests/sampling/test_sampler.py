"""Settings of the sampler: how many chains run at once, and that nothing but time hangs on it."""

import os

import pytest

from sos_bayes._core.errors import SosBayesError
from sos_bayes.sampling import sampler
from sos_bayes.sampling.sampler import Sampler


@pytest.mark.parametrize(("usable", "chains", "at_once"), [(1, 4, 1), (2, 4, 2), (4, 4, 4), (64, 4, 4), (64, 6, 6)])
def test_by_default_chains_take_the_cores_that_there_are(monkeypatch, usable, chains, at_once):
    monkeypatch.setattr(sampler, "usable_cores", lambda: usable)
    assert Sampler(chains=chains).at_once == at_once


def test_a_number_that_is_given_is_kept_up_to_the_chains(monkeypatch):
    monkeypatch.setattr(sampler, "usable_cores", lambda: 2)
    assert [Sampler(cores=n).at_once for n in (1, 3, 9)] == [1, 3, 4]
    with pytest.raises(SosBayesError, match="cores=0"):
        Sampler(cores=0)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="affinity is set on Linux only")
def test_a_process_bound_to_one_core_runs_one_chain_at_a_time():
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert Sampler().at_once == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(
    ("name", "value"), [("draws", 0), ("tune", 0), ("chains", 0), ("cores", 0), ("target_accept", 1.0)]
)
def test_settings_of_the_sampler_are_checked(name, value):
    with pytest.raises(SosBayesError, match=name):
        Sampler(**{name: value})


def test_the_retry_is_longer_with_smaller_steps():
    longer = Sampler(draws=100).longer()
    assert (longer.draws, longer.target_accept) == (200, 0.99)
