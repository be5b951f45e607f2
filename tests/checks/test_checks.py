"""Single checks: what each looks at, and what it must not look at."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.checks import State
from sos_bayes.checks.fit_under_test import under_test, untreated
from sos_bayes.checks.parallel_trends.leads import check_leads
from sos_bayes.checks.parallel_trends.level_gap import check_level_gap
from sos_bayes.checks.parallel_trends.pre_period_gaps import before_start, gap_effects
from sos_bayes.checks.scheduling import alone
from sos_bayes.checks.sensitivity.denominator import check_denominator
from sos_bayes.checks.sensitivity.imputation import check_imputation
from sos_bayes.checks.sensitivity.leave_one_out import check_leave_one_out, telling
from sos_bayes.checks.sensitivity.no_change import check_no_change
from sos_bayes.designs import DiD, Layout, layout_of
from sos_bayes.designs.priors import Priors
from sos_bayes.estimands import estimate
from sos_bayes.fitting import fit_layout, map_fits
from sos_bayes.simulation import Scenario
from sos_bayes.simulation.worlds import World, made_up_world
from tests.checks.conftest import fast, layout
from tests.designs.panels import panel


def test_the_leads_series_joins_leads_and_lags_of_one_fit(checked):
    series = checked["leads"].series
    assert series.by == "event_time"
    assert series.labels == ("-4", "-3", "-2", "-1", "0", "1", "2", "3")
    early, late = series.effects[:4], series.effects[4:]
    assert all(e.mean < -0.03 for e in late)
    assert all(abs(e.mean) < 0.02 for e in early)
    assert {e.draws.shape for e in series} == {(1, 4000)}


def test_leads_sum_to_about_zero_and_a_departure_is_seen(tested):
    """A rise in the year before the start shows in that lead, and in no other as much."""
    plain = tested.fit.layout
    risen = plain.cells.events.copy()
    year = plain.n_pre - 1
    risen[plain.adopters, year] = np.floor(risen[plain.adopters, year] * 1.5)
    dipped = Layout(replace(plain.cells, events=np.minimum(risen, plain.cells.total)), plain.starts)
    design = DiD(priors=replace(DiD().priors, lead=0.5))
    result = alone(check_leads, under_test(fast(dipped, design)))
    leads = np.array([result.series[str(e)].mean for e in (-4, -3, -2, -1)])
    assert leads.argmax() == 3
    assert leads[3] > 0.02
    assert abs(leads.sum()) < 0.02  # exactly nothing on the log-odds scale
    assert result.number("p_beyond") > 0.95


def test_one_period_before_the_start_has_no_leads():
    found = fast(layout(Scenario(periods=4, starts=1, authorities=20, adopters=5)))
    assert alone(check_leads, under_test(found)).state is State.NOT_APPLICABLE


def test_the_prior_chance_of_a_large_lead_stands_beside_the_posterior(checked):
    numbers = dict(checked["leads"].numbers)
    assert set(numbers) == {
        "largest", "p_beyond", "p_beyond_prior", "p_net_positive", "p_net_negative", "expected", "expected_low",
        "expected_high", "power", "expected_top",
    }  # fmt: skip
    assert 0.3 < numbers["p_beyond_prior"] < 0.7  # about a half a priori, by arithmetic of the default prior


def test_the_level_gap_is_that_of_the_data(tested):
    """With a large gap put in, the check finds it; it does not depend on what happened after the start."""
    found = fast(layout(Scenario(level_gap=0.8)))
    cells, adopters = found.layout.cells, found.layout.adopters
    rate = cells.events[:, :4, 0].sum(axis=1) / cells.total[:, :4, 0].sum(axis=1)
    gap = check_level_gap(under_test(found))
    others = np.delete(rate, adopters)
    logit = np.log(others / (1 - others)).mean()
    share = cells.total[adopters, :4, 0].sum(axis=1)
    expected = share @ rate[adopters] / share.sum() - 1 / (1 + np.exp(-logit))
    assert gap.number("mean") == pytest.approx(expected, abs=0.02)
    assert gap.number("p_positive") > 0.99
    assert "not an effect" in gap.sentence


def test_gaps_average_over_cells_before_the_start(fit):
    masks = before_start(fit)[None]
    shift = np.broadcast_to(fit.draws.level_gap[:, :, None, None], fit.draws.theta.shape)
    (gap,) = gap_effects(fit, shift, ("level gap",), masks)
    assert masks.sum() == 9 * 4
    (none,) = gap_effects(fit, 0 * shift, ("nothing",), masks)
    assert none.mean == 0
    assert gap.n_children == int(fit.layout.cells.total[:9, :4].sum())


def test_the_counterfactual_of_the_imputation_does_not_see_treated_cells(fit):
    """Whatever happened to adopters after their start, the untreated world is the same to the byte."""
    other = changed_after_start(fit.layout)
    assert (other.cells.events != fit.layout.cells.events).any()
    one, two = (
        fit_layout(untreated(x), DiD(), method="fast", seed=1, warm_start=fit.warm_start, n_draws=500)
        for x in (fit.layout, other)
    )
    weights = (np.ones((9, 8, 1)) * fit.layout.treated[:9, :, None] / 36)[None]
    assert one.contrast(weights).without.tobytes() == two.contrast(weights).without.tobytes()


def changed_after_start(found):
    events = found.cells.events.copy()
    events[found.treated] = np.floor(events[found.treated] * 0.5)
    return Layout(replace(found.cells, events=events), found.starts)


def test_the_imputed_effect_moves_one_for_one_with_the_observed(fit):
    """Observed minus predicted: halving treated events lowers the effect by half the observed mean."""
    before = alone(check_imputation, under_test(fit)).number("mean")
    halved = under_test(replace(fit, layout=changed_after_start(fit.layout)))
    after = alone(check_imputation, halved).number("mean")
    cells, treated = fit.layout.cells, fit.layout.treated[:9]
    weights = cells.total[:9, :4, 0].mean(axis=1)[:, None] * treated
    rate = lambda events: (weights * (events[:9, :, 0] / cells.total[:9, :, 0])).sum() / weights.sum()  # noqa: E731
    wanted = rate(changed_after_start(fit.layout).cells.events) - rate(cells.events)
    assert after - before == pytest.approx(wanted, abs=2e-3)


def test_leaving_one_out_reports_the_worst_of_either_direction():
    tested = under_test(fast(panel(authorities=9, starts=(2, 2, 3), size=400.0, seed=3)))
    layout = tested.fit.layout
    each = map_fits([tested.request(layout=layout.without(a)) for a in (0, 1, 2)])
    assert [e.n_adopters for e in each] == [2, 2, 2]
    result = alone(check_leave_one_out, tested)
    assert result.number("p_positive") == min(e.probability(above=0.0) for e in each)
    assert result.number("p_negative") == pytest.approx(min(e.probability(below=0.0) for e in each))
    assert result.number("lowest_mean") == min(e.mean for e in each)
    assert result.number("p_positive") + result.number("p_negative") < 0.99


def test_no_important_change_is_looked_for_under_a_flat_prior(tested):
    wide = replace(tested.fit.layout.cells, outcome=replace(tested.fit.outcome, worthwhile=0.2))
    found = under_test(fast(replace(tested.fit.layout, cells=wide)))
    result = alone(check_no_change, found)
    assert result.number("p_within") > 0.99
    assert 0.9 < result.number("worst_within") <= result.number("p_within")
    flat = fast(found.fit.layout, DiD(priors=Priors(effect_sd=1.5)))
    assert result.number("p_within") == pytest.approx(estimate(flat).probability(above=-0.2, below=0.2), abs=0.01)


@pytest.mark.parametrize("denominator", ["population", "before_start", None])
def test_the_denominator_is_looked_at_whoever_is_said_to_decide_it(denominator):
    found = under_test(fast(layout(denominator=denominator)))
    result = alone(check_denominator, found)
    assert result.state is State.REPORTED
    assert result.number("ratio") == pytest.approx(1.0, abs=0.1)


def test_a_number_that_never_changes_needs_no_fit():
    """Each authority counts as many as ever, some periods of one are missing."""
    found = layout(denominator=None)
    sizes = 50.0 + 10 * np.arange(found.cells.total.shape[0])[:, None, None] + 0 * found.cells.total
    sizes[20, 2:4] = 0.0
    cells = replace(found.cells, total=sizes, events=np.minimum(found.cells.events, sizes))
    result = alone(check_denominator, under_test(fast(Layout(cells, found.starts))))
    assert (result.number("p_small"), result.number("p_large"), result.number("ratio")) == (1.0, 0.0, 1.0)
    assert "same number of children" in result.sentence


@pytest.mark.parametrize(("grown", "key"), [(1.0, "p_small"), (1.6, "p_large")])
def test_a_growing_denominator_is_seen(grown, key):
    """Steady sizes, then adopters count 60 % more children after the start, or as many as before."""
    scenario = Scenario(effect=0.0, size_median=4000.0, size_max=30000.0, size_wobble=0.0, size_log_sd=0.3)
    found = layout(scenario, denominator="by_practice")
    more = np.where(found.treated[:, :, None], grown, 1.0)
    cells = replace(found.cells, total=np.floor(found.cells.total * more))
    result = alone(check_denominator, under_test(fast(Layout(cells, found.starts))))
    assert result.state is State.REPORTED
    assert result.number(key) > 0.9
    assert result.number("ratio") == pytest.approx(grown, rel=0.05)


@pytest.mark.parametrize(
    ("sd", "screened", "said"),
    [(0.02, 0.0, "It hardly changed."), (0.4, 0.0, "cannot be told"), (0.1, 0.2, "It is seen to change")],
)
def test_a_change_is_told_from_how_far_numbers_wander_by_themselves(sd, screened, said):
    """Of each authority's own accord by this sd a year; a fifth of children without an event screened out, or none."""
    scenario = Scenario(size_median=4000.0, size_max=90_000.0, size_wobble=sd)
    made = made_up_world(World(title="numbers that wander", scenario=scenario, screened=screened), seed=3)
    result = alone(check_denominator, under_test(fast(layout_of(made.cells, made.rollout))))
    assert said in result.sentence
    assert (result.number("p_changed") >= 0.975) is (screened > 0)


