"""The cost-effectiveness plane and the acceptability curve."""

import re

import numpy as np
import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.costs import Benefit, Costs, Prices, cost_effectiveness
from sos_bayes.plots import acceptability, acceptability_alt, cost_plane, cost_plane_alt, to_svg
from tests.costs.made_up import effect, line


@pytest.fixture(scope="module")
def found():
    costs = Costs([line(low=60_000, high=140_000, shape="gamma")], Prices(2018), children=6_000)
    return cost_effectiveness(effect(), costs, benefit=Benefit(1_000, "event", price_year=2018, source="invented"))


def test_the_plane_shows_draws_per_thousand_and_the_line_of_the_benefit(found):
    figure = cost_plane(found)
    dots, _, line_ = figure.axes[0].lines[-3:]
    assert len(dots.get_xdata()) == 1000
    assert np.mean(dots.get_xdata()) == pytest.approx(20, abs=1)
    x, y = line_.get_xdata(), line_.get_ydata()
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(1)
    assert figure.get_supxlabel().startswith("line: £1,000 for one event avoided; P = 0.6")
    assert "prices of 2018" in figure.axes[0].get_ylabel()


def test_the_curve_is_that_of_the_table(found):
    axes = acceptability(found).axes[0]
    curve = max(axes.lines, key=lambda drawn: len(drawn.get_xdata()))
    assert list(curve.get_ydata()) == found.acceptability()["p_cost_effective"].tolist()
    assert axes.get_ylabel() == "P(cost-effective)"


def test_both_are_drawn_and_read(found):
    for figure in (cost_plane(found), acceptability(found), cost_plane(found, willingness=500.0)):
        assert to_svg(figure).startswith("<?xml")
    assert "below the line of £1,000" in cost_plane_alt(found)
    said = acceptability_alt(found)
    assert "£0.00: P < 0.001" in said
    assert re.search(r"£2,000: P = 0\.(89|90)", said)
    assert "6,000" not in said + cost_plane_alt(found)


def test_without_a_benefit_there_is_no_line(found):
    bare = cost_effectiveness(effect(), found.costs, willingness=[0, 2000])
    assert cost_plane(bare).get_supxlabel() == ""
    assert acceptability(bare).get_supxlabel() == ""


@pytest.mark.parametrize("draw", [cost_plane, cost_plane_alt, acceptability, acceptability_alt])
def test_what_is_no_answer_is_refused(draw):
    with pytest.raises(StudyError, match="no answer of cost_effectiveness"):
        draw(effect())
