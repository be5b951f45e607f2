"""A fit of a model of one's own answers what its two worlds can say, and is graded low at the most."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DesignError
from sos_bayes.checks import CHECKS, State
from sos_bayes.checks.own_model import OWN_MODEL
from sos_bayes.estimands.readable_model import written
from sos_bayes.estimands.weights import child_weights, groups_by, normalised
from sos_bayes.evidence import Strength
from sos_bayes.fitting import PyMCDesign, Sampler, fit_layout
from sos_bayes.fitting.pymc.own_design import NOT_TOLD_APART
from tests.designs.values import values_of
from tests.fitting.pymc.own_models import LAYOUT, exact_effect, known_fit, simple, straight_line

OTHERS = tuple(name for name in CHECKS if name not in OWN_MODEL.checks)


def as_the_library_does(cells, coords, exposure):
    """The readable model of the library's own design."""
    return written(LAYOUT, sb.DiD())


@pytest.fixture(scope="module")
def straight():
    """Measured cells under a straight line with known variances, and the exact posterior of its effect."""
    layout = values_of(authorities=5, periods=4, starts=(2, 3), size=30.0, effect=-0.4)[0]
    fit = fit_layout(layout, PyMCDesign(straight_line), method="nuts", seed=1, sampler=Sampler(draws=1000))
    return fit, exact_effect(layout)


@pytest.mark.sampling
def test_the_posterior_of_a_straight_line_is_the_exact_one(straight):
    fit, (mean, sd) = straight
    assert fit.health.ok, fit.health.reasons
    effect = sb.estimate(fit)
    error = sd / np.sqrt(dict(fit.health.numbers)["least_bulk_ess"])
    assert effect.mean == pytest.approx(mean, abs=4 * error)
    assert effect.sd == pytest.approx(sd, rel=0.08)
    for one in (*sb.estimate(fit, by="event_time"), *sb.estimate(fit, by="authority")):
        np.testing.assert_allclose(one.draws, effect.draws, atol=1e-9)


@pytest.mark.sampling
def test_the_gate_looks_at_every_variable_and_the_fit_may_be_kept(straight):
    fit, _ = straight
    assert dict(fit.health.numbers)["draws"] == 4000.0
    assert set(fit.posterior.data_vars) == {"level", "effect", "with_rollout", "without_rollout"}
    assert fit.design.source is not None
    assert not [note for note in fit.notes if "cannot be kept" in note]
    assert sb.to_pymc(fit).named_vars.keys() >= {"level", "effect", "score"}


@pytest.mark.sampling
@pytest.mark.parametrize("ask", [sb.predict, sb.loo])
def test_what_the_library_cannot_predict_is_left_to_pymc(straight, ask):
    with pytest.raises(DesignError, match=r"how a model of your own observes its cells.*sample_posterior_predictive"):
        ask(straight[0])


@pytest.mark.slow
def test_the_library_s_own_model_gives_what_the_library_gives():
    sampled = fit_layout(LAYOUT, PyMCDesign(as_the_library_does), method="nuts", seed=1, sampler=Sampler(draws=1000))
    assert sampled.health.ok, sampled.health.reasons
    fast = fit_layout(LAYOUT, sb.DiD(), seed=1)
    for by in (None, "event_time", "authority"):
        ours, theirs = (sb.estimate(fit, by=by) for fit in (sampled, fast))
        for one, other in zip([ours] if by is None else ours, [theirs] if by is None else theirs, strict=True):
            assert one.mean == pytest.approx(other.mean, abs=0.1 * other.sd)
            assert one.sd == pytest.approx(other.sd, rel=0.1)
    np.testing.assert_allclose(sb.estimate(sampled).draws, sampled.posterior["satt"].values, rtol=1e-9, atol=1e-12)


