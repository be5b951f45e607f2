"""Log densities of cells without their own shocks: by brute force, by exact refits, and as ArviZ reads them."""

import arviz as az
import numpy as np
import pytest
import xarray as xr
from scipy.special import logsumexp

from sos_bayes.designs import DiD
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.nuts.draw_record import reported, row_at, row_size
from sos_bayes.fitting.nuts.preconditioned import prepare
from sos_bayes.predictive.given_authorities import given_authorities
from sos_bayes.predictive.leave_one_out import left_out
from sos_bayes.predictive.pointwise import of_periods, periods_seen, pointwise_log_likelihood
from tests.contracts.test_readable_model import BOUNDS, clustered, numbers, small, waiting
from tests.designs.levels import leveled
from tests.designs.panels import PATTERNS, known_by_bounds, panel
from tests.designs.tails import tailed
from tests.designs.values import values_of
from tests.predictive.by_scipy import conditional, dense_prior, slot_density

COVARIATES = DiD(adjust=("age", "sex"))


def of_children(made):
    """Layout and rows of children."""
    return made[0], made[2]


SETTINGS = {
    "binomial": (small(empty=[(0, 1)]), None, DiD()),
    "covariates": (small(patterns=PATTERNS[:4], empty=[(0, 1), (2, 2, 3)]), None, COVARIATES),
    "nothing seen": (small(size=2.0, seed=4), None, DiD()),
    "large counts": (small(size=1e5), None, DiD()),
    "poisson": (small(family="poisson", per=100.0), None, DiD()),
    "overdispersed": (small(family="negative_binomial", patterns=PATTERNS[:4], size=400.0), None, COVARIATES),
    "overdispersed shares": (small(family="beta_binomial", patterns=PATTERNS[:4]), None, COVARIATES),
    "measured": (*of_children(values_of(authorities=4, starts=(2, 3), empty=[(0, 1)], size=9)), DiD()),
    "measured, covariates": (
        *of_children(values_of(authorities=4, starts=(2, 3), patterns=PATTERNS[:3], size=12)), COVARIATES
    ),
    "plain numbers": (numbers(), None, DiD()),
    "long tails": (*of_children(tailed(authorities=4, starts=(2, 3), empty=[(0, 1)], size=9, gross=1)), DiD()),
    "ordinal": (leveled(authorities=4, starts=(2, 3), empty=[(0, 1)])[0], None, DiD()),
    "ordinal, covariates": (leveled(authorities=4, starts=(2, 3), patterns=PATTERNS[:3])[0], None, COVARIATES),
    "bounds": (known_by_bounds(small(empty=[(3, 1)]), BOUNDS), None, DiD()),
    "poisson bounds": (known_by_bounds(small(family="poisson"), BOUNDS), None, DiD()),
    "random walk": (small(quarters=True, starts=(2,)), None, DiD(shocks="random_walk")),
    "trends": (small(periods=5, starts=(3, 2)), None, DiD(trends=True, drift=0.03, leads=True)),
    "two years of quarters": (small(periods=8, quarters=True, empty=[(1, 1)]), None, DiD()),
    "clusters": (clustered(small(authorities=5, quarters=True), "ABBAC"), None, DiD()),
    "hazards": (waiting(), None, DiD()),
    "subgroups": (small(patterns=PATTERNS[:4], empty=[(0, 1, 0)]), None, DiD(vary_by=("sex",), adjust=("age",))),
}  # fmt: skip


def drawn(layout, design, size=2):
    """A problem, and draws from around its mode."""
    prepared = prepare(problem_of(design.model(layout), layout.cells))
    rng, wide = np.random.default_rng(5), row_size(prepared.problem)
    rows = [row_at(prepared.numbers, prepared.whole, 0.7 * rng.standard_normal(prepared.size), wide)
            for _ in range(size)]  # fmt: skip
    return prepared.problem, reported(prepared.problem, np.array(rows)[None])


