"""The picture over time: lines, band, names that do not lie on each other, and its numbers in words."""

from itertools import pairwise

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.designs import DiD
from sos_bayes.fitting import fit_layout
from sos_bayes.plots import path, path_alt, to_svg
from sos_bayes.plots.path import _apart
from sos_bayes.plots.style import BLUE, ORANGE
from tests.designs.panels import panel


@pytest.fixture(scope="module")
def fit():
    layout = panel(size=400.0, authorities=8, periods=6, starts=(3, 4))
    return fit_layout(layout, DiD(), method="fast", seed=1, n_draws=500, fall_back=False)


def lines(figure, colour):
    return [line for line in figure.axes[0].lines if line.get_color() == colour]


def test_what_is_drawn_is_what_the_path_holds(fit):
    held, figure = sb.outcome_path(fit), path(fit)
    (observed,), (without,) = lines(figure, BLUE), lines(figure, ORANGE)
    assert observed.get_ydata() == pytest.approx(100 * held.adopters)
    assert without.get_xdata().tolist() == [2, 3, 4, 5]  # from the last period before the first start
    assert without.get_ydata() == pytest.approx(100 * held.without[2:, 0])
    assert to_svg(path(held)) == to_svg(figure)


def test_names_of_lines_are_kept_apart(fit):
    figure = path(fit)
    figure.draw_without_rendering()
    names = [t for t in figure.axes[0].texts if t.get_text() not in ("start", "first start")]
    boxes = sorted((t.get_window_extent() for t in names), key=lambda box: box.y0)
    assert len(boxes) == 3
    assert all(below.y1 <= above.y0 + 1 for below, above in pairwise(boxes))


def test_places_move_as_little_as_they_must():
    assert _apart([0.0, 0.1, 0.2, 9.0], 1.0) == pytest.approx([-0.9, 0.1, 1.1, 9.0])
    assert _apart([], 1.0) == []


def test_the_gap_stands_below_where_asked_for(fit):
    below = path(fit, gap=True).axes[1]
    held = sb.outcome_path(fit)
    drawn = below.lines[-1].get_ydata()
    assert drawn == pytest.approx(100 * (held.adopters - held.without[:, 0])[3:])
    assert len(path(fit).axes) == 1


def test_numbers_are_said_in_words(fit):
    held, said = sb.outcome_path(fit), path_alt(fit)
    assert said.startswith("synthetic outcome over time, %, of all adopters. ")
    assert f"adopters {100 * held.adopters[0]:.1f}" in said
    assert said.count("expected without the rollout") == int((held.started > 0).sum())
    assert np.isfinite(held.adopters).all()
    assert "not shown" not in said


def test_a_finding_without_a_path_is_refused():
    with pytest.raises(sb.SosBayesError, match="There is no path over time in this object"):
        path(object())