def test_worthwhile_and_estimates_are_on_the_natural_scale_of_a_count():
    scenario = Scenario(family="poisson", base=50.0, per=10_000.0, size_median=20_000, size_max=90_000, effect=-15.0)
    found = fast(layout(scenario))
    tested = under_test(found)
    assert tested.worthwhile == pytest.approx(50 / 15)
    own = estimate(found)
    assert own.mean == pytest.approx(-15, abs=5)
    result = alone(check_imputation, tested)
    assert result.number("mean") == pytest.approx(own.mean, abs=5)
    assert "per 10,000" in result.sentence


def test_of_many_adopters_those_that_matter_most_are_left_out():
    """The worst of either direction is found among twelve of sixteen."""
    many = panel(authorities=24, starts=(2, 3) * 8, size=200.0, seed=4)
    tested = under_test(fit_layout(many, DiD(), method="fast", seed=1, n_draws=8000))
    layout = tested.fit.layout
    assert layout.adopters.tolist() == list(range(16))
    places = telling(tested.fast_refit)
    assert len(places) == len(set(places)) == 12
    each = [e.probability(above=0.0) for e in map_fits([tested.request(layout=layout.without(a)) for a in range(16)])]
    result = alone(check_leave_one_out, tested)
    error = 4 * result.number("p_error")
    assert result.number("p_positive") == pytest.approx(min(each), abs=error)
    assert result.number("p_negative") == pytest.approx(1 - max(each), abs=error)
    assert "12 adopters (of 16)" in result.sentence
