"""Measured outcomes by the fast route: exact against the rows of children, free of units, and answered like others."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

import sos_bayes as sb
from sos_bayes._core.errors import DataError, DesignError
from sos_bayes.checks import check
from sos_bayes.checks.sensitivity.imputation import _replicated as replicated
from sos_bayes.data.cells.within_cell_units import pooled
from sos_bayes.designs import DiD, Layout
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.nested_laplace import HyperPosterior, first_field, mode_at
from sos_bayes.fitting.laplace.newton_starts import all_from
from sos_bayes.fitting.laplace.taylor_table import counts_around
from tests.designs.panels import PATTERNS
from tests.designs.values import score, values_of
from tests.fitting.dense import Dense

SETTINGS = {
    "plain": ({"starts": (2, 3), "empty": [(0, 1), (3, 2)], "size": 8}, {}),
    "patterns": ({"patterns": PATTERNS[:3], "starts": (2, 3), "empty": [(2, 1, 2)], "size": 9}, {}),
    "one child in most cells": ({"size": 0.5, "seed": 4}, {}),
    "quarters, everything": ({"quarters": True, "starts": (3, 2), "size": 6}, {"trends": True, "drift": 0.03}),
    "random walk": ({"size": 6}, {"shocks": "random_walk"}),
}


def made(name):
    settings, design = SETTINGS[name]
    layout, _, rows = values_of(**settings)
    return layout, DiD(adjust=layout.cells.columns, **design), rows


@pytest.mark.parametrize("name", SETTINGS)
def test_the_integral_over_the_field_is_that_of_the_rows(name):
    """Children's values are jointly normal given hyperparameters: their density by scipy, differences of points."""
    layout, design, rows = made(name)
    problem = problem_of(design.model(layout), layout.cells)
    scores = np.random.default_rng(5).normal(0, 0.8, (5, len(problem.model.hypers)))
    units, degrees = pooled(layout.cells), problem.model.residual.degrees
    cells = layout.cells
    a = np.searchsorted(cells.authorities, rows["la"])
    t = np.array([list(cells.calendar.labels).index(str(y)) for y in rows["year"]])
    c = np.array([cells.patterns.index(tuple(p)) for p in rows[list(cells.columns)].to_numpy()])
    if not cells.columns:
        c = np.zeros(len(rows), dtype=int)
    y = (rows["score"].to_numpy() - units.mean) / units.sd
    exact = []
    for i in range(len(scores)):
        values = {key: float(v[i]) for key, v in problem.values(scores).items()}
        eta = Dense(problem, values).eta.reshape(*cells.total.shape, -1)[a, t, c]
        sd = values["sd_within"]
        rows_density = multivariate_normal(np.zeros(len(y)), eta @ eta.T + sd**2 * np.eye(len(y))).logpdf(y)
        prior = -np.log(sd) - 0.5 / sd**2  # of the log sd: scaled inverse chi-square, one degree, around the pooled one
        exact.append(rows_density + prior - 0.5 * (scores[i][:-1] ** 2).sum())
    assert degrees == units.degrees + 1
    ours = HyperPosterior(problem, all_from(first_field(problem)), [])(scores)
    np.testing.assert_allclose(ours - ours[0], np.array(exact) - exact[0], atol=1e-8)


def test_the_mode_and_the_covariance_are_those_of_dense_algebra():
    layout, design, _ = made("patterns")
    problem = problem_of(design.model(layout), layout.cells)
    scores = np.random.default_rng(6).normal(0, 0.6, (1, len(problem.model.hypers)))
    mode, field = mode_at(problem, problem.scales(scores), 0, first_field(problem), 1e-10)
    dense = Dense(problem, {key: float(v[0]) for key, v in problem.values(scores).items()})
    precision = 1.0 / float(problem.scales(scores).dispersion[0])
    y = problem.family.margins(layout.cells.events, layout.cells.total).ravel()
    weight = precision * dense.total
    cov = np.linalg.inv(np.eye(dense.eta.shape[1]) + dense.eta.T @ (weight[:, None] * dense.eta))
    mean = cov @ dense.eta.T @ (precision * y)
    p, _, k = problem.sizes
    np.testing.assert_allclose(field.theta.ravel(), dense.theta @ mean, atol=1e-9)
    np.testing.assert_allclose(mode.z, mean[:p], atol=1e-9)
    np.testing.assert_allclose(mode.beta, mean[-k:], atol=1e-9)
    kept = [*range(p), *range(len(mean) - k, len(mean))]
    np.testing.assert_allclose(np.linalg.inv(mode.root @ mode.root.T), cov[np.ix_(kept, kept)], atol=1e-9)


