"""Draws of cells: each family's own scatter, the prior of the readable model, and nothing that was counted."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats
from scipy.special import expit

import sos_bayes as sb
from sos_bayes._core.errors import DesignError
from sos_bayes.designs import DiD
from sos_bayes.estimands.readable_model import written
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.predictive import predict
from sos_bayes.predictive.replicates import CellMaker
from tests.contracts.test_readable_model import SETTINGS, small
from tests.designs.panels import PATTERNS

MANY = 4000


def expected(problem, eta, cell, root):
    """Mean and variance of one cell's outcome at its predictor, by scipy."""
    cells, name = problem.cells, problem.family.name
    place = (cell.authority, cell.period, cell.pattern)
    if cells.bands is not None:
        law = stats.binom(cells.bands[(*place, cell.stream, 1)], expit(eta))
    elif problem.model.residual is not None:
        units = problem.model.residual.units
        spread = units.sd * root / np.sqrt(units.children * cells.total[place])
        wide = 1.0 if name == "gaussian" else problem.counts.single.degrees / (problem.counts.single.degrees - 2)
        return units.mean + units.sd * eta, spread**2 * wide
    elif name in ("binomial", "beta_binomial"):
        p, n = expit(eta), cells.total[place]
        law = stats.binom(n, p) if root is None else stats.betabinom(n, p / root**2, (1 - p) / root**2)
    else:
        mean = cells.total[place] * np.exp(eta)
        law = stats.poisson(mean) if root is None else stats.nbinom(root**-2, 1 / (1 + root**2 * mean))
    return law.mean(), law.var()


KINDS = ("binomial", "covariates", "poisson", "overdispersed", "overdispersed shares", "measured", "plain numbers",
         "long tails", "hazards", "subgroups", "bounds")  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_cells_scatter_around_their_predictor_as_their_family_does(name):
    layout, design = SETTINGS[name]
    problem = problem_of(design.model(layout), layout.cells)
    maker, rng = CellMaker.of(problem), np.random.default_rng(3)
    theta = rng.normal(-0.5, 0.4, problem.total.shape[:2])
    beta = rng.normal(0, 0.3, problem.sizes[2])
    root = None if problem.model.dispersed_by is None else 0.4
    roots = None if root is None else np.full(MANY, root)
    drawn = maker.drawn(lambda a: np.tile(theta[a], (MANY, 1)), np.tile(beta, (MANY, 1)), roots, 5, float)
    assert maker.whole == (problem.model.residual is None)
    shift = problem.patterns @ beta
    for i, places in enumerate(zip(*(getattr(maker.found, f) for f in
                                     ("authority", "period", "pattern", "stream", "rest")), strict=True)):  # fmt: skip
        cell = type(maker.found)(*places)
        eta = theta[cell.authority, cell.slot(problem.chain)] + shift[cell.rest]
        mean, variance = expected(problem, eta, cell, root)
        assert drawn[:, i].mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / MANY) + 1e-6), cell
        assert drawn[:, i].var() == pytest.approx(variance, rel=0.4 if name == "long tails" else 0.2, abs=1e-4), cell


def test_levels_are_drawn_by_their_shares():
    layout, design = SETTINGS["ordinal, covariates"]
    problem = problem_of(design.model(layout), layout.cells)
    maker = CellMaker.of(problem)
    beta = np.zeros((MANY, problem.sizes[2]))
    columns = problem.model.cutpoints.sd * problem.model.cutpoints.basis
    beta[:, -columns.shape[1] :] = np.linalg.pinv(columns) @ np.array([1.0, 0.0, -1.0])
    drawn = maker.drawn(lambda a: np.zeros((MANY, problem.chain)), beta, None, 5, np.int32)
    number = layout.cells.total[maker.found.authority, maker.found.period, maker.found.pattern]
    assert (drawn.sum(axis=2) == number).all()
    shares = -np.diff(expit([1.0, 0.0, -1.0]), prepend=1.0, append=0.0)
    np.testing.assert_allclose((drawn / number[:, None]).mean(axis=(0, 1)), shares, atol=0.01)


PRIORS = ("covariates", "measured", "ordinal, covariates", "hazards", "two years of quarters",
          "clusters", "subgroups")  # fmt: skip


