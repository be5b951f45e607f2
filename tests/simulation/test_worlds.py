"""Named worlds: each departs from the plain England as it says, and nothing happened in any unless asked for."""

from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import DesignError
from sos_bayes.data import collapse, read_panel
from sos_bayes.designs import layout_of
from sos_bayes.simulation import WORLDS, Scenario, World, made_up_england, made_up_numbers, made_up_world
from sos_bayes.simulation.disturbances import (
    BadYear,
    Dip,
    Factor,
    InPoints,
    LargestAdopt,
    Noise,
    OneHoldsHalf,
    Regions,
    Seasons,
    Step,
)

QUIET = {"sd_authority": 0.0, "sd_period": 0.0, "sd_shock": 0.0}
FLAT = float(np.log(0.15 / 0.85))


def departures(*disturbances, count=1, **settings) -> np.ndarray:
    """What disturbances add to a flat predictor: (replicate, authority, period)."""
    world = World(title="quiet", scenario=Scenario(**(QUIET | settings)), disturbances=disturbances)
    return np.stack([made_up_world(world, seed=seed).predictor - FLAT for seed in range(count)])


@pytest.mark.parametrize("name", WORLDS)
def test_nothing_happened_unless_asked_for(name: str) -> None:
    null = made_up_world(name, seed=3)
    assert np.array_equal(null.with_rollout, null.without) or WORLDS[name].scenario.heterogeneity > 0
    if not WORLDS[name].scenario.heterogeneity:
        assert null.truth.satt == 0.0
    assert np.isfinite(null.predictor).all()
    assert (null.events <= null.total).all()
    effect = -WORLDS[name].scenario.base / 8
    assert made_up_world(name, effect=effect, seed=3).truth.satt == pytest.approx(effect, rel=1e-9) or (
        WORLDS[name].scenario.heterogeneity > 0
    )


@pytest.mark.parametrize("name", WORLDS)
def test_a_world_can_be_laid_out_and_read(name: str) -> None:
    made = made_up_world(name, seed=4)
    layout = layout_of(made.cells, made.rollout)
    assert len(layout.adopters) == made.scenario.adopters
    read = collapse(read_panel(made.panel, authority="authority", period="period"), made.outcome)
    assert np.array_equal(read.events, made.cells.events)
    assert np.array_equal(read.total, made.cells.total)


def test_a_world_without_disturbances_is_the_plain_england() -> None:
    plain, world = (
        made_up_england(Scenario(effect=-0.02), seed=9),
        made_up_world(World(title="x"), effect=-0.02, seed=9),
    )
    assert np.array_equal(plain.events, world.events)
    assert np.array_equal(plain.predictor, world.predictor)


@pytest.mark.parametrize("rho", [0.0, 0.7])
def test_regions_share_their_shocks_and_no_others(rho: float) -> None:
    added = departures(Regions(8, sd=0.15, rho=rho), count=150)
    assert added.std() == pytest.approx(0.15, rel=0.05)
    assert np.array_equal(added[:, 0], added[:, 4])
    between = np.corrcoef(added[:, 4].ravel(), added[:, 5].ravel())[0, 1]
    assert abs(between) < 0.1
    lagged = np.corrcoef(added[:, ::5, :-1].ravel(), added[:, ::5, 1:].ravel())[0, 1]
    assert lagged == pytest.approx(rho, abs=0.05)


def test_own_and_shared_shocks_correlate_as_asked() -> None:
    scenario = Scenario(**(QUIET | {"sd_shock": 0.1}))  # type: ignore[arg-type]
    world = World(title="regions", scenario=scenario, disturbances=(Regions(),))
    both = np.stack([made_up_world(world, seed=seed).predictor for seed in range(200)])
    within = np.corrcoef(both[:, 0].ravel(), both[:, 1].ravel())[0, 1]
    assert within == pytest.approx(0.15**2 / (0.15**2 + 0.1**2), abs=0.07)


def test_adopters_fill_two_regions_or_all() -> None:
    made = made_up_world("regions", seed=1)
    assert made.clusters is not None
    assert [made.clusters.count(c) for c in dict.fromkeys(made.clusters)] == [5] * 8
    assert len(set(made.clusters[:9])) == 2
    assert list(made.panel["cluster"][::8]) == list(made.clusters)
    spread = made_up_world("regions, adopters in all", seed=1)
    assert spread.clusters is not None
    assert len(set(spread.clusters[:9])) == 8
    assert made_up_world("dip").clusters is None


def test_areas_of_one_authority_have_one_course() -> None:
    made = made_up_world("areas of three authorities", seed=1)
    assert made.clusters is not None
    assert len(set(made.clusters)) == 13
    assert len(set(made.clusters[:9])) == 3
    centred = made.predictor - made.predictor.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(centred[::3], centred[2::3], atol=1e-12)


def test_seasons_return_every_year_and_differ() -> None:
    added = departures(Seasons(0.15), count=60, period="quarter", periods=24)
    np.testing.assert_allclose(added[..., :4], added[..., 20:], atol=1e-12)
    np.testing.assert_allclose(added[..., :4].sum(axis=-1), 0, atol=1e-12)
    assert added.std() == pytest.approx(0.15, rel=0.05)
    assert abs(np.corrcoef(added[:, 0].ravel(), added[:, 1].ravel())[0, 1]) < 0.1


