"""Densities against other programs' likelihoods and against plain sums."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom, norm

from sos_bayes.meta_analyses.bias_terms import Bias
from sos_bayes.meta_analyses.study_density import log_density, study_effects
from tests.meta_analyses.published import BCG_COUNTS, bcg, calendars, read, smoking


def given(**values):
    return {name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in values.items()}


def test_random_effects_have_metafors_likelihood():
    """metafor, method="ML": 0.21711329, tau^2 0.02039527, log likelihood -10.15054939."""
    studies = read(smoking(), effect="effect", se="se", measure="log_odds_ratio")
    found = log_density(studies, None, 0.0, given(mu=0.21711329, tau=0.02039527**0.5))
    assert found.sum() == pytest.approx(-10.15054939, abs=1e-6)


def test_selection_has_metafors_likelihood():
    """selmodel(type="stepfun", steps=c(.025, .5)): 0.07661153, tau^2 0.01528326, weights .46067162 and .14977880,
    log likelihood -8.15089478."""
    studies = read(smoking(), effect="effect", se="se", measure="log_odds_ratio")
    weights = np.array([1.0, 0.46067162, 0.14977880])
    draws = given(mu=0.07661153, tau=0.01528326**0.5) | {"parts": -np.diff(weights, append=0.0)[None]}
    found = log_density(studies, Bias("selection", 1, (0.025, 0.5)), 0.0, draws)
    assert found.sum() == pytest.approx(-8.15089478, abs=1e-6)


@pytest.mark.parametrize(
    ("correlation", "mu", "between", "within", "level"),
    [
        (0.0, 0.18445538, 0.05773836, 0.03286479, -8.39493557),
        (0.5, 0.19024179, 0.05036397, 0.04541874, -9.51425368),
    ],
)
def test_several_effects_a_study_have_metafors_likelihood(correlation, mu, between, within, level):
    """rma.mv(random = ~ 1 | district/school, method="ML"), errors correlated by vcalc(rho=)."""
    asked = {"study": "district", "within": "school", "effect": "effect", "se": "se"}
    studies = read(calendars(), measure="standardised_mean_difference", **asked)
    draws = given(mu=mu, tau=between**0.5, tau_within=within**0.5)
    assert log_density(studies, None, correlation, draws).sum() == pytest.approx(level, abs=1e-6)


@pytest.mark.parametrize("tau", [0.01, 0.2, 1.5])
def test_counts_are_integrated_as_plain_sums_do(tau):
    table = bcg().iloc[[0, 6, 7]]
    studies = read(table, **BCG_COUNTS)
    found = log_density(studies, None, 0.0, given(mu=-0.5, tau=tau))[0]
    for i, row in enumerate(table.itertuples()):
        effect = -0.5 + tau * np.linspace(-9, 9, 1501)
        level = np.linspace(-12, 2, 6001)[:, None]
        rows = binom.logpmf(row.tb_with, row.n_with, expit(level + effect / 2))
        rows = rows + binom.logpmf(row.tb_without, row.n_without, expit(level - effect / 2)) + norm.logpdf(level, 0, 5)
        whole = np.exp(rows + norm.logpdf(effect, -0.5, tau)).sum() * (14 / 6000) * (18 * tau / 1500)
        assert found[i] == pytest.approx(np.log(whole), abs=2e-3)


def test_studies_without_events_say_next_to_nothing():
    table = bcg().head(2).assign(tb_with=0, tb_without=0)
    studies = read(table, **BCG_COUNTS)
    found = log_density(studies, None, 0.0, given(mu=[-1.0, 1.0], tau=[0.3, 0.3]))
    assert np.abs(np.diff(found, axis=0)).max() < 0.2


def test_effects_given_all_studies_are_the_normal_conditional():
    asked = {"study": "district", "within": "school", "effect": "effect", "se": "se"}
    studies = read(calendars().head(8), measure="standardised_mean_difference", **asked)
    n, rng = 40_000, np.random.default_rng(1)
    draws = given(mu=np.full(n, 0.2), tau=np.full(n, 0.25), tau_within=np.full(n, 0.18))
    found = study_effects(studies, None, 0.5, draws, rng)
    same = np.equal.outer(studies.of, studies.of)
    errors = np.outer(studies.error, studies.error) * np.where(np.eye(8) == 1, 1, 0.5 * same)
    apart = 0.25**2 * same + 0.18**2 * np.eye(8)
    gain = apart @ np.linalg.inv(errors + apart)
    assert found.mean(axis=0) == pytest.approx(0.2 + gain @ (studies.effect - 0.2), abs=0.005)
    assert np.cov(found.T) == pytest.approx(apart - gain @ apart, abs=0.002)
