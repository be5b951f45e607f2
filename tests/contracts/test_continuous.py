"""A measured outcome by the sampler's route: its density is that of the rows, and both routes agree."""

import numpy as np
import pytest
from scipy import stats

import sos_bayes as sb
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.estimands.readable_model import written
from sos_bayes.fitting import Sampler, fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from tests.contracts.joint import assert_a_constant_apart, density_of_rows, random_point, rounding
from tests.contracts.routes import same_answers
from tests.designs.panels import PATTERNS
from tests.designs.values import score, values_of


@pytest.mark.parametrize("patterns", [((),), PATTERNS[:3]], ids=["plain", "patterns"])
def test_differences_of_the_log_density_are_those_of_the_rows(patterns):
    layout, _, rows = values_of(authorities=4, starts=(2, 3), patterns=patterns, empty=[(0, 1)], size=9)
    design = DiD(adjust=layout.cells.columns)
    problem = problem_of(design.model(layout), layout.cells)
    density = written(layout, design, children=True).compile_logp(jacobian=False, mode="FAST_COMPILE", sum=False)
    rng, gaps, bounds = np.random.default_rng(8), [], []
    for _ in range(5):
        free, values = random_point(problem, rng)
        parts = density(values)
        gaps.append(sum(float(part.sum()) for part in parts) - density_of_rows(stats.norm.logpdf, problem, rows, free))
        bounds.append(rounding(problem, free, parts))
    assert_a_constant_apart(gaps, bounds)


def test_rows_and_cells_give_the_same_posterior():
    layout, _, rows = values_of(authorities=8, starts=(2, 3), patterns=PATTERNS[:3], size=40)
    children = sb.read_cohort(rows, authority="la", period="year")
    rollout = sb.Rollout({layout.cells.authorities[a]: int(2011 + layout.starts[a]) for a in layout.adopters})
    design = sb.DiD(adjust=layout.cells.columns)
    one, two = sb.fit(children, rollout, score(), design, method="fast"), fit_layout(layout, design)
    np.testing.assert_allclose(one.layout.cells.events, layout.cells.events, rtol=1e-12)
    np.testing.assert_allclose(one.draws.theta, two.draws.theta, atol=1e-6)
    assert estimate(one).mean == pytest.approx(estimate(two).mean, abs=1e-6)


@pytest.mark.slow
@pytest.mark.sampling
def test_both_routes_find_the_same_effect_and_residual_sd():
    """Means within four Monte-Carlo errors (200 effective draws), sds within a fifth."""
    layout, truth, _ = values_of(authorities=12, starts=(3, 3, 3, 3), periods=6, size=150, effect=-0.4)
    sampler = Sampler(draws=400, tune=400, chains=2, progress=False)
    sampled = fit_layout(layout, DiD(), method="nuts", seed=3, sampler=sampler)
    fast = fit_layout(layout, DiD(), seed=3)
    same_answers(sampled, fast, truth)
    one, two = (f.draws.hyper["sd_within"] for f in (sampled, fast))
    assert one.mean() == pytest.approx(two.mean(), abs=4 * np.sqrt((one.var() + two.var()) / 200))
    assert one.std() == pytest.approx(two.std(), rel=0.2)
