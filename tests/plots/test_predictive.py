"""The figure of discrepancies: a row each, on its own scale, with what is odd in another colour."""

import sys

import numpy as np
import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.checks.parallel_trends.discrepancies import WORDS, Discrepancies, Discrepancy
from sos_bayes.designs import DiD
from sos_bayes.fitting import fit_layout
from sos_bayes.plots import predictive, predictive_alt, to_svg
from sos_bayes.plots.style import BLUE, ORANGE
from tests.designs.panels import panel


@pytest.fixture(scope="module")
def fit():
    return fit_layout(panel(authorities=8), DiD(), method="fast", seed=1, n_draws=1000, fall_back=False)


@pytest.fixture
def made_up(monkeypatch):
    """One value inside, one far above, and one whose replicates are all alike."""
    found = Discrepancies(
        (
            Discrepancy("dispersion", 0.2, 0.1, 0.2, 0.3, 0.9),
            Discrepancy("extremes", 9.0, 2.0, 2.5, 3.0, 0.004),
            Discrepancy("empty", 0.0, 0.0, 0.0, 0.0, 1.0),
        ),
        0.03, 400,
    )  # fmt: skip
    monkeypatch.setattr(sys.modules["sos_bayes.plots.predictive"], "discrepancies", lambda fit: found)


def test_every_discrepancy_of_a_fit_has_a_row_and_its_p(fit):
    axes = predictive(fit).axes[0]
    named = [t.get_text() for t in axes.get_yticklabels()]
    assert {"how far authorities move", "cells without an event"} <= set(named) <= set(WORDS.values())
    assert len([t for t in axes.texts if t.get_text().startswith("P ")]) == len(named)


def test_what_is_odd_has_another_colour_and_what_is_beyond_an_arrow(fit, made_up):
    figure = predictive(fit)
    axes = figure.axes[0]
    dots = [
        (line.get_marker(), line.get_color(), *line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 1
    ]
    assert [dot[:2] for dot in dots] == [("o", BLUE), (">", ORANGE), ("o", BLUE)]
    assert [float(dot[2]) for dot in dots] == pytest.approx([0.0, 2.0, 0.0], abs=1e-9)
    assert figure.get_supxlabel().startswith("P = 0.03 for a discrepancy as odd")
    assert axes.get_title(loc="left") == fit.outcome.label


def test_it_can_be_drawn_and_read(fit, made_up):
    assert to_svg(predictive(fit)).startswith("<?xml")
    said = predictive_alt(fit)
    assert "the furthest single cell: 9.0, 2.0 to 3.0 expected, P = 0.004" in said
    assert "P = 0.03 for one as odd as the oddest, the furthest single cell" in said


def test_no_count_of_a_cell_is_in_it(fit):
    shown = predictive_alt(fit) + " ".join(t.get_text() for t in predictive(fit).axes[0].texts)
    for name in fit.layout.cells.names:
        assert name not in shown
    assert np.isfinite(fit.layout.cells.events).all()


def test_a_few_authorities_or_another_fit_are_refused():
    few = fit_layout(panel(authorities=4), DiD(), method="fast", seed=1, n_draws=500, fall_back=False)
    with pytest.raises(StudyError, match="fewer than 6 authorities"):
        predictive(few)
    with pytest.raises(StudyError, match="Only a fit of DiD"):
        predictive(object())
