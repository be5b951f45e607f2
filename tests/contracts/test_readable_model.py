"""The readable model and the sampler's compiled density are one density, for every family, option and design."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.designs import DiD
from sos_bayes.estimands.readable_model import written
from sos_bayes.estimands.weights import child_weights, groups_by, normalised
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.draw_record import reported, row_at, row_size
from sos_bayes.fitting.nuts.log_density import evaluate
from sos_bayes.fitting.nuts.packed_target import unpacked
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.fitting.posterior.marginal_contrasts import average
from sos_bayes.fitting.runs.methods import prepare_layout
from tests.contracts.free_point import free_point, log_jacobian
from tests.designs.levels import leveled
from tests.designs.panels import PATTERNS, known_by_bounds, panel, with_baselines
from tests.designs.tails import tailed
from tests.designs.values import values_of
from tests.designs.waiting import OUTCOME, episodes

BOUNDS = {(0, 0): (1, 5), (1, 2): (4, 4), (2, 1): (1, 30), (3, 2): (1, 20, 5, 0.05)}


def small(**more):
    return panel(**({"authorities": 4, "periods": 3, "starts": (1, 2), "size": 200.0} | more))


def clustered(layout, clusters):
    return replace(layout, cells=replace(layout.cells, clusters=tuple(clusters)))


def halved(layout):
    """The same counts divided by a design effect of two and a half."""
    cells = layout.cells
    effect = np.full(cells.total.shape[:2], 2.5)
    return replace(
        layout, cells=replace(cells, events=cells.events / 2.5, total=cells.total / 2.5, design_effect=effect)
    )


def waiting():
    return prepare_layout(*episodes(1, authorities=3, adopters=1, periods=3)[:2], OUTCOME, DiD())


def numbers():
    layout = values_of(authorities=5, starts=(2, 3), size=9)[0]
    cells = layout.cells.without_patterns()
    means = cells.events / cells.total
    plain = replace(cells, events=means, total=np.ones_like(means), squares=np.zeros_like(means), source="authorities")
    return replace(layout, cells=plain)


COVARIATES = DiD(adjust=("age", "sex"))
SETTINGS = {
    "binomial": (small(empty=[(0, 1)]), DiD()),
    "covariates": (small(patterns=PATTERNS[:4], empty=[(0, 1), (2, 2, 3)]), COVARIATES),
    "poisson": (small(family="poisson", per=100.0), DiD()),
    "overdispersed": (small(family="negative_binomial", patterns=PATTERNS[:4], empty=[(2, 1, 3)]), COVARIATES),
    "overdispersed shares": (
        small(family="beta_binomial", patterns=PATTERNS[:4], empty=[(2, 1, 3)]), COVARIATES
    ),
    "measured": (values_of(authorities=4, starts=(2, 3), empty=[(0, 1)], size=9)[0], DiD()),
    "measured, covariates": (values_of(authorities=4, starts=(2, 3), patterns=PATTERNS[:3], size=12)[0], COVARIATES),
    "plain numbers": (numbers(), DiD()),
    "long tails": (tailed(authorities=4, starts=(2, 3), empty=[(0, 1)], size=9, gross=1)[0], DiD()),
    "ordinal": (leveled(authorities=4, starts=(2, 3), empty=[(0, 1)])[0], DiD()),
    "ordinal, covariates": (leveled(authorities=4, starts=(2, 3), patterns=PATTERNS[:3])[0], COVARIATES),
    "hazards": (waiting(), DiD()),
    "baseline numbers": (
        with_baselines(panel(authorities=6, starts=(2, 3), empty=[(0, 1)]), 2), DiD(baseline=("x0", "x1"))
    ),
    "baseline numbers, poisson quarters": (
        with_baselines(panel(authorities=5, family="poisson", quarters=True, periods=9, starts=(4,)), 1),
        DiD(baseline=("x0",), leads=True),
    ),
    "bounds": (known_by_bounds(small(empty=[(3, 1)]), BOUNDS), DiD()),
    "poisson bounds": (known_by_bounds(small(family="poisson"), BOUNDS), DiD()),
    "design effect": (halved(small()), DiD()),
    "design effect of rates": (halved(small(family="poisson")), DiD()),
    "random walk": (small(quarters=True, starts=(2,)), DiD(shocks="random_walk")),
    "trends, drift, learnt leads": (
        small(periods=5, starts=(3, 2)), DiD(trends=True, drift=0.03, leads=True)
    ),
    "fixed leads, cohorts": (small(periods=5, starts=(3, 2)), DiD(leads=0.1, cohorts=0.2)),
    "learnt cohorts": (small(periods=4, starts=(1, 2)), DiD(cohorts=True)),
    "no comparators": (panel(authorities=3, starts=(1, 2, 3)), DiD()),
    "one lag": (small(starts=(2, 2)), DiD()),
    "slope": (replace(small(), score=np.linspace(0, 1, 12).reshape(4, 3)), DiD(slope=0.5)),
    "doses": (replace(small(), given_dose=np.array([[0, 0.4, 1.0], [0, 0, 0.7], [0, 0, 0], [0, 0, 0]])), DiD()),
    "two years of quarters": (small(periods=8, quarters=True, empty=[(1, 1)]), DiD()),
    "two years of quarters, a walk": (small(periods=8, quarters=True, starts=(4,)), DiD(shocks="random_walk")),
    "clusters": (clustered(small(authorities=5, quarters=True, empty=[(1, 1)]), "ABBAC"), DiD()),
    "clusters, a walk": (clustered(small(family="poisson"), "ABBA"), DiD(shocks="random_walk")),
    "subgroups": (small(patterns=PATTERNS[:4]), DiD(vary_by=("sex",), adjust=("age",))),
    "subgroups, two years of quarters": (
        small(authorities=3, starts=(1,), periods=8, quarters=True, patterns=PATTERNS[:2]), DiD(vary_by=("sex",))
    ),
    "only subgroups": (small(patterns=PATTERNS, family="poisson"), DiD(vary_by=("age", "sex"), trends=True)),
    "measured subgroups": (
        values_of(authorities=4, starts=(2, 3), patterns=PATTERNS[:2], size=12)[0], DiD(vary_by=("age", "sex"))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_differences_of_the_log_density_are_those_of_the_sampler(name):
    """At random points, relative to the size of the sum; the map between the variables by central differences."""
    layout, design = SETTINGS[name]
    prepared = prepare(problem_of(design.model(layout), layout.cells))
    target = unpacked.py_func(prepared.numbers, prepared.whole)
    density = written(layout, design, children=True).compile_logp(sum=False, mode="FAST_COMPILE")
    rng, gaps, sizes = np.random.default_rng(5), [], []
    for size in (0.3, 0.7, 1.0):
        x = size * rng.standard_normal(prepared.size)
        parts = density(free_point(prepared.problem, target, x))
        theirs = sum(float(np.sum(part)) for part in parts) + log_jacobian(prepared.problem, target, x)
        gaps.append(evaluate(prepared.numbers, prepared.whole, x)[0] - theirs)
        sizes.append(sum(float(np.abs(part).sum()) for part in parts))
    np.testing.assert_allclose(gaps, gaps[0], rtol=0, atol=1e-9 * max(sizes))


SCALES = (
    "covariates", "poisson", "overdispersed", "overdispersed shares", "measured", "long tails",
    "ordinal", "hazards", "doses", "subgroups"
)  # fmt: skip


@pytest.mark.parametrize("name", SCALES)
def test_both_worlds_and_the_satt_are_those_of_the_contrast(name):
    """With the sampler's variables at one point: one draw of each."""
    layout, design = SETTINGS[name]
    prepared = prepare(problem_of(design.model(layout), layout.cells))
    problem, target = prepared.problem, unpacked.py_func(prepared.numbers, prepared.whole)
    x = 0.5 * np.random.default_rng(2).standard_normal(prepared.size)
    draws = reported(problem, row_at(prepared.numbers, prepared.whole, x, row_size(problem))[None, None])
    groups = groups_by(layout, None)
    weights = normalised(child_weights(layout), groups)
    contrast = average(problem, draws, groups.parts(weights), "own", seed=1)
    model = written(layout, design, children=True)
    named = [model[name] for name in ("with_rollout", "without_rollout", "satt", "effect")]
    found = model.compile_fn(
        model.replace_rvs_by_values(named), inputs=model.value_vars, mode="FAST_COMPILE", on_unused_input="ignore"
    )(free_point(problem, target, x))
    per = layout.cells.outcome.per
    for world, theirs in zip(found[:2], (contrast.with_rollout, contrast.without), strict=True):
        shaped = world.reshape(*world.shape[:2], -1)
        assert (weights * shaped).sum() == pytest.approx(per * theirs[0, 0, 0], rel=1e-10)
    assert found[2] == pytest.approx(per * (contrast.with_rollout - contrast.without)[0, 0, 0], rel=1e-10, abs=1e-12)
    np.testing.assert_allclose(found[3].reshape(draws.effect.shape[2:]), draws.effect[0, 0], atol=1e-10)
