"""Ordinal outcomes by the fast route: against dense algebra on the categories themselves, and against Binary."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from sos_bayes._core.errors import DesignError
from sos_bayes.checks import check
from sos_bayes.data import Aim, Binary
from sos_bayes.designs import DiD, Layout
from sos_bayes.estimands import estimate
from sos_bayes.evidence import grade
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.arrays.array_bundles import LatentField
from sos_bayes.fitting.arrays.problem import problem_of
from sos_bayes.fitting.laplace.conditional_draws import mode_around
from sos_bayes.fitting.laplace.nested_laplace import HyperPosterior, first_field, mode_at, prior_at
from sos_bayes.fitting.laplace.newton_starts import all_from, first_beta
from sos_bayes.fitting.laplace.taylor_table import counts_around
from tests.designs.levels import leveled
from tests.designs.panels import PATTERNS
from tests.fitting.dense import Dense

SETTINGS = {
    "plain": (leveled(starts=(2, 3), empty=[(0, 1), (3, 2)])[0], DiD()),
    "patterns": (leveled(patterns=PATTERNS[:3], starts=(2, 3), empty=[(2, 1, 2)])[0], DiD(adjust=("age", "sex"))),
    "three levels, quarters": (leveled(cuts=(-1.0, 1.5), quarters=True, at_least=1)[0], DiD(trends=True, drift=0.03)),
    "a level that is rare": (leveled(cuts=(-0.5, 0.4, 0.45))[0], DiD()),
}


class ByCategory(Dense):
    """Dense algebra on the probabilities of the categories, differentiated numerically nowhere: F' = F (1 - F)."""

    def __post_init__(self):
        super().__post_init__()
        model, cells = self.problem.model, self.problem.cells
        n_a, n_t, n_c = cells.total.shape
        cuts = model.cutpoints.basis * model.cutpoints.sd
        k = cuts.shape[1]
        theta = np.repeat(self.theta[:, : self.theta.shape[1] - self.patterns.shape[1]], n_c, axis=0)
        covariates = np.zeros((n_c, 0)) if model.patterns is None else model.patterns.columns * model.patterns.sd
        self.eta = np.concatenate(
            [theta, np.tile(covariates, (n_a * n_t, 1)), np.zeros((len(theta), k))], axis=1
        )  # rows: cells by pattern of covariates
        self.minus_cuts = np.concatenate([np.zeros((len(cuts), self.eta.shape[1] - k)), cuts], axis=1)
        self.levels = cells.levels.reshape(-1, cells.levels.shape[3])
        self.theta = np.concatenate(
            [self.theta[:, : theta.shape[1]], np.zeros((n_a * n_t, covariates.shape[1] + k))], 1
        )

    def down(self, x):
        reach = expit((self.eta @ x)[:, None] + self.minus_cuts @ x)
        shares = -np.diff(reach, axis=1, prepend=1.0, append=0.0)
        gaps = -np.diff(self.minus_cuts @ x)
        if (gaps <= 0).any():
            return np.inf
        seen = self.levels > 0
        value = (self.levels[seen] * np.log(shares[seen])).sum() + np.log(-np.expm1(-gaps)).sum()
        return 0.5 * x @ x - value

    def slope(self, x):
        reach = expit((self.eta @ x)[:, None] + self.minus_cuts @ x)
        dense = reach * (1 - reach)
        shares = -np.diff(reach, axis=1, prepend=1.0, append=0.0)
        over = self.levels / shares
        by_reach = (over[:, 1:] - over[:, :-1]) * dense  # (rows, cutpoints)
        gaps = -np.diff(self.minus_cuts @ x)
        up = np.exp(-gaps) / -np.expm1(-gaps)
        by_gap = -(self.minus_cuts[1:] - self.minus_cuts[:-1]).T @ up
        return x - self.eta.T @ by_reach.sum(axis=1) - self.minus_cuts.T @ by_reach.sum(axis=0) - by_gap


