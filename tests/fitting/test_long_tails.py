"""Long tails by the fast route: the mode and the integral of the rows, gross errors, and answers in the unit."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

import sos_bayes as sb
from sos_bayes.checks import check
from sos_bayes.data.cells.within_cell_units import pooled
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.nested_laplace import first_field, mode_at
from tests.designs.panels import PATTERNS
from tests.designs.tails import tailed
from tests.fitting.dense import Dense


def standardised(layout):
    """Each child's value in units of the model, its cell, and how often it is there."""
    units, values = pooled(layout.cells), layout.cells.values
    return (values.values - units.mean) / units.sd, values.cell, values.times


@pytest.mark.parametrize("patterns", [((),), PATTERNS[:3]], ids=["plain", "patterns"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_mode_and_the_curvature_there_are_those_of_dense_algebra(patterns, seed):
    layout, _, _ = tailed(starts=(2, 3), patterns=patterns, size=30, empty=[(0, 1)], gross=3, seed=seed)
    problem = problem_of(DiD(adjust=layout.cells.columns).model(layout), layout.cells)
    scores = np.random.default_rng(seed).normal(0, 0.5, (1, len(problem.model.hypers)))
    mode, field = mode_at(problem, problem.scales(scores), 0, first_field(problem), 1e-10, corrected=False)
    dense = Dense(problem, {name: float(v[0]) for name, v in problem.values(scores).items()})
    y, cell, times = standardised(layout)
    scale = dense.values["sd_within"]

    def down(x):
        return 0.5 * x @ x - (times * stats.t.logpdf(y, 4.0, (dense.eta @ x)[cell], scale)).sum()

    def slope(x):
        u = (y - (dense.eta @ x)[cell]) / scale
        by = np.bincount(cell, times * 5.0 * u / (4.0 + u**2) / scale, len(dense.eta))
        return x - dense.eta.T @ by

    def curvature(x):
        u = (y - (dense.eta @ x)[cell]) / scale
        bent = np.bincount(cell, times * 5.0 * (4.0 - u**2) / (4.0 + u**2) ** 2 / scale**2, len(dense.eta))
        return np.eye(len(x)) + dense.eta.T @ (bent[:, None] * dense.eta)

    at = minimize(down, np.zeros(dense.eta.shape[1]), jac=slope, hess=curvature, method="trust-exact",
                  options={"gtol": 1e-9}).x  # fmt: skip
    np.testing.assert_allclose(field.theta.ravel(), dense.theta @ at, atol=1e-7)
    np.testing.assert_allclose(mode.z, at[: problem.sizes[0]], atol=1e-7)
    constant = -times.sum() * (stats.t.logpdf(0.0, 4.0))  # which no parameter touches
    evidence = -down(at) - 0.5 * np.linalg.slogdet(curvature(at))[1] + constant
    assert mode.log_ml == pytest.approx(evidence, abs=1e-6)


@pytest.fixture(scope="module")
def made():
    return tailed(authorities=14, periods=6, starts=(3, 3, 4), size=60, effect=-0.4, gross=10)


@pytest.fixture(scope="module")
def fit(made):
    return fit_layout(made[0], DiD(), seed=2, n_draws=4000)


def test_gross_errors_leave_the_effect_where_it_is_and_the_mean_does_not(fit, made):
    truth = made[1]
    assert fit.method == "fast"
    assert fit.health.ok
    effect = estimate(fit)
    assert abs(effect.mean - truth) < 3 * effect.sd
    assert (effect.unit, effect.factor) == ("points", 1.0)
    assert effect.baseline == pytest.approx(20.0, abs=2.0)
    plain, _, _ = tailed(authorities=14, periods=6, starts=(3, 3, 4), size=60, effect=-0.4, gross=10, tails="normal")
    spoilt = estimate(fit_layout(plain, DiD(), seed=2, n_draws=4000))
    assert spoilt.sd > 3 * effect.sd
    without, _, _ = tailed(authorities=14, periods=6, starts=(3, 3, 4), size=60, effect=-0.4)
    clean = estimate(fit_layout(without, DiD(), seed=2, n_draws=4000))
    assert effect.mean == pytest.approx(clean.mean, abs=0.3 * clean.sd)


def test_normal_rows_have_nearly_the_answer_of_the_normal():
    one, truth, _ = tailed(drawn=1e6, size=60, effect=-0.4, authorities=14, periods=6, starts=(3, 3, 4), degrees=30.0)
    two, _, _ = tailed(drawn=1e6, size=60, effect=-0.4, authorities=14, periods=6, starts=(3, 3, 4), tails="normal")
    a, b = (estimate(fit_layout(layout, DiD(), seed=2)) for layout in (one, two))
    assert a.mean == pytest.approx(b.mean, abs=0.25 * b.sd)
    assert a.sd == pytest.approx(b.sd, rel=0.1)
    assert abs(a.mean - truth) < 3 * a.sd


@pytest.mark.parametrize(("times", "plus"), [(1000.0, 0.0), (1.0, -500.0)])
def test_another_unit_or_origin_gives_the_same_answer_in_that_unit(fit, times, plus):
    cells = fit.layout.cells
    moved = replace(cells.values, values=times * cells.values.values + plus)
    events = times * cells.events + plus * cells.total
    layout = replace(fit.layout, cells=replace(cells, events=events, squares=times**2 * cells.squares, values=moved))
    one, two = estimate(fit), estimate(fit_layout(layout, DiD(), seed=2, n_draws=4000))
    assert two.mean == pytest.approx(times * one.mean, abs=1e-4 * times * one.sd)
    assert two.sd == pytest.approx(times * one.sd, rel=1e-4)
    assert two.baseline == pytest.approx(times * one.baseline + plus, rel=1e-4)


def test_every_check_runs_and_the_effect_is_graded(fit):
    results = check(fit)
    unasked = ("denominator", "points")  # a measured outcome is parallel on one scale only
    assert {c.state.value for c in results if c.name not in unasked} == {"reported"}
    numbers = {c.name: dict(c.numbers) for c in results}
    assert numbers["imputation"]["mean"] == pytest.approx(estimate(fit).mean, abs=2 * estimate(fit).sd)
    assert grade(estimate(fit), results).graded


def test_effects_of_subgroups_and_covariates_are_answered():
    layout, truth, _ = tailed(
        authorities=12, periods=6, starts=(3, 3, 4), size=80, effect=-0.4, patterns=PATTERNS[:4], gross=8
    )
    found = fit_layout(layout, DiD(vary_by=("sex",), adjust=("age",)), seed=2, n_draws=2000)
    assert found.health.ok
    assert all(abs(e.mean - truth) < 4 * e.sd for e in estimate(found, by="sex"))


def test_the_front_door_says_what_was_assumed(made):
    layout, _, rows = made
    children = sb.read_cohort(rows, authority="la", period="year")
    rollout = sb.Rollout({layout.cells.authorities[a]: int(2011 + layout.starts[a]) for a in layout.adopters})
    found = sb.fit(children, rollout, layout.cells.outcome, method="fast")
    (note,) = [n for n in found.notes if n.startswith("Priors")]
    assert "Student's t with 4 degrees of freedom" in note
    assert "memory of this process only" in note