def test_effects_are_averages_of_the_difference_between_the_worlds():
    fit = known_fit()
    effect = sb.estimate(fit)
    weights = normalised(child_weights(LAYOUT), groups_by(LAYOUT, None))
    apart = (fit.posterior["with_rollout"] - fit.posterior["without_rollout"]).values
    np.testing.assert_allclose(effect.draws, np.einsum("cdkt,kt->cd", apart, weights[..., 0]), atol=1e-12)
    assert effect.baseline == pytest.approx(0.3, abs=1e-3)
    assert not effect.calibrated
    assert effect.choices == ("a model of the analyst's own",)
    assert sb.estimate(fit, scale="events").mean < -1
    assert sb.estimate(fit, scale="ratio").mean == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("asked", [{"estimand": "patt"}, {"estimand": "next_authority"}, {"dose": 0.5}])
def test_what_the_worlds_cannot_say_is_refused(asked):
    with pytest.raises(sb.SosBayesError, match="of one's own does not say"):
        sb.estimate(known_fit(), **asked)


@pytest.mark.parametrize("question", [sb.heterogeneity, sb.growth])
def test_questions_of_the_library_s_terms_are_refused(question):
    with pytest.raises(sb.SosBayesError, match=r"read other quantities from fit\.posterior"):
        question(known_fit())


def test_every_check_is_answered_or_said_not_to_apply():
    found = {one.name: one for one in sb.check(known_fit())}
    assert list(found) == [*CHECKS, *OWN_MODEL.own]
    assert {*OWN_MODEL.checks, *OWN_MODEL.reasons} == set(CHECKS)
    assert {name for name, one in found.items() if one.state is State.NOT_APPLICABLE} >= set(OTHERS)
    assert found["weighting"].number("mean") == pytest.approx(-0.06, abs=0.002)
    assert found["beside"].assessed
    assert found["denominator"].assessed


def test_the_grade_is_low_at_the_most_and_says_why():
    fit = known_fit()
    verdict = sb.grade(sb.estimate(fit), sb.check(fit, skip=("denominator", "beside")))
    assert verdict.strength is Strength.LOW
    assert verdict.rule.endswith("not calibrated for this model")
    assert any(reason.startswith("Design that was not calibrated: Not calibrated:") for reason in verdict.reasons)
    assert "a model of the analyst's own" in verdict.sentence
    (line,) = [one for one in verdict.criteria if one.name == "calibration"]
    assert (line.reached, line.state) == (Strength.LOW, State.FAIL)


def test_a_fit_that_missed_its_gate_gets_no_grade():
    missed = replace(known_fit(), health=sb.fitting.Health(False, ("R-hat of level is 1.2; the limit is 1.01.",), ()))
    assert not sb.grade(sb.estimate(missed), ()).graded


def test_it_is_not_pickled_and_shows_no_number():
    fit = known_fit()
    with pytest.raises(sb.SosBayesError, match="neither saved nor sent"):
        pickle.dumps(fit)
    assert repr(fit) == "<PyMCFit 'synthetic outcome' by simple: 2 adopters, 4 comparators, healthy>"
    assert "cannot be kept" in NOT_TOLD_APART


def test_designs_are_compared_with_the_library_s_own():
    both = sb.compare(fit_layout(LAYOUT, sb.DiD(), seed=1), known_fit())
    assert both.names == ("DiD", "PyMCDesign")
    assert both.effects[1].mean == pytest.approx(-0.06, abs=0.002)


def test_a_study_by_a_design_of_one_s_own_is_evaluated(monkeypatch):
    made = sb.simulation.made_up_england(sb.simulation.Scenario(authorities=8, adopters=2, periods=4), seed=1)
    data = sb.read_panel(made.panel, authority="authority", period="period")
    monkeypatch.setattr(PyMCDesign, "sampled", lambda design, layout, seed, sampler: known_fit(layout, design=design))
    study = sb.Study(
        title="Synthetic", data=data, rollout=made.rollout, outcomes=(made.outcome,), design=PyMCDesign(simple),
        method="nuts",
    )  # fmt: skip
    (finding,) = sb.evaluate(study, progress=False)
    assert finding.error is None
    assert finding.grade.strength <= Strength.LOW
    assert (finding.link, finding.heterogeneity) == (None, None)
    assert any("Not answered (heterogeneity)" in note for note in finding.notes)
    assert "of the analyst's own" in " ".join(sb.to_text(sb.Evaluation(study, (finding,), 0.0)).split())
