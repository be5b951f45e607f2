"""An ordinal outcome by the sampler's route: its density is that of the categories, and both routes agree."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

import sos_bayes as sb
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Sampler, fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.log_density import evaluate
from sos_bayes.fitting.nuts.nutpie_model import by_function
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.fitting.pymc.free_variables import free_variables, unconstrained
from sos_bayes.fitting.pymc.model import build, data_of
from tests.contracts.joint import assert_a_constant_apart, field_density, random_point, rounding
from tests.designs.levels import LEVELS, leveled, need, rows_of
from tests.designs.panels import PATTERNS


def density_of_levels(problem, free, offset, centred):
    """Log density from the probabilities of the categories, up to a constant."""
    value, theta = field_density(problem, free, offset, centred)
    model, beta = problem.model, free["beta_free"]
    cuts = model.cutpoints
    k = len(beta) - cuts.basis.shape[1]
    shift = np.zeros(len(problem.cells.patterns))
    if k:
        shift = model.patterns.columns @ beta[:k] * model.patterns.sd
    minus_cuts = cuts.basis @ beta[k:] * cuts.sd
    shares = shares_of((theta + offset)[:, :, None] + shift, minus_cuts)
    apart = cuts.apart * np.log(-np.expm1(np.diff(minus_cuts))).sum()
    return value + norm.logpdf(beta).sum() + apart + (problem.cells.levels * np.log(shares)).sum()


def shares_of(eta, minus_cuts):
    """Probability of every category, each as a difference in the tail where it is not lost to rounding."""
    ends = eta[..., None] + np.concatenate([[np.inf], minus_cuts, [-np.inf]])
    above, below = ends[..., :-1], ends[..., 1:]
    return np.where(below > 0, expit(-below) - expit(-above), expit(above) - expit(below))


@pytest.mark.parametrize("centred", [True, False], ids=["informative cells", "sparse cells"])
@pytest.mark.parametrize("patterns", [((),), PATTERNS[:3]], ids=["plain", "patterns"])
def test_differences_of_the_log_density_are_those_of_the_categories(patterns, centred):
    layout, _ = leveled(authorities=4, starts=(2, 3), patterns=patterns, empty=[(0, 1)])
    problem = problem_of(DiD(adjust=layout.cells.columns).model(layout), layout.cells)
    offset = float(data_of(problem)["offset"])
    density = build(problem, centred_shocks=centred).compile_logp(jacobian=False, mode="FAST_COMPILE", sum=False)
    basis = problem.model.cutpoints.basis
    rng, gaps, bounds, outside = np.random.default_rng(11), [], [], []
    for _ in range(5):
        free, _ = random_point(problem, rng, centred=centred)
        cut = free["beta_free"][-basis.shape[1] :]
        cut[:] = basis.T @ np.sort(basis @ cut)[::-1]
        layout_of = free_variables(problem, centred=centred)
        parts = density(unconstrained(layout_of.pack(free)))
        gaps.append(sum(float(part.sum()) for part in parts) - density_of_levels(problem, free, offset, centred))
        bounds.append(rounding(problem, free, parts, centred))
        cut[:] *= -1
        outside.append(sum(float(part.sum()) for part in density(unconstrained(layout_of.pack(free)))))
    assert_a_constant_apart(gaps, bounds)
    assert np.isneginf(outside).all()


def test_rows_and_cells_give_the_same_draws():
    layout, _ = leveled(authorities=8, starts=(2, 3), patterns=PATTERNS[:3], size=40)
    children = sb.read_cohort(rows_of(layout), authority="la", period="year")
    rollout = sb.Rollout({layout.cells.authorities[a]: int(2011 + layout.starts[a]) for a in layout.adopters})
    design = sb.DiD(adjust=layout.cells.columns)
    one = sb.fit(children, rollout, need(("0", "1", "2", "3"), "2"), design, method="fast")
    two = fit_layout(layout, design)
    np.testing.assert_array_equal(one.layout.cells.levels, layout.cells.levels)
    assert one.draws.theta.tobytes() == two.draws.theta.tobytes()
    assert estimate(one).draws.tobytes() == estimate(two).draws.tobytes()


def test_chains_start_where_cutpoints_rise_and_nothing_is_possible_elsewhere():
    """Where hardly a child has a level between, many draws from the approximate posterior lie outside."""
    layout, _ = leveled(authorities=4, starts=(2, 2), size=3.0, cuts=(-0.5, 0.8, 0.81))
    prepared = prepare(problem_of(DiD().model(layout), layout.cells))

    def value(x):
        return evaluate(prepared.numbers, prepared.whole, x)[0]

    drawn = [value(np.random.default_rng(seed).standard_normal(prepared.size)) for seed in range(100)]
    assert 0 < np.isneginf(drawn).sum() < 50
    start = by_function(prepared)._make_initial_points
    assert all(np.isfinite(value(start(seed))) for seed in range(100))


@pytest.mark.slow
@pytest.mark.sampling
def test_both_routes_find_the_same_effect_at_every_level():
    """Means within four Monte-Carlo errors (200 effective draws), sds within a fifth; one level is rare."""
    layout, truth = leveled(
        authorities=12, starts=(3, 3, 3, 3), periods=6, size=300, effect=-0.5, cuts=(-0.6, 0.7, 4.0)
    )  # fmt: skip
    sampler = Sampler(draws=400, tune=400, chains=2, progress=False)
    sampled = fit_layout(layout, DiD(), method="nuts", seed=3, sampler=sampler)
    fast = fit_layout(layout, DiD(), seed=3)
    assert dict(sampled.health.numbers)["divergent_share"] < 0.01
    for one, two in zip(estimate(sampled, by="level"), estimate(fast, by="level"), strict=True):
        assert one.mean == pytest.approx(two.mean, abs=4 * np.sqrt((one.sd**2 + two.sd**2) / 200)), one.label
        assert one.sd == pytest.approx(two.sd, rel=0.2), one.label
    gap = sampled.draws.beta.mean(axis=(0, 1)) - fast.draws.beta.mean(axis=(0, 1))
    np.testing.assert_array_less(np.abs(gap), 0.4 * fast.draws.beta.std(axis=(0, 1)))
    assert abs(estimate(sampled).mean - truth) < 3.5 * estimate(sampled).sd
    assert LEVELS[0] not in repr(sampled)
