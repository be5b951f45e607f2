"""How effects differ between adopters, against counting by hand and made-up truths. All data are synthetic."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import DesignError
from sos_bayes.data import Aim, Continuous
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate, heterogeneity
from sos_bayes.estimands.link_scale import moved
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england
from tests.designs.panels import panel
from tests.fitting.made_up import made_up_fit

QUIET = {"sd_shock": 0.02, "size_median": 3000.0, "size_min": 2000.0, "size_max": 5000.0}


def fitted(seed=1, **settings):
    made = made_up_england(Scenario(**(QUIET | settings)), seed=seed)
    return fit_layout(layout_of(made.cells, made.rollout), DiD(), seed=seed, n_draws=4000)


def with_aim(fit, aim):
    cells = replace(fit.layout.cells, outcome=replace(fit.outcome, aim=aim))
    return replace(fit, layout=replace(fit.layout, cells=cells))


@pytest.fixture(scope="module")
def six():
    """Six adopters with random draws."""
    return made_up_fit(panel(authorities=9, starts=(2, 2, 3, 3, 2, 4)), 400)


def test_ranks_and_chances_are_those_counted_draw_by_draw(six):
    found = heterogeneity(six)
    towards = -six.draws.own["departure"][0]
    for name, k in zip([e.label for e in estimate(six, by="authority")], range(6), strict=True):
        one = next(r for r in found.authorities if r.effect.label == name)
        ranks = np.array([1 + sum(row > row[k]) for row in towards])
        assert one.p_best == np.mean(ranks == 1)
        assert one.p_worst == np.mean(ranks == 6)
        assert np.mean((ranks >= one.rank_low) & (ranks <= one.rank_high)) >= 0.90
        assert one.p_towards == one.effect.probability(below=0.0)
    assert sum(r.p_best for r in found.authorities) == pytest.approx(1)


def test_ranks_do_not_depend_on_base_rates(six):
    moved = replace(six, draws=replace(six.draws, theta=six.draws.theta - np.arange(6)[:, None]))
    one, other = ({r.effect.label: r for r in heterogeneity(f).authorities} for f in (six, moved))
    assert all((one[k].p_best, one[k].rank_low) == (other[k].p_best, other[k].rank_low) for k in one)


def test_opposite_results_are_counted_beyond_the_worthwhile_change(six):
    found = heterogeneity(six)
    own = np.stack([e.draws.ravel() for e in estimate(six, by="authority")])
    assert found.p_mixed == np.mean((own.min(axis=0) < -0.01) & (own.max(axis=0) > 0.01))
    assert found.p_signs_differ == np.mean((own.min(axis=0) < 0) & (own.max(axis=0) > 0))
    assert found.p_mixed <= found.p_signs_differ


def test_the_other_aim_turns_every_direction_round(six):
    one, other = heterogeneity(six), heterogeneity(with_aim(six, Aim.MORE))
    turned = {r.effect.label: r for r in other.authorities}
    for r in one.authorities:
        assert turned[r.effect.label].p_towards == pytest.approx(1 - r.p_towards)
        assert turned[r.effect.label].p_best == r.p_worst
    assert (other.p_mixed, other.verdict) == (one.p_mixed, one.verdict)
    assert [r.effect.label for r in other.authorities] == [r.effect.label for r in one.authorities][::-1]


def test_large_true_differences_are_called_mixed():
    found = heterogeneity(fitted(heterogeneity=0.6))
    assert found.verdict == "mixed"
    assert found.spread.mean > 2 * found.spread.prior_mean
    assert "hides opposite results" in found.sentence


def test_equal_effects_are_not_called_mixed():
    found = heterogeneity(fitted(effect=-0.02))
    assert found.verdict == "not mixed"
    assert found.spread.contraction > 0.8
    assert found.p_next_towards > 0.95


def test_fewer_than_five_adopters_are_left_to_the_prior_and_it_is_said():
    found = heterogeneity(fitted(adopters=4, heterogeneity=0.6))
    assert found.verdict == "too few adopters"
    assert "driven by the prior" in found.sentence


def test_without_information_the_comparison_with_the_prior_finds_none(six):
    """Departures drawn from the prior around the average: what the data add to the odds is nothing."""
    rng = np.random.default_rng(5)
    n = six.draws.hyper["omega"].size
    omega = np.abs(rng.normal(0, 0.2, (1, n)))
    z = omega[..., None] * rng.standard_normal((1, n, 6))
    mu = rng.normal(0, 0.02, (1, n, 1))
    effect = (mu + z)[..., None] * six.layout.treated[six.layout.adopters]
    base = np.broadcast_to(np.array([-1.7]), effect.shape)
    draws = replace(
        six.draws, hyper={"omega": omega}, shared={"mu_tau": mu}, own={"departure": z}, effect=effect,
        theta=base + effect,
    )  # fmt: skip
    found = heterogeneity(replace(six, draws=draws))
    assert found.p_mixed == pytest.approx(found.p_mixed_prior, abs=4 * np.sqrt(0.25 / n) * np.sqrt(2))
    assert found.verdict == "cannot be told"
    assert found.spread.contraction == pytest.approx(0, abs=0.25)


def test_the_prediction_is_that_of_estimate_and_says_so(six):
    found = heterogeneity(six)
    same = estimate(six, estimand="next_authority")
    np.testing.assert_array_equal(found.next_authority.draws, same.draws)
    table = found.to_frame()
    assert list(table["estimand"]) == ["satt"] * 6 + ["next_authority"]
    assert table["label"].iloc[-1] == "next authority"
    assert table["rank_low"].isna().tolist() == [False] * 6 + [True]
    assert "Prediction for the next authority" in found.sentence


def test_an_authority_of_few_children_is_left_out_of_the_table_with_a_second_one():
    layout = panel(authorities=9, starts=(2, 2, 2, 2, 2, 2))
    total = layout.cells.total.copy()
    total[0] = 1.0
    events = np.minimum(layout.cells.events, total)
    fit = made_up_fit(replace(layout, cells=replace(layout.cells, total=total, events=events)), 50)
    found = heterogeneity(fit)
    assert len(found.authorities) == 6
    assert len(found.shown()) == 4
    assert "Made-up 00" not in found.to_frame()["label"].tolist()
    assert "baseline" not in found.to_frame().columns


def test_one_adopter_is_refused():
    with pytest.raises(DesignError, match="one adopter"):
        heterogeneity(made_up_fit(panel(starts=(2,)), 20))


def test_measured_outcomes_move_in_their_own_unit():
    words = {"aim": Aim.FEWER, "worthwhile": 1.0, "label": "synthetic days"}
    assert moved(Continuous("days", unit="days", **words), 10.0, -0.5, unit=4.0) == pytest.approx(-2.0)
