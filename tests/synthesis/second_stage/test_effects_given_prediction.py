"""The second stage against dense algebra, and what is asked of it through the hinge."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.fitting import Health
from sos_bayes.synthesis.comparing.checks import reread
from sos_bayes.synthesis.first_stage.first_stage import draws_of
from sos_bayes.synthesis.panel.series import series_of
from sos_bayes.synthesis.second_stage.effects_given_prediction import (
    EffectPriors,
    Predicted,
    half_normal_nodes,
    read_effects,
)
from sos_bayes.synthesis.second_stage.imputed_fit import ImputedFit
from tests.synthesis.made_up import counted, layout, plain_panel, share

PRIORS = EffectPriors(effect_sd=0.5, heterogeneity=0.2, lag_step=0.15)


def setting(*, adopters=1, after=3, draws=8_000, sd=0.2, rho=0.5, what=None, seed=1):
    frame = plain_panel(adopters=adopters, after=after, effect=-0.5, seed=seed)
    frame = frame if what is None else counted(frame)
    series = series_of(layout(frame, 2012, what), ())
    ages = np.abs(np.subtract.outer(np.arange(after), np.arange(after)))
    cov = sd**2 * rho**ages
    found = [
        Predicted(
            np.broadcast_to(series.value[a, 12:] + 0.4, (draws, after)),
            np.broadcast_to(cov, (draws, after, after)),
            np.broadcast_to(series.value[a, :12], (draws, 12)),
        )
        for a in range(adopters)
    ]
    return series, found, cov


def fit_of(series, predicted, draws=(2, 4_000)):
    made = draws_of(series, predicted, PRIORS, 1, draws)
    design = sb.SyntheticControl()
    return ImputedFit(
        series.layout, design, "nuts", 1, series, tuple(predicted), PRIORS, made, None, Health(True, (), ()), (), ()
    )


@pytest.mark.parametrize("what", [None, share()])
def test_the_average_effect_is_that_of_the_joint_normal_over_all_nodes(what):
    series, predicted, cov = setting(adopters=2, what=what)
    found = read_effects(series, predicted, PRIORS, 1)
    from sos_bayes.synthesis.second_stage.effects_given_prediction import lag_basis

    basis, logs, means, variances = lag_basis(series), [], [], []
    own = np.kron(np.eye(2), np.ones((3, 1)))
    x = np.tile(np.concatenate([np.ones((3, 1)), basis[:3]], axis=1), (2, 1))
    y = np.concatenate([series.value[a, 12:] - p.mean[0] for a, p in enumerate(predicted)])
    noise = np.kron(np.eye(2), cov) + np.diag(np.concatenate(series.error[:2, 12:]) ** 2)
    for omega in half_normal_nodes(0.2):
        for step in half_normal_nodes(0.15):
            prior = np.diag([0.25, *[step**2] * basis.shape[1]])
            total = x @ prior @ x.T + omega**2 * own @ own.T + noise
            gain = prior[0] @ x.T @ np.linalg.inv(total)
            logs.append(-0.5 * (y @ np.linalg.solve(total, y) + np.linalg.slogdet(total)[1]))
            means.append(gain @ y)
            variances.append(prior[0, 0] - gain @ x @ prior[:, 0])
    weight = np.exp(np.array(logs) - max(logs))
    weight /= weight.sum()
    mean = weight @ means
    sd = np.sqrt(weight @ (np.array(variances) + (np.array(means) - mean) ** 2))
    assert found.mu.mean() == pytest.approx(mean, abs=4 * sd / 89)
    assert found.mu.std() == pytest.approx(sd, rel=0.04)


def test_plain_numbers_are_kept_as_they_are_in_the_world_with_the_rollout():
    series, predicted, _ = setting()
    found = read_effects(series, predicted, PRIORS, 1)
    assert np.allclose(found.theta[:100, 0], series.value[0], atol=1e-8)
    assert (found.effect[:, 0, :12] == 0).all()


def test_counts_leave_the_world_with_the_rollout_uncertain_by_their_error():
    series, predicted, _ = setting(what=share())
    found = read_effects(series, predicted, PRIORS, 1)
    seen = found.theta[:, 0, 12:]
    assert (seen.std(axis=0) < series.error[0, 12:]).all()
    assert (seen.std(axis=0) > 0.5 * series.error[0, 12:]).all()


def test_a_tight_prior_takes_effect_away_and_drift_takes_away_certainty():
    fit = fit_of(*setting()[:2])
    effect = sb.estimate(fit)
    none, drifting = reread(fit, effect_sd=1e-4), reread(fit, drift=0.2)
    assert effect.mean < -0.1 * fit.series.family.scale
    assert abs(none.mean) < 0.8 * abs(effect.mean)  # one adopter keeps its own departure from an average of nothing
    assert drifting.sd > 1.2 * effect.sd


def test_the_hinge_averages_the_family_s_mean_with_the_effect_and_without():
    fit = fit_of(*setting(adopters=2, what=share())[:2])
    theta, effect = fit.draws.theta[..., 12:], fit.draws.effect[..., 12:]
    risk = [1 / (1 + np.exp(-x)) for x in (theta, theta - effect)]
    by_hand = (risk[0] - risk[1]).mean(axis=(2, 3))
    assert np.allclose(sb.estimate(fit, weight="authorities").draws, by_hand)
    ratio = sb.estimate(fit, weight="authorities", scale="ratio").draws
    assert np.allclose(ratio, risk[0].mean(axis=(2, 3)) / risk[1].mean(axis=(2, 3)))
    events = sb.estimate(fit, scale="events").draws
    assert np.allclose(events, 400 * (risk[0] - risk[1]).sum(axis=(2, 3)))
    assert sb.estimate(fit, by="authority").labels == ("A0", "A1")
    assert sb.estimate(fit, by="event_time").labels == ("0", "1", "2")
    patt = sb.estimate(fit, estimand="patt")
    assert patt.mean == pytest.approx(sb.estimate(fit, weight="authorities").mean, abs=0.02)
    assert sb.estimate(fit, estimand="next_authority").sd > patt.sd


def test_the_rule_grades_what_applies_and_says_what_does_not():
    fit = fit_of(*setting(what=share())[:2])
    checks = {c.name: c for c in sb.check(fit)}
    assert {n for n, c in checks.items() if c.state is sb.State.NOT_APPLICABLE} == {
        "patt", "weighting", "level_gap", "leads", "leave_one_out", "random_walk", "trends", "comparators",
        "donut", "points", "start_shock", "shared_shocks", "predictive",
    }  # fmt: skip
    assert checks["placebo_in_space"].number("floor") == pytest.approx(1 / 7)
    assert checks["placebo_in_space"].number("p") >= 1 / 7
    assert "fitted no better" in checks["before"].sentence
    assert sb.grade(sb.estimate(fit), tuple(checks.values())).graded


def test_few_periods_before_the_start_hold_the_grade_at_low():
    frame = plain_panel(before=5, after=3, effect=-3.0)
    series = series_of(layout(frame, 2005), ())
    cov = 0.01 * np.eye(3)
    predicted = [Predicted(np.broadcast_to(series.value[0, 5:] + 1.0, (2000, 3)), np.broadcast_to(cov, (2000, 3, 3)),
                           np.broadcast_to(series.value[0, :5], (2000, 5)))]  # fmt: skip
    fit = fit_of(series, predicted, (1, 2000))
    grade = sb.grade(sb.estimate(fit), sb.check(fit))
    assert grade.criteria[0].reached is sb.Strength.HIGH
    assert grade.strength <= sb.Strength.LOW
    assert any("5 periods before the start; a grade needs 8" in reason for reason in grade.reasons)


def test_leaving_out_an_adopter_leaves_the_others_effects():
    series, predicted, _ = setting(adopters=3)
    fit = fit_of(series, predicted)
    found = next(c for c in sb.check(fit) if c.name == "leave_one_out")
    assert found.number("lowest_mean") <= found.number("highest_mean") < 0
