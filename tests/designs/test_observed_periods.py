"""What counts as before, and as a comparator: what the data show, never the calendar alone."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.data import Calendar
from sos_bayes.designs.observed_periods import HOLDS, holding, seen
from sos_bayes.fitting import fit_layout
from tests.designs.panels import panel


def emptied(layout, *places):
    """The layout without any data in these places, (authority, period) or slices."""
    keep = np.ones(layout.shape[:2], dtype=bool)
    for place in places:
        keep[place] = False
    return replace(layout, cells=layout.cells.where(keep))


@pytest.fixture
def nine():
    """Two adopters of ten, nine years, start in the last."""
    return panel(authorities=10, periods=9, starts=(8, 8))


def test_one_stray_row_of_a_comparator_adds_no_period(nine):
    two = emptied(nine, (slice(None), slice(0, 7)))
    stray = emptied(nine, (slice(0, 9), slice(0, 7)), (9, slice(1, 7)))
    assert two.n_pre == stray.n_pre == 8  # what the calendar says
    assert seen(two).periods_before == seen(stray).periods_before == 1
    assert seen(two).years_before == 1.0


def test_the_adopter_with_the_fewest_decides(nine):
    found = seen(emptied(nine, (1, slice(0, 6))))
    assert found.before == (8, 2)
    assert found.periods_before == 2


def test_a_period_without_anybody_to_compare_with_is_none(nine):
    assert seen(emptied(nine, (slice(2, 10), 3))).periods_before == 7


def test_a_later_adopter_is_somebody_to_compare_with():
    assert seen(panel(authorities=2, periods=5, starts=(2, 4))).before == (2, 2)


def test_three_quarters_are_not_three_years():
    found = seen(panel(periods=6, starts=(3, 3), quarters=True))
    assert (found.periods_before, found.years_before) == (3, 0.75)
    assert seen(panel(periods=6, starts=(3, 3))).years_before == 3.0


def test_comparators_are_seen_before_and_after(nine):
    only_before, only_after = (4, slice(8, 9)), (5, slice(0, 8))
    assert seen(nine).comparators == 8
    assert seen(emptied(nine, only_before, only_after)).comparators == 6
    # one row long before adopters have any is not "before"
    early = emptied(nine, (slice(0, 2), slice(0, 7)), (6, slice(1, 8)))
    assert seen(early).comparators == 7


@pytest.mark.parametrize(("left", "holds"), [(60.0, True), (8.0, True), (3.0, False), (0.0, False)])
def test_an_adopter_that_counts_next_to_nobody_after_its_start_holds_none(left, holds):
    counted = np.array([[60.0, 60.0, left, left]])
    before = np.array([[True, True, False, False]])
    assert bool(holding(counted, before, ~before)[0]) is holds
    assert HOLDS == 0.1


def test_an_effect_carries_these_numbers(nine):
    from sos_bayes.designs import DiD
    from sos_bayes.estimands import estimate

    layout = emptied(nine, (1, slice(0, 6)), (4, slice(8, 9)))
    cells = replace(layout.cells, total=layout.cells.total.copy())
    cells.total[0, 8] = 1.0
    cells.events[0, 8] = 0.0
    layout = replace(layout, cells=cells)
    effect = estimate(fit_layout(layout, DiD(), method="fast", seed=1, n_draws=500, fall_back=False))
    assert (effect.n_adopters, effect.n_comparators, effect.n_pre, effect.years_before) == (1, 7, 2, 2.0)


def test_years_follow_the_calendar():
    layout = panel(periods=8, starts=(5, 5))
    months = [f"2011-{m:02d}" for m in range(1, 9)]
    monthly = replace(layout, cells=replace(layout.cells, calendar=Calendar.of(months, "month")))
    assert seen(monthly).years_before == pytest.approx(5 / 12)