def curvature_at(dense, x):
    """Central differences of the exact slope."""
    steps = np.eye(len(x)) * 1e-5
    found = np.array([(dense.slope(x + s) - dense.slope(x - s)) / 2e-5 for s in steps])
    return (found + found.T) / 2


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("expanded", [False, True], ids=["table", "expansion"])
def test_mode_and_evidence_are_those_of_the_categories(name, expanded):
    layout, design = SETTINGS[name]
    problem = problem_of(design.model(layout), layout.cells)
    scores = np.random.default_rng(2).normal(0, 0.6, (1, len(problem.model.hypers)))
    field = first_field(problem)
    if expanded:
        _, near = mode_at(problem, problem.scales(scores + 0.05), 0, field, 1e-6)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sos_bayes.fitting.laplace.taylor_table.WORTH_IT", 1)
            problem = replace(problem, counts=counts_around(problem.counts, problem.family, near))
        assert problem.counts.around.theta.size
        field = near
    mode, field = mode_at(problem, problem.scales(scores), 0, field, 1e-11, corrected=False)
    dense = ByCategory(problem, {name: float(v[0]) for name, v in problem.values(scores).items()})
    p, _, k = problem.sizes
    start = np.zeros(dense.eta.shape[1])
    start[-k:] = first_beta(problem)
    found = minimize(dense.down, start, jac=dense.slope, method="BFGS", options={"gtol": 1e-5, "maxiter": 2000}).x
    for _ in range(3):
        curvature = curvature_at(dense, found)
        found = found - np.linalg.solve(curvature, dense.slope(found))
    loose = 1e-4 if expanded else 1e-7
    np.testing.assert_allclose(field.theta.ravel(), dense.theta @ found, atol=loose)
    np.testing.assert_allclose(field.beta, found[-k:], atol=loose)
    np.testing.assert_allclose(field.z, found[:p], atol=loose)
    # binomial terms carry their constant differently: log-likelihoods are compared by differences of two points
    evidence = -dense.down(found) - 0.5 * np.linalg.slogdet(curvature_at(dense, found))[1]
    assert mode.log_ml == pytest.approx(evidence, abs=1e-3 if expanded else 1e-5)


def test_the_expansion_leaves_the_gaps_exact():
    layout, design = leveled(patterns=PATTERNS, size=400)[0], DiD(adjust=("age", "sex"))
    problem = problem_of(design.model(layout), layout.cells)
    scores = np.random.default_rng(4).normal(0, 0.3, (5, len(problem.model.hypers)))
    _, field = mode_at(problem, problem.scales(scores), 0, first_field(problem), 1e-6)
    around = replace(problem, counts=counts_around(problem.counts, problem.family, field))
    assert around.counts.around.theta.size
    one, two = HyperPosterior(problem, all_from(field), [])(scores), HyperPosterior(around, all_from(field), [])(scores)
    np.testing.assert_allclose(one, two, atol=2e-3)


@pytest.mark.parametrize("spread", [0.02, 8.0])
def test_newton_comes_back_from_cutpoints_that_lie_too_close_or_too_far(spread):
    layout, design = SETTINGS["a level that is rare"]
    problem = problem_of(design.model(layout), layout.cells)
    scales = problem.scales(np.zeros((1, len(problem.model.hypers))))
    start = first_field(problem)
    wide = LatentField(start.theta - 2.0, start.z, start.beta * spread)
    one, there = mode_at(problem, scales, 0, start, 1e-9)
    two, again = mode_at(problem, scales, 0, wide, 1e-9)
    assert one.log_ml == pytest.approx(two.log_ml, abs=1e-8)
    np.testing.assert_allclose(there.beta, again.beta, atol=1e-7)
    assert (problem.counts.gaps @ there.beta > 0).all()


def test_a_start_outside_the_cone_has_no_mode_and_does_not_hang():
    layout, design = SETTINGS["plain"]
    problem = problem_of(design.model(layout), layout.cells)
    scales = problem.scales(np.zeros((1, len(problem.model.hypers))))
    start = first_field(problem)
    mode, _ = mode_at(problem, scales, 0, start._replace(beta=-start.beta), 1e-6, corrected=False)
    assert not np.isfinite(mode.log_ml)


