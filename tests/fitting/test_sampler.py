"""The sampler's station without sampling: completeness, the way back from free variables, the gate and the retry."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from sos_bayes._core.errors import FitError, SosBayesError
from sos_bayes.designs import DiD
from sos_bayes.fitting import Sampler, retry
from sos_bayes.fitting.free import free_variables
from sos_bayes.fitting.health import nuts_health
from sos_bayes.fitting.nested import climb
from sos_bayes.fitting.nuts import Sampled, sample
from sos_bayes.fitting.prepared import Prepared, informative
from sos_bayes.fitting.problem import problem_of
from tests.designs.panels import PATTERNS, panel
from tests.fitting.dense import shock_root

STEPS = Sampler().target_accept
SMALL = Sampler(draws=50, tune=1, chains=2, progress=False)


def made_up(problem, chains=2, draws=50, *, centred=True, seed=1):
    """Made-up draws of every free variable of the sampler's model."""
    rng = np.random.default_rng(seed)
    n_a, n_t, _ = problem.total.shape
    sizes = {f"{t.name}_free": (t.columns.shape[2],) for t in problem.model.shared}
    sizes |= {
        f"{t.name}_free": (len(t.members),) for t in problem.model.by_authority if not (t.around and centred)
    }  # fmt: skip
    sizes |= {"theta_free": (n_a, n_t)}
    if problem.sizes[2]:
        sizes["beta_free"] = (problem.sizes[2],)
    free = {name: 0.3 * rng.standard_normal((chains, draws, *size)) for name, size in sizes.items()}
    return free | {h.name: h.prior.from_score(rng.standard_normal((chains, draws))) for h in problem.model.hypers}


def tree_of(problem, free, chains=2, draws=50, *, centred=True):
    """What the sampler returns for named variables: vectors, and cells where they follow from innovations."""

    def dims(name, value):
        return ("chain", "draw", *(f"{name}_{i}" for i in range(value.ndim - 2)))

    told = {"diverging": (("chain", "draw"), np.zeros((chains, draws), bool))}
    told["energy"] = (("chain", "draw"), np.random.default_rng(0).normal(size=(chains, draws)))
    drawn = free_variables(problem, centred=centred).pack(free | {"innovations": free["theta_free"]})
    drawn |= {} if centred else {"theta_free": free["theta_free"]}
    return {"posterior": xr.Dataset({k: (dims(k, v), v) for k, v in drawn.items()}), "sample_stats": xr.Dataset(told)}


def ready(problem, *, centred=True):
    """A problem prepared without compiling it."""
    counts = problem.counts
    offset = float(problem.family.start(counts.by_cell.sum(), counts.total.sum()))
    return Prepared(problem, None, free_variables(problem, centred=centred), offset)


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
    sampled_as(tree_of(problem, made_up(problem, chains, draws), chains, draws))
    with pytest.raises(FitError, match=f"stopped early: {chains} chains of {draws} draws"):
        sample(ready(problem), SMALL, 1)


