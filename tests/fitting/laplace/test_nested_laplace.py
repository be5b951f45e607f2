"""The fast route as a whole: determinism, bounds of the hyperparameters' integral, and what happens at its gate."""

from dataclasses import fields, replace

import numpy as np
import pytest

from sos_bayes._core import cores
from sos_bayes._core.errors import FitError
from sos_bayes.designs import DiD
from sos_bayes.fitting import Health, fit_layout
from sos_bayes.fitting.laplace import nested_laplace
from sos_bayes.fitting.laplace.nested_laplace import HyperPosterior, first_field
from sos_bayes.fitting.laplace.newton_starts import all_from
from sos_bayes.fitting.runs import methods
from sos_bayes.fitting.runs.fit_result import Fit
from tests.designs.panels import PATTERNS, panel
from tests.fitting.conftest import SETTINGS


def fast(layout, design=None, **more):
    return fit_layout(layout, design or DiD(), method="fast", **({"seed": 1, "n_draws": 400} | more))


def bytes_of(fit):
    parts = []
    for f in fields(fit.draws):
        value = getattr(fit.draws, f.name)
        parts += [value[key].tobytes() for key in sorted(value)] if isinstance(value, dict) else [value.tobytes()]
    return parts


@pytest.fixture(scope="module")
def plain():
    return fast(panel(starts=(2, 3)))


def test_one_worker_or_two_and_run_after_run_give_the_same_bytes(plain, monkeypatch):
    again = bytes_of(fast(panel(starts=(2, 3))))
    monkeypatch.setattr(cores, "inner_threads", lambda: 1)
    alone = bytes_of(fast(panel(starts=(2, 3))))
    assert bytes_of(plain) == again == alone


def test_another_seed_gives_other_draws_of_the_same_posterior(plain):
    one, two = (fast(panel(starts=(2, 3)), seed=s, n_draws=4000).draws.effect[..., 0, 2] for s in (1, 2))
    assert one.tobytes() != two.tobytes()
    assert one.mean() == pytest.approx(two.mean(), abs=0.1 * one.std())
    assert one.std() == pytest.approx(two.std(), rel=0.1)


def test_points_are_evaluated_alike_in_any_order():
    layout, design = SETTINGS["patterns"]
    problem = methods.problem_of(design.model(layout), layout.cells)
    points = np.random.default_rng(1).normal(size=(9, len(problem.model.hypers)))
    field = first_field(problem)
    there, back = (HyperPosterior(problem, all_from(field), [])(p) for p in (points, points[::-1]))
    assert there.tobytes() == back[::-1].tobytes()


def test_shapes_and_names_of_the_draws():
    layout = panel(patterns=PATTERNS, starts=(2, 3))
    draws = fast(layout, DiD(adjust=("age", "sex"))).draws
    assert draws.shape == (1, 400)
    free = {"omega", "sd_step", "spread", "sd_shock", "memory", "log_adopter_scale"}
    assert set(draws.hyper) == free | {"sd_authority", "rho"}
    assert {k: v.shape[2:] for k, v in draws.shared.items()} == {
        "intercept": (1,), "ever": (1,), "period": (5,), "mu_tau": (1,), "lag": (3,),
    }  # fmt: skip
    assert draws.theta.shape == draws.effect.shape == (1, 400, 2, 5)
    assert draws.beta.shape == (1, 400, 3)
    np.testing.assert_allclose(draws.shared["period"].sum(axis=2), 0, atol=1e-9)
    assert not draws.effect[..., ~layout.treated[:2]].any()
    assert not draws.lead.any()
    assert "0." not in repr(draws)


def test_the_effect_is_average_departure_and_profile():
    layout = panel(starts=(2, 3))
    draws = fast(layout).draws
    lag = layout.lags[:2]
    parts = draws.shared["mu_tau"][..., None] + draws.own["departure"][..., None]
    parts = parts + draws.shared["lag"][..., np.maximum(lag, 0)]
    np.testing.assert_allclose(draws.effect, np.where(lag >= 0, parts, 0), atol=1e-9)


def test_the_posterior_is_a_dataset_with_named_dimensions(plain):
    data = plain.posterior
    assert data["mu_tau"].dims == ("chain", "draw")
    assert data["effect"].dims == ("chain", "draw", "adopter", "period")
    assert data["period_effect"].dims == ("chain", "draw", "period")
    assert list(data["period"].values) == list(plain.layout.cells.calendar.labels)
    assert list(data["adopter"].values) == ["Made-up 00", "Made-up 01"]
    assert set(data.dims).isdisjoint(data.data_vars)