@pytest.mark.parametrize("name", PRIORS)
def test_the_prior_draws_of_cells_are_those_of_the_readable_model(name):
    """Totals, spread between cells and the last period's share of each draw: the same distribution."""
    layout, design = SETTINGS[name]
    with written(layout, design):
        theirs = pm.sample_prior_predictive(600, random_seed=1, compile_kwargs={"mode": "FAST_COMPILE"})
    fit = fit_layout(layout, design, method="fast", seed=1, n_draws=200, fall_back=False)
    ours = predict(fit, "prior", draws=600)
    (variable,) = ours.data_vars
    one = ours[variable].values[0].astype(float)
    two = theirs["prior_predictive"][variable].values[0].astype(float)
    assert one.shape == two.shape
    last = (ours.period == ours.period.values[-1]).values
    weights = np.arange(one.shape[-1]) if name.startswith("ordinal") else np.ones(1)
    sums = [(x * weights).sum(axis=-1) if name.startswith("ordinal") else x for x in (one, two)]
    for summary in (lambda x: x.sum(axis=1), lambda x: np.log(x.std(axis=1) + 1e-9), lambda x: x[:, last].mean(axis=1)):
        assert stats.ks_2samp(summary(sums[0]), summary(sums[1])).pvalue > 1e-3


@pytest.fixture(scope="module")
def fit():
    layout = small(patterns=PATTERNS[:2], empty=[(0, 1), (2, 2, 1)])
    return fit_layout(layout, DiD(adjust=("age", "sex")), method="fast", seed=1, n_draws=2000)


def test_draws_after_the_data_lie_around_what_was_counted(fit):
    drawn = sb.predict(fit, draws=500)
    cells, found = fit.layout.cells, CellMaker.of(fit.problem).found
    events, total = (x[found.authority, found.period, found.pattern] for x in (cells.events, cells.total))
    assert drawn["events"].dtype == np.int32
    assert drawn.sizes == {"chain": 1, "draw": 500, "cell": 4 * 3 * 2 - 3}
    assert (drawn["events"] <= total).all()
    away = (drawn["events"].mean(("chain", "draw")) - events) / drawn["events"].std(("chain", "draw"))
    assert abs(away).max() < 3
    assert drawn.attrs["thinned"] == "draws 1, 5, ... of 2,000 in each chain"
    assert drawn.draw.values[:3].tolist() == [0, 4, 8]
    grid = drawn.set_index(cell=["authority", "period", "pattern"]).unstack("cell")
    assert set(grid["events"].dims) == {"chain", "draw", "authority", "period", "pattern"}


def test_before_the_data_rates_may_be_of_any_size():
    """The prior of a rate reaches further than a generator of whole numbers, PyMC's among them."""
    layout, design = SETTINGS["poisson"]
    drawn = predict(
        fit_layout(layout, design, method="fast", seed=1, n_draws=200, fall_back=False), "prior", draws=2000
    )
    assert drawn["events"].dtype == np.float64
    assert np.isfinite(drawn["events"]).all()
    assert drawn["events"].max() > 2.0**50


def test_before_the_data_nothing_is_known_of_authorities(fit):
    after, before = (sb.predict(fit, kind, draws=400)["events"] for kind in ("posterior", "prior"))
    assert (before.std(("chain", "draw")) > 1.5 * after.std(("chain", "draw"))).all()


def test_the_same_seed_draws_the_same_and_another_does_not(fit):
    one, two, other = (sb.predict(fit, draws=50, seed=s)["events"] for s in (3, 3, 4))
    assert one.equals(two)
    assert not one.equals(other)


def test_no_more_is_kept_than_memory_should_hold(fit, monkeypatch):
    monkeypatch.setattr("sos_bayes.predictive.predictive_draws.LARGEST", 4 * 21 * 100)
    drawn = sb.predict(fit, draws=2000)
    assert drawn["events"].nbytes <= 4 * 21 * 100
    assert drawn.attrs["draws_asked_for"] == 2000
    assert drawn.sizes["draw"] == 100


def test_neither_its_text_nor_its_words_hold_a_count(fit):
    """Numbers in the text are draws, positions and sizes; what was counted is not in the object at all."""
    drawn = sb.predict(fit, draws=50)
    assert set(drawn.variables) == {"events", "chain", "draw", "authority", "period", "pattern"}
    assert "inside the secure setting" in drawn.attrs["disclosure"]
    bare = drawn.drop_vars("events")
    for number in np.unique(fit.layout.cells.events[fit.layout.cells.events > 9]).astype(int):
        assert f" {number} " not in repr(bare)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"kind": "posteriour"}, 'Did you mean "posterior"'), ({"draws": 0}, "whole number from 1"),
     ({"draws": True}, "whole number"), ({"seed": -1}, "whole number from 0")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(fit, wrong, says):
    with pytest.raises(DesignError, match=says):
        predict(fit, **wrong)


def test_a_fit_of_another_kind_is_refused():
    with pytest.raises(DesignError, match="no one model of all cells"):
        sb.predict(object())
