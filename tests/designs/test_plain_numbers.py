"""Plain numbers: priors are on the scale of what untreated numbers move by, and answers do not depend on their unit."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.checks.fit_under_test import FLAT_SD, SCEPTICAL_SD, with_prior
from sos_bayes.data.cells.within_cell_units import pooled
from sos_bayes.designs.priors import Priors
from sos_bayes.fitting import fit_layout
from sos_bayes.fitting.runs.importance_reweighting import with_effect_sd, without_adopter
from sos_bayes.fitting.runs.prior_notes import with_units
from sos_bayes.synthesis.panel.series import series_of
from sos_bayes.synthesis.second_stage.effect_priors import WIDE
from tests.recovery.plain_numbers import layout, panel_of

ONE = {"adopters": 1, "authorities": 31}


def effect_of(made, **more):
    return sb.estimate(fit_layout(made, sb.DiD(**more), seed=1, n_draws=2000, fall_back=False))


def effects(replicates, seed=5000, **world):
    """Means, sds and 90 % intervals over panels, rows of (mean, sd, low, high)."""
    found = [effect_of(layout(panel_of(seed=seed + r, **world))) for r in range(replicates)]
    return np.array([(e.mean, e.sd, *e.interval(0.9)) for e in found])


@pytest.mark.parametrize(
    ("truth", "world"),
    [(0.0, {"trend": 4.0}), (3.0, {}), (3.0, {"trend": 4.0}), (10.0, ONE)],
    ids=["a trend of four noise sds", "three with nine", "three with nine and a trend", "ten with one"],
)
def test_what_happened_comes_back_within_its_error(truth, world):
    """The old priors gave +.77 for nothing under a trend, 2.3 for three and .5 for ten, all known to .3 or .6."""
    found = effects(5, effect=truth, **world)
    error = found[:, 1].mean() / np.sqrt(len(found))
    assert abs(found[:, 0].mean() - truth) < 2.5 * error
    assert ((found[:, 2] <= truth) & (truth <= found[:, 3])).sum() >= 3
    assert abs(found[:, 0] - truth).max() < 3.5 * found[:, 1].mean()


def test_a_common_trend_changes_nothing_that_is_said():
    flat, steep = (effect_of(layout(panel_of(trend=trend, seed=7))) for trend in (0.0, 4.0))
    assert steep.mean == pytest.approx(flat.mean, abs=0.1 * flat.sd)
    assert steep.sd == pytest.approx(flat.sd, rel=0.1)


@pytest.mark.parametrize(("offset", "unit"), [(0.0, 1e-6), (1e6, 1.0), (0.0, 1e6), (1e6, 1e6), (-1e3, 1e-3)])
def test_another_unit_and_origin_give_the_same_answer(offset, unit):
    world = {"trend": 2.0, "effect": 1.0, "adopters": 3, "authorities": 12, "seed": 3}
    here, there = (
        effect_of(layout(panel_of(**world, offset=a, unit=b), unit=b)) for a, b in ((0.0, 1.0), (offset, unit))
    )
    assert there.mean / unit == pytest.approx(here.mean, abs=0.05 * here.sd)
    assert there.sd / unit == pytest.approx(here.sd, rel=0.05)
    assert there.probability(above=0.0) == pytest.approx(here.probability(above=0.0), abs=0.01)


def test_no_effect_is_its_own_yardstick():
    """What cells with the practice hold moves neither the unit nor a prior."""
    none, large = (layout(panel_of(effect=effect, seed=4)) for effect in (0.0, 1000.0))
    assert pooled(none.cells, none.untouched) == pooled(large.cells, large.untouched)
    assert sb.DiD().priors_on(none) == sb.DiD().priors_on(large)


def test_priors_are_weak_in_what_numbers_move_by():
    made = layout(panel_of(trend=4.0, apart=30.0, seed=4))
    units, priors = pooled(made.cells, made.untouched), sb.DiD().priors_on(made)
    path = 4.0 * np.arange(8)
    assert priors.period * units.sd > 2.5 * path.std()
    assert priors.authority * units.sd > 20.0
    assert priors.effect_sd * units.sd > 20.0
    assert units.noise == pytest.approx(1.0, rel=0.1)
    assert priors.shock * units.sd == pytest.approx(0.3 * units.noise)  # nothing lasts: the noise is new every year


@pytest.mark.parametrize("memory", [0.5, 0.9, 1.0])
def test_shocks_may_be_as_large_as_what_lasts(memory):
    made = layout(panel_of(memory=memory, trend=4.0, before=8, after=8, seed=4), 8)
    scale = sb.DiD().priors_on(made).shock * pooled(made.cells, made.untouched).sd
    assert 1.0 < scale < 2.0


def test_alternative_priors_keep_their_proportion_to_the_default():
    made = layout(panel_of(seed=4))
    usual, sceptical, flat = (
        design.priors_on(made).effect_sd
        for design in (sb.DiD(), with_prior(sb.DiD(), SCEPTICAL_SD), with_prior(sb.DiD(), FLAT_SD))
    )
    assert sceptical / usual == pytest.approx(SCEPTICAL_SD / Priors().effect_sd)
    assert flat / usual == pytest.approx(FLAT_SD / Priors().effect_sd)


def test_weighted_draws_have_the_scale_of_a_fit_anew():
    made = layout(panel_of(effect=2.0, seed=6))
    fit = fit_layout(made, sb.DiD(), seed=1, n_draws=4000, fall_back=False)
    weighted = sb.estimate(with_effect_sd(fit, SCEPTICAL_SD))
    anew = sb.estimate(fit_layout(made, with_prior(sb.DiD(), SCEPTICAL_SD), seed=2, n_draws=4000, fall_back=False))
    assert weighted.health.ok
    assert weighted.mean == pytest.approx(anew.mean, abs=0.15 * anew.sd)
    assert without_adopter(fit, 0).problem.family == fit.problem.family


def test_cells_that_never_change_but_for_the_practice_are_read_by_what_there_is():
    frame = panel_of(adopters=2, authorities=4, seed=2)
    frame.loc[frame["unit"].str.startswith("C") | (frame["year"] < 2004), "y"] = 1.0
    made = layout(frame)
    assert pooled(made.cells, made.untouched).noise > 0
    frame["y"] = 0.1 * frame["year"]
    with pytest.raises(sb.SosBayesError, match="never change"):
        pooled(layout(frame).cells)


@pytest.mark.parametrize("regions", [5, 17])
def test_few_long_series_that_wander_pass_the_gate(regions):
    """Nearly all of their change lasts; shocks could not be as large before, and the search found no end."""
    made = layout(panel_of(adopters=1, authorities=regions, before=20, after=20, memory=0.98, trend=1.0, apart=20.0,
                           effect=0.0, seed=8), 20)  # fmt: skip
    found = effect_of(made)
    assert found.health.ok
    assert abs(found.mean) < 3 * found.sd


@pytest.mark.parametrize(("offset", "unit"), [(0.0, 1.0), (1e6, 1.0), (0.0, 1e-6), (0.0, 1e6)])
def test_donor_weights_and_factors_are_wide_where_donors_hardly_differ(offset, unit):
    """Their effects have a prior sd of two units: ten sds of noise where donors differ by noise alone."""
    made = layout(panel_of(**ONE, before=12, apart=0.0, effect=10.0, seed=2, offset=offset, unit=unit), 12, unit)
    series = series_of(made, ())
    assert WIDE * series.family.scale / unit == pytest.approx(10.0, rel=0.1)
    far = series_of(layout(panel_of(**ONE, before=12, apart=30.0, seed=2, offset=offset, unit=unit), 12, unit), ())
    assert far.family.scale / unit == pytest.approx(30.0, rel=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("design", [sb.SyntheticControl(), sb.LatentFactors(1)], ids=["weights", "factors"])
def test_ten_with_one_adopter_comes_back_by_weights_and_by_factors(design):
    sampler = sb.Sampler(draws=600, tune=500, chains=2, target_accept=0.9, progress=False)
    found = []
    for seed in range(3100, 3104):
        made = layout(panel_of(**ONE, before=12, apart=0.0, effect=10.0, seed=seed), 12)
        effect = sb.estimate(design.sampled(made, seed, sampler))
        found.append((effect.mean, effect.sd))
    mean, sd = np.mean(found, axis=0)
    assert abs(mean - 10.0) < 2.5 * sd / np.sqrt(len(found))


def test_what_is_said_of_priors_is_in_the_unit_of_the_numbers():
    made = layout(panel_of(seed=4))
    *_, said = with_units(made, sb.DiD()).cells.notes
    assert "scale of what untreated numbers move by" in said
    assert "effect has a prior sd of 10." in said
