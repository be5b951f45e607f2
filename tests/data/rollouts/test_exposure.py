"""What being exposed means, laid out on cells: doses, cells left out, and words for what is wrong."""

import datetime as dt

import numpy as np
import pytest

from sos_bayes._core.errors import RolloutError
from sos_bayes.data import Aim, Binary, Calendar, Cells, Exposure, Rollout, doses_on

NAMES = ("Ashby", "Burley", "Corby", "Derwent")


def cells(labels=tuple(range(2011, 2017)), kind=None):
    calendar = Calendar.of(labels, kind)
    shape = (len(NAMES), len(calendar), 1)
    outcome = Binary("y", "n", aim=Aim.FEWER, worthwhile=0.01, label="synthetic outcome")
    return Cells(NAMES, NAMES, calendar, (), ((),), np.zeros(shape), np.full(shape, 50.0), outcome, "authorities")


def laid_out(exposure, starts=None, **kwargs):
    starts = starts or {"Ashby": 2013, "Burley": 2015}
    return doses_on(Rollout(starts, exposure=exposure), cells(**kwargs))


def test_by_default_adopters_are_fully_exposed_from_their_start():
    starts, dose, left_out = laid_out(None)
    assert starts.tolist() == [2, 4, 6, 6]
    np.testing.assert_array_equal(dose, [[0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1], [0] * 6, [0] * 6])
    assert not left_out.any()
    assert Exposure().plain
    assert not Exposure(wash_out=1).plain


def test_a_ramp_comes_before_full_exposure_and_is_cut_at_the_end_of_the_panel():
    _, dose, _ = laid_out(Exposure(ramp=(0.25, 0.5, 0.75)))
    np.testing.assert_array_equal(dose[:2], [[0, 0, 0.25, 0.5, 0.75, 1], [0, 0, 0, 0, 0.25, 0.5]])


def test_periods_washed_out_are_left_out():
    _, _, left_out = laid_out(Exposure(wash_out=1))
    np.testing.assert_array_equal(np.argwhere(left_out), [[0, 2], [1, 4]])


@pytest.mark.parametrize(
    ("inside", "start", "dose", "left_out"),
    [
        ("whole", 2, [0, 0, 1, 1, 1, 1], []),
        ("first_full", 3, [0, 0, 0, 1, 1, 1], [[0, 2]]),
        ("share", 2, [0, 0, 92 / 365, 1, 1, 1], []),
    ],
)
def test_a_start_inside_a_period_has_three_readings(inside, start, dose, left_out):
    """1 October 2013 leaves 92 of the 365 days of 2013."""
    day = {"Ashby": dt.date(2013, 10, 1)}
    starts, got, gone = laid_out(Exposure(inside=inside), day)
    assert starts[0] == start
    np.testing.assert_allclose(got[0], dose)
    assert np.argwhere(gone).tolist() == left_out


def test_a_start_on_the_first_day_is_a_whole_period_and_financial_years_begin_in_april():
    starts, dose, gone = laid_out(Exposure(inside="first_full"), {"Ashby": dt.date(2013, 1, 1)})
    assert starts[0] == 2
    assert not gone.any()
    assert dose[0, 2] == 1
    labels = ["2011-12", "2012-13", "2013-14", "2014-15"]
    _, dose, _ = laid_out(
        Exposure(inside="share"), {"Ashby": dt.date(2013, 10, 1)}, labels=labels, kind="financial_year"
    )
    assert dose[0, 2] == pytest.approx(182 / 365)
    _, dose, _ = laid_out(
        Exposure(inside="share"), {"Ashby": dt.date(2014, 2, 15)}, labels=["2013Q4", "2014Q1", "2014Q2"]
    )
    assert dose[0, 1] == pytest.approx(45 / 90)


@pytest.mark.parametrize(
    ("after_end", "dose", "gone"),
    [("exposed", [1, 1, 1], []), ("unexposed", [1, 0, 0], []), ("left_out", [1, 0, 0], [[0, 4], [0, 5]])],
)
def test_an_end_is_read_as_intended_or_as_it_was(after_end, dose, gone):
    _, got, left_out = laid_out(Exposure(ends={"Ashby": 2015}, after_end=after_end), {"Ashby": 2014})
    np.testing.assert_array_equal(got[0, 3:], dose)
    assert np.argwhere(left_out).tolist() == gone


def test_comparators_may_use_a_part_and_adopters_may_have_had_an_earlier_round():
    exposure = Exposure(partial={"Corby": 0.5, "Derwent": (0.25, 2015)}, earlier={"Burley": (2012, 2013)})
    starts, dose, _ = laid_out(exposure)
    assert starts.tolist() == [2, 4, 6, 6]
    np.testing.assert_array_equal(dose[1:], [[0, 1, 1, 0, 1, 1], [0, 0, 0.5, 0.5, 0.5, 0.5], [0, 0, 0, 0, 0.25, 0.25]])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Exposure(inside="hole"), 'Did you mean "whole"'),
        (lambda: Exposure(ramp=(0.5, 1.5)), "does not lie above 0"),
        (lambda: Exposure(ramp=(0.0,)), "does not lie above 0"),
        (lambda: Exposure(wash_out=-1), "number of periods"),
        (lambda: Exposure(partial={"Corby": float("nan")}), "does not lie above 0"),
        (lambda: laid_out(Exposure(partial={"Ashby": 0.5})), "partial user as well"),
        (lambda: laid_out(Exposure(partial={"Ashbee": 0.5})), "Ashby"),
        (lambda: laid_out(Exposure(earlier={"Ashby": (2012, 2014)})), "before its start"),
        (lambda: laid_out(Exposure(ends={"Ashby": 2013})), "ends the practice"),
        (lambda: laid_out(Exposure(ends={"Corby": 2013})), "never started"),
        (lambda: laid_out(Exposure(inside="first_full"), {"Ashby": dt.date(2016, 5, 1)}), "no whole period"),
        (lambda: laid_out(Exposure(ends={"Ashby": 2033})), "after the last period"),
    ],
)
def test_what_is_wrong_is_said(make, words):
    with pytest.raises(RolloutError, match=words.replace("(", "\\(")):
        make()
