"""The sampler's station without sampling: completeness, the gate and the retry."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from sos_bayes._core.errors import FitError, SosBayesError
from sos_bayes.designs import DiD
from sos_bayes.fitting import Sampler
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts import preconditioned as prepared
from sos_bayes.fitting.nuts import retry
from sos_bayes.fitting.nuts.draw_record import row_size
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.fitting.nuts.sample import Sampled, sample
from sos_bayes.fitting.posterior.diagnostics import nuts_health
from tests.designs.panels import PATTERNS, panel

STEPS = Sampler().target_accept
SMALL = Sampler(draws=50, tune=1, chains=2, progress=False)


def tree_of(problem, chains=2, draws=50, seed=1):
    """What nutpie returns: made-up rows, one for each draw."""
    rng = np.random.default_rng(seed)
    rows = 0.3 * rng.standard_normal((chains, draws, row_size(problem)))
    for i, hyper in enumerate(problem.model.hypers):
        rows[..., i] = hyper.prior.from_score(rows[..., i])
    told = {"diverging": (("chain", "draw"), np.zeros((chains, draws), bool))}
    told["energy"] = (("chain", "draw"), rng.normal(size=(chains, draws)))
    return {"posterior": xr.Dataset({"row": (("chain", "draw", "row_dim"), rows)}), "sample_stats": xr.Dataset(told)}


@pytest.fixture
def problem():
    layout = panel(starts=(2, 3), patterns=PATTERNS)
    return problem_of(DiD().model(layout), layout.cells)


@pytest.fixture
def sampled_as(monkeypatch):
    """Replace nutpie's sampling by a given tree; nothing is compiled."""
    import nutpie

    def give(tree):
        monkeypatch.setattr(nutpie, "sample", lambda compiled, **settings: tree)

    return give


@pytest.mark.parametrize(("chains", "draws"), [(2, 33), (1, 50), (2, 49)])
def test_an_interrupted_run_is_refused(problem, sampled_as, chains, draws):
    sampled_as(tree_of(problem, chains, draws))
    with pytest.raises(FitError, match=f"stopped early: {chains} chains of {draws} draws"):
        sample(prepare(problem), SMALL, 1)


def test_a_mode_that_is_no_number_is_refused(problem, monkeypatch):
    real = prepared.laplace_mode

    def lost(*given):
        solved = real(*given)
        solved.derivatives.curve[0, 0] = np.nan
        return solved

    monkeypatch.setattr(prepared, "laplace_mode", lost)
    with pytest.raises(FitError, match="found no mode"):
        prepare(problem)


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_draw_that_is_no_number_is_refused(problem, sampled_as, place, value):
    tree = tree_of(problem)
    tree["posterior"]["row"].values[1, 7, place] = value
    sampled_as(tree)
    with pytest.raises(FitError, match="not numbers"):
        sample(prepare(problem), SMALL, 1)


@pytest.mark.parametrize(
    ("name", "value"), [("draws", 0), ("tune", 0), ("chains", 0), ("cores", 0), ("target_accept", 1.0)]
)
def test_settings_of_the_sampler_are_checked(name, value):
    with pytest.raises(SosBayesError, match=name):
        Sampler(**{name: value})


def test_the_retry_is_longer_with_smaller_steps():
    longer = Sampler(draws=100).longer()
    assert (longer.draws, longer.target_accept) == (200, 0.99)


def healthy_draws(seed=0, chains=4, draws=1000):
    return np.random.default_rng(seed).standard_normal((chains, draws))


def as_sampled(divergences=0, energy=None):
    return Sampled(None, divergences, healthy_draws(9) if energy is None else energy)


def test_independent_draws_pass_the_gate_with_their_numbers():
    health = nuts_health(0, healthy_draws(9), {"mu_tau": healthy_draws()})
    numbers = dict(health.numbers)
    assert health.ok
    assert numbers["worst_rhat"] < 1.01
    assert numbers["least_bulk_ess"] > 3000
    assert numbers["draws"] == 4000


@pytest.mark.parametrize(
    ("sampled", "draws", "said"),
    [
        (as_sampled(), healthy_draws() + np.arange(4)[:, None], "R-hat of mu_tau"),
        (as_sampled(), healthy_draws(draws=90), "effective sample size of mu_tau"),
        (as_sampled(), np.cumsum(healthy_draws(), axis=1), "effective sample size of mu_tau"),
        (as_sampled(5), healthy_draws(), "5 of 4000 draws diverged"),
        (as_sampled(energy=np.cumsum(healthy_draws(), axis=1)), healthy_draws(), "E-BFMI"),
        (as_sampled(), np.full((4, 1000), np.nan), "R-hat of mu_tau is nan"),
    ],
)
def test_each_limit_of_the_gate_can_fail(sampled, draws, said):
    health = nuts_health(sampled.divergences, sampled.energy, {"mu_tau": draws, "other": healthy_draws(3)})
    assert not health.ok
    assert any(said in reason for reason in health.reasons)


