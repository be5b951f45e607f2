"""Layouts and arguments: who adopted when, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import DesignError, RolloutError
from sos_bayes.data import Rollout
from sos_bayes.designs import DiD, Priors, layout_of
from tests.designs.panels import panel


def names(layout):
    return layout.cells.authorities


def test_lags_count_from_each_start():
    layout = panel(starts=(2, 4), authorities=3)
    assert layout.lags[:2].tolist() == [[-2, -1, 0, 1, 2], [-4, -3, -2, -1, 0]]
    assert (layout.lags[2] < -layout.shape[1]).all()  # never mistaken for a lead
    assert layout.treated.sum(axis=1).tolist() == [3, 1, 0]
    assert layout.adopters.tolist() == [0, 1]
    assert layout.comparators.tolist() == [2]
    assert layout.n_pre == 2
    assert "9" not in repr(layout)
    assert repr(layout) == "<Layout: 2 adopters, 1 comparators, 5 periods, 2 of them before the first start>"


def test_excluded_authorities_are_gone():
    layout = panel()
    cells = layout.cells
    out = layout_of(cells, Rollout({names(layout)[0]: 2013}, exclude=(names(layout)[1], names(layout)[5])))
    assert out.cells.authorities == tuple(np.array(names(layout))[[0, 2, 3, 4]].tolist())
    np.testing.assert_array_equal(out.cells.events, cells.events[[0, 2, 3, 4]])
    assert out.starts.tolist() == [2, 5, 5, 5]


def test_without_leaves_one_out():
    layout = panel(starts=(2, 3)).without(0)
    assert layout.cells.authorities[0] == "Made-up 01"
    assert layout.starts.tolist() == [3, 5, 5, 5, 5]


def test_every_authority_adopting_at_once_is_refused():
    with pytest.raises(DesignError, match="no comparators"):
        panel(authorities=3, starts=(2, 2, 2))


def test_not_yet_adopters_are_comparators_enough():
    assert len(panel(authorities=3, starts=(2, 3, 3)).comparators) == 0


@pytest.mark.parametrize(("periods", "when"), [((0, 1), "before"), ((2, 3, 4), "after")])
def test_an_adopter_without_data_on_one_side_is_named(periods, when):
    with pytest.raises(DesignError, match=f"no data {when} their start: Made-up 01"):
        panel(empty=[(1, t) for t in periods])


def test_an_adopter_without_any_data_is_refused():
    with pytest.raises(RolloutError, match="Made-up 01"):
        panel(empty=[(1,)])


def test_a_comparator_without_data_is_left_out_and_noted():
    layout = panel(empty=[(5,)])
    assert len(names(layout)) == 5
    assert any("left out" in note for note in layout.cells.notes)


@pytest.mark.parametrize("start", [2011, 2016])
def test_a_start_off_the_calendar_or_in_its_first_period_is_refused(start):
    with pytest.raises(RolloutError):
        layout_of(panel().cells, Rollout({"Made-up 00": start}))


def test_a_misspelt_adopter_is_told_the_nearest():
    with pytest.raises(RolloutError, match=r'"Made-up 0[0-9]"'):
        layout_of(panel().cells, Rollout({"Made-upp 01": 2013}))


@pytest.mark.parametrize(
    ("adjust", "said"), [("age_band", "bare string"), (("sex", "sex"), "twice"), ((1,), "other than column names")]
)
def test_adjust_must_be_distinct_names(adjust, said):
    with pytest.raises(DesignError, match=said):
        DiD(adjust=adjust)


def test_adjust_given_as_a_list_is_held_as_a_tuple():
    assert DiD(adjust=["age", "sex"]) == DiD(adjust=("age", "sex"))


@pytest.mark.parametrize("name", ["effect_sd", "shock", "lead"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_prior_scale_must_be_positive(name, value):
    with pytest.raises(DesignError, match=name):
        replace(Priors(), **{name: value})
