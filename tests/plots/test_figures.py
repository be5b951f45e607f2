from dataclasses import replace

import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.plots import authorities, authorities_alt, event_study, event_study_alt, to_svg
from tests.reports.made_up import KINSHIP, PLANS, failed, finding


def words(figure):
    found = [
        t.get_text() for axes in figure.axes for t in (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts)
    ]
    left = [axes.get_title(loc="left") for axes in figure.axes]
    return " ".join([*found, *left, figure.get_supxlabel()])


def test_event_study_names_unit_start_and_both_averages():
    said = words(event_study(finding()))
    for wanted in (
        "percentage points",
        "start",
        "headline fit: −13.",
        "the fit behind this figure",
        "kinship placement",
    ):
        assert wanted in said


def test_event_study_shades_what_is_smaller_than_worthwhile():
    axes = event_study(finding(PLANS, -5.4, 3.0)).axes[0]
    band = next(p for p in axes.patches if p.get_zorder() == 0)
    assert band.get_extents().transformed(axes.transData.inverted()).intervaly == pytest.approx([-2.0, 2.0])


def test_event_study_draws_both_intervals_of_every_period_in_printed_units():
    found = finding()
    axes = event_study(found).axes[0]
    wide = [line.get_ydata() for line in axes.lines if line.get_linewidth() == 1.4]
    low, high = found.event_study["2"].interval(0.95)
    assert len(wide) == 7
    assert any(list(y) == pytest.approx([100 * low, 100 * high]) for y in wide)


def test_alt_text_tells_every_period():
    said = event_study_alt(finding())
    assert all(f"period {t}:" in said for t in range(-3, 4))
    assert "3.0 percentage points" in said


def test_no_event_study_is_said_plainly():
    with pytest.raises(StudyError, match="has no event study"):
        event_study(failed())


def test_small_authorities_are_in_neither_figure_nor_words():
    labels = [t.get_text() for t in authorities(finding()).axes[0].get_yticklabels()]
    assert sorted(labels) == ["Ashford", "Birchley"]
    assert "Cedarham" not in authorities_alt(finding())


def test_no_authority_to_show_is_an_error():
    with pytest.raises(StudyError, match="may be shown"):
        authorities(replace(finding(), by_authority=None))


@pytest.mark.parametrize("label", ["$\\frac{1}{", "日本語 label 😀", "a\nb\t\u202ec", "x" * 5000])
def test_hostile_labels_are_drawn_as_plain_text(label):
    svg = to_svg(event_study(finding(replace(KINSHIP, label=label))))
    assert svg.rstrip().endswith("</svg>")


def test_pyplot_is_left_alone():
    import matplotlib.pyplot as plt

    event_study(finding())
    assert plt.get_fignums() == []


def test_same_figure_same_bytes():
    assert to_svg(event_study(finding())) == to_svg(event_study(finding()))
