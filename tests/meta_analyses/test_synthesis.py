"""What a synthesis finds: sampled against exact, against other programs, and what it hands on."""

from dataclasses import replace

import arviz as az
import numpy as np
import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.fitting.posterior.diagnostics import Health
from sos_bayes.meta_analyses import compare_bias
from sos_bayes.meta_analyses.exact_grid import exact
from sos_bayes.meta_analyses.measures import SynthesisPriors
from sos_bayes.meta_analyses.study_density import log_density

pytestmark = pytest.mark.sampling


def error_of(tree, name):
    """Monte Carlo errors of mean and sd."""
    row = az.summary(tree, var_names=[name], round_to="none").iloc[0]
    return float(row["mcse_mean"]), float(row["mcse_sd"])


@pytest.mark.parametrize("fixture", ["schools", "leaning", "selected"])
def test_sampled_is_exact_within_its_own_error(fixture, request):
    found = request.getfixturevalue(fixture)
    assert found.health.ok
    wanted = exact(found.studies, found.priors, found.bias)
    error, sd_error = error_of(found.tree, "mu")
    assert abs(found.mean.mean - wanted.mean.mean) < 4 * error
    assert abs(found.mean.sd - wanted.mean.sd) < 4 * sd_error
    assert abs(found.heterogeneity.mean - wanted.tau[0]) < 4 * error_of(found.tree, "tau")[0]
    assert found.mean.low == pytest.approx(wanted.mean.quantile(0.025), abs=0.25 * wanted.mean.sd)
    assert found.new_site().sd == pytest.approx(wanted.site.sd, rel=0.1)


def test_eight_schools_are_the_published_posterior(schools):
    """posteriordb: mu 4.41 (3.31), tau 3.60 (3.20), first school 6.15 (5.62)."""
    assert (schools.mean.mean, schools.mean.sd) == pytest.approx((4.41, 3.31), abs=0.25)
    assert schools.heterogeneity.mean == pytest.approx(3.60, abs=0.3)
    first = schools.study_effects().iloc[0]
    assert (first["mean"], first["sd"]) == pytest.approx((6.15, 5.62), abs=0.5)
    assert 0 < first["mean"] < first["reported"] == 28


def test_trials_as_counts_have_the_published_latitude(trials):
    """metafor on log risk ratios: -0.0291 (0.0072) a degree; as counts and with a prior of one half an sd, close."""
    slope = trials.coefficients().iloc[0]
    assert slope["mean"] == pytest.approx(-0.0291, abs=0.0072 / 2)
    assert slope["sd"] == pytest.approx(0.0072, rel=0.2)
    assert slope["per_sd"] == pytest.approx(slope["mean"] * trials.studies.spread[0])


def test_a_new_site_far_north_is_expected_to_gain_more(trials):
    north, south = trials.new_site({"latitude": 55}), trials.new_site({"latitude": 13})
    assert north.mean < trials.new_site().mean < south.mean
    assert north.p_worthwhile > 0.95 > south.p_worthwhile
    with pytest.raises(StudyError, match="is no covariate"):
        trials.new_site({"latitud": 55})


def test_several_effects_a_study_are_told_apart(several):
    assert several.health.ok
    assert several.within_studies.mean > 0.05
    assert set(several.tree["posterior"].data_vars) == {"mu", "tau", "tau_within", "study_effect", "new_site"}
    drawn = several.tree["posterior"]
    spread = np.hypot(drawn["tau"], drawn["tau_within"]).values
    assert drawn["new_site"].values.std() > np.sqrt((spread**2).mean())


def test_the_model_has_the_density_of_its_studies(several):
    """PyMC's own log probability at a point, less the priors', is that of `log_density`."""
    point = {"mu": 0.2, "tau": 0.25, "tau_within": 0.18}
    density = several.model.compile_logp(vars=several.model.observed_RVs, sum=True)
    start = {f"{name}_log__" if "tau" in name else name: np.log(v) if "tau" in name else v for name, v in point.items()}
    wanted = log_density(several.studies, None, 0.5, {name: np.array([v]) for name, v in point.items()}).sum()
    assert float(density(start)) == pytest.approx(wanted, abs=1e-6)


