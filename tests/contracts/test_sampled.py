"""A real run of NUTS on a small panel, and what must hold of its draws."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.fitting import Sampler, fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.log_density import log_density
from sos_bayes.fitting.nuts.nutpie_model import by_address, by_function
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.simulation import Scenario, made_up_england

pytestmark = pytest.mark.sampling
SAMPLER = Sampler(draws=400, tune=400, chains=2, progress=False)
SMALL = Scenario(authorities=12, adopters=4, periods=6, effect=-0.05, size_median=1500.0, size_log_sd=0.3)


def sampled(layout, **more):
    return fit_layout(layout, DiD(), method="nuts", **({"seed": 3, "sampler": SAMPLER} | more))


@pytest.fixture(scope="module")
def layout():
    made = made_up_england(SMALL, seed=4)
    return layout_of(made.cells, made.rollout)


@pytest.fixture(scope="module")
def fit(layout):
    return sampled(layout)


@pytest.fixture(scope="module")
def fast(layout):
    return fit_layout(layout, DiD(), method="fast", seed=3)


def test_shapes_of_the_draws(fit):
    chains, size = fit.draws.shape
    assert chains == 2
    assert size in (400, 800)  # 800 after a retry, which is noted
    assert bool(fit.notes) is (size == 800)
    assert fit.method == "nuts"
    assert fit.draws.theta.shape == fit.draws.effect.shape == (2, size, 4, 6)
    assert fit.draws.shared["lag"].shape == (2, size, 3)
    assert all(v.shape == (2, size) for v in fit.draws.hyper.values())
    np.testing.assert_allclose(fit.draws.shared["period"].sum(axis=2), 0, atol=1e-9)
    assert estimate(fit).draws.shape == (2, size)
    assert [name for name, _ in fit.seconds] == ["prepare", "sample"]


def test_the_gate_has_its_numbers(fit):
    numbers = dict(fit.health.numbers)
    assert set(numbers) >= {"worst_rhat", "least_bulk_ess", "least_tail_ess", "divergent_share", "least_bfmi", "draws"}
    assert 0.99 < numbers["worst_rhat"] < 1.1
    assert numbers["least_bulk_ess"] > 50
    assert numbers["divergent_share"] < 0.02
    assert fit.health.ok is (not fit.health.reasons)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(fit, layout):
    again, other = sampled(layout), sampled(layout, seed=4)
    assert again.draws.effect.tobytes() == fit.draws.effect.tobytes()
    assert again.draws.own["authority"].tobytes() == fit.draws.own["authority"].tobytes()
    assert other.draws.effect.tobytes() != fit.draws.effect.tobytes()


def test_the_number_of_cores_changes_no_draw(fit, layout):
    alone = sampled(layout, sampler=replace(SAMPLER, cores=1))
    assert alone.draws.effect.tobytes() == fit.draws.effect.tobytes()


def test_addresses_and_python_functions_give_the_same_draws(layout):
    import nutpie

    prepared = prepare(problem_of(DiD().model(layout), layout.cells))
    short = {"draws": 50, "tune": 50, "chains": 2, "cores": 2, "seed": 1, "progress_bar": False}
    one, two = (nutpie.sample(model(prepared), **short) for model in (by_address, by_function))
    np.testing.assert_array_equal(one["posterior"]["row"].values, two["posterior"]["row"].values)


def test_no_shape_of_data_is_compiled_anew(fit):
    """More authorities and periods, another family, covariates: one compilation serves them all."""
    before = len(log_density.signatures)
    other = made_up_england(replace(SMALL, authorities=14, periods=8, base=0.4, effect=0.05), seed=5)
    second = sampled(layout_of(other.cells, other.rollout))
    assert len(log_density.signatures) == before
    effect = estimate(second)
    assert abs(effect.mean - other.truth.satt) < 3.5 * effect.sd
    assert effect.mean > 0 > estimate(fit).mean
    assert effect.baseline == pytest.approx(0.4, abs=0.1)


ALONE = """
import sys
from sos_bayes.designs import DiD, layout_of
from sos_bayes.fitting import Sampler, fit_layout
from sos_bayes.simulation import Scenario, made_up_england
made = made_up_england(Scenario(authorities=8, adopters=3, periods=5), seed=1)
few = Sampler(draws=20, tune=20, chains=1, progress=False)
fit_layout(layout_of(made.cells, made.rollout), DiD(), method="nuts", sampler=few)
print(sorted({"pymc", "pytensor", "nutpie"} & set(sys.modules)))
"""


def test_a_fit_is_sampled_without_pymc():
    done = subprocess.run([sys.executable, "-c", ALONE], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "['nutpie']"


@pytest.mark.parametrize("by", [None, "event_time", "authority"])
def test_both_routes_find_the_same_effect(fit, fast, by):
    """Means within four Monte-Carlo errors (200 effective draws of each), sds within a fifth."""
    one, two = ((estimate(f),) if by is None else tuple(estimate(f, by=by)) for f in (fit, fast))
    for a, b in zip(one, two, strict=True):
        assert a.mean == pytest.approx(b.mean, abs=4 * np.sqrt((a.sd**2 + b.sd**2) / 200)), a.label
        assert a.sd == pytest.approx(b.sd, rel=0.2), a.label


def test_both_routes_find_the_same_hyperparameters_and_level_gap(fit, fast):
    for name, value in (fit.draws.hyper | {"level gap": fit.draws.level_gap}).items():
        other = fast.draws.level_gap if name == "level gap" else fast.draws.hyper[name]
        error = np.sqrt((value.var() + other.var()) / 150)
        assert value.mean() == pytest.approx(other.mean(), abs=4 * error), name


def test_the_truth_lies_within_reach(fit):
    truth = made_up_england(SMALL, seed=4).truth.satt
    effect = estimate(fit)
    assert abs(effect.mean - truth) < 3.5 * effect.sd
    assert 0 < effect.probability_error(below=-0.05) < 0.1


def test_sparse_counts_of_the_other_family_are_sampled_to_the_same_answer():
    """Some six events a cell."""
    scenario = replace(SMALL, family="poisson", base=4.0, per=1000.0, effect=-1.5)
    made = made_up_england(scenario, seed=6)
    layout = layout_of(made.cells, made.rollout)
    fit, fast = sampled(layout), fit_layout(layout, DiD(), method="fast", seed=3)
    one, two = estimate(fit), estimate(fast)
    assert one.mean == pytest.approx(two.mean, abs=4 * np.sqrt((one.sd**2 + two.sd**2) / 200))
    assert one.sd == pytest.approx(two.sd, rel=0.2)
    gap, other = fit.draws.level_gap, fast.draws.level_gap
    assert gap.mean() == pytest.approx(other.mean(), abs=4 * np.sqrt((gap.var() + other.var()) / 150))
    assert one.unit == "per 1,000"