def test_two_levels_are_a_binary_outcome_to_the_bit():
    layout, _ = leveled(cuts=(0.3,), at_least=1, starts=(2, 3))
    outcome = Binary("need", aim=Aim.FEWER, worthwhile=0.02, label="synthetic need")
    plain = Layout(replace(layout.cells, outcome=outcome, levels=None), layout.starts)
    one, two = (fit_layout(x, DiD(), seed=3, n_draws=500) for x in (layout, plain))
    assert one.draws.theta.tobytes() == two.draws.theta.tobytes()
    assert one.draws.effect.tobytes() == two.draws.effect.tobytes()
    assert estimate(one).draws.tobytes() == estimate(two).draws.tobytes()
    assert estimate(one, by="level")["1"].draws.tobytes() == estimate(two).draws.tobytes()


@pytest.fixture(scope="module")
def fit():
    layout, _ = leveled(authorities=14, periods=6, starts=(3, 3, 4), size=250, effect=-0.5, patterns=PATTERNS[:3])
    return fit_layout(layout, DiD(adjust=("age", "sex")), seed=2, n_draws=2000)


@pytest.fixture(scope="module")
def recoded(fit):
    """The same children, counted as reaching the headline's level or not."""
    outcome = Binary("need", aim=Aim.FEWER, worthwhile=0.02, label="synthetic need")
    cells = replace(fit.layout.cells, outcome=outcome, levels=None)
    return fit_layout(Layout(cells, fit.layout.starts), fit.design, seed=2, n_draws=2000)


@pytest.mark.parametrize("by", [None, "event_time", "authority", "sex"])
def test_children_are_counted_as_children(fit, recoded, by):
    ours, theirs = ((estimate(f),) if by is None else tuple(estimate(f, by=by)) for f in (fit, recoded))
    for one, two in zip(ours, theirs, strict=True):
        assert (one.n_children, one.n_adopters, one.k_effective) == (two.n_children, two.n_adopters, two.k_effective)
        assert one.label == two.label
        assert one.baseline == pytest.approx(two.baseline, abs=0.03)
    assert estimate(fit).n_children == fit.layout.cells.total[:3][fit.layout.treated[:3]].sum()


def test_checks_find_what_they_find_of_a_binary_recoding(fit, recoded):
    """Every figure that averages children's cells, within the sd of either."""
    others = ("denominator", "leave_one_out")
    ours, theirs = ({c.name: c for c in check(f, skip=others)} for f in (fit, recoded))
    for name in ("level_gap", "weighting", "patt", "imputation", "drift", "sceptical", "trends", "random_walk"):
        one, two = dict(ours[name].numbers), dict(theirs[name].numbers)
        assert one["mean"] == pytest.approx(two["mean"], abs=two["sd"]), name
        assert one["sd"] == pytest.approx(two["sd"], rel=0.35), name
    one, two = (dict(c["leads"].numbers) for c in (ours, theirs))
    assert one["largest"] == pytest.approx(two["largest"], rel=0.6)
    for here, there in zip(ours["leads"].series, theirs["leads"].series, strict=True):
        assert here.n_children == there.n_children
        assert here.baseline == pytest.approx(there.baseline, abs=0.03)


@pytest.mark.parametrize("scale", ["difference", "ratio", "events"])
def test_the_headline_agrees_with_its_binary_recoding_and_is_sharper(fit, recoded, scale):
    one, two = estimate(fit, scale=scale), estimate(recoded, scale=scale)
    assert one.mean == pytest.approx(two.mean, abs=two.sd)
    assert one.sd < 1.05 * two.sd
    if scale == "events":
        children = fit.layout.cells.total[:3][fit.layout.treated[:3]].sum()
        assert one.baseline == pytest.approx(children * estimate(fit).baseline, rel=0.1)


def test_each_level_has_its_effect_and_the_headline_is_one_of_them(fit):
    effects = estimate(fit, by="level")
    assert effects.by == "level"
    assert effects.labels == ("1", "2", "3")
    assert effects["2"].draws.tobytes() == estimate(fit).draws.tobytes()
    shares = [e.baseline for e in effects]
    assert shares == sorted(shares, reverse=True)
    observed = fit.layout.cells.levels[:3][~fit.layout.treated[:3]].sum(axis=(0, 1))
    np.testing.assert_allclose(shares, (np.cumsum(observed[::-1])[::-1] / observed.sum())[1:], atol=0.06)
    for arm in ("patt", "next_authority"):
        assert all(np.isfinite(e.draws).all() for e in estimate(fit, by="level", estimand=arm, scale="ratio"))


