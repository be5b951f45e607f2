"""Totals among the authorities, and one series under several names."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.data.cells.duplicate_series import copies
from sos_bayes.data.cells.totals import named_totals, summed_totals
from sos_bayes.data.england import regions
from sos_bayes.simulation import Scenario, made_up_england
from tests.data.cells.test_unsupplied_zeros import HONEST, SEEDS


def made(seed=3, **scenario):
    return made_up_england(Scenario(**scenario), seed=seed).cells


def renamed(cells, **names):
    """The cells with some authorities, by position, under other display names."""
    shown = list(cells.names)
    for at, name in names.items():
        shown[int(at[1:])] = name
    return replace(cells, names=tuple(shown))


def written(cells, a, events, total):
    y, n = cells.events.copy(), cells.total.copy()
    y[a], n[a] = events, total
    return replace(cells, events=y, total=n)


@pytest.mark.parametrize("world", HONEST)
def test_honest_tables_hold_neither_copies_nor_totals(world):
    for seed in SEEDS:
        cells = made(seed, **HONEST[world])
        assert copies(cells) == ()
        assert summed_totals(cells) == ()
        assert named_totals(cells) == ()


def test_few_authorities_and_periods_raise_no_alarm():
    for seed in SEEDS:
        cells = made(seed, authorities=3, adopters=1, periods=4)
        assert (copies(cells), summed_totals(cells)) == ((), ())


def test_copies_are_grouped_even_where_some_periods_are_lacking():
    cells = made()
    cells = written(cells, 20, cells.events[11], cells.total[11])
    cells = written(cells, 30, cells.events[11], cells.total[11])
    y, n = cells.events.copy(), cells.total.copy()
    y[30, :3], n[30, :3] = 0, 0
    assert copies(replace(cells, events=y, total=n)) == ((11, 20, 30),)


def test_most_of_the_comparators_under_five_names_each_are_found_though_all_have_one_denominator():
    cells = made(authorities=19, adopters=4)
    rng = np.random.default_rng(1)
    total = np.full(cells.total.shape, 400.0)
    events = rng.binomial(400, 0.18, cells.total.shape).astype(float)
    for a in range(4, 7):
        events[[a + 3, a + 6, a + 9, a + 12]] = events[a]
    found = copies(replace(cells, events=events, total=total))
    assert found == ((4, 7, 10, 13, 16), (5, 8, 11, 14, 17), (6, 9, 12, 15, 18))


def test_series_that_never_change_are_no_evidence():
    cells = made()
    flat = replace(cells, events=np.full(cells.events.shape, 7.0), total=np.full(cells.total.shape, 90.0))
    assert copies(flat) == ()


def test_rounded_counts_agree_more_often_by_chance():
    cells = made(base=0.02, size_median=60.0)
    total = np.full(cells.total.shape, 100.0)
    rounded = 5 * np.round(cells.events / np.maximum(cells.total, 1) * 100 / 5)
    assert copies(replace(cells, events=rounded, total=total)) == ()


@pytest.mark.parametrize(
    "name",
    [
        "England",
        "ENGLAND ",
        "South West",
        "London",
        "Total",
        "E92000001",
        "E12000009",
        "Outer London",
        "Total of the north",
        "South West total",
        "All local authorities in the north",
        "All other areas",
    ],
)
def test_nations_regions_and_sums_are_known_by_name_or_code(name):
    assert named_totals(renamed(made(), _4=name)) == (4,)


def test_where_all_are_regions_they_are_what_is_compared():
    names = ["North East", "North West", "Yorkshire and The Humber", "East Midlands", "West Midlands",
             "East of England", "London", "South East", "South West"]  # fmt: skip
    cells = made(authorities=9, adopters=3)
    cells = renamed(cells, **{f"_{a}": name for a, name in enumerate(names)})
    assert named_totals(cells) == ()
    assert named_totals(renamed(cells, _8="England")) == (8,)


@pytest.mark.parametrize("withheld", [0, 20])
def test_the_sum_of_all_others_is_found_under_any_name(withheld):
    cells = made()
    whole = written(cells, 39, cells.events[:39].sum(axis=0) + withheld / 20, cells.total[:39].sum(axis=0) + withheld)
    assert summed_totals(whole) == ((39, tuple(range(39))),)


def test_the_sum_of_some_is_found_where_periods_are_enough():
    cells = made(authorities=20, periods=24)
    whole = written(cells, 19, cells.events[:6].sum(axis=0), cells.total[:6].sum(axis=0))
    assert summed_totals(whole) == ((19, tuple(range(6))),)


@pytest.mark.parametrize("own", ["Region 3", "Region 9"])
def test_the_sum_of_a_stated_cluster_is_found_under_any_name_and_size(own):
    """Five of forty in eight years: too few periods to try every sum, and no larger than a large authority."""
    for seed in SEEDS[:3]:
        cells = made(seed)
        belonging = tuple(own if a == 39 else f"Region {a // 5 + 1}" for a in range(40))
        members = tuple(range(10, 15))
        whole = written(cells, 39, cells.events[10:15].sum(axis=0), cells.total[10:15].sum(axis=0))
        assert summed_totals(replace(whole, clusters=belonging)) == ((39, members),)
        assert summed_totals(replace(cells, clusters=belonging)) == ()


def test_the_sum_of_a_published_region_is_found():
    cells = made()
    names = [n for n, region in regions().items() if region == "South West" and n.islower()][:6]
    whole = written(cells, 39, cells.events[20:26].sum(axis=0), cells.total[20:26].sum(axis=0))
    assert summed_totals(renamed(whole, **{f"_{20 + i}": n for i, n in enumerate(names)})) == (
        (39, tuple(range(20, 26))),
    )
