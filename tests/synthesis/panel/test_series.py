"""What may stand in the pool of donors, and what the series are in any unit."""

from dataclasses import replace

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.data import Intervals
from sos_bayes.designs import Priors
from sos_bayes.synthesis.first_stage.donor_residuals import drifting, residual_of
from sos_bayes.synthesis.panel.overlap import notes_on_reach
from sos_bayes.synthesis.panel.series import series_of, unread
from sos_bayes.synthesis.panel.shrunk_cells import known_of
from tests.synthesis.made_up import counted, layout, outcome, plain_panel, read, rollout, share


def test_a_donor_that_adopts_is_refused_by_name():
    frame = plain_panel(adopters=2)
    with pytest.raises(sb.SosBayesError, match=r'donor "A1" has the practice itself.*Leave it out of donors'):
        series_of(layout(frame, 2012), ("D00", "D01", "A1"))


def test_an_unknown_donor_is_refused_with_the_nearest_name():
    with pytest.raises(sb.SosBayesError, match='Did you mean "D00"'):
        series_of(layout(plain_panel(), 2012), ("D00x", "D01"))


def test_a_donor_without_data_before_the_start_is_left_out_with_a_note():
    frame = plain_panel()
    late = frame[(frame["unit"] != "D02") | (frame["year"] >= 2012)]
    found = series_of(layout(late, 2012), ())
    assert found.names == ("A0", "D00", "D01", "D03", "D04", "D05")
    assert any(
        "1 without data before the start are no donors: D02." in note for note in notes_on_reach(found, intercept=True)
    )
    assert not any("no donors" in note for note in notes_on_reach(series_of(layout(frame, 2012), ()), intercept=True))


def test_one_donor_is_refused():
    with pytest.raises(sb.SosBayesError, match="1 donors"):
        series_of(layout(plain_panel(donors=1), 2012), ())


@pytest.mark.parametrize("donors", [(), ("D00", "D01", "D03")])
def test_a_donor_without_data_before_the_start_is_left_out(donors):
    frame = plain_panel()
    late = frame[~((frame["unit"] == "D03") & (frame["year"] < 2012))]
    found = series_of(layout(late, 2012), donors)
    assert "D03" not in found.names
    assert found.donors == (5 if not donors else 2)
    later = frame[~((frame["unit"] == "D03") & (frame["year"] < 2011))]
    assert "D03" in series_of(layout(later, 2012), donors).names


def test_a_donor_that_never_changes_is_refused_by_name():
    frame = plain_panel()
    frame.loc[frame["unit"] == "D03", "y"] = 7.0
    with pytest.raises(sb.SosBayesError, match="never change: D03"):
        series_of(layout(frame, 2012), ())


@pytest.mark.parametrize("before", [1, 2])
def test_too_few_periods_before_the_start_are_refused(before):
    with pytest.raises(sb.SosBayesError, match=r"fewer than 3 periods.*use DiD\(\)"):
        series_of(layout(plain_panel(before=before), 2000 + before), ())


def test_few_periods_before_the_start_are_flagged_with_the_figure():
    found = series_of(layout(plain_panel(before=4), 2004), ())
    assert any("There are 4 periods" in note for note in notes_on_reach(found, intercept=True))
    enough = series_of(layout(plain_panel(before=8), 2008), ())
    assert not any("periods with data before" in note for note in notes_on_reach(enough, intercept=True))


def test_an_adopter_outside_all_donors_is_refused_without_an_intercept_only():
    frame = plain_panel()
    frame.loc[frame["unit"] == "A0", "y"] += 50
    found = series_of(layout(frame, 2012), ())
    with pytest.raises(sb.SosBayesError, match="outside all donors in each of its 12 periods"):
        notes_on_reach(found, intercept=False)
    assert not any("outside all donors" in note for note in notes_on_reach(found, intercept=True))


def test_an_adopter_unlike_its_donors_is_flagged_with_the_figure():
    frame = plain_panel(noise=0.05, donors=10)
    own = frame["unit"] == "A0"
    frame.loc[own, "y"] += 3 * np.sin(np.arange(own.sum()))
    notes = notes_on_reach(series_of(layout(frame, 2012), ()), intercept=True)
    assert any("times worse before its start" in note for note in notes)


@pytest.mark.parametrize("scale", [100.0, 0.01])
def test_values_are_the_same_to_the_bit_in_another_unit(scale):
    frame = plain_panel()
    one, other = (series_of(layout(plain_panel(scale=s), 2012, outcome(s)), ()) for s in (1.0, scale))
    assert (one.value == other.value).all()
    assert (one.error == other.error).all()
    assert other.family.scale == pytest.approx(scale * one.family.scale)
    assert len(frame) == one.value.size


