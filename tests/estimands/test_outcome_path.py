"""The outcome over time: averages over a fixed make-up of children, both worlds, and nothing of few children."""

from dataclasses import replace

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.designs import DiD
from sos_bayes.fitting import fit_layout
from tests.designs.panels import PATTERNS, known_by_bounds, panel
from tests.synthesis.test_checks_by_fit import fit_of


def fitted(layout, design=None):
    return fit_layout(layout, design or DiD(), method="fast", seed=1, n_draws=500, fall_back=False)


@pytest.fixture(scope="module")
def fit():
    return fitted(panel(size=400.0, authorities=8, periods=6, starts=(3, 4)))


def test_observed_is_the_average_by_denominators_before_the_start(fit):
    cells, path = fit.layout.cells, sb.outcome_path(fit)
    share = cells.events[:, :, 0] / cells.total[:, :, 0]
    weights = np.array([cells.total[0, :3, 0].mean(), cells.total[1, :4, 0].mean()])
    by_hand = weights @ share[:2] / weights.sum()
    assert path.adopters == pytest.approx(by_hand, rel=0.005)
    assert path.adopters.tolist() == [float(f"{v:.3g}") for v in by_hand]
    others = cells.total[2:, :, 0].mean(axis=1)
    assert path.comparators == pytest.approx(others @ share[2:] / others.sum(), rel=0.005)


def test_both_worlds_agree_before_the_start_and_differ_by_the_effect_after_it(fit):
    path = sb.outcome_path(fit)
    assert path.with_rollout[:3] == pytest.approx(path.without[:3], abs=1e-12)
    assert path.started[:3].tolist() == [0.0, 0.0, 0.0]
    assert 0 < path.started[3] < 1
    assert path.started[4:].tolist() == [1.0, 1.0]
    cells = fit.layout.cells
    weights = np.zeros((2, 6, 1))
    weights[0, 3:, 0], weights[1, 4:, 0] = cells.total[0, :3, 0].mean(), cells.total[1, :4, 0].mean()
    by_period = weights.sum(axis=(0, 2))[4:] / weights.sum()
    late = fit.contrast([np.where(np.arange(6)[None, :, None] == 5, weights / weights[:, 5].sum(), 0.0)])
    assert path.gap[5] == pytest.approx(
        float((late.with_rollout - late.without).mean()), abs=1e-3
    )  # both to three digits
    assert by_period.sum() < 1


def test_a_rate_is_per_what_its_outcome_says():
    layout = panel(family="poisson", size=4_000.0, authorities=6, starts=(2,), per=1_000.0)
    path, cells = sb.outcome_path(fitted(layout)), layout.cells
    rate = 1_000 * cells.events[0, :, 0] / cells.total[0, :, 0]
    assert path.adopters == pytest.approx(rate, rel=0.005)
    assert path.with_rollout[:, 0] == pytest.approx(rate, rel=0.05)
    effect = sb.estimate(fitted(layout), by="event_time")
    assert path.gap[2] == pytest.approx(effect["0"].mean, rel=0.05)
    assert set(path.to_frame()["unit"]) == {"per 1,000"}


def test_one_adopter_is_followed_alone_and_another_name_is_refused(fit):
    name = fit.layout.cells.names[0]
    alone = sb.outcome_path(fit, authority=name)
    share = fit.layout.cells.events[0, :, 0] / fit.layout.cells.total[0, :, 0]
    assert (alone.label, alone.n_adopters) == (name, 1)
    assert alone.adopters == pytest.approx(share, rel=0.005)
    with pytest.raises(sb.SosBayesError, match="is no adopter of this fit"):
        sb.outcome_path(fit, authority=fit.layout.cells.names[5])


def test_fewer_than_ten_events_or_all_but_fewer_than_ten_are_not_there():
    layout = panel(size=40.0, authorities=5, starts=(2,))
    cells = layout.cells
    events, total = cells.events.copy(), cells.total.copy()
    events[0, :, 0], total[0] = [3, 12, 12, 38, 12], 40
    path = sb.outcome_path(fitted(replace(layout, cells=replace(cells, events=events, total=total))))
    assert np.isnan(path.adopters).tolist() == [True, False, False, True, False]
    assert np.isnan(path.with_rollout[:, 0]).tolist() == [True, False, False, True, False]
    assert np.isnan(path.without[:, 0]).tolist() == [True, False, False, False, False]  # predicted once it has begun
    frame = path.to_frame()
    assert frame["value"].isna().sum() == 2 + 2 + 1
    assert {"period", "series", "value", "low", "high", "started", "unit"} == set(frame)


def test_a_period_without_data_and_counts_known_by_bounds_are_followed():
    layout = panel(size=400.0, authorities=5, starts=(2,))
    events, total = layout.cells.events.copy(), layout.cells.total.copy()
    events[0, :, 0], total[0, :, 0] = [60, 70, 65, 0, 60], [400, 400, 400, 0, 400]
    gap = fitted(replace(layout, cells=replace(layout.cells, events=events, total=total)))
    path = sb.outcome_path(gap)
    assert np.isnan(path.adopters).tolist() == [False, False, False, True, False]
    assert np.isfinite(path.without).all()
    bounds = fitted(known_by_bounds(panel(size=400.0, authorities=5, starts=(2,)), {(4, 1): (1.0, 5.0)}))
    assert np.isfinite(sb.outcome_path(bounds).comparators).all()


def test_patterns_of_covariates_keep_their_weight_over_time():
    layout = panel(size=400.0, authorities=6, starts=(2, 2), patterns=PATTERNS[:2])
    cells = layout.cells
    total = cells.total.copy()
    total[:2, 3:, 0] *= 3  # the make-up moves after the start
    path = sb.outcome_path(fitted(replace(layout, cells=replace(cells, total=total)), DiD(adjust=("age", "sex"))))
    size = cells.total[:2, :2].mean(axis=1)
    share = cells.events[:2] / total[:2]
    by_hand = (size[:, None] * share).sum(axis=(0, 2)) / size.sum()
    assert path.adopters == pytest.approx(by_hand, rel=0.005)


def test_a_design_that_takes_cells_as_they_are_tells_no_share_exactly():
    path = sb.outcome_path(fit_of(sb.SyntheticControl()))
    shown = path.with_rollout[np.isfinite(path.adopters), 0]
    assert len(shown) > 5
    assert [float(f"{v:.3g}") for v in shown] == shown.tolist()
    assert np.isnan(path.with_rollout[np.isnan(path.adopters)]).all()


def test_nothing_but_shapes_is_printed(fit):
    assert repr(sb.outcome_path(fit)).startswith("<OutcomePath: label str")
