"""What cannot be pooled is refused with a cure, by the names of studies and without a count."""

import numpy as np
import pandas as pd
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DataError, StudyError
from tests.meta_analyses.published import BCG_COUNTS, bcg, calendars, read

TABLE = pd.DataFrame({"study": ["Ash", "Birch", "Cedar"], "y": [0.1, -0.2, 0.3], "s": [0.1, 0.2, 0.1]})
RATIOS = {"effect": "y", "se": "s", "measure": "log_odds_ratio"}
COUNTS = pd.DataFrame({"study": ["Ash", "Birch"], "a": [3, 0], "n1": [50, 60], "c": [4, 0], "n0": [55, 40]})
ARMS = {"events": ("a", "c"), "trials": ("n1", "n0")}


def refused(table, words, **asked):
    with pytest.raises((DataError, StudyError), match=words) as found:
        sb.meta_analysis(table, **asked)
    assert "What to do" in str(found.value)
    return str(found.value)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("s", np.nan, 'No standard error is given for "Birch"'),
        ("s", -0.2, 'A standard error is negative or infinite in "Birch"'),
        ("s", np.inf, 'negative or infinite in "Birch"'),
        ("s", 0.0, 'A standard error is zero in "Birch"'),
        ("y", np.nan, 'No effect is given for "Birch"'),
        ("y", np.inf, 'No effect is given for "Birch"'),
        ("study", None, "1 row has no label"),
        ("study", "Ash", 'More than one row is called "Ash"'),
    ],
)
def test_a_row_that_cannot_be_pooled_is_named(column, value, words):
    table = TABLE.copy()
    table.loc[1, column] = value
    refused(table, words, **RATIOS)


def test_all_faults_are_told_at_once():
    table = TABLE.assign(y=[0.1, np.nan, 0.3], s=[-1.0, 0.2, np.nan])
    assert "3 faults" in refused(table, "3 faults", **RATIOS)


def test_text_among_numbers_names_the_study():
    refused(TABLE.assign(s=["0.1", "0.05 to 0.3", "0.2"]), '"s" is not a number in "Birch"', **RATIOS)
    assert read(TABLE.assign(s=["0.1", "0.2", "0.3"]), **RATIOS).error.tolist() == [0.1, 0.2, 0.3]


def test_effects_without_a_column_of_errors_are_refused():
    refused(TABLE, "there is no se", effect="y", measure="log_odds_ratio")
    refused(TABLE, "It is not clear what is pooled", effect="y", se="s", **ARMS)
    refused(TABLE, "It is not clear what is pooled")


def test_one_study_is_not_a_synthesis():
    said = refused(TABLE.head(1), "One study is not a synthesis", **RATIOS)
    assert "that study's own estimate" in said
    refused(TABLE.head(0), "There is no study", **RATIOS)


def test_two_effects_of_one_name_in_a_study():
    table = TABLE.assign(study=["Ash", "Ash", "Birch"], outcome=["care", "care", "care"])
    refused(table, 'the same name in one study: "Ash: care"', within="outcome", **RATIOS)


def test_mixed_scales_are_refused_and_one_scale_is_read():
    asked = RATIOS | {"measure": "scale"}
    refused(TABLE.assign(scale=["log_odds_ratio", "risk_difference", "log_odds_ratio"]), "mixed scales", **asked)
    assert read(TABLE.assign(scale="risk_difference"), **asked).measure == "risk_difference"


def test_the_scale_must_be_said():
    refused(TABLE, "measure is not given", effect="y", se="s")
    said = refused(TABLE, "Did you mean", effect="y", se="s", measure="log_ods_ratio")
    assert "log_odds_ratio" in said


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("a", 61, 'More events than trials in "Birch"'),
        ("a", -1, 'no whole numbers in "Birch"'),
        ("a", 2.5, 'no whole numbers in "Birch"'),
        ("n0", 0, 'An arm without anybody in "Birch"'),
        ("c", np.nan, 'Events or trials are missing for "Birch"'),
    ],
)
def test_impossible_counts_name_the_study_and_no_count(column, value, words):
    table = COUNTS.astype(dict.fromkeys(["a", "c", "n1", "n0"], float))
    table.loc[1, column] = value
    said = refused(table, words, **ARMS)
    assert not any(str(n) in said for n in (50, 60, 55, 40, 61))