def test_missing_cells_of_donors_are_kept_as_missing():
    frame = plain_panel()
    hole = frame[~((frame["unit"] == "D02") & frame["year"].isin([2003, 2013]))]
    found = series_of(layout(hole, 2012), ())
    assert (~found.seen).sum() == 2
    assert found.donors == 6


def test_plain_numbers_are_read_by_a_difference_in_differences_too():
    frame = plain_panel(effect=-1.0, noise=0.1, factor=0.0)
    found = sb.fit(read(frame), rollout(frame, 2012), outcome(), sb.DiD(priors=Priors(effect_sd=20)), method="fast")
    low, high = sb.estimate(found).interval(0.95)
    assert low < -1.0 < high


def test_counts_known_by_bounds_only_are_refused_with_a_cure():
    found = layout(counted(plain_panel()), 2012, share())
    unknown = found.cells.events[..., 0].copy()
    unknown[1, 2] = np.nan
    low, high = np.where(np.isnan(unknown), 1.0, unknown), np.where(np.isnan(unknown), 5.0, unknown)
    bounded = replace(found.cells, events=unknown[..., None], intervals=Intervals.where(unknown, low, high))
    with pytest.raises(sb.SosBayesError, match=r"known by bounds only.*DiD\(\)"):
        series_of(replace(found, cells=bounded), ())


def test_designs_with_a_model_of_their_own_have_no_fast_route():
    frame = plain_panel()
    with pytest.raises(sb.SosBayesError, match="LatentFactors has no fast route"):
        sb.fit(read(frame), rollout(frame, 2012), outcome(), sb.LatentFactors(), method="fast")


def test_sd_and_memory_of_residuals_follow_the_donors():
    found = {}
    for memory in (0.0, 0.8):
        frame = plain_panel(donors=20, before=60, after=20, noise=0.2, memory=memory, factor=0.3, seed=4)
        series = series_of(layout(frame, 2060), ())
        quiet = residual_of(series, known_of(series), intercept=True)
        found[memory] = 1 / (1 + np.exp(-quiet.mean[1]))
        assert (
            0.15 < np.exp(quiet.mean[0]) * series.family.scale < 0.3
        )  # a donor's, and that of those it is held against
    assert found[0.0] < 0.2
    assert found[0.8] > found[0.0] + 0.4


def test_drifts_are_read_off_donors_that_have_them_and_off_no_others():
    """By the normal stand-in of a typical width; a donor's, and a little of those it is held against."""
    found = {}
    for drift in (0.0, 0.03, 0.1):
        frame = plain_panel(donors=20, before=20, after=10, noise=0.15, memory=0.5, factor=0.3, drift=drift, seed=4)
        series = series_of(layout(frame, 2020), ())
        residual = residual_of(series, known_of(series), intercept=True)
        found[drift] = np.sqrt(residual.drift) * series.family.scale
    assert found[0.0] < 0.01
    assert 0.015 < found[0.03] < 0.06
    assert 0.05 < found[0.1] < 0.2


def test_a_published_form_drifts_from_its_start_only():
    before, after = drifting(9, start=5)[:5], drifting(9, start=5)[5:, 5:]
    assert (before == 0).all()
    assert (np.diff(after.diagonal()) > 0).all()


def test_counts_have_errors_and_no_unit():
    found = series_of(layout(counted(plain_panel()), 2012, share()), ())
    assert (found.error > 0).all()
    assert found.family.name == "binomial"
    assert not found.plain


@pytest.mark.parametrize("design", [sb.SyntheticControl(), sb.LatentFactors(1)])
def test_a_fit_says_what_its_series_do_not_hold(design):
    frame = plain_panel(before=8)
    table = counted(frame)
    words = {"per": 1000, "aim": sb.Aim.FEWER, "worthwhile": 5, "label": "made-up count (synthetic)"}
    quick = sb.Sampler(draws=50, tune=50, chains=2, progress=False)
    notes = {}
    for scatters in (False, True):
        what = sb.Count("events", "n", overdispersed=scatters, **words)
        notes[scatters] = " ".join(design.sampled(layout(table, 2008, what), 1, quick).notes)
    assert "overdispersed=True is not read" in notes[True]
    assert "overdispersed" not in notes[False]


def test_long_tails_are_said_to_be_left_out_and_normal_ones_not():
    tails = replace(outcome(), tails="t")
    assert 'tails="t" is not read' in unread(tails)[0]
    assert unread(outcome()) == ()
