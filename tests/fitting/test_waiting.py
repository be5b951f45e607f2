"""Durations: curves of waiting against plain arrays, readings of a curve, and effects that are known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from sos_bayes._core.errors import DesignError, GradeError
from sos_bayes.checks import check
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit
from sos_bayes.fitting.posterior.survival_curves import read
from tests.designs.waiting import BANDS, OUTCOME, episodes

EFFECT = (0.0, 0.0, 0.8, 0.0)


@pytest.fixture(scope="module")
def made():
    return episodes(1, EFFECT)


@pytest.fixture(scope="module")
def fitted(made):
    cohort, rollout, _ = made
    return fit(cohort, rollout, OUTCOME, method="fast", seed=1)


def test_effects_on_every_day_and_on_mean_days_are_recovered(made, fitted):
    truth, days = made[2]
    for effect, wanted in zip(estimate(fitted, by="day"), truth, strict=True):
        assert abs(effect.mean - wanted) < 3 * effect.sd
        assert effect.unit == "percentage points"
    assert estimate(fitted, by="day").labels == tuple(map(str, BANDS))
    headline, mean, median = estimate(fitted), estimate(fitted, at="mean"), estimate(fitted, at="median")
    assert headline.draws.tobytes() == estimate(fitted, by="day")["45"].draws.tobytes()
    assert headline.probability(above=0.0) > 0.99
    assert abs(mean.mean - days) < 3 * mean.sd
    assert (mean.unit, median.unit) == ("days", "days")
    assert (headline.factor, mean.factor, median.factor) == (100.0, 1.0, 1.0)
    assert f"{mean.mean:.3g} (" in repr(mean)
    assert mean.probability(below=0.0) > 0.95
    assert "done by day 45" in headline.describe()
    assert "mean days within 65 days" in mean.describe()


def test_curves_are_those_of_plain_arrays(fitted):
    d, problem = fitted.draws, fitted.problem
    k, t = len(fitted.layout.adopters), fitted.layout.shape[1]
    weights = np.random.default_rng(1).random((2, k, t, 1))
    weights[1] *= fitted.layout.treated[fitted.layout.adopters][..., None]
    weights /= weights.sum(axis=(1, 2, 3), keepdims=True)
    theta = d.theta[:, :200].reshape(1, 200, k, len(BANDS), t)
    part = replace(d, **{n: getattr(d, n)[:, :200] for n in ("theta", "effect", "lead", "beta", "level_gap")})
    open_at = np.cumprod(1 - expit(theta), axis=3)
    wanted = np.einsum("xdkbt,gktc->xdgb", open_at, weights)
    for b, day in enumerate(BANDS):
        found = replace(fitted, draws=part).contrast(weights, at=day).with_rollout
        np.testing.assert_allclose(found, 1 - wanted[..., b], rtol=1e-10)
    assert problem.total.shape == (16, len(BANDS) * t, 1)


def test_readings_of_one_curve():
    curve = np.array([1.0, 0.8, 0.6, 0.2, 0.1])
    assert read(OUTCOME, curve, None) == pytest.approx(0.8)
    assert read(OUTCOME, curve, 10) == pytest.approx(0.2)
    assert read(OUTCOME, curve, "mean") == pytest.approx(10 * 0.9 + 15 * 0.7 + 20 * 0.4 + 20 * 0.15)
    assert read(OUTCOME, curve, "median") == pytest.approx(25 + 20 * 0.1 / 0.4)
    assert read(OUTCOME, 50 * curve, 10) == pytest.approx(10.0)
    assert read(OUTCOME, 50 * curve, "median") == read(OUTCOME, curve, "median")
    assert read(OUTCOME, np.array([1.0, 0.9, 0.8, 0.7, 0.6]), "median") == 65
    with pytest.raises(DesignError, match="10, 25, 45, 65"):
        read(OUTCOME, curve, 11)


def test_the_road_goes_on_to_checks_and_a_grade(fitted):
    checks = check(fitted, skip=("leave_one_out", "leads", "random_walk", "trends"))
    found = {c.name: c for c in checks}
    assert found["imputation"].number("mean") == pytest.approx(estimate(fitted).mean, abs=3 * estimate(fitted).sd)
    verdict = grade(estimate(fitted), checks)
    assert verdict.graded
    with pytest.raises(GradeError):
        grade(estimate(fitted, at="mean"), checks)


def test_what_does_not_go_together_is_said(fitted):
    with pytest.raises(DesignError, match="varies by band"):
        DiD(vary_by=("age",)).model(fitted.layout)
    with pytest.raises(DesignError, match="not a number of events"):
        estimate(fitted, at="median", scale="events")
    with pytest.raises(DesignError, match="not something this fit can split by"):
        estimate(fitted, by="level")
    assert estimate(fitted, scale="events").unit == "events"
