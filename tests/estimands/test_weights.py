"""Weights: who counts how much, fixed before the rollout."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sos_bayes._core.errors import DesignError
from sos_bayes.designs import Layout
from sos_bayes.estimands.weights import (
    Groups,
    authority_weights,
    child_weights,
    effective_number,
    groups_by,
    normalised,
    treated_cells,
)
from tests.designs.panels import PATTERNS, panel
from tests.estimands.conftest import EMPTY


@pytest.fixture(scope="module")
def layout():
    return panel(patterns=PATTERNS, starts=(2, 3, 3), empty=EMPTY)


def test_treated_cells_are_those_with_data(layout):
    assert treated_cells(layout).tolist() == [
        [False, False, True, True, True], [False] * 4 + [True], [False, False, False, True, True],
    ]  # fmt: skip


@pytest.mark.parametrize("by", [None, "event_time", "authority", "age", "sex"])
@pytest.mark.parametrize("kind", [child_weights, authority_weights])
def test_weights_sum_to_one_and_lie_on_the_groups_cells(layout, by, kind):
    groups = groups_by(layout, by)
    weights = normalised(kind(layout), groups)
    parts = list(groups.parts(weights))
    np.testing.assert_allclose([part.sum() for part in parts], 1.0)
    np.testing.assert_array_equal(sum(parts), weights)
    np.testing.assert_allclose(groups.sums(weights), [part.sum(axis=(1, 2)) for part in parts])
    assert (weights >= 0).all()
    assert not weights[groups.of < 0].any()


@pytest.mark.parametrize("by", ["event_time", "authority", "age", "sex"])
def test_groups_divide_the_treated_cells(layout, by):
    groups = groups_by(layout, by)
    assert ((groups.of >= 0) == treated_cells(layout)[:, :, None]).all()
    assert set(groups.of[groups.of >= 0]) == set(range(len(groups.labels)))


def test_each_cell_lies_in_the_group_of_its_label(layout):
    lags, ages = groups_by(layout, "event_time"), groups_by(layout, "age")
    assert lags.of[0, 2:, 0].tolist() == [0, 1, 2]
    assert ages.of[0, 2].tolist() == [0, 0, 1, 1, 2, 2]
    assert groups_by(layout, "authority").of[:, 4, 0].tolist() == [0, 1, 2]


def test_labels_of_groups(layout):
    assert groups_by(layout, None).labels == ("all adopters",)
    assert groups_by(layout, "event_time").labels == ("0", "1", "2")
    assert groups_by(layout, "authority").labels == ("Made-up 00", "Made-up 01", "Made-up 02")
    assert groups_by(layout, "age").labels == ("0-4", "5-9", "10+")


def test_children_are_counted_before_the_start_only(layout):
    """What happens to denominators after the start leaves the weights untouched."""
    cells = layout.cells
    after = layout.treated[:, :, None] & (cells.total > 0)
    grown = replace(cells, total=np.where(after, cells.total * 7 + 3, cells.total))
    np.testing.assert_array_equal(child_weights(Layout(grown, layout.starts)), child_weights(layout))
    before = cells.total[0, [0]].mean(axis=0)  # (0, 1) is empty and does not count as no children
    np.testing.assert_allclose(child_weights(layout)[0, 3], before)
    np.testing.assert_allclose(child_weights(layout)[2, 0], cells.total[2, :3].mean(axis=0))


def test_authorities_weigh_the_same_and_so_do_their_periods(layout):
    weights = normalised(authority_weights(layout), groups_by(layout, None))
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), 1 / 3)
    np.testing.assert_allclose(weights[0, 2:].sum(axis=1), 1 / 9)
    share = child_weights(layout)[0, 2]
    np.testing.assert_allclose(weights[0, 2] / weights[0, 2].sum(), share / share.sum())


def test_the_effective_number_of_equal_and_unequal_adopters():
    equal = np.full((1, 9), 1 / 9)
    one_big = np.array([[0.9, 0.05, 0.05]])
    assert effective_number(equal)[0] == pytest.approx(9)
    assert effective_number(one_big)[0] == pytest.approx(1 / (0.81 + 2 * 0.0025))
    assert effective_number(np.zeros((1, 3)))[0] == 0


@given(arrays(float, (5, 2, 2), elements=st.floats(0.01, 10)))
def test_the_effective_number_lies_between_one_and_all(raw):
    groups = Groups(("all",), np.zeros((5, 2, 2), int))
    own = groups.sums(normalised(raw, groups))
    assert 1 - 1e-9 <= effective_number(own)[0] <= 5 + 1e-9


def test_a_group_without_cells_weighs_nothing():
    groups = Groups(("nobody",), np.full((2, 3, 1), -1))
    weights = normalised(np.ones((2, 3, 1)), groups)
    assert not weights.any()
    assert effective_number(groups.sums(weights)) == [0.0]


def test_an_unknown_split_names_the_nearest(layout):
    with pytest.raises(DesignError, match='Did you mean "event_time"'):
        groups_by(layout, "event_tim")
    with pytest.raises(DesignError, match="event_time, authority, age, sex"):
        groups_by(layout, "region")