def test_levels_that_are_not_there_are_refused(fit, recoded):
    weights = np.ones((1, 3, 6, 3)) / 54
    with pytest.raises(DesignError, match="is not a level above the lowest"):
        fit.contrast(weights, at="0")
    with pytest.raises(DesignError, match="this outcome has no levels"):
        recoded.contrast(weights, at="1")
    with pytest.raises(DesignError, match="not something this fit can split by"):
        estimate(recoded, by="level")
    with pytest.raises(DesignError, match="they need"):
        fit.contrast(np.ones((1, 3, 6, 9)))


def test_every_check_runs_on_levels_and_the_headline_is_graded(fit):
    results = check(fit)
    assert {c.state.value for c in results} == {"reported"}  # who is counted is looked at always
    numbers = {c.name: dict(c.numbers) for c in results}
    assert numbers["imputation"]["mean"] == pytest.approx(estimate(fit).mean, abs=0.06)
    assert grade(estimate(fit), results).graded


def test_the_check_of_the_denominator_counts_children(fit):
    outcome = replace(fit.outcome, among="seen", denominator="by_practice")
    layout = Layout(replace(fit.layout.cells, outcome=outcome), fit.layout.starts)
    selected = fit_layout(layout, fit.design, seed=2, n_draws=500)
    others = tuple(c.name for c in check(selected, skip=()) if c.name != "denominator")
    found = next(c for c in check(selected, skip=others) if c.name == "denominator")
    assert dict(found.numbers)["ratio"] == pytest.approx(1.0, abs=0.15)


def test_real_birth_counts_have_the_estimates_of_their_rows(shared_data):
    """Living children (0 to 3+) of women in Bangladesh by town and country, 1988: rows by scipy, cells by Newton."""
    import pandas as pd

    table = pd.read_csv(shared_data / "benchmarks" / "contraception.csv")
    y, urban = table["livch"].map({"0": 0, "1": 1, "2": 2, "3+": 3}).to_numpy(), (table["urban"] == "Y").to_numpy()

    def down(x):
        reach = expit(x[0] * urban[:, None] - x[1:])
        shares = -np.diff(reach, axis=1, prepend=1.0, append=0.0)
        chosen = shares[np.arange(len(y)), y]
        return -np.log(chosen).sum() if (chosen > 0).all() else np.inf

    rows = minimize(down, [0.0, -1.0, 0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9,
                                                                                "maxiter": 5000}).x  # fmt: skip
    layout, _ = leveled(authorities=3, periods=2, starts=(1,), size=10)
    problem = problem_of(DiD().model(layout), layout.cells)
    levels = np.zeros((1, 2, 1, 4))
    np.add.at(levels[0, :, 0], (urban.astype(int), y), 1.0)
    upper, total = levels[0, :, 0, 1:], levels[0, :, 0, :-1] + levels[0, :, 0, 1:]
    counts = problem.counts._replace(
        by_cell=upper.sum(axis=1)[None], by_pattern=upper.sum(axis=0), total=np.ascontiguousarray(total[None]),
        patterns=1e3 * problem.counts.patterns / 3.0, gaps=1e3 * problem.counts.gaps / 3.0,
        between=levels[..., 1:-1].sum(axis=(0, 1, 2)),
    )  # fmt: skip
    scales = problem.scales(np.zeros((1, len(problem.model.hypers))))
    frame = prior_at(problem, scales, 0)
    flat = frame._replace(
        columns=np.zeros((1, 2, 1)), scale=np.ones(1), kind=np.zeros(1, np.intp), own=np.zeros((1, 2, 1)),
        rho=0.0, start=1.0, shocks=np.full(1, 1e3),
    )  # fmt: skip
    field = LatentField(np.zeros((1, 2)), np.zeros(1), first_beta(problem) * 3.0 / 1e3)
    mode = mode_around(counts, flat, problem.adopters, field, 1e-10, 0.0, False)
    assert np.isfinite(mode.log_ml)
    minus_cuts = field.beta @ counts.patterns
    assert field.theta[0, 1] - field.theta[0, 0] == pytest.approx(rows[0], abs=1e-4)
    np.testing.assert_allclose(field.theta[0, 0] + minus_cuts, -rows[1:], atol=1e-4)