@pytest.mark.parametrize("name", ["theta_free", "omega", "beta_free"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_draw_that_is_no_number_is_refused(problem, sampled_as, name, value):
    free = made_up(problem)
    free[name].flat[17] = value
    sampled_as(tree_of(problem, free))
    with pytest.raises(FitError, match="not numbers"):
        sample(ready(problem), SMALL, 1)


@pytest.mark.parametrize("centred", [True, False])
def test_free_variables_come_back_as_what_is_reported(problem, sampled_as, centred):
    free = made_up(problem, centred=centred)
    sampled_as(tree_of(problem, free, centred=centred))
    draws = sample(ready(problem, centred=centred), SMALL, 1).draws
    offset = float(problem.family.start(problem.cells.events.sum(), problem.total.sum()))
    np.testing.assert_allclose(draws.shared["intercept"], free["intercept_free"] + offset)
    np.testing.assert_allclose(draws.shared["mu_tau"], free["mu_tau_free"])
    lag = next(t for t in problem.model.shared if t.name == "lag")
    np.testing.assert_allclose(draws.shared["lag"], (free["lag_free"] * free["sd_step"][..., None]) @ lag.basis.T)
    np.testing.assert_allclose(draws.own["departure"], free["departure_free"] * free["omega"][..., None])
    np.testing.assert_allclose(draws.theta, free["theta_free"][:, :, :2] + offset)
    np.testing.assert_array_equal(draws.beta, free["beta_free"])
    assert draws.shape == (2, 50)
    if not centred:
        levels = free["authority_free"]
        centre = free["intercept_free"] + free["ever_free"] * problem.model.shocks.own_scale
        np.testing.assert_allclose(draws.own["authority"], (levels - centre)[..., :2])
        np.testing.assert_allclose(draws.level_gap, levels[..., :2].mean(axis=-1) - levels[..., 2:].mean(axis=-1))


@pytest.mark.parametrize("design", [DiD(), DiD(shocks="random_walk"), DiD(trends=True)])
def test_levels_integrated_out_return_with_their_conditional_mean_and_sd(design, sampled_as):
    """Given cell log-odds and the rest, an authority's level is normal: dense algebra against the closed form."""
    layout = panel(starts=(2, 3), quarters=True)
    problem = problem_of(design.model(layout), layout.cells)
    one = {name: value[:, :1] for name, value in made_up(problem, chains=1).items()}
    free = {name: np.repeat(value, 4000, axis=1) for name, value in one.items()}
    sampled_as(tree_of(problem, free, 1, 4000))
    draws = sample(ready(problem), replace(SMALL, chains=1, draws=4000), 1).draws
    value = {name: float(v[0, 0]) for name, v in draws.hyper.items()}
    coefficients = [(t, one[f"{t.name}_free"][0, 0] * (value[t.sd] if isinstance(t.sd, str) else 1.0)) for t in
                    problem.model.shared]  # fmt: skip
    theta = one["theta_free"][0, 0]
    means, sds = [], []
    for a in range(6):
        gap = theta[a] - sum(t.columns[a] @ c for t, c in coefficients)
        for part in problem.model.by_authority[1:]:
            drawn = dict(zip(part.members, one[f"{part.name}_free"][0, 0], strict=True)).get(a, 0.0)
            gap = gap - part.weights[a] * drawn * value[part.sd]
        cov = shock_cov(problem, value, a) + value["sd_authority"] ** 2
        pull = value["sd_authority"] ** 2 * np.linalg.solve(cov, np.ones(5))
        means.append(pull @ gap)
        sds.append(value["sd_authority"] * np.sqrt(1 - pull.sum()))
    found = draws.own["authority"][0]
    np.testing.assert_allclose(found.mean(axis=0), means[:2], atol=5 * max(sds) / np.sqrt(4000))
    np.testing.assert_allclose(found.std(axis=0), sds[:2], rtol=0.05)
    gap = one["ever_free"][0, 0, 0] + np.mean(means[:2]) - np.mean(means[2:])
    spread = np.sqrt(np.sum(np.square(sds[:2])) / 4 + np.sum(np.square(sds[2:])) / 16)
    assert draws.level_gap.mean() == pytest.approx(gap, abs=5 * spread / np.sqrt(4000))
    assert draws.level_gap.std() == pytest.approx(spread, rel=0.05)


def shock_cov(problem, value, a):
    rho, years = value["rho"], problem.model.shocks.years
    walk = problem.model.shocks.walk
    ratio = years if walk else (1 - rho ** (2 * years)) / (1 - rho**2)
    sd = value["sd_shock"] * np.sqrt(ratio)
    sd *= np.exp(value["log_adopter_scale"]) if problem.model.shocks.own_scale[a] else 1.0
    root = shock_root(5, 1.0 if walk else rho**years, 1.0 if walk else 1 - rho ** (2 * years), sd)
    return root @ root.T


def test_cells_decide_the_parametrisation():
    sparse, full = (problem_of(DiD().model(x), x.cells) for x in (panel(size=20), panel(size=2000)))
    assert (informative(sparse, *climb(sparse)), informative(full, *climb(full))) == (False, True)


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
    health = nuts_health(as_sampled(), {"mu_tau": healthy_draws()})
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
    health = nuts_health(sampled, {"mu_tau": draws, "other": healthy_draws(3)})
    assert not health.ok
    assert any(said in reason for reason in health.reasons)


@pytest.mark.parametrize("layout", [panel(), panel(authorities=3, starts=(1, 2, 3))], ids=["plain", "no comparators"])
@pytest.mark.parametrize("design", [DiD(), DiD(shocks="random_walk")], ids=["ar1", "walk"])
def test_what_is_constant_by_design_is_not_watched(layout, design, sampled_as):
    problem = problem_of(design.model(layout), layout.cells)
    sampled_as(tree_of(problem, made_up(problem)))
    watched = retry.watch(problem, layout, sample(ready(problem), SMALL, 1).draws)
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
        prepared = ready(problem_of(DiD().model(layout), layout.cells))
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
