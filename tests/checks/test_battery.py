"""The battery: every check reports, in one order, and one that cannot run says so."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import FitError, SosBayesError
from sos_bayes.checks import CHECKS, CheckResult, State, battery, check
from sos_bayes.checks.fit_under_test import DRAWS, under_test
from sos_bayes.checks.scheduling import alone
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Health, fit_layout
from sos_bayes.fitting.runs import importance_reweighting, parallel_fits
from sos_bayes.simulation import Scenario
from tests.checks.conftest import fast, layout

ORDER = (
    "patt", "weighting", "level_gap", "leads", "leave_one_out", "random_walk", "trends", "imputation", "sceptical",
    "drift", "no_change", "denominator", "comparators", "donut", "points", "start_shock",
    "shared_shocks", "predictive",
)  # fmt: skip
DIRECTIONAL = (
    "patt", "weighting", "leave_one_out", "random_walk", "trends", "imputation", "sceptical", "drift", "donut",
    "points", "start_shock",
)  # fmt: skip


def test_every_check_answers_in_the_one_order(checked):
    assert tuple(checked) == tuple(CHECKS) == ORDER
    assert all(isinstance(c, CheckResult) and c.title and c.sentence for c in checked.values())
    assert all(c.state is State.REPORTED for c in checked.values())  # who is counted is looked at always
    assert all(np.isfinite(value) for c in checked.values() for _, value in c.numbers)


@pytest.mark.parametrize("name", DIRECTIONAL)
def test_a_clear_effect_keeps_its_direction(checked, name):
    assert checked[name].number("p_negative") > 0.99
    # leave-one-out holds the worst of each direction, which need not sum to one
    assert checked[name].number("p_positive") + checked[name].number("p_negative") <= 1 + 1e-9


def test_numbers_lie_where_they_must(checked, fit):
    own = estimate(fit)
    assert abs(checked["sceptical"].number("mean")) < abs(own.mean)
    assert checked["drift"].number("sd") > own.sd
    assert checked["leave_one_out"].number("lowest_mean") < own.mean < checked["leave_one_out"].number("highest_mean")
    assert checked["no_change"].number("worst_within") <= checked["no_change"].number("p_within") < 0.05
    assert checked["no_change"].number("smallest_worthwhile") == pytest.approx(1.645 * own.sd, rel=0.1)
    assert checked["weighting"].number("mean") == estimate(fit, weight="authorities").mean
    assert checked["patt"].number("p_negative") == (fit.draws.shared["mu_tau"] < 0).mean()


@pytest.mark.parametrize(("name", "tolerance"), [("random_walk", 0.015), ("trends", 0.015), ("imputation", 0.015)])
def test_other_specifications_find_about_the_same(checked, fit, name, tolerance):
    assert checked[name].number("mean") == pytest.approx(estimate(fit).mean, abs=tolerance)


def test_a_skipped_check_is_switched_off_and_in_its_place(fit):
    others = tuple(name for name in ORDER if name != "drift")
    results = check(fit, skip=others)
    assert tuple(c.name for c in results) == ORDER
    assert {c.name for c in results if c.state is State.SWITCHED_OFF} == set(others)
    assert all(not c.assessed and c.numbers == () for c in results if c.name != "drift")


def test_an_unknown_check_is_refused_with_the_nearest(fit):
    with pytest.raises(SosBayesError, match='Did you mean "drift"'):
        check(fit, skip=("drfit",))


def test_a_missing_number_lists_those_there_are(checked):
    with pytest.raises(KeyError, match="p_negative"):
        checked["drift"].number("p_towards")


FITTED = ("random_walk", "leads")  # by fits of their own
WEIGHTED = ("leave_one_out", "sceptical", "no_change")  # from the headline's draws, where these are worth it


@pytest.fixture
def sick_fits(monkeypatch):
    """Every fit that a check asks for misses its gate."""
    real = parallel_fits.fit_job
    sick = Health(False, ("k-hat is 0.9.",), ())
    monkeypatch.setattr(parallel_fits, "fit_job", lambda job: replace(real(job), health=sick))


def checked_only(fit, names):
    return {c.name: c for c in check(fit, skip=tuple(name for name in ORDER if name not in names))}


def test_an_unhealthy_check_fit_is_not_assessed(fit, sick_fits):
    results = checked_only(fit, FITTED)
    for name in FITTED:
        assert results[name].state is State.NOT_ASSESSED
        assert "k-hat is 0.9." in results[name].sentence


def test_draws_worth_too_little_are_fitted_anew(fit, sick_fits, monkeypatch):
    monkeypatch.setattr(importance_reweighting, "DRAWS", 1e9)
    results = checked_only(fit, WEIGHTED)
    for name in WEIGHTED:
        assert results[name].state is State.NOT_ASSESSED
        assert "k-hat is 0.9." in results[name].sentence


def test_most_adopters_are_left_out_without_a_fit(monkeypatch):
    asked, real = [], parallel_fits.fit_job

    def count(job):
        asked.append(job)
        return real(job)

    headline = fit_layout(layout(Scenario(effect=-0.05, adopters=20)), DiD(), method="fast", seed=1, n_draws=8000)
    monkeypatch.setattr(parallel_fits, "fit_job", count)
    results = checked_only(headline, ("leave_one_out", "sceptical"))
    assert {results[name].state for name in ("leave_one_out", "sceptical")} == {State.REPORTED}
    assert len(asked) <= 4  # of thirteen


def test_a_check_that_fails_leaves_the_others(fit, monkeypatch):
    def fail(tested):
        raise FitError("The fast route found no mode of the model.")

    monkeypatch.setitem(battery.CHECKS, "trends", fail)
    skip = tuple(name for name in ORDER if name not in ("trends", "weighting"))
    results = {c.name: c for c in check(fit, skip=skip)}
    assert results["trends"].state is State.NOT_ASSESSED
    assert "found no mode" in results["trends"].sentence
    assert results["weighting"].state is State.REPORTED


def test_one_adopter_has_checks_that_do_not_apply():
    alone = fast(layout(Scenario(adopters=1, effect=-0.05)))
    skip = tuple(name for name in ORDER if name not in ("patt", "weighting", "leave_one_out", "level_gap"))
    results = {c.name: c for c in check(alone, skip=skip)}
    for name in ("patt", "weighting", "leave_one_out"):
        assert results[name].state is State.NOT_APPLICABLE
    assert results["level_gap"].state is State.REPORTED


def test_everybody_adopting_in_the_end_has_no_level_gap():
    found = fast(layout(Scenario(authorities=5, adopters=5, starts=(2, 3, 4, 5, 6))))
    skip = tuple(name for name in ORDER if name != "level_gap")
    results = {c.name: c.state for c in check(found, skip=skip)}
    assert results["level_gap"] is State.NOT_APPLICABLE


def test_the_first_draws_of_a_fast_fit_are_its_twin_and_checks_are_reproducible(fit, tested, checked):
    assert tested.fast_refit.warm_start is fit.warm_start
    np.testing.assert_array_equal(tested.fast_refit.draws.effect, fit.draws.effect[:, :DRAWS])
    assert under_test(fit).worthwhile == fit.outcome.worthwhile
    again = alone(CHECKS["drift"], tested)
    assert again.numbers == checked["drift"].numbers
