"""Counts known by bounds inside a fit: their two limits, what they may not be, and that nothing tells on them."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import DataError, DesignError
from sos_bayes.data import Aim, Continuous, Duration, Intervals, Ordinal
from sos_bayes.designs import DiD, Layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.nested_laplace import first_field, mode_at
from sos_bayes.fitting.nuts.log_likelihood import first_order, slots_first
from sos_bayes.fitting.runs.cache_key import fingerprint
from sos_bayes.fitting.runs.fit_spec import FitSpec
from tests.designs.panels import PATTERNS, known_by_bounds, panel

PLACES = [(0, 0), (1, 3), (3, 2), (5, 4)]


def modes(layout):
    problem = problem_of(DiD().model(layout), layout.cells)
    scores = np.random.default_rng(2).normal(0, 0.7, (3, len(problem.model.hypers)))
    return [mode_at(problem, problem.scales(scores), i, first_field(problem), 1e-11) for i in range(3)]


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_bounds_that_meet_are_known_counts(family):
    whole = panel(family=family)
    same = known_by_bounds(whole, {p: (whole.cells.events[*p, 0],) * 2 for p in PLACES})
    gaps = []
    for (known, field), (bounded, other) in zip(modes(whole), modes(same), strict=True):
        np.testing.assert_allclose(other.theta, field.theta, atol=1e-9)
        np.testing.assert_allclose(bounded.z, known.z, atol=1e-9)
        gaps.append(bounded.log_ml - known.log_ml)
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-9)


def test_bounds_that_exclude_nothing_are_a_missing_cell():
    whole = panel()
    loose = known_by_bounds(whole, {p: (0, whole.cells.total[*p, 0]) for p in PLACES})
    events, total = whole.cells.events.copy(), whole.cells.total.copy()
    for p in PLACES:
        events[p], total[p] = 0.0, 0.0
    without = Layout(replace(whole.cells, events=events, total=total), whole.starts)
    for (missing, field), (bounded, other) in zip(modes(without), modes(loose), strict=True):
        np.testing.assert_allclose(other.theta, field.theta, atol=1e-8)
        np.testing.assert_allclose(bounded.root, missing.root, atol=1e-8)
        assert bounded.log_ml == pytest.approx(missing.log_ml, abs=1e-8)


def test_narrower_bounds_around_the_truth_come_nearer_to_the_known_count():
    whole = panel(size=300.0)
    known = modes(whole)[0][1].theta
    off = []
    for width in (40, 10, 2):
        bounds = {p: (max(whole.cells.events[*p, 0] - width, 0), whole.cells.events[*p, 0] + width) for p in PLACES}
        off.append(np.abs(modes(known_by_bounds(whole, bounds))[0][1].theta - known).max())
    assert off[0] > off[1] > off[2] > 0


def test_bounds_that_exclude_nothing_say_nothing_to_the_sampler():
    """Value and gradient of its likelihood: those of the known cells alone, and of finite differences."""
    whole = panel(size=200.0)
    some = known_by_bounds(whole, {(0, 0): (1, 5), (1, 3): (2, 60), (3, 2): (0, whole.cells.total[3, 2, 0])})
    problem = problem_of(DiD().model(some), some.cells)
    table, n_a = slots_first(problem.counts), len(problem.counts.by_cell)
    theta = np.random.default_rng(1).normal(-1.2, 0.4, problem.counts.by_cell.size)

    def value(at):
        by = np.zeros(at.size)
        found, _ = first_order(table, 0.0, at, np.zeros(0), by, np.zeros(0))
        return found, by

    _, slope = value(theta)
    assert slope[2 * n_a + 3] == pytest.approx(0.0, abs=1e-9)
    step = 1e-6 * np.eye(theta.size)
    for b in (0, 3 * n_a + 1, 2 * n_a + 3, 7):
        numeric = (value(theta + step[b])[0] - value(theta - step[b])[0]) / 2e-6
        assert slope[b] == pytest.approx(numeric, rel=1e-6, abs=1e-6)


def test_bounds_are_part_of_what_names_a_fit():
    whole = panel()
    names = {
        fingerprint(FitSpec(layout, DiD(), seed=1))
        for layout in (
            whole, known_by_bounds(whole, {(0, 0): (1, 5)}), known_by_bounds(whole, {(0, 0): (1, 6)}),
            known_by_bounds(whole, {(0, 1): (1, 5)}),
        )
    }  # fmt: skip
    assert len(names) == 4


def test_cells_split_by_covariates_refuse_bounds():
    layout = panel(patterns=PATTERNS)
    events = layout.cells.events.copy()
    events[0, 0] = np.nan
    with pytest.raises(DataError, match="cannot be split by covariates"):
        replace(layout.cells, events=events, intervals=Intervals([0], [0], [1], [5]))


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({(0, 0): (5, 1)}, "the lower one first"),
        ({(0, 0): (0.5, 1)}, "whole numbers"),
        ({(0, 0): (1, 10_000)}, "more events than its denominator"),
        ({(9, 0): (1, 5)}, "whose number of events is NaN"),
    ],
)
def test_impossible_bounds_are_refused(bounds, words):
    layout = panel()
    events = layout.cells.events.copy()
    events[0, 0] = np.nan
    ((a, t), (low, high)) = next(iter(bounds.items()))
    with pytest.raises(DataError, match=words):
        replace(layout.cells, events=events, intervals=Intervals([a], [t], [low], [high]))


def test_unknown_events_without_bounds_and_bounds_without_a_denominator_are_refused():
    cells = panel(empty=[(1, 1)]).cells
    events = cells.events.copy()
    events[1, 1] = np.nan
    with pytest.raises(DataError, match="events holds"):
        replace(cells, events=events)
    with pytest.raises(DataError, match="need a denominator"):
        replace(cells, events=events, intervals=Intervals([1], [1], [1], [5]))


def test_fewer_authorities_keep_their_own_bounds():
    layout = known_by_bounds(panel(), {(1, 3): (1, 5), (3, 2): (2, 6), (5, 4): (3, 7)})
    kept = layout.cells.of([layout.cells.authorities[a] for a in (0, 3, 5)])
    found = kept.intervals
    assert list(zip(found.authority, found.period, found.low, found.high, strict=True)) == [(1, 2, 2, 6), (2, 4, 3, 7)]
    np.testing.assert_array_equal(np.isnan(kept.events[..., 0]).nonzero(), [[1, 2], [2, 4]])
    assert len(layout.cells.of(layout.cells.authorities[:1]).intervals) == 0


def test_emptied_cells_lose_their_bounds_and_others_keep_them():
    cells = known_by_bounds(panel(), {(1, 3): (1, 5), (3, 2): (2, 6)}).cells
    keep = np.ones(cells.total.shape[:2], dtype=bool)
    keep[1, 3] = keep[2, 2] = False
    kept = cells.where(keep)
    assert list(zip(kept.intervals.authority, kept.intervals.period, kept.intervals.low, strict=True)) == [(3, 2, 2)]
    np.testing.assert_array_equal(np.isnan(kept.events[..., 0]).nonzero(), [[3], [2]])
    assert (kept.events[~keep] == 0).all()
    assert (kept.total[~keep] == 0).all()


WORDS = {"aim": Aim.FEWER, "worthwhile": 0.01, "label": "synthetic"}


@pytest.mark.parametrize(
    "outcome",
    [
        Ordinal("level", levels=("low", "high"), at_least="high", **WORDS),
        Continuous("score", unit="points", **WORDS),
        Duration("days", bands=(5, 10), by_day=10, **WORDS),
    ],
)
def test_bounds_are_refused_of_what_is_not_one_number_of_events(outcome):
    cells = known_by_bounds(panel(), {(1, 3): (1, 5)}).cells
    with pytest.raises(DataError, match=f"a {type(outcome).__name__} cannot be known by bounds"):
        replace(cells, outcome=outcome)


def test_effects_on_counts_known_by_bounds_do_not_vary_by_covariates():
    with pytest.raises(DesignError, match="cannot vary by covariates"):
        DiD(vary_by=("sex",)).model(known_by_bounds(panel(), {(1, 3): (1, 5)}))


def test_nothing_printed_says_which_cell_or_how_few():
    layout = known_by_bounds(panel(), {(1, 3): (1, 5)})
    for text in (repr(layout.cells), repr(layout.cells.intervals), str(layout.cells.intervals), repr(layout)):
        assert "Made-up" not in text
        assert not any(bit in text for bit in ("array", "low=", "high="))
    assert repr(layout.cells.intervals) == "Intervals(fewer than 10 cells)"
