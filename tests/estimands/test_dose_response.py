"""Delivery and effect: what scores tell of synthetic panels whose truth is known, and what they may not be used for."""

import numpy as np
import pytest
from scipy.special import expit

from sos_bayes._core.errors import DesignError, GradeError
from sos_bayes.data import Aim, Binary, Calendar, Cells, Rollout
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import dose_response, estimate
from sos_bayes.estimands.fidelity import delivered, scores_on
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit_layout

K, YEARS = 12, (2014, 2015, 2016, 2017)
NAMES = tuple(f"Made-up {a:02d}" for a in range(22))
DELIVERED = np.linspace(0.2, 1.0, K)
SCORES = dict(zip(NAMES[:K], map(float, DELIVERED), strict=True))


def fitted(effect, seed=1):
    """Fast fit of synthetic cells of 3,000 children; adopters from 2016 on, log-odds changed by ``effect`` (K,)."""
    rng = np.random.default_rng(seed)
    eta = -1.0 + rng.normal(0, 0.2, (len(NAMES), 1)) + rng.normal(0, 0.03, (len(NAMES), len(YEARS)))
    eta[:K, 2:] += np.asarray(effect)[:, None]
    total = np.full((*eta.shape, 1), 3000.0)
    events = rng.binomial(3000, expit(eta)).astype(float)[..., None]
    outcome = Binary("y", "n", aim=Aim.FEWER, worthwhile=0.01, label="synthetic outcome")
    cells = Cells(NAMES, NAMES, Calendar.of(YEARS), (), ((),), events, total, outcome, "authorities")
    return fit_layout(layout_of(cells, Rollout(dict.fromkeys(NAMES[:K], 2016))), DiD(), seed=1)


@pytest.fixture(scope="module")
def proportional():
    """The effect is proportional to delivery: half a log-odds at full."""
    fit = fitted(-0.5 * DELIVERED)
    return fit, dose_response(fit, SCORES, error_sd=0.05)


def test_a_slope_is_found_with_its_size_and_effects_at_scores(proportional):
    fit, found = proportional
    mean, sd = found.slope
    assert abs(mean + 0.5) < 3 * sd
    assert found.p_more > 0.99
    assert found.contraction > 0.8
    truth = {z: (expit(-1.0 - 0.5 * z) - expit(-1.0)) for z in (0.25, 0.5, 1.0)}
    for reading in (found.linear, found.monotone):
        for z, wanted in truth.items():
            effect = reading[f"{z:g}"]
            assert abs(effect.mean - wanted) < 3 * effect.sd + 0.01
    assert dict(found.curves)[1.0] == max(dict(found.curves).values())
    assert "association" in str(found)
    assert list(found.to_frame()["shape"]) == ["linear"] * 3 + ["monotone"] * 3
    assert found.linear["0.5"].mean > estimate(fit).mean > found.linear["1"].mean


def test_without_a_slope_none_is_claimed():
    found = dose_response(fitted(np.full(K, -0.3), seed=2), SCORES, error_sd=0.05)
    assert 0.05 < found.p_more < 0.95
    assert abs(found.slope[0]) < 2.5 * found.slope[1]
    assert "do not tell" in str(found)


def test_its_effects_are_refused_by_the_rule(proportional):
    with pytest.raises(GradeError):
        grade(proportional[1].linear["1"], ())


def test_delivery_is_drawn_towards_the_mean_as_its_error_asks(proportional):
    layout = proportional[0].layout
    observed = scores_on(layout, SCORES)
    assert np.array_equal(observed[:K, 2:], np.repeat(DELIVERED[:, None], 2, axis=1))
    assert not observed[:, :2].any()
    exact = delivered(layout, observed, 0.0, 1)
    assert all(np.allclose(z, observed) for z in exact)
    drawn = np.array([z[:K, 2] for seed in range(20) for z in delivered(layout, observed, 0.15, seed)])
    spread = DELIVERED.var(ddof=1) - 0.15**2
    kept = spread / (spread + 0.15**2)
    wanted = DELIVERED.mean() + kept * (DELIVERED - DELIVERED.mean())
    inside = slice(2, K - 2)  # away from the ends, where draws are held between nothing and everything
    error = np.sqrt(kept) * 0.15
    np.testing.assert_allclose(drawn.mean(axis=0)[inside], wanted[inside], atol=4 * error / np.sqrt(len(drawn)))
    np.testing.assert_allclose(drawn.std(axis=0)[inside], error, rtol=0.2)


def test_scores_may_differ_by_period(proportional):
    layout = proportional[0].layout
    by_period = {name: {2016: 0.2, "2017": 0.8} for name in SCORES}
    assert scores_on(layout, by_period)[0].tolist() == [0.0, 0.0, 0.2, 0.8]


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({k: v for k, v in SCORES.items() if k != NAMES[0]}, "has no score"),
        (SCORES | {NAMES[0]: 1.2}, "from 0 to 1"),
        (SCORES | {NAMES[0]: {2016: 0.5}}, "no score in 2017"),
        (SCORES | {"Made-up 0": 0.5}, "Did you mean"),
    ],
)
def test_what_is_wrong_with_scores_is_said(proportional, scores, words):
    with pytest.raises(DesignError, match=words):
        dose_response(proportional[0], scores)
