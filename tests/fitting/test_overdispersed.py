"""Overdispersed counts and shares by the fast route: what is learnt, what is refused, and answered like any other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

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
from tests.designs.shares import again, shares_of

DESIGN = DiD(adjust=("age", "sex"))


def rows_of_counts(cells):
    """One row a cell, with what it counts."""
    place = np.argwhere(cells.total > 0)
    return pd.DataFrame(
        {
            "la": np.array(cells.authorities)[place[:, 0]],
            "year": 2011 + place[:, 1],
            "age": [cells.patterns[c][0] for c in place[:, 2]],
            "sex": [cells.patterns[c][1] for c in place[:, 2]],
            "contacts": cells.events[tuple(place.T)].astype(int),
            "years": cells.total[tuple(place.T)],
        }
    )


def rows_of_shares(cells):
    """One row a child."""
    rows = [
        (cells.authorities[a], 2011 + t, *cells.patterns[c], int(i < cells.events[a, t, c]))
        for a, t, c in np.ndindex(*cells.total.shape)
        for i in range(int(cells.total[a, t, c]))
    ]
    return pd.DataFrame(rows, columns=["la", "year", "age", "sex", "again"])


def variance_of_counts(rate, exposure, joint, root):
    """Negative binomial."""
    return rate / exposure + rate**2 * (root**2).mean() * joint


def variance_of_shares(share, total, joint, root):
    """Beta-binomial."""
    own = (root**2 / (1 + root**2)).mean() * joint
    return share * (1 - share) * (own + (1 - own) / total)


@dataclass(frozen=True)
class Kind:
    """An outcome whose cells scatter, made-up data of it, and what its own words and numbers are."""

    family: str
    made: Callable[..., Any]
    outcome: Callable[..., Any]
    rows: Callable[..., Any]
    variance: Callable[..., Any]
    effect: float
    scatter: float
    widest: float
    little: float
    unit: str
    words: tuple[str, str]
    england: sb.simulation.Scenario


COUNTS = Kind(
    "negative_binomial", counts_of, contacts, rows_of_counts, variance_of_counts, -0.3, 0.5, 0.06, 0.1, "per 100",
    ("negative binomial", "0.5"), sb.simulation.Scenario(family="poisson", base=50, per=10_000),
)  # fmt: skip
SHARES = Kind(
    "beta_binomial", shares_of, again, rows_of_shares, variance_of_shares, -0.4, 0.3, 0.05, 0.05, "percentage points",
    ("beta-binomial", "0.25"), sb.simulation.Scenario(),
)  # fmt: skip


@pytest.fixture(scope="module", params=[COUNTS, SHARES], ids=["counts", "shares"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def made(kind):
    return kind.made(effect=kind.effect)


@pytest.fixture(scope="module")
def fit(made):
    return fit_layout(made[0], DESIGN, seed=2, n_draws=4000)


def without_scatter(layout):
    outcome = replace(layout.cells.outcome, overdispersed=False)
    return replace(layout, cells=replace(layout.cells, outcome=outcome))


def test_the_scatter_and_the_effect_that_were_simulated_lie_within_reach(kind, fit, made):
    assert fit.method == "fast"
    assert fit.health.ok
    scatter = fit.draws.hyper["overdispersion"]
    assert abs(scatter.mean() - kind.scatter) < 3 * scatter.std()
    assert scatter.std() < kind.widest
    effect = estimate(fit)
    assert abs(effect.mean - made[1]) < 3 * effect.sd
    assert effect.unit == kind.unit
    assert 10.0 < effect.outcome.factor * effect.baseline < 40.0
    assert "overdispersion" in fit.posterior


def test_cells_that_do_not_scatter_have_the_answer_of_the_plain_family(kind):
    layout, _ = kind.made(scatter=0.0, effect=kind.effect, seed=4)
    one, two = fit_layout(layout, DESIGN, seed=2), fit_layout(without_scatter(layout), DESIGN, seed=2)
    assert one.draws.hyper["overdispersion"].mean() < kind.little
    assert "overdispersion" not in two.draws.hyper
    assert estimate(one).mean == pytest.approx(estimate(two).mean, abs=0.1 * estimate(two).sd)
    assert estimate(one).sd == pytest.approx(estimate(two).sd, rel=0.1)


def test_without_scatter_the_density_is_that_of_the_plain_family(made):
    """At the smallest scatter a score can mean: the integral over the field, differences of points."""
    scattered, plain = (problem_of(DESIGN.model(x), x.cells) for x in (made[0], without_scatter(made[0])))
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


def test_predicted_cells_have_the_noise_of_their_scatter_too(kind, fit):
    """Around the expected rate or share without bias, with the variance of the scattered family."""
    expected, total, joint = np.array([0.2, 0.1]), np.array([2000.0, 50.0]), np.array([1.0, 0.4])
    rng, cells = np.random.default_rng(1), np.broadcast_to(expected, (*fit.draws.shape, 2))
    drawn = np.stack([replicated(fit, rng, cells, total, joint) for _ in range(20)])
    assert drawn.mean(axis=(0, 1, 2)) == pytest.approx(expected, rel=0.01)
    wanted = kind.variance(expected, total, joint, fit.draws.hyper["overdispersion"])
    assert drawn.var(axis=(0, 1, 2)) == pytest.approx(wanted, rel=0.05)


def test_effects_of_subgroups_are_learnt_where_each_has_several_cells(kind):
    layout, truth = kind.made(effect=kind.effect, seed=3)
    by_sex = fit_layout(layout, DiD(vary_by=("sex",), adjust=("age",)), n_draws=2000)
    assert by_sex.health.ok
    assert all(abs(e.mean - truth) < 4 * e.sd for e in estimate(by_sex, by="sex"))


def refused(layout, design=DESIGN):
    with pytest.raises(DesignError) as caught:
        design.model(layout)
    return str(caught.value)


def test_one_cell_for_each_authority_and_period_is_refused(kind):
    words = refused(panel(family=kind.family), DiD())
    assert "several cells for each authority and period" in words
    assert "shock" in words
    layout, _ = kind.made(patterns=PATTERNS[:2])
    assert "period and subgroup" in refused(layout, DiD(vary_by=("age", "sex")))
    lonely = replace(
        layout, cells=replace(layout.cells, total=layout.cells.total * [1.0, 0.0], events=layout.cells.events * [1, 0])
    )
    assert "there is one" in refused(lonely)


def test_bounds_and_design_effects_are_refused(kind, made):
    bounded = known_by_bounds(panel(family=kind.family), {(0, 0): (1, 5)})
    assert "known by bounds" in refused(bounded, DiD())
    divided = replace(made[0].cells, design_effect=np.full(made[0].cells.total.shape[:2], 1.5))
    assert "design effect" in refused(replace(made[0], cells=divided))


def test_rows_of_authorities_are_refused_with_a_cure(kind):
    england = sb.simulation.made_up_england(kind.england, seed=1)
    rows = sb.read_panel(england.panel, authority="authority", period="period")
    with pytest.raises(DesignError, match="Leave overdispersed out"):
        sb.fit(rows, england.rollout, replace(england.outcome, overdispersed=True), method="fast")


def test_rows_of_children_are_counted_and_the_prior_is_said(kind, made):
    cells = made[0].cells
    children = sb.read_cohort(kind.rows(cells), authority="la", period="year")
    rollout = sb.Rollout({cells.authorities[a]: int(2011 + made[0].starts[a]) for a in made[0].adopters})
    counted = sb.fit(children, rollout, kind.outcome(), DESIGN, method="fast")
    np.testing.assert_allclose(np.sort(counted.layout.cells.events.ravel()), np.sort(cells.events.ravel()))
    family, scale = kind.words
    (note,) = [n for n in counted.notes if family in n]
    assert f"half-normal prior of scale {scale}" in note


@pytest.mark.parametrize("given", [1, "yes", None])
def test_whether_cells_are_overdispersed_is_yes_or_no(kind, given):
    with pytest.raises(DataError, match="neither True nor False"):
        kind.outcome(overdispersed=given)