@pytest.mark.parametrize("layout", [panel(), panel(authorities=3, starts=(1, 2, 3))], ids=["plain", "no comparators"])
@pytest.mark.parametrize("design", [DiD(), DiD(shocks="random_walk")], ids=["ar1", "walk"])
def test_what_is_constant_by_design_is_not_watched(layout, design, sampled_as):
    problem = problem_of(design.model(layout), layout.cells)
    sampled_as(tree_of(problem))
    watched = retry.watch(problem, layout, sample(prepare(problem), SMALL, 1).draws)
    assert {"the effect", "mu_tau", "the level gap", "omega", "sd_shock"} <= set(watched)
    assert all(np.ptp(values) > 0 for values in watched.values())


@pytest.fixture
def runs(monkeypatch):
    """Sampling replaced by a list of (divergences, shift of the effect, R-hat fault); what was asked is kept."""
    layout = panel()
    asked = []

    def play(*acts):
        queue = list(acts)

        def fake(problem, sampler, seed):
            asked.append((sampler.draws, sampler.target_accept, seed))
            divergences, shift, fault = queue.pop(0)
            draws = SimpleNamespace(shift=shift, fault=fault, number=len(asked))
            return Sampled(draws, divergences, healthy_draws(20 + len(asked)))

        def watch(problem, layout, draws):
            effect = healthy_draws(draws.number) + draws.shift + draws.fault * np.arange(4)[:, None]
            return {"the effect": effect, "mu_tau": healthy_draws(draws.number)}

        monkeypatch.setattr(retry, "sample", fake)
        monkeypatch.setattr(retry, "watch", watch)
        prepared = SimpleNamespace(problem=problem_of(DiD().model(layout), layout.cells))
        return (*retry.sample_until_healthy(prepared, Sampler(draws=1000), 5, layout), asked)

    return play


def test_a_healthy_run_is_sampled_once(runs):
    draws, health, notes, asked = runs((0, 0.0, 0.0))
    assert health.ok
    assert notes == ()
    assert asked == [(1000, STEPS, 5)]
    assert draws.number == 1


def test_an_unhealthy_run_is_sampled_once_more_and_logged(runs, caplog):
    draws, health, notes, asked = runs((0, 0.0, 1.0), (0, 0.0, 0.0))
    assert health.ok
    assert asked == [(1000, STEPS, 5), (2000, 0.99, 6)]
    assert draws.number == 2
    assert "R-hat of the effect" in notes[0]
    assert "sampled once more" in caplog.text


def test_twice_unhealthy_stays_unhealthy(runs):
    _, health, notes, asked = runs((0, 0.0, 1.0), (0, 0.0, 1.0))
    assert not health.ok
    assert len(asked) == 2
    assert "answer did not move" not in notes[0]


def test_divergences_alone_are_forgiven_where_the_answer_stays(runs):
    _, health, notes, _ = runs((9, 0.0, 0.0), (9, 0.0, 0.0))
    assert health.ok
    assert "the answer did not move" in notes[0]
    assert dict(health.numbers)["divergent_share"] == pytest.approx(9 / 4000)


@pytest.mark.parametrize("second", [(9, 0.5, 0.0), (9, 0.0, 1.0)], ids=["the answer moved", "and R-hat too"])
def test_divergences_are_not_forgiven_otherwise(runs, second):
    _, health, _, _ = runs((9, 0.0, 0.0), second)
    assert not health.ok


def test_a_healthy_run_is_sampled_longer_where_a_tail_is_too_coarse(runs):
    """P(direction) about .99: .001 of error needs some 10,000 effective draws."""
    draws, health, notes, asked = runs((0, 2.3, 0.0), (0, 2.3, 0.0))
    assert health.ok
    assert asked[0] == (1000, STEPS, 5)
    assert asked[1] in ((3000, STEPS, 6), (4000, STEPS, 6))
    assert draws.number == 2
    assert "times the draws" in notes[0]


@pytest.mark.parametrize(
    ("p", "size", "least", "most"),
    [(0.6, 100, 1, 1), (0.92, 100, 1, 1), (0.96, 2500, 1, 1), (0.96, 750, 2, 3), (0.99, 1000, 2, 4), (0.99, 100, 4, 4),
     (0.9999, 1000, 1, 1)],
)  # fmt: skip
def test_the_tail_decides_how_many_draws(p, size, least, most):
    """Independent draws: p (1 - p) over the squared error allowed there, against four chains of ``size``."""
    values = stats.norm.ppf(p) + healthy_draws(2, draws=size)
    assert least <= retry.more_draws(values) <= most
    assert retry.more_draws(-values) == retry.more_draws(values)
