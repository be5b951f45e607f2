"""Made-up Englands: the truth is the truth, the noise has the size asked for, rows add up."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sos_bayes.data import Binary, Count, collapse, read_cohort, read_panel
from sos_bayes.simulation import MadeUp, Scenario, made_up_england, replicates

RATE = {"family": "poisson", "base": 55.0, "per": 10_000.0, "size_median": 40_000.0, "size_max": 300_000.0}
SETTINGS = [
    Scenario(effect=-0.05),
    Scenario(effect=0.02, base=0.02, shape="grow", starts="staggered"),
    Scenario(effect=-0.13, base=0.30, sd_shock=0.45, shape="fade", periods=6),
    Scenario(effect=0.1, base=0.4, shape="delayed", level_gap=0.4, drift=0.03, sd_trend=0.03),
    Scenario(effect=-0.01, adopters=1, periods=16, period="quarter", shape="grow", rho=0.8),
    Scenario(effect=-8.0, starts=(2, 3, 4, 5), adopters=4, authorities=20, **RATE),  # type: ignore[arg-type]
]


def brute_force(made_up: MadeUp) -> dict[str, object]:
    """The truth once more, by loops over the treated cells of the panel."""
    panel = made_up.panel.set_index(["authority", "period"])
    total = made_up.scenario.total_name
    labels, names = made_up.scenario.labels, made_up.scenario.names
    rows = []
    for name, start in made_up.rollout.starts:
        a, first = names.index(name), [str(label) for label in labels].index(str(start))
        before = [float(panel.loc[(name, label), total]) for label in labels[:first]]
        for t in range(first, len(labels)):
            difference = made_up.with_rollout[a, t] - made_up.without[a, t]
            rows.append((name, t - first, sum(before) / len(before), difference))
    table = pd.DataFrame(rows, columns=["name", "lag", "weight", "difference"])

    def mean(part: pd.DataFrame) -> float:
        return float((part.weight * part.difference).sum() / part.weight.sum())

    return {
        "satt": mean(table),
        "satt_authorities": float(table.groupby("name").difference.mean().mean()),
        "by_event_time": [(lag, mean(part)) for lag, part in table.groupby("lag")],
        "by_authority": [(name, mean(part)) for name, part in table.groupby("name")],
    }


@pytest.mark.parametrize("scenario", SETTINGS, ids=lambda s: f"{s.family}-{s.shape}-{s.effect}")
def test_the_effect_asked_for_is_the_satt(scenario: Scenario) -> None:
    for made_up in replicates(scenario, count=5):
        assert made_up.truth.satt == pytest.approx(scenario.effect, rel=1e-10)


@pytest.mark.parametrize("scenario", SETTINGS, ids=lambda s: f"{s.family}-{s.shape}-{s.effect}")
@pytest.mark.parametrize("heterogeneity", [0.0, 0.3])
def test_truth_by_brute_force(scenario: Scenario, heterogeneity: float) -> None:
    made_up = made_up_england(replace(scenario, heterogeneity=heterogeneity), seed=7)
    truth, wanted = made_up.truth, brute_force(made_up)
    assert truth.satt == pytest.approx(wanted["satt"], rel=1e-10)
    assert truth.mean_with - truth.mean_without == pytest.approx(truth.satt, rel=1e-9)
    assert truth.satt_authorities == pytest.approx(wanted["satt_authorities"], rel=1e-10)
    assert [lag for lag, _ in truth.by_event_time] == [lag for lag, _ in wanted["by_event_time"]]  # type: ignore[attr-defined]
    np.testing.assert_allclose([e for _, e in truth.by_event_time], [e for _, e in wanted["by_event_time"]], atol=1e-12)  # type: ignore[attr-defined]
    assert [name for name, _ in truth.by_authority] == [name for name, _ in wanted["by_authority"]]  # type: ignore[attr-defined]
    np.testing.assert_allclose([e for _, e in truth.by_authority], [e for _, e in wanted["by_authority"]], atol=1e-12)  # type: ignore[attr-defined]


def test_the_population_effect_is_the_mean_over_redrawn_adopters() -> None:
    made_up = made_up_england(Scenario(effect=-0.05, heterogeneity=0.4), seed=3)
    rng = np.random.default_rng(1)
    eta, profile = made_up.predictor[:9, 4:], made_up.profile[:9, 4:]
    drawn = made_up.mu + 0.4 * rng.standard_normal(20_000)
    risk = 1 / (1 + np.exp(-(eta[..., None] + profile[..., None] * drawn)))
    gap = risk.mean(axis=(0, 1)) - (1 / (1 + np.exp(-eta))).mean()
    assert made_up.truth.patt == pytest.approx(gap.mean(), abs=4 * gap.std() / np.sqrt(20_000))
    same = made_up_england(Scenario(effect=-0.05), seed=3).truth
    assert same.patt == pytest.approx(same.satt_authorities, rel=1e-10)


def test_no_effect_changes_nothing_and_no_risk_before_the_start_changes() -> None:
    null = made_up_england(Scenario(), seed=2)
    assert np.array_equal(null.with_rollout, null.without)
    some = made_up_england(Scenario(effect=-0.05, heterogeneity=0.2, starts="staggered"), seed=2)
    before = np.arange(8)[None, :] < some.start[:, None]
    assert np.array_equal(some.with_rollout[before], some.without[before])
    assert (some.with_rollout[~before] != some.without[~before]).all()


def test_one_change_of_setting_leaves_the_other_draws_alone() -> None:
    plain, shifted = made_up_england(Scenario(), seed=5), made_up_england(Scenario(effect=-0.05), seed=5)
    assert np.array_equal(plain.total, shifted.total)
    assert np.array_equal(plain.predictor, shifted.predictor)


def shocks(count: int = 20, **settings: object) -> np.ndarray:
    """Shocks of many replicates, all other variation switched off: (authority, period)."""
    scenario = Scenario(sd_authority=0, sd_period=0, authorities=100, **settings)  # type: ignore[arg-type]
    drawn = [one.predictor - np.log(0.15 / 0.85) for one in replicates(scenario, count=count)]
    return np.concatenate(drawn)


@pytest.mark.parametrize(("sd", "rho", "df"), [(0.15, 0.5, None), (0.25, 0.8, None), (0.3, 0.0, 5.0), (0.2, 0.6, 6.0)])
def test_shocks_have_the_marginal_sd_and_correlation_asked_for(sd: float, rho: float, df: float | None) -> None:
    path = shocks(sd_shock=sd, rho=rho, shock_df=df)
    assert path.mean() == pytest.approx(0, abs=0.08 * sd)
    np.testing.assert_allclose(path.std(axis=0), sd, rtol=0.09)
    lagged = [np.corrcoef(path[:, t], path[:, t + 1])[0, 1] for t in range(7)]
    np.testing.assert_allclose(np.mean(lagged), rho, atol=0.03)
    two = [np.corrcoef(path[:, t], path[:, t + 2])[0, 1] for t in range(6)]
    np.testing.assert_allclose(np.mean(two), rho**2, atol=0.04)
    kurtosis = ((path - path.mean()) ** 4).mean() / path.var() ** 2
    assert (kurtosis > 3.4) if df else (abs(kurtosis - 3) < 0.3)


def test_adopters_have_their_own_scale_of_shocks() -> None:
    path = shocks(adopters=50, adopters_shock_scale=2.0).reshape(20, 100, 8)
    assert path[:, :50].std() / path[:, 50:].std() == pytest.approx(2.0, rel=0.05)


def test_drift_trends_and_gaps_are_per_period() -> None:
    quiet = {"sd_authority": 0.0, "sd_period": 0.0, "sd_shock": 0.0}
    eta = made_up_england(Scenario(drift=0.03, level_gap=0.4, **quiet)).predictor  # type: ignore[arg-type]
    np.testing.assert_allclose(np.diff(eta[:9], axis=1), 0.03)
    np.testing.assert_allclose(eta[:9].mean(axis=1) - eta[9:].mean(axis=1)[0], 0.4)
    np.testing.assert_allclose(np.diff(eta[9:], axis=1), 0.0, atol=1e-12)
    own = made_up_england(Scenario(authorities=2000, sd_trend=0.05, **quiet)).predictor  # type: ignore[arg-type]
    assert np.diff(own, axis=1)[:, 0].std() == pytest.approx(0.05, rel=0.06)


def test_shapes_move_with_years_and_have_mean_one() -> None:
    def lags(**settings: object) -> np.ndarray:
        made_up = made_up_england(Scenario(effect=-0.02, size_log_sd=0, size_wobble=0, **settings))  # type: ignore[arg-type]
        return made_up.profile[0, made_up.start[0] :]

    np.testing.assert_allclose(lags(shape="grow") / lags(shape="grow")[-1], [1 / 3, 2 / 3, 1, 1])
    np.testing.assert_allclose(lags(shape="fade") / lags(shape="fade")[0], 0.7 ** np.arange(4))
    np.testing.assert_allclose(lags(shape="delayed"), np.array([0, 4, 4, 4]) / 3)
    quarters = lags(shape="delayed", period="quarter", periods=16)
    np.testing.assert_allclose(quarters, [0] * 4 + [2] * 4)
    assert lags(shape="grow").mean() == pytest.approx(1)


def test_staggered_starts_lie_in_the_middle_third() -> None:
    starts = {int(s) for one in replicates(Scenario(starts="staggered", periods=12), count=30) for s in one.start[:9]}
    assert starts == {4, 5, 6, 7, 8}


def test_events_follow_the_risks() -> None:
    z = []
    for one in replicates(Scenario(effect=-0.05), count=20):
        risk = one.with_rollout
        z.append((one.events - one.total * risk) / np.sqrt(one.total * risk * (1 - risk)))
    assert abs(np.mean(z)) < 0.05
    assert np.std(z) == pytest.approx(1, abs=0.04)
    rates = made_up_england(SETTINGS[-1])
    expected = rates.total * rates.with_rollout / 10_000
    assert np.std((rates.events - expected) / np.sqrt(expected)) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(effect=-0.05, authorities=12, size_max=400),
        Scenario(family="poisson", base=0.4, authorities=6, adopters=2, size_max=300),
    ],
    ids=["binomial", "poisson"],
)
def test_children_add_up_to_the_panel(scenario: Scenario) -> None:
    made_up = made_up_england(scenario, seed=4)
    children = made_up.children(seed=9)
    assert len(children) == made_up.total.sum()
    assert children["child"].is_unique
    sums = children.groupby(["authority", "period"])["events"].agg(["sum", "size"]).reset_index()
    panel = made_up.panel
    total = panel.columns[-1]
    assert sums["authority"].tolist() == panel["authority"].tolist()
    assert sums["period"].tolist() == panel["period"].tolist()
    assert sums["sum"].tolist() == panel["events"].tolist()
    assert sums["size"].tolist() == panel[total].tolist()
    if scenario.proportion:
        assert set(children["events"]) == {0, 1}


@pytest.mark.parametrize("period", ["year", "quarter"])
def test_cells_are_what_the_panel_and_the_children_collapse_to(period: str) -> None:
    made_up = made_up_england(Scenario(authorities=8, adopters=3, size_max=300, period=period))  # type: ignore[arg-type]
    straight = made_up.cells
    by_panel = collapse(read_panel(made_up.panel, authority="authority", period="period"), made_up.outcome)
    cohort = read_cohort(made_up.children(), authority="authority", period="period", child="child")
    by_child = collapse(cohort, made_up.child_outcome)
    for other in (by_panel, by_child):
        assert other.authorities == straight.authorities
        assert other.calendar == straight.calendar
        assert other.patterns == straight.patterns
        assert other.events.tobytes() == straight.events.tobytes()
        assert other.total.tobytes() == straight.total.tobytes()


def test_outcomes_match_the_family() -> None:
    assert isinstance(made_up_england().outcome, Binary)
    count = made_up_england(SETTINGS[-1]).outcome
    assert isinstance(count, Count)
    assert count.per == 10_000


def test_same_seed_same_bytes() -> None:
    one, two, other = (made_up_england(Scenario(effect=-0.05), seed=s) for s in (11, 11, 12))
    for name in ("events", "total", "predictor", "push"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
        assert getattr(one, name).tobytes() != getattr(other, name).tobytes()
    assert one.children(1).to_csv() == two.children(1).to_csv()
    assert one.children(1).to_csv() != two.children(2).to_csv()


def test_replicates_have_seeds_of_their_own_and_a_stable_beginning() -> None:
    few, more = list(replicates(count=3, seed=1)), list(replicates(count=5, seed=1))
    assert [one.seed for one in few] == [one.seed for one in more[:3]]
    assert len({one.seed for one in more}) == 5
    assert made_up_england(seed=few[2].seed).events.tobytes() == few[2].events.tobytes()


def test_it_says_that_it_is_synthetic_and_shows_no_cell() -> None:
    made_up = made_up_england(Scenario(effect=-0.02), seed=1)
    assert repr(made_up) == "MadeUp(synthetic binomial data: 40 authorities, 9 adopters, 8 years, seed 1)"
    assert all("Made-up" in name for name in made_up.panel["authority"])
    assert made_up.children()["child"].str.startswith("synthetic-").all()
    copy = pickle.loads(pickle.dumps(made_up))
    assert copy.events.tobytes() == made_up.events.tobytes()
