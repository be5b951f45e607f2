"""Designs with a model of their own, sampled: what they promise end to end."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.synthesis.first_stage.donor_residuals import residual_of
from sos_bayes.synthesis.first_stage.weights_posterior import weighted_of
from sos_bayes.synthesis.panel.series import series_of
from sos_bayes.synthesis.panel.shrunk_cells import known_of
from tests.synthesis.made_up import counted, layout, outcome, plain_panel, read, rollout, share

pytestmark = pytest.mark.sampling
SAMPLER = sb.Sampler(draws=2500, tune=700, chains=2, target_accept=0.95, progress=False)
EFFECT = -1.0


def fitted(frame, design, what=None):
    return sb.fit(read(frame), rollout(frame, 2012), what or outcome(), design, sampler=SAMPLER, seed=3)


@pytest.fixture(scope="module")
def frame():
    return plain_panel(effect=EFFECT, noise=0.1, seed=2)


@pytest.fixture(scope="module")
def fit(frame):
    return fitted(frame, sb.SyntheticControl())


def test_a_synthetic_control_finds_the_effect_and_names_its_weights(fit):
    effect = sb.estimate(fit)
    low, high = effect.interval(0.95)
    assert low < EFFECT < high
    assert high < 0
    table = fit.weights_frame()
    assert table["weight"].sum() == pytest.approx(1)
    assert set(table["donor"]) == {f"D{i:02d}" for i in range(6)}
    assert table["weight"].is_monotonic_decreasing
    assert fit.seed == 3
    assert fit.posterior["effect"].dims == ("chain", "draw", "adopter", "period")


def first_stage(frame, what=None):
    """All that the sampler reads."""
    found = series_of(layout(frame, 2012, what), ())
    known = known_of(found)
    return weighted_of(found, known, residual_of(found, known, intercept=True), sb.SyntheticControl())


def same(one, other):
    return all((x == y).all() for x, y in zip(one, other, strict=True))


def test_another_unit_gives_the_same_answer_in_that_unit(fit, frame):
    for scale in (100.0, 0.01):
        again = plain_panel(effect=EFFECT, noise=0.1, seed=2, scale=scale)
        assert same(first_stage(again, outcome(scale)), first_stage(frame))
        effect, usual = sb.estimate(fitted(again, sb.SyntheticControl(), outcome(scale))), sb.estimate(fit)
        np.testing.assert_allclose(effect.draws, scale * usual.draws, rtol=1e-6, atol=1e-6 * scale)


def test_what_happens_after_the_start_moves_no_weight(fit, frame):
    later = frame.copy()
    later.loc[(later["unit"] == "A0") & (later["year"] >= 2012), "y"] += 5.0
    assert same(first_stage(later), first_stage(frame))
    np.testing.assert_array_equal(fitted(later, sb.SyntheticControl()).weights, fit.weights)


@pytest.mark.parametrize("design", [sb.SyntheticControl(), sb.LatentFactors(1)])
def test_one_seed_gives_the_same_draws_every_time(design, frame):
    short = sb.Sampler(draws=50, tune=150, progress=False)
    found = [design.sampled(layout(frame, 2012), 3, short).draws.effect.tobytes() for _ in range(6)]
    assert len(set(found)) == 1


def test_a_study_reports_it_with_its_checks(frame):
    study = sb.Study(
        title="Made-up panel (synthetic)", data=read(frame), rollout=rollout(frame, 2012), design=sb.SyntheticControl(),
        outcomes=(outcome(),), sampler=SAMPLER, seed=3,
    )  # fmt: skip
    found = sb.evaluate(study, progress=False)
    assert found.findings[0].error is None
    said = sb.to_text(found)
    assert "made-up score" in said
    assert {"before", "placebo_in_space"} <= {c.name for c in found.findings[0].checks}


@pytest.mark.slow
def test_counts_of_donors_are_counts_and_missing_cells_are_used():
    table = counted(plain_panel(effect=EFFECT, adopters=2, noise=0.1, seed=2), size=2000)
    table.loc[(table["unit"] == "D03") & (table["year"] == 2005), ["events", "n"]] = np.nan
    found = fitted(table, sb.SyntheticControl(), share())
    effect = sb.estimate(found)
    assert effect.unit == "percentage points"
    assert effect.probability(below=0.0) > 0.95
    assert found.series.donors == 6
    assert len(found.weights_frame()) == 12
    assert 0 < sb.estimate(found, scale="ratio").mean < 1


@pytest.mark.slow
def test_latent_factors_see_what_a_difference_in_differences_takes_for_an_effect():
    frame = plain_panel(donors=12, before=16, gap=2.0, noise=0.05, seed=5)
    panel, adopt = read(frame), rollout(frame, 2016)
    errors = {}
    for factors in (0, 1):
        found = sb.fit(panel, adopt, outcome(), sb.LatentFactors(factors), sampler=SAMPLER, seed=3)
        errors[factors] = abs(sb.estimate(found).mean)
    assert errors[1] < 0.5 * errors[0]


@pytest.mark.slow
def test_sampled_placebos_rank_the_adopter_with_a_floor(frame):
    from sos_bayes.synthesis import placebo_in_space

    found = placebo_in_space(fitted(frame, sb.SyntheticControl()), sampler=SAMPLER)
    assert found.floor == pytest.approx(1 / 7)
    assert found.rank == 1
    assert found.p == found.floor
    assert found.p_largest > 0.9
    assert len(found.to_frame()) == 7


@pytest.mark.slow
def test_the_basque_country_comes_out_as_published_without_a_constant():
    rows = sb.datasets.basque().query("regionno != 1")
    what = sb.Continuous("gdpcap", unit="thousand dollars", aim=sb.Aim.MORE, worthwhile=0.1, label="income a head")
    adopt = sb.Rollout({"Basque Country (Pais Vasco)": 1975})
    panel = sb.read_panel(rows, authority="regionname", period="year")
    found = sb.fit(panel, adopt, what, sb.SyntheticControl(intercept=False))
    assert found.health.ok
    assert sb.estimate(found).mean == pytest.approx(-0.692, abs=0.07)
    assert list(found.weights_frame()["donor"][:2]) == ["Cataluna", "Madrid (Comunidad De)"]


@pytest.mark.slow
def test_california_lies_within_one_sd_of_what_was_published_with_and_without_a_constant():
    what = sb.Continuous("PacksPerCapita", unit="packs", aim=sb.Aim.FEWER, worthwhile=2.0, label="sales a head")
    panel = sb.read_panel(sb.datasets.california(), authority="State", period="Year")
    for intercept, published in ((False, -19.51), (True, -11.1)):
        found = sb.fit(panel, sb.Rollout({"California": 1989}), what, sb.SyntheticControl(intercept=intercept))
        assert found.health.ok
        effect = sb.estimate(found)
        assert effect.mean == pytest.approx(published, abs=effect.sd)
        assert effect.probability(below=0.0) > 0.8
        assert {"Nevada", "Connecticut"} <= set(found.weights_frame()["donor"][:5])
        if not intercept:
            assert found.weights_frame()["donor"][0] == "Utah"


@pytest.mark.parametrize("design", [sb.SyntheticControl(), sb.LatentFactors(2)])
@pytest.mark.parametrize(("donors", "before", "adopters"), [(2, 3, 1), (2, 8, 2), (3, 30, 1)])
def test_the_smallest_and_longest_panels_are_sampled(design, donors, before, adopters):
    frame = plain_panel(donors=donors, before=before, after=2, adopters=adopters, seed=3)
    fit = sb.fit(read(frame), rollout(frame, 2000 + before), outcome(), design, sampler=SAMPLER, seed=3)
    assert np.isfinite(sb.estimate(fit).draws).all()
    assert fit.health.numbers[0][1] < 1.05


STARTS = {"A0": 2008, "A1": 2009, "A2": 2011}


def staggered(effect):
    """Counts of three adopters with starts of their own, and the true effect on their treated cells."""
    frame = plain_panel(donors=12, before=8, after=6, adopters=3, noise=0.1, factor=0.5, seed=7)
    start = frame["unit"].map(STARTS)
    treated = frame["year"] >= start
    without = 1 / (1 + np.exp(-(frame["y"] - 11.5)))
    frame.loc[treated, "y"] += effect
    apart = 1 / (1 + np.exp(-(frame["y"] - 11.5))) - without
    return counted(frame, size=1500), apart[treated], frame["unit"][treated]


@pytest.mark.parametrize("design", [sb.SyntheticControl(), sb.LatentFactors(1)])
def test_counts_of_several_adopters_with_own_starts_give_the_effect_of_each_and_of_all(design):
    table, truth, of = staggered(-0.5)
    fit = sb.fit(read(table), sb.Rollout(STARTS), share(), design, sampler=SAMPLER, seed=3)
    assert fit.health.ok
    effect = sb.estimate(fit)
    low, high = effect.interval(0.95)
    assert low < truth.mean() < high < 0
    assert effect.mean == pytest.approx(truth.mean(), abs=0.04)
    each = sb.estimate(fit, by="authority")
    assert each.labels == tuple(STARTS)
    held = [one.interval(0.95) for one in each]
    assert all(a < truth[of == name].mean() < b for name, (a, b) in zip(STARTS, held, strict=True))


def test_adopters_that_are_alike_lend_each_other_their_weights():
    frame = plain_panel(donors=10, before=10, after=3, adopters=4, noise=0.3, seed=4)
    wide = frame.pivot(index="year", columns="unit", values="y")
    rng = np.random.default_rng(1)
    for name in ("A0", "A1", "A2", "A3"):
        wide[name] = 0.5 * wide["D00"] + 0.5 * wide["D01"] + 0.15 * rng.standard_normal(len(wide))
    long = wide.reset_index().melt(id_vars="year", value_name="y")
    together = sb.fit(read(long), rollout(long, 2010), outcome(), sb.SyntheticControl(), sampler=SAMPLER, seed=3)
    one = long[~long["unit"].isin(["A1", "A2", "A3"])]
    alone = sb.fit(read(one), rollout(one, 2010), outcome(), sb.SyntheticControl(), sampler=SAMPLER, seed=3)
    right = [fit.weights[:, :, 0, :2].sum(axis=-1).mean() for fit in (alone, together)]
    assert right[1] > right[0] + 0.1
    assert together.draws.hyper["share"].mean() > 0.5
