"""What may stand in the pool of donors, and what the series are in any unit."""

import numpy as np
import pytest

import sos_bayes as sb
from sos_bayes.synthesis.quiet import residual_of
from sos_bayes.synthesis.reach import notes_on_reach
from sos_bayes.synthesis.series import series_of
from tests.synthesis.made_up import counted, layout, outcome, plain_panel, read, rollout, share


def test_a_donor_that_adopts_is_refused_by_name():
    frame = plain_panel(adopters=2)
    with pytest.raises(sb.SosBayesError, match=r'donor "A1" has the practice itself.*Leave it out of donors'):
        series_of(layout(frame, 2012), ("D00", "D01", "A1"))


def test_an_unknown_donor_is_refused_with_the_nearest_name():
    with pytest.raises(sb.SosBayesError, match='Did you mean "D00"'):
        series_of(layout(plain_panel(), 2012), ("D00x", "D01"))


def test_one_donor_is_refused():
    with pytest.raises(sb.SosBayesError, match="1 donors"):
        series_of(layout(plain_panel(donors=1), 2012), ())


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


def test_plain_numbers_are_for_synthetic_designs_and_the_message_says_so():
    frame = plain_panel()
    with pytest.raises(sb.SosBayesError, match="SyntheticControl"):
        sb.fit(read(frame), rollout(frame, 2012), outcome(), sb.DiD(), method="fast")


def test_designs_with_a_model_of_their_own_have_no_fast_route():
    frame = plain_panel()
    with pytest.raises(sb.SosBayesError, match="LatentFactors has no fast route"):
        sb.fit(read(frame), rollout(frame, 2012), outcome(), sb.LatentFactors(), method="fast")


def test_sd_and_memory_of_residuals_follow_the_donors():
    found = {}
    for memory in (0.0, 0.8):
        frame = plain_panel(donors=20, before=60, after=20, noise=0.2, memory=memory, factor=0.3, seed=4)
        series = series_of(layout(frame, 2060), ())
        quiet = residual_of(series, intercept=True)
        found[memory] = 1 / (1 + np.exp(-quiet.mean[1]))
        assert (
            0.15 < np.exp(quiet.mean[0]) * series.family.scale < 0.3
        )  # a donor's, and that of those it is held against
    assert found[0.0] < 0.2
    assert found[0.8] > found[0.0] + 0.4


def test_counts_have_errors_and_no_unit():
    found = series_of(layout(counted(plain_panel()), 2012, share()), ())
    assert (found.error > 0).all()
    assert found.family.name == "binomial"
    assert not found.plain
