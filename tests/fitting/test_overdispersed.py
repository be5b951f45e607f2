"""Overdispersed counts by the fast route: what is learnt, what is refused, and answered like any other outcome."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DataError, DesignError
from sos_bayes.checks import check
from sos_bayes.checks.sensitivity.imputation import _replicated as replicated
from sos_bayes.designs import DiD
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.nested_laplace import HyperPosterior, first_field
from sos_bayes.fitting.laplace.newton_starts import all_from
from tests.designs.counts import contacts, counts_of
from tests.designs.panels import PATTERNS, known_by_bounds, panel

DESIGN = DiD(adjust=("age", "sex"))


@pytest.fixture(scope="module")
def made():
    return counts_of(effect=-0.3)


@pytest.fixture(scope="module")
def fit(made):
    return fit_layout(made[0], DESIGN, seed=2, n_draws=4000)


def as_poisson(layout):
    outcome = replace(layout.cells.outcome, overdispersed=False)
    return replace(layout, cells=replace(layout.cells, outcome=outcome))


def test_the_scatter_and_the_effect_that_were_simulated_lie_within_reach(fit, made):
    assert fit.method == "fast"
    assert fit.health.ok
    scatter = fit.draws.hyper["overdispersion"]
    assert abs(scatter.mean() - 0.5) < 3 * scatter.std()
    assert scatter.std() < 0.06
    effect = estimate(fit)
    assert abs(effect.mean - made[1]) < 3 * effect.sd
    assert effect.unit == "per 100"
    assert 10.0 < effect.baseline < 40.0
    assert "overdispersion" in fit.posterior


def test_counts_that_are_poisson_have_the_answer_of_the_poisson():
    layout, _ = counts_of(scatter=0.0, effect=-0.3, seed=4)
    one, two = fit_layout(layout, DESIGN, seed=2), fit_layout(as_poisson(layout), DESIGN, seed=2)
    assert one.draws.hyper["overdispersion"].mean() < 0.1
    assert "overdispersion" not in two.draws.hyper
    assert estimate(one).mean == pytest.approx(estimate(two).mean, abs=0.1 * estimate(two).sd)
    assert estimate(one).sd == pytest.approx(estimate(two).sd, rel=0.1)


def test_without_scatter_the_density_is_that_of_the_poisson(made):
    """At the smallest scatter a score can mean: the integral over the field, differences of points."""
    scattered, plain = (problem_of(DESIGN.model(x), x.cells) for x in (made[0], as_poisson(made[0])))
    scores = np.random.default_rng(3).normal(0, 0.7, (4, len(scattered.model.hypers)))
    scores[:, -1] = -30.0
    assert scattered.model.hypers[-1].name == "overdispersion"
    one = HyperPosterior(scattered, all_from(first_field(scattered)), [])(scores) + 0.5 * 30.0**2
    two = HyperPosterior(plain, all_from(first_field(plain)), [])(scores[:, :-1])
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_every_question_and_check_is_answered_and_the_effect_is_graded(fit):
    for by in ("event_time", "authority", "sex"):
        assert all(np.isfinite(e.draws).all() for e in estimate(fit, by=by))
    results = check(fit)
    assert {c.state.value for c in results if c.name not in ("denominator", "comparison")} == {"reported"}
    numbers = {c.name: dict(c.numbers) for c in results}
    assert numbers["imputation"]["mean"] == pytest.approx(estimate(fit).mean, abs=2 * estimate(fit).sd)
    assert grade(estimate(fit), results).graded


def test_predicted_counts_have_the_noise_of_their_scatter_too(fit):
    """Around the expected rate without bias, with the variance of negative binomial counts."""
    rate, exposure, joint = np.array([0.2, 0.18]), np.array([2000.0, 50.0]), np.array([1.0, 0.4])
    shape = (20, *fit.draws.shape)
    rng = np.random.default_rng(1)
    drawn = np.stack(
        [replicated(fit, rng, np.broadcast_to(rate, (*shape[1:], 2)), exposure, joint) for _ in range(shape[0])]
    )
    assert drawn.mean(axis=(0, 1, 2)) == pytest.approx(rate, rel=0.01)
    scatter = (fit.draws.hyper["overdispersion"] ** 2).mean() * joint
    assert drawn.var(axis=(0, 1, 2)) == pytest.approx(rate / exposure + rate**2 * scatter, rel=0.05)


def test_effects_of_subgroups_are_learnt_where_each_has_several_cells():
    layout, truth = counts_of(effect=-0.3, seed=3)
    found = fit_layout(layout, DiD(vary_by=("sex",), adjust=("age",)), n_draws=2000)
    assert found.health.ok
    assert all(abs(e.mean - truth) < 4 * e.sd for e in estimate(found, by="sex"))


def refused(layout, design=DESIGN):
    with pytest.raises(DesignError) as caught:
        design.model(layout)
    return str(caught.value)


def test_one_cell_for_each_authority_and_period_is_refused():
    words = refused(panel(family="negative_binomial"), DiD())
    assert "several cells for each authority and period" in words
    assert "shock" in words
    layout, _ = counts_of(patterns=PATTERNS[:2])
    assert "period and subgroup" in refused(layout, DiD(vary_by=("age", "sex")))
    lonely = replace(
        layout, cells=replace(layout.cells, total=layout.cells.total * [1.0, 0.0], events=layout.cells.events * [1, 0])
    )
    assert "there is one" in refused(lonely)


def test_bounds_and_design_effects_are_refused(made):
    bounded = known_by_bounds(panel(family="negative_binomial"), {(0, 0): (1, 5)})
    assert "known by bounds" in refused(bounded, DiD())
    cells = made[0].cells
    divided = replace(cells, design_effect=np.full(cells.total.shape[:2], 1.5))
    assert "design effect" in refused(replace(made[0], cells=divided))


def test_rows_of_authorities_are_refused_with_a_cure():
    made = sb.simulation.made_up_england(sb.simulation.Scenario(family="poisson", base=50, per=10_000), seed=1)
    rates = sb.read_panel(made.panel, authority="authority", period="period")
    with pytest.raises(DesignError, match="Leave overdispersed out"):
        sb.fit(rates, made.rollout, replace(made.outcome, overdispersed=True), method="fast")


def test_rows_of_children_are_counted_and_the_prior_is_said(made):
    cells = made[0].cells
    place = np.argwhere(cells.total > 0)
    table = pd.DataFrame(
        {
            "la": np.array(cells.authorities)[place[:, 0]],
            "year": 2011 + place[:, 1],
            "age": [cells.patterns[c][0] for c in place[:, 2]],
            "sex": [cells.patterns[c][1] for c in place[:, 2]],
            "contacts": cells.events[tuple(place.T)].astype(int),
            "years": cells.total[tuple(place.T)],
        }
    )
    children = sb.read_cohort(table, authority="la", period="year")
    rollout = sb.Rollout({made[0].cells.authorities[a]: int(2011 + made[0].starts[a]) for a in made[0].adopters})
    found = sb.fit(children, rollout, contacts(), DESIGN, method="fast")
    np.testing.assert_allclose(np.sort(found.layout.cells.events.ravel()), np.sort(cells.events.ravel()))
    (note,) = [n for n in found.notes if "negative binomial" in n]
    assert "half-normal prior of scale 0.5" in note


@pytest.mark.parametrize("given", [1, "yes", None])
def test_whether_counts_are_overdispersed_is_yes_or_no(given):
    with pytest.raises(DataError, match="neither True nor False"):
        contacts(overdispersed=given)
