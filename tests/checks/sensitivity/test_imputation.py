"""The imputation check adds nothing of its own to what was observed, however rare the outcome and small the cells."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes.checks.fit_under_test import under_test, untreated
from sos_bayes.checks.scheduling import alone
from sos_bayes.checks.sensitivity.imputation import check_imputation
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.estimands.weights import child_weights, treated_cells
from sos_bayes.families import FAMILIES, Replicate
from sos_bayes.fitting import fit_layout
from sos_bayes.simulation import Scenario, made_up_england
from tests.checks.conftest import fast
from tests.designs.panels import panel


def null(base, children, seed=1, **changes):
    """Layout of a made-up England in which nothing happened."""
    size = {"size_median": float(children), "size_log_sd": 0.2, "size_min": 10.0}
    made = made_up_england(Scenario(base=base, effect=0.0, **size | changes), seed=seed)
    return layout_of(made.cells, made.rollout)


def apart(layout):
    """Weighted mean of treated cells' own rates less those that the fit of untreated cells expects."""
    fast_refit = under_test(fast(layout)).fast_refit
    without = fit_layout(
        untreated(layout), DiD(), seed=1, n_draws=4000, fall_back=False, warm_start=fast_refit.warm_start
    )
    weights = child_weights(layout) * treated_cells(layout)[..., None]
    weights = weights / weights.sum()
    total = layout.cells.total[layout.adopters]
    rates = np.divide(layout.cells.events[layout.adopters], total, out=np.zeros_like(total), where=total > 0)
    return float((weights * rates).sum() - without.contrast(weights[None]).without.mean())


@pytest.mark.parametrize("base", [0.01, 0.15, 0.60])
@pytest.mark.parametrize("children", [30, 1000])
def test_the_mean_is_observed_less_expected(base, children):
    """Within a twentieth of a worthwhile change of a fifth of the base; half an event a cell was 1.6 points of 30."""
    layout = null(base, children)
    found = alone(check_imputation, under_test(fast(layout)))
    error = 4 * found.number("sd") / np.sqrt(4000)
    assert found.number("mean") == pytest.approx(apart(layout), abs=max(base / 100, error))


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_nulls_of_few_events_are_not_read_as_harm(family):
    """Eight nulls of 30 children a quarter, 3 %: a mean of every one of them above zero is what half an event made."""
    settings = {"family": family, "period": "quarter", "periods": 16, "authorities": 20, "sd_shock": 0.05}
    found = []
    for seed in range(1, 9):
        layout = null(0.03, 30, seed=seed, **settings)
        result = alone(check_imputation, under_test(fast(layout)))
        found.append((result.number("mean"), result.number("sd")))
    means, sds = np.array(found).T
    assert abs(means.mean()) < 3 * sds.mean() / np.sqrt(8)
    assert means.std(ddof=1) < 2 * sds.mean()


@pytest.mark.parametrize("total", [1.0, 7.0, 4.6, 0.4])
def test_predicted_shares_are_unbiased_with_the_variance_of_their_children(total):
    chance = np.full((1, 200_000, 1), 0.03)
    cells = Replicate(chance, np.array([total]), np.ones(1), None, 0.0)
    drawn = FAMILIES["binomial"].replicated(np.random.default_rng(1), cells)
    sd = np.sqrt(0.03 * 0.97 / total)
    assert drawn.mean() == pytest.approx(0.03, abs=4 * sd / np.sqrt(200_000))
    assert drawn.std() == pytest.approx(sd, rel=0.03)


def test_a_cell_without_events_is_not_taken_for_one_with_half_of_one():
    """No event in any treated cell: observed is nothing, and the effect is all of what was expected."""
    layout = panel(authorities=12, periods=6, starts=(3, 3, 4), size=40.0)
    events = layout.cells.events.copy()
    events[layout.treated] = 0.0
    bare = replace(layout, cells=replace(layout.cells, events=events))
    found = alone(check_imputation, under_test(fast(bare)))
    assert found.number("mean") == pytest.approx(apart(bare), abs=0.005)
    assert estimate(fast(bare)).mean < 0