def test_the_expansion_of_the_table_is_exact_however_far():
    layout, _, _ = values_of(patterns=tuple((str(i),) for i in range(20)), size=60)
    problem = problem_of(DiD(adjust=("age",)).model(layout), layout.cells)
    field = first_field(problem)
    far = field._replace(theta=field.theta + 3.0, beta=field.beta + 2.0)
    around = replace(problem, counts=counts_around(problem.counts, problem.family, far))
    assert around.counts.around.theta.size
    scores = np.random.default_rng(3).normal(0, 0.7, (4, len(problem.model.hypers)))
    np.testing.assert_allclose(
        HyperPosterior(problem, all_from(field), [])(scores),
        HyperPosterior(around, all_from(field), [])(scores),
        rtol=1e-11,
    )


@pytest.fixture(scope="module")
def table():
    return values_of(authorities=14, periods=6, starts=(3, 3, 4), size=60, effect=-0.4, patterns=PATTERNS[:2])


@pytest.fixture(scope="module")
def fit(table):
    layout, _, _ = table
    return fit_layout(layout, DiD(adjust=("age", "sex")), seed=2, n_draws=4000)


@pytest.mark.parametrize("times", [1.0, 1e3, 1e6])
def test_any_number_of_children_is_integrated_also_where_covariates_interact(table, times):
    """A residual sd that is known to a millionth, and not the one within cells, leaves the gate and the sd in place."""
    layout, _, _ = values_of(authorities=14, periods=6, starts=(3, 3, 4), size=60, patterns=PATTERNS)
    cells = layout.cells
    many = replace(cells, events=times * cells.events, total=times * cells.total, squares=times * cells.squares)
    found = fit_layout(Layout(many, layout.starts), DiD(adjust=("age", "sex")), n_draws=500, fall_back=False)
    assert found.health.ok
    assert abs(found.draws.hyper["within"].mean()) < 5.0
    assert found.draws.hyper["within"].std() == pytest.approx(1.0, rel=0.3)


def rescaled(layout, times, plus):
    cells = layout.cells
    events, squares = times * cells.events + plus * cells.total, times**2 * cells.squares
    return Layout(replace(cells, events=events, squares=squares), layout.starts)


@pytest.mark.parametrize(("times", "plus"), [(100.0, 0.0), (0.001, 0.0), (1.0, 50_000.0), (-1.0, 0.0)])
def test_another_unit_or_origin_gives_the_same_answer_in_that_unit(fit, times, plus):
    again = fit_layout(rescaled(fit.layout, times, plus), fit.design, seed=2, n_draws=4000)
    for estimand in ("satt", "patt"):
        one, two = estimate(fit, estimand=estimand), estimate(again, estimand=estimand)
        if times > 0:
            np.testing.assert_allclose(two.draws, times * one.draws, rtol=1e-5, atol=1e-5 * times)
            assert two.baseline == pytest.approx(times * one.baseline + plus, rel=1e-6)
        error = abs(times) * one.sd * 2 / np.sqrt(4000)  # mirrored values meet the same normals: errors add up
        assert two.mean == pytest.approx(times * one.mean, abs=4 * error)
        assert two.baseline == pytest.approx(times * one.baseline + plus, abs=4 * error)


def test_the_truth_lies_within_reach_and_the_unit_is_named(fit, table):
    effect = estimate(fit)
    assert abs(effect.mean - table[1]) < 3 * effect.sd
    assert (effect.unit, effect.factor) == ("points", 1.0)
    assert effect.baseline == pytest.approx(20.0, abs=2.0)
    assert effect.n_children == fit.layout.cells.total[:3][fit.layout.treated[:3]].sum()
    assert fit.draws.hyper["sd_within"].mean() == pytest.approx(1.0, abs=0.05)
    assert "adopter_mean_in_sds" in fit.posterior
    for by in ("event_time", "authority", "sex"):
        assert all(np.isfinite(e.draws).all() for e in estimate(fit, by=by))