def test_noise_has_no_memory() -> None:
    added = departures(Noise(0.15), count=30)
    assert added.std() == pytest.approx(0.15, rel=0.05)
    assert abs(np.corrcoef(added[..., :-1].ravel(), added[..., 1:].ravel())[0, 1]) < 0.05


@pytest.mark.parametrize(("name", "in_a_year"), [("quarters", 4), ("months, seasons and noise", 12)])
def test_slow_shocks_keep_nine_tenths_a_year(name: str, in_a_year: int) -> None:
    scenario = WORLDS[name].scenario
    assert scenario.in_a_year == in_a_year
    assert scenario.rho**in_a_year == pytest.approx(0.9)
    assert scenario.sd_shock == 0.2


def test_adopters_of_a_bad_year_were_high_then_and_fall_back() -> None:
    added = departures(BadYear(), count=200, sd_shock=0.15)
    gap = added[:, :9].mean(axis=(0, 1)) - added[:, 9:].mean(axis=(0, 1))
    assert np.argmax(gap) == 3
    assert gap[3] > 0.1
    assert gap[4] == pytest.approx(0.5 * gap[3], abs=0.02)
    assert added.std() == pytest.approx(0.15, rel=0.03)


def test_a_dip_is_in_the_last_year_only() -> None:
    wanted = np.zeros((40, 8))
    wanted[:9, 3] = 0.2
    np.testing.assert_allclose(departures(Dip(0.2))[0], wanted, atol=1e-12)
    quarters = departures(Dip(-0.2), period="quarter", periods=24)[0]
    np.testing.assert_allclose(quarters[:9, 8:12], -0.2)
    assert np.count_nonzero(np.abs(quarters) > 1e-12) == 9 * 4


def test_the_step_begins_with_the_first_start_and_stays_in_all() -> None:
    added = departures(Step(0.4), count=100)
    np.testing.assert_allclose(added[..., :4], 0, atol=1e-12)
    np.testing.assert_allclose(added[..., 4], added[..., 7])
    assert added[..., 4].std() == pytest.approx(0.4, rel=0.05)
    assert added[:, 9:, 4].std() == pytest.approx(added[:, :9, 4].std(), rel=0.1)


@pytest.mark.parametrize("times", [2.0, 3.0])
def test_everybody_falls_by_the_same_points(times: float) -> None:
    world = World(title="points", scenario=Scenario(**QUIET), disturbances=(InPoints(0.01, times),))  # type: ignore[arg-type]
    risk = made_up_world(world, seed=1).without
    np.testing.assert_allclose(np.diff(risk, axis=1), -0.01)
    assert risk[0].mean() == pytest.approx(times * 0.15)
    assert risk[-1].mean() == pytest.approx(0.15)


def test_loadings_differ_on_one_course() -> None:
    added = departures(Factor())[0]
    assert np.linalg.matrix_rank(added, tol=1e-8) == 1
    assert added.std() > 0.05


def test_screening_takes_children_without_an_event_after_the_start_only() -> None:
    world = WORLDS["screened denominators"]
    made, plain = made_up_world(world, seed=5), made_up_world(replace(world, screened=0.0), seed=5)
    assert np.array_equal(made.events, plain.events)
    exposed = np.zeros((40, 8), dtype=bool)
    exposed[:9, 4:] = True
    assert np.array_equal(made.total[~exposed], plain.total[~exposed])
    gone = (plain.total - made.total)[exposed].sum() / (plain.total - plain.events)[exposed].sum()
    assert gone == pytest.approx(0.2, abs=0.02)
    assert made.truth.satt == 0.0


def test_sizes_are_dealt_as_asked() -> None:
    largest = made_up_world(World(title="x", disturbances=(LargestAdopt(),)), seed=1).total.mean(axis=1)
    assert largest[:9].min() >= largest[9:].max()
    half = made_up_world(World(title="x", disturbances=(OneHoldsHalf(),)), seed=1).total
    assert np.array_equal(half[0], half[1:9].sum(axis=0))


def test_plain_numbers_move_together_and_know_no_unit() -> None:
    made = made_up_numbers(trend=4.0, effect=-3.0, seed=2)
    steps = np.diff(made.values, axis=1)
    assert steps[9:].mean() == pytest.approx(4.0, abs=0.2)
    within = made.values[:9, 4:].mean() - made.values[:9, :4].mean()
    others = made.values[9:, 4:].mean() - made.values[9:, :4].mean()
    assert within - others == pytest.approx(made.effect, abs=3 * np.sqrt(1 / 18 + 1 / 62))
    other = made_up_numbers(trend=4.0, effect=-3.0, noise=1e6, offset=-5e6, seed=2)
    np.testing.assert_allclose((other.values + 5e6) / 1e6, made.values - 100, atol=1e-9)
    assert made.cells.total.shape == (40, 8, 1)
    assert len(layout_of(made.cells, made.rollout).adopters) == 9


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: made_up_world("regoins"), 'Did you mean "regions"'),
        (lambda: World(title="x", screened=1.0), "cannot be screened"),
        (lambda: made_up_numbers(noise=0.0), "not positive"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, said: str) -> None:
    with pytest.raises(DesignError, match=said):
        make()
