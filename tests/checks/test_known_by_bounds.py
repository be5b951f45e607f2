"""Checks and grades on panels in which some counts are known by bounds only."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.checks import State, check
from sos_bayes.checks.fit_under_test import under_test, untreated
from sos_bayes.checks.scheduling import alone
from sos_bayes.checks.sensitivity.denominator import check_denominator
from sos_bayes.checks.sensitivity.imputation import check_imputation
from sos_bayes.checks.sensitivity.suppressed_cells import drawn_counts, unknown
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from tests.checks.conftest import fast, layout
from tests.designs.panels import known_by_bounds


def every_third(found, low, high):
    """Bounds around every third cell's own count, treated cells among them."""
    events = found.cells.events[..., 0]
    places = [(int(a), int(t)) for a, t in np.argwhere(events >= 0) if (a + t) % 3 == 0]
    return {
        (a, t): (max(events[a, t] - low, 0), min(events[a, t] + high, found.cells.total[a, t, 0])) for a, t in places
    }


@pytest.fixture(scope="module")
def rounded():
    """A fit of counts that are known to within five."""
    found = layout(denominator="by_practice")
    return fast(known_by_bounds(found, every_third(found, 5, 5)))


def test_bounds_that_meet_give_the_answers_of_known_counts(fit):
    found = layout()
    same = fast(known_by_bounds(found, every_third(found, 0, 0)))
    assert estimate(same).mean == pytest.approx(estimate(fit).mean, rel=1e-6)
    known, bounded = (dict(alone(check_imputation, under_test(f)).numbers) for f in (fit, same))
    assert bounded == pytest.approx(known, rel=1e-5)


def test_every_check_and_the_grade_come_through(rounded, fit):
    results = check(rounded)
    assert {r.name for r in results if r.state is State.NOT_ASSESSED} == set()
    verdict = grade(estimate(rounded), results)
    assert verdict.direction == grade(estimate(fit), check(fit)).direction
    assert abs(estimate(rounded).mean - estimate(fit).mean) < 0.5 * estimate(fit).sd


def test_the_imputation_draws_treated_counts_within_their_bounds(rounded):
    found = unknown(rounded)
    drawn = drawn_counts(0, found, 500, seed=1)
    assert (drawn >= found.low).all()
    assert (drawn <= found.high).all()
    assert (drawn.min(axis=0) < drawn.max(axis=0)).all()
    adopters = rounded.layout.adopters
    assert np.isnan(rounded.layout.cells.events[adopters].reshape(-1)[found.where]).all()


def test_untreated_cells_keep_their_bounds_and_treated_ones_lose_them(rounded):
    left = untreated(rounded.layout).cells
    assert not rounded.layout.treated[left.intervals.authority, left.intervals.period].any()
    assert (left.total[rounded.layout.treated] == 0).all()
    assert len(left.intervals) == np.isnan(left.events).sum()


def test_who_is_counted_is_known_whatever_was_counted(rounded):
    whole = fast(layout(denominator="by_practice"))
    wanted, found = (
        dict(alone(check_denominator, under_test(replace(f, warm_start=None))).numbers) for f in (whole, rounded)
    )
    assert found == pytest.approx(wanted, rel=1e-9)
