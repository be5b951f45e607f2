"""With and without small-study bias, by quadrature."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.meta_analyses import compare_bias
from sos_bayes.meta_analyses.bias_terms import Bias, bias_notes, interval_of
from tests.meta_analyses.published import read

pytestmark = pytest.mark.sampling
BEFORE = {"none": 1 / 2, "pet": 1 / 6, "peese": 1 / 6, "selection": 1 / 6}


def test_probabilities_follow_from_evidence(leaning):
    found = compare_bias(leaning)
    odds = {name: BEFORE[name] * np.exp(found.log_evidence[name] + 15) for name in BEFORE}
    assert found.posterior == pytest.approx({name: odd / sum(odds.values()) for name, odd in odds.items()})
    assert found.bayes_factor == pytest.approx(found.p_bias / (1 - found.p_bias))
    means = [found.means[name].mean * p for name, p in found.posterior.items()]
    assert found.averaged.mean == pytest.approx(sum(means))


def test_models_of_bias_pull_published_smoking_studies_down(leaning):
    found = compare_bias(leaning)
    assert all(found.means[name].mean < found.means["none"].mean for name in ("pet", "peese", "selection"))
    assert found.averaged.sd > found.means["none"].sd
    assert found.bayes_factor > 1
    table = found.to_frame()
    assert list(table["bias"]) == ["none", "pet", "peese", "selection", "averaged"]
    assert table["posterior"].iloc[:4].sum() == pytest.approx(1)
    assert "this is a sensitivity, and not graded here" in str(found)


def made_up(rng, studies, lean):
    """Effects around .2 whose small studies lean by so many errors."""
    error = rng.uniform(0.05, 0.5, studies)
    return 0.2 + lean * error + np.hypot(error, 0.1) * rng.standard_normal(studies), error


@pytest.mark.parametrize(("lean", "biased"), [(0.0, False), (1.5, True)])
def test_made_up_studies_with_and_without_a_lean_are_told_apart(leaning, lean, biased):
    effect, error = made_up(np.random.default_rng(3), 40, lean)
    names = tuple(f"study {i}" for i in range(40))
    studies = replace(
        leaning.studies,
        effect=effect,
        error=error,
        labels=names,
        names=names,
        of=np.arange(40),
        values=np.zeros((40, 0)),
    )
    found = compare_bias(replace(leaning, studies=studies))
    assert (found.p_bias > 0.9) == biased
    assert found.averaged.low < 0.2 < found.averaged.high


def test_counts_covariates_and_several_effects_are_refused(trials, several):
    with pytest.raises(StudyError, match="events and trials"):
        compare_bias(trials)
    with pytest.raises(StudyError, match="several effects"):
        compare_bias(several)


def test_an_aim_is_needed(schools):
    with pytest.raises(StudyError, match="likelier to be published"):
        compare_bias(replace(schools, aim=None, worthwhile=None))


def test_intervals_of_p_are_those_of_one_sided_tests():
    import pandas as pd

    table = pd.DataFrame({"study": list("abc"), "y": [0.5, 0.1, -0.1], "s": [0.1, 0.1, 0.1]})
    studies = read(table, effect="y", se="s", measure="log_odds_ratio")
    up, down = (Bias("selection", sign, (0.025, 0.5)) for sign in (1, -1))
    assert interval_of(up, studies).tolist() == [0, 1, 2]
    assert interval_of(down, studies).tolist() == [2, 2, 1]
    assert any("No study has p 0 to 0.025" in note for note in bias_notes(down, studies))
    assert any("fewer than 10: the power" in note for note in bias_notes(down, studies))
