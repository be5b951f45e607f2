"""Zeros that cannot be chance are told from zeros that can."""

import numpy as np
import pytest

from sos_bayes.data import Aim, Calendar, Cells, Continuous
from sos_bayes.data.cells.unsupplied_zeros import unlikely_zeros, unsupplied
from sos_bayes.simulation import Scenario, made_up_england

SEEDS = range(25)
HONEST = {
    "usual": {},
    "rare and small": {"base": 0.01, "size_median": 60.0},
    "small": {"base": 0.05, "size_median": 30.0, "size_min": 5.0},
    "tiny": {"base": 0.2, "size_median": 8.0, "size_min": 3.0},
    "counts": {"family": "poisson", "base": 0.02, "size_median": 100.0},
    "quarters": {"period": "quarter", "periods": 24, "base": 0.1, "size_median": 40.0, "size_min": 5.0},
    "unlike authorities": {"base": 0.05, "sd_authority": 1.2, "sd_shock": 0.6, "size_median": 100.0},
    "a fall of two thirds": {"base": 0.1, "size_median": 150.0, "effect": -0.065},
}


def counts(authorities=20, periods=8, n=400, rate=0.2, seed=1):
    rng = np.random.default_rng(seed)
    own = rng.normal(np.log(rate / (1 - rate)), 0.3, (authorities, 1)) + rng.normal(0, 0.15, (authorities, periods))
    total = np.full((authorities, periods), float(n))
    return rng.binomial(n, 1 / (1 + np.exp(-own))).astype(float), total


@pytest.mark.parametrize("world", HONEST)
def test_honest_tables_raise_no_alarm(world):
    flagged = [seed for seed in SEEDS if unsupplied(made_up_england(Scenario(**HONEST[world]), seed=seed).cells).any()]
    assert flagged == []


@pytest.mark.parametrize(("n", "flagged"), [(200, True), (400, True), (5, False), (20, False)])
def test_a_fall_from_a_fifth_to_nothing_is_chance_only_where_few_are_counted(n, flagged):
    for seed in SEEDS:
        events, total = counts(n=n, seed=seed)
        events[2, 5] = 0
        found = unlikely_zeros(events, total)
        assert bool(found[2, 5]) is flagged or (flagged and events[2].mean() < 0.1 * n)
        assert found.sum() <= 1


@pytest.mark.parametrize(
    "where", [np.s_[:2, 4:], np.s_[:2, :4], np.s_[:12, 4:], np.s_[:4, :], np.s_[7, 3:6], np.s_[:, 2], np.s_[5, ::2]]
)
def test_runs_of_zeros_are_found_wherever_they_lie(where):
    events, total = counts(seed=3)
    events[where] = 0
    assert (unlikely_zeros(events, total) == (events == 0)).all()


def test_cells_without_children_are_no_zeros():
    events, total = counts()
    events[3, 2:5], total[3, 2:5] = 0, 0
    assert not unlikely_zeros(events, total).any()


def test_what_everybody_stops_having_is_flagged_for_all_and_a_falling_outcome_is_not():
    events, total = counts(n=1000)
    falling = np.round(events * np.array([1, 0.5, 0.25, 0.12, 0.06, 0.03, 0.01, 0.005]))
    assert not unlikely_zeros(falling, total).any()


def test_a_small_authority_without_any_event_may_be_honest():
    events, total = counts()
    events[0], total[0] = 0, 3
    assert not unlikely_zeros(events, total).any()


def test_numbers_left_blank_because_they_were_small_do_not_make_the_others_look_large():
    events, total = counts(n=200, rate=0.1, seed=4)
    events[6], total[6] = [12, 0, 0, 21, 19, 0, 0, 0], [156, 0, 0, 287, 230, 0, 200, 212]
    assert not unlikely_zeros(events, total)[6].any()
    whole = events.copy()
    whole[6], total[6] = [12, 17, 16, 21, 19, 18, 0, 0], 200
    assert unlikely_zeros(whole, total)[6, 6:].all()


def test_a_restless_outcome_has_more_zeros_by_chance():
    rng = np.random.default_rng(1)
    total = np.full((40, 10), 500.0)
    events = rng.poisson(20 * rng.gamma(0.7, 1 / 0.7, total.shape)).astype(float)
    assert (events == 0).any()
    assert not unlikely_zeros(events, total).any()


def cells_of(means):
    outcome = Continuous("spend", aim=Aim.FEWER, worthwhile=1.0, label="spend", unit="pounds")
    means = np.asarray(means, dtype=float)
    names = tuple(f"LA{a}" for a in range(len(means)))
    return Cells(
        names, names, Calendar.of(list(range(2010, 2010 + means.shape[1]))), (), ((),), means[..., None],
        np.ones_like(means)[..., None], outcome, "authorities", squares=np.zeros_like(means)[..., None],
    )  # fmt: skip


def test_a_mean_of_exactly_zero_far_from_all_others_is_flagged():
    rows = [[90, 95, 92, 0, 93], [2, -1, 0, 3, 1], [1, 5, 3, 0, 2], [80, 82, 85, 84, 88]]
    assert np.argwhere(unsupplied(cells_of(rows))).tolist() == [[0, 3]]
