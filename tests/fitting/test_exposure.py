"""Doses in the model: what they recover from synthetic panels, and what ignoring them does."""

import numpy as np
import pytest
from scipy.special import expit

from sos_bayes._core.errors import DesignError, GradeError
from sos_bayes.data import Aim, Binary, Calendar, Cells, Exposure, Rollout
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.posterior.marginal_contrasts import AtDose

FULL, YEARS = -0.5, tuple(range(2011, 2019))
NAMES = tuple(f"Made-up {a:02d}" for a in range(30))
STARTS = {name: 2014 + 2 * (a % 2) for a, name in enumerate(NAMES[:8])}


def cells_with(dose, seed=1):
    """Synthetic cells of 4,000 children whose log-odds fall by half times the dose; small shocks."""
    rng = np.random.default_rng(seed)
    shape = (len(NAMES), len(YEARS))
    eta = -1.0 + rng.normal(0, 0.3, (len(NAMES), 1)) + rng.normal(0, 0.03, shape) + FULL * dose
    total = np.full((*shape, 1), 4000.0)
    events = rng.binomial(4000, expit(eta)).astype(float)[..., None]
    outcome = Binary("y", "n", aim=Aim.FEWER, worthwhile=0.01, label="synthetic outcome")
    return Cells(NAMES, NAMES, Calendar.of(YEARS), (), ((),), events, total, outcome, "authorities")


def truth(exposure):
    """Doses of an exposure laid out on empty cells."""
    return layout_of(cells_with(0.0), Rollout(STARTS, exposure=exposure)).dose


def fitted(dose, exposure):
    layout = layout_of(cells_with(dose), Rollout(STARTS, exposure=exposure))
    return fit_layout(layout, DiD(), seed=1, n_draws=4000)


def log_odds(fit):
    """Posterior mean and sd of the average effect of full exposure, log-odds."""
    mu = fit.draws.shared["mu_tau"]
    return float(mu.mean()), float(mu.std())


EXPOSURES = {
    "ramp": Exposure(ramp=(0.25, 0.5)),
    "partial users": Exposure(partial=dict.fromkeys(NAMES[8:20], 0.6)),
    "earlier round": Exposure(earlier=dict.fromkeys(NAMES[:6], (2011, 2012))),
    "ended": Exposure(ends=dict.fromkeys(NAMES[:8:2], 2016), after_end="unexposed"),
}


@pytest.mark.parametrize("name", EXPOSURES)
def test_the_effect_of_full_exposure_is_recovered_and_ignoring_doses_shrinks_it(name):
    exposure = EXPOSURES[name]
    dose = truth(exposure)
    mean, sd = log_odds(fitted(dose, exposure))
    assert abs(mean - FULL) < 3 * sd
    assert sd < 0.06
    ignored, _ = log_odds(fitted(dose, None))
    assert ignored > FULL + 0.08 > mean


def test_washed_out_periods_do_not_enter():
    """In the first period everything doubles; left out, it leaves the answer alone."""
    exposure = Exposure(wash_out=1)
    dose = truth(None)
    first = truth(None) * (np.cumsum(truth(None), axis=1) == 1)
    fit = fitted(dose + first, exposure)
    mean, sd = log_odds(fit)
    assert abs(mean - FULL) < 3 * sd
    assert any("left out" in note for note in fit.notes)
    assert estimate(fit, by="event_time").labels == ("1", "2", "3", "4")
    assert log_odds(fitted(dose + first, None))[0] < FULL - 0.1


def test_the_effect_as_delivered_and_at_a_dose():
    exposure = EXPOSURES["ramp"]
    fit = fitted(truth(exposure), exposure)
    delivered, full, half = estimate(fit), estimate(fit, dose=1.0), estimate(fit, dose=0.5)
    assert full.mean < delivered.mean < half.mean < 0
    assert "at a dose of 0.5" in half.describe()
    assert any("dose of 0.69" in note for note in fit.notes)
    by = estimate(fit, by="event_time", dose=1.0)
    assert by["0"].mean < estimate(fit, by="event_time")["0"].mean < 0
    with pytest.raises(GradeError, match="only the SATT"):
        grade(half, ())
    with pytest.raises(DesignError, match="SATT only"):
        estimate(fit, estimand="patt", dose=0.5)
    with pytest.raises(DesignError, match="above 0"):
        estimate(fit, dose=0.0)


def test_a_dose_of_one_is_the_effect_where_everybody_is_fully_exposed():
    fit = fitted(truth(None), None)
    assert estimate(fit, dose=1.0).draws.tobytes() == estimate(fit).draws.tobytes()
    weights = np.ones((1, 8, 8, 1)) / 64
    assert np.array_equal(fit.contrast(weights, AtDose(0.5)).with_rollout, fit.contrast(weights, 0.5).with_rollout)