def by_brute_force(problem, given, draw, a, t, density):
    """Integral over the slots of one period after the dense conditional prior: on a fine grid, or by many draws."""
    values = {name: float(value[0, draw]) for name, value in given.hyper.items()}
    slots = np.arange(t, problem.total.shape[1], problem.chain)
    own = given.of.to(a)
    theta = given.of.cells(a, own)[draw]
    mean, cov = conditional(own.mean[draw], dense_prior(problem, values, a), theta, slots)
    root = np.linalg.cholesky(cov)
    if len(slots) > 2:
        at = mean + np.random.default_rng(1).standard_normal((100_000, len(slots))) @ root.T
        return logsumexp(sum(density(a, slot, at[:, j]) for j, slot in enumerate(slots))) - np.log(len(at))
    side = np.linspace(-12, 12, 6001 if len(slots) == 1 else 161)
    grid = np.stack(np.meshgrid(*[side] * len(slots), indexing="ij"), -1).reshape(-1, len(slots))
    at = mean + grid @ root.T
    log = sum(density(a, slot, at[:, j]) for j, slot in enumerate(slots))
    log = log - 0.5 * (grid**2).sum(axis=1) - 0.5 * len(slots) * np.log(2 * np.pi)
    return logsumexp(log) + len(slots) * np.log(side[1] - side[0])


class Given:
    """Draws with their hyperparameters by name."""

    def __init__(self, problem, draws):
        self.hyper, self.of = draws.hyper, given_authorities(problem, draws, 1)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_density_of_a_cell_without_its_shock_is_the_integral_by_brute_force(name):
    layout, rows, design = SETTINGS[name]
    problem, draws = drawn(layout, design)
    given = Given(problem, draws)
    found, places = of_periods(given.of, problem, np.arange(len(problem.kind)))
    where = np.argwhere(periods_seen(problem)).tolist()
    assert where == np.transpose([places.authority, places.period]).tolist()
    rough = problem.model.shocks.streams > 1 or "bounds" in name  # quasi-random points; counts withheld for two reasons
    for draw in range(2):
        values = {k: float(v[0, draw]) for k, v in draws.hyper.items()}
        density = slot_density(problem, values, given.of.beta[draw], rows)
        for i, (a, t) in enumerate(where):
            theirs = by_brute_force(problem, given, draw, a, t, density)
            assert found[draw, i] == pytest.approx(theirs, abs=0.01 if rough else 1e-4), (a, t)


def tree(fit, values):
    """What `az.loo` reads."""
    return xr.DataTree.from_dict({"posterior": fit.posterior, "log_likelihood": values.to_dataset()})


@pytest.fixture(scope="module", params=["binomial", "poisson"])
def tiny(request):
    layout = panel(family=request.param, authorities=6, periods=4, starts=(2, 2), empty=[(4, 1)], per=100.0)
    return fit_layout(layout, DiD(), method="fast", seed=1, n_draws=4000)


@pytest.mark.filterwarnings("ignore:Estimated shape parameter")
def test_leave_one_out_by_weights_is_that_of_exact_refits(tiny):
    """Wherever the weights are worth it: nearly everywhere but in adopters' two periods before."""
    found = az.loo(tree(tiny, pointwise_log_likelihood(tiny)), pointwise=True)
    k = found.pareto_k.values
    assert (k < 0.7).mean() > 0.75
    worth = np.flatnonzero(k < 0.5)[::2]
    gaps = found.elpd_i.values[worth] - left_out(tiny, "authority_period", worth)
    assert len(gaps) >= 6
    assert np.abs(gaps).max() < 0.1
    assert np.sqrt(np.mean(np.square(gaps))) < 0.05


def test_cells_without_children_are_left_out_and_every_place_is_named(tiny):
    values = pointwise_log_likelihood(tiny, every=4)
    assert values.dims == ("chain", "draw", "cell")
    assert values.shape == (1, 1000, 23)
    assert values.draw[1] == 4
    assert values.attrs["disclosure"].startswith("cell-level")
    cells = tiny.layout.cells
    places = set(zip(values.authority.values.tolist(), values.period.values.tolist(), strict=True))
    assert len(places) == 23
    assert (cells.names[4], cells.calendar.labels[1]) not in places
    assert np.isfinite(values).all()
