"""An ordinal outcome by the sampler's route: its density is that of the categories, and both routes agree."""

import numpy as np
import pytest
from scipy.special import expit

import sos_bayes as sb
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.estimands.readable_model import written
from sos_bayes.fitting import Sampler, fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.log_density import evaluate
from sos_bayes.fitting.nuts.nutpie_model import by_function
from sos_bayes.fitting.nuts.preconditioned import prepare
from tests.contracts.joint import assert_a_constant_apart, field_density, random_point, rounding, shifts
from tests.designs.levels import LEVELS, leveled, need, rows_of
from tests.designs.panels import PATTERNS


def density_of_levels(problem, free):
    """Log density from the probabilities of the categories, up to a constant."""
    value, theta = field_density(problem, free)
    cuts = problem.model.cutpoints
    minus_cuts = cuts.basis @ free.joint[-cuts.basis.shape[1] :] * cuts.sd
    shares = shares_of(theta[:, :, None] + shifts(problem, free), minus_cuts)
    apart = cuts.apart * np.log(-np.expm1(np.diff(minus_cuts))).sum()
    return value + apart + (problem.cells.levels * np.log(shares)).sum()


def shares_of(eta, minus_cuts):
    """Probability of every category, each as a difference in the tail where it is not lost to rounding."""
    ends = eta[..., None] + np.concatenate([[np.inf], minus_cuts, [-np.inf]])
    above, below = ends[..., :-1], ends[..., 1:]
    return np.where(below > 0, expit(-below) - expit(-above), expit(above) - expit(below))


@pytest.mark.parametrize("patterns", [((),), PATTERNS[:3]], ids=["plain", "patterns"])
def test_differences_of_the_log_density_are_those_of_the_categories(patterns):
    layout, _ = leveled(authorities=4, starts=(2, 3), patterns=patterns, empty=[(0, 1)])
    design = DiD(adjust=layout.cells.columns)
    problem = problem_of(design.model(layout), layout.cells)
    density = written(layout, design).compile_logp(jacobian=False, mode="FAST_COMPILE", sum=False)
    rng, gaps, bounds = np.random.default_rng(11), [], []
    for _ in range(5):
        free, values = random_point(problem, rng)
        parts = density(values)
        gaps.append(sum(float(part.sum()) for part in parts) - density_of_levels(problem, free))
        bounds.append(rounding(problem, free, parts))
    assert_a_constant_apart(gaps, bounds)


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
