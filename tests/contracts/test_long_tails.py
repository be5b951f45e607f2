"""Long tails: the graph's density is that of the rows by scipy, and both routes agree."""

import numpy as np
import pytest
from scipy import stats

from sos_bayes.data.pooled import pooled
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Sampler, fit_layout
from sos_bayes.fitting.build import build, data_of
from sos_bayes.fitting.problem import problem_of
from tests.contracts.joint import field_density, random_point
from tests.designs.panels import PATTERNS
from tests.designs.tails import tailed


def density_of_rows(problem, rows, free, offset, centred):
    """Log density of every child's standardised value, with the priors, up to a constant."""
    value, theta = field_density(problem, free, offset, centred)
    model, cells = problem.model, problem.cells
    shift = np.zeros(len(cells.patterns))
    if model.patterns is not None:
        value += stats.norm.logpdf(free["beta_free"]).sum()
        shift = model.patterns.columns @ free["beta_free"] * model.patterns.sd
    scale = np.exp(model.residual.centre + model.residual.width * free["within"])
    # one degree of prior around the unit takes the place of the score's standard normal
    value += -np.log(scale) - 0.5 / scale**2 + 0.5 * free["within"] ** 2
    a = np.searchsorted(cells.authorities, rows["la"])
    t = np.array([list(cells.calendar.labels).index(str(y)) for y in rows["year"]])
    c = np.zeros(len(rows), dtype=int)
    if cells.columns:
        c = np.array([cells.patterns.index(tuple(p)) for p in rows[list(cells.columns)].to_numpy()])
    units = pooled(cells)
    y = (rows["score"].to_numpy() - units.mean) / units.sd
    return value + stats.t.logpdf(y, 4.0, (theta + offset)[a, t] + shift[c], scale).sum()


@pytest.mark.parametrize("centred", [True, False], ids=["informative cells", "sparse cells"])
@pytest.mark.parametrize("patterns", [((),), PATTERNS[:3]], ids=["plain", "patterns"])
def test_differences_of_the_log_density_are_those_of_the_rows(patterns, centred):
    layout, _, rows = tailed(authorities=4, starts=(2, 3), patterns=patterns, empty=[(0, 1)], size=9, gross=1)
    problem = problem_of(DiD(adjust=layout.cells.columns).model(layout), layout.cells)
    offset = float(data_of(problem)["offset"])
    density = build(problem, centred_shocks=centred).compile_logp(jacobian=False, mode="FAST_COMPILE")
    rng, gaps = np.random.default_rng(8), []
    for _ in range(5):
        free, values = random_point(problem, rng, centred=centred)
        gaps.append(density(values) - density_of_rows(problem, rows, free, offset, centred))
    assert np.isfinite(gaps).all()
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-8, rtol=1e-10)


@pytest.mark.sampling
@pytest.mark.parametrize("size", [12, 100], ids=["a dozen children a cell", "a hundred children a cell"])
def test_both_routes_find_the_same_effect_and_scale(size):
    """Means within four Monte-Carlo errors (200 effective draws), sds within a fifth."""
    layout, truth, _ = tailed(authorities=12, starts=(3, 3, 3, 3), periods=6, size=size, effect=-0.4, gross=5)
    sampler = Sampler(draws=400, tune=400, chains=2, progress=False)
    sampled = fit_layout(layout, DiD(), method="nuts", seed=3, sampler=sampler)
    fast = fit_layout(layout, DiD(), seed=3)
    assert (sampled.method, fast.method) == ("nuts", "fast")
    assert dict(sampled.health.numbers)["divergent_share"] < 0.01
    for by in (None, "event_time"):
        pairs = [((estimate(f),) if by is None else tuple(estimate(f, by=by))) for f in (sampled, fast)]
        for one, two in zip(*pairs, strict=True):
            assert one.mean == pytest.approx(two.mean, abs=4 * np.sqrt((one.sd**2 + two.sd**2) / 200)), one.label
            assert one.sd == pytest.approx(two.sd, rel=0.2), one.label
    for name, one in sampled.draws.hyper.items():
        two = fast.draws.hyper[name]
        assert one.mean() == pytest.approx(two.mean(), abs=4 * np.sqrt((one.var() + two.var()) / 150)), name
    assert abs(estimate(sampled).mean - truth) < 3.5 * estimate(sampled).sd