def test_selection_in_the_model_has_the_density_of_its_studies(selected):
    parts = np.array([0.5, 0.3, 0.2])
    draws = {"mu": np.array([0.1]), "tau": np.array([0.15]), "parts": parts[None]}
    wanted = log_density(selected.studies, selected.bias, 0.0, draws).sum()
    model = selected.model
    terms = [*model.observed_RVs, *model.potentials]
    logs = np.log(parts)
    start = {"mu": 0.1, "tau_log__": np.log(0.15), "parts_simplex__": (logs - logs.mean())[:-1]}
    assert float(model.compile_logp(vars=terms, sum=True)(start)) == pytest.approx(wanted, abs=1e-6)


def test_heterogeneity_stands_beside_its_prior(schools, trials):
    tau = trials.heterogeneity
    assert tau.prior_high == pytest.approx(0.5 * 1.96, abs=0.01)
    assert tau.contraction > 0.2 > schools.heterogeneity.contraction - 0.8
    assert 0 < trials.share.low < trials.share.mean < trials.share.high < 1


def test_arviz_takes_the_tree_and_no_count_is_in_it(trials):
    assert az.loo(trials.tree).n_data_points == 13
    assert "observed_data" not in trials.tree.children
    assert trials.tree.attrs["absent_observed_data"]
    assert "level" not in trials.tree["posterior"]
    assert "reported" not in trials.study_effects()
    text = repr(trials) + str(trials) + repr(trials.studies) + repr(trials.studies.arms)
    assert not any(count in text for count in ("119", "13536", "87886", "228"))


def test_a_wider_prior_widens_what_is_expected_elsewhere(schools):
    table = schools.prior_sensitivity().set_index("prior")
    assert list(table["scale"]) == [2.5, 5.0, 10.0]
    assert table.loc["half", "site_sd"] < table.loc["as given", "site_sd"] < table.loc["twice", "site_sd"]
    half = exact(schools.studies, SynthesisPriors(5, 2.5, "half_cauchy"))
    assert table.loc["half", "mean"] == pytest.approx(half.mean.mean, abs=0.25)
    assert table.loc["half", "tau"] == pytest.approx(half.tau[0], abs=0.3)
    assert (table["k_hat"] < 0.7).all()


def test_without_one_study_the_weights_find_what_the_others_say(schools):
    table = schools.leave_one_out()
    assert list(table["without"]) == list("ABCDEFGH")
    for i in (0, 4):
        alone = exact(schools.studies.without(i), schools.priors)
        assert table.loc[i, "mean"] == pytest.approx(alone.mean.mean, abs=0.3)
        assert table.loc[i, "by"] == "weights"


def test_records_are_for_a_rating_and_are_not_graded(trials):
    records = trials.records()
    assert len(records) == 14
    assert records[-1]["kind"] == "synthesis"
    assert records[-1]["direction"] == "favourable"
    assert not any(record["graded"] for record in records)
    assert {record["direction"] for record in records} == {"favourable", "unclear"}


def test_the_sentence_is_that_of_a_synthesis(trials, several, leaning, selected):
    said = str(trials)
    assert said.startswith("Across 13 studies, the mean log odds ratio is")
    for wanted in (
        "not graded here",
        "an odds ratio of",
        "At a new site",
        "beyond the worthwhile change",
        "before the",
    ):
        assert wanted in said
    for word in ("moderate", "high strength", "caused", "because of", "evidence of"):
        assert word not in said.lower()
    assert "(19 effects)" in str(several)
    assert "Within studies it is" in str(several)
    assert "without small-study bias" in str(leaning)
    assert "times as likely to be published" in str(selected)


def test_a_fit_that_missed_its_gate_answers_nothing(trials):
    sick = replace(trials, health=Health(False, ("R-hat of mu is 1.500; the limit is 1.01.",), ()))
    assert "not answered" in sick.sentence
    assert "favourable" not in sick.sentence
    assert repr(sick).endswith("not healthy>")


def test_small_samples_of_studies_say_that_power_is_too_low(schools):
    assert not any("power" in note for note in schools.notes)
    found = compare_bias(schools)
    assert "the power to see bias is too low" in str(found)