def test_scales_that_have_no_sense_are_refused(fit):
    assert 0.8 < estimate(fit, scale="ratio").mean < 1.0
    with pytest.raises(DesignError, match="no events"):
        estimate(fit, scale="events")
    around_zero = fit_layout(rescaled(fit.layout, 1.0, -20.0), fit.design, seed=2, n_draws=400)
    with pytest.raises(DesignError, match="zero or below"):
        estimate(around_zero, scale="ratio")


def test_every_check_runs_and_the_effect_is_graded(fit):
    results = check(fit)
    unasked = ("denominator", "points")  # a measured outcome is parallel on one scale only
    assert {c.state.value for c in results if c.name not in unasked} == {"reported"}
    numbers = {c.name: dict(c.numbers) for c in results}
    assert numbers["imputation"]["mean"] == pytest.approx(estimate(fit).mean, abs=2 * estimate(fit).sd)
    said = grade(estimate(fit), results)
    assert said.graded
    assert "points lower" in said.sentence


def test_predicted_means_have_the_noise_of_their_children_alone(table):
    layout = table[0]
    fit = fit_layout(layout, DiD(), method="fast", seed=1, n_draws=200, fall_back=False)
    total = np.array([20.0, 50.0, 5.0])
    drawn = replicated(fit, np.random.default_rng(1), np.full((1, 20_000, 3), 18.0), total, np.ones(3))
    sd = pooled(layout.cells).sd / np.sqrt(total)
    assert (np.abs(drawn.mean(axis=(0, 1)) - 18.0) < 4 * sd / np.sqrt(20_000)).all()
    np.testing.assert_allclose(drawn.std(axis=(0, 1)), sd, rtol=0.03)


def test_priors_are_said_in_the_unit_of_the_quantity(table):
    layout, _, rows = table
    children = sb.read_cohort(rows, authority="la", period="year")
    rollout = sb.Rollout({layout.cells.authorities[a]: int(2011 + layout.starts[a]) for a in layout.adopters})
    result = sb.fit(children, rollout, score(), DiD(adjust=("age", "sex")), method="fast")
    sd = pooled(layout.cells).sd
    (note,) = [n for n in result.notes if n.startswith("Priors")]
    assert f"within a cell, {sd:.1f} points" in note
    assert f"0.5 of it, {sd / 2:.1f} points" in note


def test_children_who_never_differ_are_refused():
    layout, _, _ = values_of(size=5)
    flat = replace(layout.cells, squares=np.zeros_like(layout.cells.squares))
    with pytest.raises(DataError, match="No two children"):
        fit_layout(Layout(flat, layout.starts), DiD())


def test_staggered_rows_have_the_effect_that_was_simulated_and_that_least_squares_imputes(shared_data):
    """180 simulated units in 40 states by year of adoption, effects known (did2s, df_het); 16 of its 31 years."""
    table = pd.read_csv(shared_data / "benchmarks" / "df_het_staggered_sim.csv").query("1996 <= year <= 2011")
    table["place"] = table["state"].astype(str) + "-" + table["g"].astype(str)
    treated = table["treat"] == 1
    outcome = sb.Continuous("dep_var", unit="points", aim=sb.Aim.MORE, worthwhile=0.1, label="simulated outcome")
    children = sb.read_cohort(table[["place", "year", "dep_var"]], authority="place", period="year")
    rollout = sb.Rollout({place: int(place.split("-")[1]) for place in set(table["place"]) if "-0" not in place})
    effect = estimate(sb.fit(children, rollout, outcome, method="fast"))
    dummies = pd.get_dummies(table[["unit", "year"]].astype(str), dtype=float).to_numpy()
    fixed = np.linalg.lstsq(dummies[~treated], table.loc[~treated, "dep_var"], rcond=None)[0]
    imputed = float((table["dep_var"] - dummies @ fixed)[treated].mean())
    known = float((table["te"] + table["te_dynamic"])[treated].mean())
    assert effect.mean == pytest.approx(imputed, abs=2 * effect.sd)
    assert effect.mean == pytest.approx(known, abs=3 * effect.sd)
    assert effect.sd < 0.2
