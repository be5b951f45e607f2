"""Forest and funnel of a synthesis: what is drawn, what is not, and the same in words."""

import numpy as np
import pandas as pd
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import StudyError
from sos_bayes.disclosure import Rules
from sos_bayes.plots import forest_of_studies, forest_of_studies_alt, funnel, funnel_alt, to_svg

pytestmark = pytest.mark.sampling
SHORT = sb.Sampler(draws=500, tune=500, target_accept=0.95, progress=False)
MADE_UP = pd.DataFrame(
    {"study": ["Ash", "Birch", "Cedar", "$Elm$"], "a": [30, 2, 40, 55], "n1": [100, 90, 200, 300],
     "c": [50, 6, 60, 80], "n0": [110, 95, 210, 310], "y": [-0.8, -0.9, -0.4, -0.5], "s": [0.3, 0.6, 0.2, 0.2]}
)  # fmt: skip


@pytest.fixture(scope="module")
def effects():
    return sb.meta_analysis(MADE_UP, effect="y", se="s", measure="log_odds_ratio", aim=sb.Aim.FEWER, worthwhile=0.1,
                            sampler=SHORT, bias="selection")  # fmt: skip


@pytest.fixture(scope="module")
def counts():
    return sb.meta_analysis(MADE_UP, events=("a", "c"), trials=("n1", "n0"), sampler=SHORT)


def labels(figure):
    return [t.get_text() for t in figure.axes[0].get_yticklabels()]


def test_the_forest_has_every_study_the_mean_and_a_new_site(effects):
    figure = forest_of_studies(effects)
    assert labels(figure) == ["Ash", "Birch", "Cedar", r"\$Elm\$", "mean effect", "new site (prediction)"]
    assert figure.axes[0].get_xlabel() == "log odds ratio"
    thin = [line.get_xdata() for line in figure.axes[0].lines if line.get_linewidth() == 1.0]
    assert any(np.allclose(x, [-0.8 - 1.96 * 0.3, -0.8 + 1.96 * 0.3]) for x in thin)
    assert to_svg(figure).rstrip().endswith("</svg>")


def test_the_forest_of_counts_draws_no_study_s_own_counts(counts):
    axes = forest_of_studies(counts).axes[0]
    assert not [line for line in axes.lines if line.get_linewidth() == 1.0]
    assert len([line for line in axes.lines if line.get_linewidth() == 2.2]) == 6


def test_the_funnel_turns_precise_studies_up_and_marks_steps(effects):
    axes = funnel(effects).axes[0]
    low, high = axes.get_ylim()
    assert low > high == 0
    assert sum(line.get_linestyle() == ":" for line in axes.lines) == 2
    assert axes.get_ylabel() == "standard error"


def test_the_funnel_of_counts_leaves_out_small_counts(counts):
    points = [line for line in funnel(counts).axes[0].lines if line.get_marker() == "o"]
    assert len(points[0].get_xdata()) == 3
    assert "Left out for small counts: 1" in funnel_alt(counts)
    with pytest.raises(StudyError, match="each has a count below"):
        funnel(counts, rules=Rules(threshold=1000))


def test_both_are_told_in_words(effects):
    said = forest_of_studies_alt(effects)
    assert all(name in said for name in ("Ash:", "Birch:", "Cedar:", "New site, a prediction"))
    assert "Of the less precise half" in funnel_alt(effects)
    assert "Fewer than 10 studies" in funnel_alt(effects)