def test_hyperparameters_agree_with_a_brute_force_integral():
    """Plain importance sampling from the prior, 20,000 points, against the adaptive 448."""
    layout = panel(starts=(2, 3))
    problem = methods.problem_of(DiD().model(layout), layout.cells)
    points = np.random.default_rng(2).normal(size=(20_000, len(problem.model.hypers)))
    values = HyperPosterior(
        problem, all_from(nested_laplace._settled(problem, np.zeros(points.shape[1]), first_field(problem))), []
    )(points)
    log_weights = values + 0.5 * (points**2).sum(axis=1)
    weights = np.exp(log_weights - log_weights.max())
    evidence = np.log(weights.mean()) + log_weights.max()
    weights /= weights.sum()
    solved = nested_laplace.solve(problem, seed=3, n_draws=4000, warm_start=None, enough=200)
    constant = 0.5 * points.shape[1] * np.log(2 * np.pi)
    assert solved.points.log_evidence - constant == pytest.approx(evidence, abs=0.06)
    for name, value in problem.values(points).items():
        mean = weights @ value
        sd = np.sqrt(weights @ (value - mean) ** 2)
        assert solved.draws.hyper[name].mean() == pytest.approx(mean, abs=0.12 * sd), name
        assert solved.draws.hyper[name].std() == pytest.approx(sd, rel=0.15), name


def test_health_has_its_numbers(plain):
    numbers = dict(plain.health.numbers)
    assert plain.health.ok
    assert numbers["hyper_ess"] >= 200
    assert numbers["k_hat"] < 0.58
    assert "healthy" in repr(plain)


@pytest.fixture
def failed_gate(monkeypatch):
    from sos_bayes.fitting.laplace import diagnostics as health

    monkeypatch.setattr(health, "fast_health", lambda points, problem: Health(False, ("k-hat is 0.9.",), ()))
    sentinel = Fit(panel(), DiD(), "nuts", 1, None, None, Health(True, (), ()), (), ("sampled",), None)
    asked = []
    monkeypatch.setattr(methods, "_sampled", lambda *args: asked.append(args) or sentinel)
    return asked


def test_a_failed_gate_is_sampled_and_said(failed_gate):
    result = fast(panel())
    assert result.method == "nuts"
    assert "k-hat is 0.9." in result.notes[0]
    assert "NUTS" in result.notes[0]
    assert result.notes[1] == "sampled"
    assert len(failed_gate) == 1


def test_a_failed_gate_of_a_check_fit_is_left_to_the_check(failed_gate, plain):
    result = fast(panel(), warm_start=plain.warm_start, fall_back=False)
    assert result.method == "fast"
    assert not result.health.ok
    assert failed_gate == []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_mode_anywhere_is_a_fit_error(monkeypatch):
    monkeypatch.setattr(nested_laplace, "mode_at", no_mode)
    with pytest.raises(FitError, match="found no mode"):
        fast(panel())


def no_mode(problem, scales, i, field, tol, *, lost=0.0):
    real = nested_laplace.Mode(-np.inf, *[np.zeros(1)] * 10)
    return real, field


@pytest.mark.parametrize(
    "layout",
    [
        panel(size=1e8),
        panel(size=1.0),
        panel(periods=2, starts=(1,), authorities=2),
        panel(periods=40, starts=(20, 24), quarters=True),
    ],
    ids=["endless counts", "hardly any", "two by two", "forty quarters"],
)
@pytest.mark.parametrize("none", [False, True], ids=["some events", "no events"])
def test_hard_panels_give_finite_draws(layout, none, plain):
    cells = layout.cells
    if none:
        layout = replace(layout, cells=replace(cells, events=np.zeros_like(cells.events)))
    result = fast(layout, warm_start=plain.warm_start)
    assert np.isfinite(result.draws.effect).all()
    assert np.isfinite(result.draws.theta).all()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_nothing_differed_the_fast_route_does_not_pass(share):
    layout = panel(size=200.0)
    same = replace(layout, cells=replace(layout.cells, events=share * layout.cells.total))
    health = fast(same, fall_back=False).health
    assert not health.ok
    assert "No event was counted" in " ".join(health.reasons)