def test_a_study_without_events_is_kept_and_said():
    found = read(COUNTS, **ARMS)
    assert len(found) == 2
    assert any('"Birch": no event in either arm' in note for note in found.notes)


def test_counts_are_log_odds_ratios():
    refused(COUNTS, "pooled as log odds ratios", measure="risk_difference", **ARMS)


@pytest.mark.parametrize(("values", "words"), [([1, np.nan, 2], "missing for"), ([1, 1, 1], "the same in every study")])
def test_covariates_that_explain_nothing(values, words):
    refused(TABLE.assign(x=values), words, covariates=["x"], **RATIOS)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"correlation": 0.5}, "no study here has two"),
        ({"correlation": 1.0}, "is none of errors"),
        ({"worthwhile": 0.1}, "no direction without an aim"),
        ({"worthwhile": -1, "aim": sb.Aim.MORE}, "is no size of a change"),
        ({"aim": "fewer"}, "is no aim"),
        ({"bias": "pet"}, "likelier to be published"),
        ({"bias": "eggers", "aim": sb.Aim.MORE}, "is not known"),
        ({"bias": "selection", "aim": sb.Aim.MORE, "steps": (0.5, 0.025)}, "no rising one-sided p-values"),
        ({"bias": "selection", "aim": sb.Aim.MORE, "steps": 0.5}, "no rising one-sided p-values"),
        ({"bias": "selection", "aim": sb.Aim.MORE, "steps": (0.1, "a")}, "no rising one-sided p-values"),
        ({"measure": "difference"}, "has no priors of its own"),
        ({"priors": 3}, "are no priors of a synthesis"),
        ({"sampler": 4}, "sampler=4 is none"),
        ({"seed": -1}, "no whole number from 0"),
    ],
)
def test_what_does_not_go_together(asked, words):
    refused(TABLE, words, **(RATIOS | asked))


def test_effects_in_another_unit_are_refused_by_the_priors():
    asked = RATIOS | {"measure": "risk_difference"}
    said = refused(TABLE.assign(y=[12.0, 0.1, 9.0]), 'deviations of the priors from zero in "Ash" and "Cedar"', **asked)
    assert ".05, not 5" in said


def test_selection_needs_one_published_effect_a_study():
    asked = {"aim": sb.Aim.MORE, "bias": "selection"}
    refused(COUNTS, "effects with standard errors, not of events", **ARMS, **asked)
    refused(calendars(), "one effect a study", study="district", within="school", effect="effect", se="se",
            measure="standardised_mean_difference", **asked)  # fmt: skip


@pytest.mark.parametrize("asked", [{"mean": 0.0}, {"heterogeneity": -1.0}, {"shape": "gamma"}])
def test_impossible_priors(asked):
    with pytest.raises(StudyError, match="SynthesisPriors"):
        sb.SynthesisPriors(**({"mean": 1.0, "heterogeneity": 1.0} | asked))


def test_what_is_read_of_the_trials():
    found = read(bcg(), covariates=["latitude"], **BCG_COUNTS)
    assert found.standardised.mean() == pytest.approx(0)
    assert found.standardised.std() == pytest.approx(1)
    assert found.effect[0] == pytest.approx(np.log(4.5 / 119.5) - np.log(11.5 / 128.5))
    assert np.allclose(found.size_error, bcg_size_error())
    less = found.without(0)
    assert less.labels == found.labels[1:]
    assert less.centre == found.centre


def bcg_size_error():
    table = bcg()
    rate = (table.tb_with.sum() + table.tb_without.sum() + 0.5) / (table.n_with.sum() + table.n_without.sum() + 1)
    return np.sqrt((1 / table.n_with + 1 / table.n_without) / (rate * (1 - rate)))


def test_notes_say_what_is_thin():
    few = read(TABLE.assign(x=[1, 2, 3]), covariates=["x"], **RATIOS).notes
    assert any("Only 3 studies" in note for note in few)
    assert any("1 covariate for 3 studies" in note for note in few)
    apart = read(TABLE.assign(s=[0.001, 0.2, 0.3]), **RATIOS).notes
    assert any("hundredfold" in note for note in apart)
    alone = read(TABLE.assign(outcome="care"), within="outcome", **RATIOS)
    assert any("within= changes nothing" in note for note in alone.notes)
    assert not alone.several
