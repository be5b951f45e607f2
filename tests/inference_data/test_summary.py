"""The posterior as a table: figures against ArviZ's own and against draws, words for every number."""

from dataclasses import replace

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Health
from sos_bayes.inference_data.meanings import MEANINGS
from sos_bayes.inference_data.named_draws import effects, hyperparameters
from tests.contracts.test_readable_model import SETTINGS
from tests.fitting.made_up import fit_of_the_prior
from tests.inference_data.test_datatree import fit_synthetic


@pytest.mark.sampling
def test_figures_of_chains_are_arviz_s(sampled, sampled_inside):
    import arviz as az

    ours = sb.summary(sampled)
    theirs = az.summary(sampled_inside, var_names=["mu_tau", "omega", "departure"], round_to="none")
    for name, row in theirs.iterrows():
        found = ours.loc[name]
        for one, two in (("mean", "mean"), ("sd", "sd"), ("ess_bulk", "ess_bulk"), ("r_hat", "r_hat")):
            assert found[one] == pytest.approx(float(row[two]), rel=1e-6), (name, one)
        assert found["mcse"] == pytest.approx(float(row["mcse_mean"]), rel=1e-6)


@pytest.mark.sampling
def test_the_effect_comes_first_in_its_own_unit(sampled):
    table, effect = sb.summary(sampled), estimate(sampled)
    assert table.index[0] == "satt"
    first = table.iloc[0]
    assert first["unit"] == effect.unit == "percentage points"
    assert first["mean"] == pytest.approx(100 * effect.mean)
    assert (first["low"], first["high"]) == pytest.approx(tuple(100 * x for x in effect.interval(0.9)))
    assert np.isnan(first["learnt"])
    assert table.attrs == {"outcome": "made-up outcome (synthetic)", "route": "nuts", "gate": "passed"}


def test_the_prior_stands_beside_and_what_was_learnt(fast):
    table = sb.summary(fast)
    assert table.loc["mu_tau", "prior_sd"] == pytest.approx(0.5, rel=0.01)
    assert table.loc["omega", "prior_mean"] == pytest.approx(0.2 * np.sqrt(2 / np.pi), rel=0.01)
    assert table.loc["memory", ["prior_low", "prior_high"]].tolist() == pytest.approx([0.05, 0.95], abs=0.001)
    variance = fast.draws.hyper["sd_shock"].var() / table.loc["sd_shock", "prior_sd"] ** 2
    assert table.loc["sd_shock", "learnt"] == pytest.approx(1 - variance)
    assert (table["learnt"].drop("satt") < 1).all()


def test_draws_that_share_points_are_worth_fewer(fast):
    table = sb.summary(fast)
    assert table["r_hat"].isna().all()
    assert table["ess_tail"].isna().all()
    assert (table["ess_bulk"] <= fast.draws.level_gap.size + 1e-6).all()
    points = dict(fast.health.numbers)["points"]
    assert table.loc["omega", "ess_bulk"] < 1.5 * points < fast.draws.level_gap.size
    assert table.loc["omega", "mcse"] > table.loc["omega", "sd"] / np.sqrt(fast.draws.level_gap.size)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_number_of_every_design_has_words(name):
    layout, design = SETTINGS[name]
    fit = fit_of_the_prior(layout, design, 40)
    assert set(hyperparameters(fit.draws) | effects(fit, fit.draws)) <= set(MEANINGS)
    table = sb.summary(fit)
    assert (table["meaning"].str.len() > 10).all()
    assert table[["mean", "sd", "low", "high", "mcse"]].notna().all(axis=None)


@pytest.mark.sampling
def test_a_design_in_two_stages_has_its_effects_prior():
    table = sb.summary(fit_synthetic())
    assert table.loc["mu_tau", "prior_sd"] > 0
    assert table.loc["satt", "unit"] == "points"
    assert np.isnan(table["learnt"]).any()
    assert table["r_hat"].notna().all()


def test_a_fit_that_missed_its_gate_says_so_and_what_is_no_fit_is_refused(fast):
    ill = replace(fast, health=Health(False, ("R-hat of omega is 1.2.",), ()))
    assert sb.summary(ill).attrs["gate"].startswith("missed")
    with pytest.raises(sb.SosBayesError, match="no draws of a model"):
        sb.summary(DiD())
