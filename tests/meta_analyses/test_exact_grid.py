"""The quadrature against published posteriors and against sums over plain grids."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm

from sos_bayes.meta_analyses.bias_terms import Bias, thresholds
from sos_bayes.meta_analyses.exact_grid import exact
from sos_bayes.meta_analyses.measures import SynthesisPriors
from tests.meta_analyses.published import BCG_RATIOS, SCHOOLS, bcg, read, smoking

POINTS = {"effect": "effect", "se": "se", "measure": "difference"}


def test_eight_schools_are_the_published_posterior():
    """posteriordb: mu 4.41 (3.31), tau 3.60 (3.20) by 10,000 draws."""
    found = exact(read(SCHOOLS, **POINTS), SynthesisPriors(5, 5, "half_cauchy"))
    assert (found.mean.mean, found.mean.sd) == pytest.approx((4.41, 3.31), abs=0.07)
    assert found.tau == pytest.approx((3.60, 3.20), abs=0.07)


def test_priors_that_say_nothing_leave_the_textbook_s_posterior():
    """Gelman and others 2013, section 5.5, with flat priors of mean and tau: mean 7.93 (5.18), tau 6.58 (5.65)."""
    found = exact(read(SCHOOLS, **POINTS), SynthesisPriors(1000, 1000))
    assert (found.mean.mean, found.mean.sd) == pytest.approx((7.93, 5.18), abs=0.05)
    assert found.tau == pytest.approx((6.58, 5.65), abs=0.1)


def test_bcg_trials_stand_where_restricted_likelihood_puts_them():
    """metafor: -0.7145 (0.1798), tau^2 0.3132; a posterior sd is larger, for tau is not known."""
    found = exact(read(bcg(), **BCG_RATIOS), SynthesisPriors(10, 1))
    assert found.mean.mean == pytest.approx(-0.7145, abs=0.005)
    assert found.mean.sd == pytest.approx(0.1798, rel=0.15)
    assert found.tau[0] == pytest.approx(0.3132**0.5, abs=0.08)


def test_latitude_has_the_published_line():
    """metafor: 0.2515 - 0.0291 a degree; here the mean at the trials' mean latitude, with priors that say nothing."""
    studies = read(bcg(), covariates=["latitude"], **BCG_RATIOS)
    found = exact(studies, SynthesisPriors(10, 1, covariate=10))
    assert found.mean.mean == pytest.approx(0.2515 - 0.0291 * studies.centre[0], abs=0.02)


def by_brute_force(y, s, mean_sd, scale, bias=None):
    """Log evidence, mean and sd of the mean effect by sums over a plain grid."""
    mu, tau = np.linspace(-3, 3, 801), 6 * scale * (np.arange(600) + 0.5) / 600  # middles of cells
    sd = np.sqrt(s**2 + tau[:, None, None] ** 2)
    level = norm.logpdf(y, mu[:, None], sd).sum(axis=2) + norm.logpdf(mu, 0, mean_sd)
    level += np.log(2) + norm.logpdf(tau, 0, scale)[:, None]
    p = np.exp(level - level.max()) * (mu[1] - mu[0]) * (tau[1] - tau[0])
    m = (p * mu).sum() / p.sum()
    return np.log(p.sum()) + level.max(), m, np.sqrt((p * (mu - m) ** 2).sum() / p.sum())


def test_evidence_and_mean_are_those_of_a_plain_grid():
    studies = read(smoking().head(8), effect="effect", se="se", measure="log_odds_ratio")
    found = exact(studies, SynthesisPriors(2, 0.5))
    wanted = by_brute_force(studies.effect, studies.error, 2, 0.5)
    assert (found.log_evidence, found.mean.mean, found.mean.sd) == pytest.approx(wanted, abs=2e-3)


@pytest.mark.parametrize("kind", ["pet", "peese"])
def test_a_slope_that_is_integrated_out_is_a_normal_vector(kind):
    """Evidence given tau is that of a normal vector with the slope's covariance added: tau held by its prior."""
    studies = read(smoking().head(8), effect="effect", se="se", measure="log_odds_ratio")
    found = exact(studies, SynthesisPriors(2, 1e-4), Bias(kind, 1, ()))
    s = studies.error
    x = s if kind == "pet" else s**2 / np.median(s)
    covariance = np.diag(s**2) + 4.0 + np.outer(x, x)
    away = np.linalg.solve(covariance, studies.effect)
    wanted = -0.5 * (8 * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1] + studies.effect @ away)
    assert found.log_evidence == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("steps", [(0.025,), (0.025, 0.5)])
def test_selection_leaves_probabilities_that_sum_to_one(steps):
    """Evidence of one study under selection, integrated between steps over what it could have found, is 1."""
    bias = Bias("selection", 1, steps)
    base = read(smoking().head(2), effect="effect", se="se", measure="log_odds_ratio").without(1)
    ends = [-4.0, *sorted(thresholds(bias, base.error).ravel()), 4.0]
    node, weight = np.polynomial.legendre.leggauss(12)
    total = 0.0
    for low, high in pairwise(ends):
        for x, w in zip((low + high) / 2 + (high - low) / 2 * node, weight * (high - low) / 2, strict=True):
            one = replace(base, effect=np.array([x]))
            total += w * np.exp(exact(one, SynthesisPriors(0.5, 0.3), bias).log_evidence)
    assert total == pytest.approx(1.0, abs=1e-3)
