"""Balance: numbers by hand, the set as the model uses it, and nothing that names a small count."""

import numpy as np
import pytest

from sos_bayes._core.errors import DesignError
from sos_bayes.comparators import balance, features, named, nearest
from sos_bayes.data import Rollout
from sos_bayes.reports.comparison import balance_rows, means_shown
from tests.comparators.conftest import LEVELS, NAMES, OUTCOME, ROLLOUT, panel_of, rows


def test_the_numbers_are_those_worked_out_by_hand(panel):
    chosen = nearest(features(panel, ROLLOUT, OUTCOME), n=2)
    row = balance(chosen)["re-referral"]
    everybody = np.array([LEVELS[a] for a in NAMES[2:]], dtype=float)
    kept = np.array([21.0, 19.0, 39.0, 42.0])
    assert chosen.authorities == ("A02", "A03", "A04", "A05")
    assert (row.adopters.mean, row.everybody.mean, row.chosen.mean) == (30.0, everybody.mean(), kept.mean())
    sd = everybody.std(ddof=1)
    assert row.difference_before == pytest.approx((30 - everybody.mean()) / sd)
    assert row.difference == pytest.approx((30 - kept.mean()) / sd)
    assert row.ratio_before == pytest.approx(200 / everybody.var(ddof=1))
    assert row.ratio == pytest.approx(200 / kept.var(ddof=1))
    assert (row.adopters.n, row.everybody.n, row.chosen.n, row.others.n) == (2, 10, 4, 6)


def test_how_often_one_was_chosen_changes_no_mean(panel, attributes):
    """One comparator serves both adopters, others one: the set is described as the model uses it."""
    attributes.loc[0, "poverty"] = 22.5
    found = features(panel, ROLLOUT, "poverty", table=attributes, authority="la")
    chosen = nearest(found, n=2)
    assert chosen.kept == (("A00", ("A05", "A10")), ("A01", ("A04", "A05")))
    assert chosen.effective == pytest.approx(4 / 1.5)
    by_name = named(panel, ROLLOUT, chosen.authorities)
    assert balance(chosen).rows == balance(by_name, found).rows


def test_one_adopter_has_a_difference_and_no_ratio(panel):
    rollout = Rollout({"A00": 2014})
    row = balance(nearest(features(panel, rollout, OUTCOME), n=3)).rows[0]
    assert np.isfinite(row.difference)
    assert np.isnan(row.ratio)
    assert np.isnan(row.ratio_before)


def test_balance_needs_features_of_the_same_rollout(panel):
    chosen = named(panel, ROLLOUT, ["A02", "A03"])
    with pytest.raises(DesignError, match="nothing to compare on"):
        balance(chosen)
    with pytest.raises(DesignError, match="different rollouts"):
        balance(chosen, features(panel, Rollout({"A00": 2014}), OUTCOME))
    with pytest.raises(DesignError, match="features: re-referral"):
        balance(chosen, features(panel, ROLLOUT, OUTCOME))["poverty"]


def test_the_sentence_says_before_and_after(panel):
    found = balance(nearest(features(panel, ROLLOUT, OUTCOME), n=2))
    assert found.describe() == (
        "Largest difference from adopters before the rollout 0.01 sd (re-referral), "
        "against 0.02 sd with all candidates."
    )


def small(kept, **counts):
    """Balance of a set by name, where the years before have these counts of events out of 1,000."""
    table = rows()
    for name, n in counts.items():
        table.loc[(table["la"] == name) & (table["year"] < 2014), "again"] = n
    panel = panel_of(table)
    return balance(named(panel, ROLLOUT, kept), features(panel, ROLLOUT, OUTCOME))


@pytest.mark.parametrize(
    ("kept", "counts", "shown"),
    [
        (NAMES[2:6], {}, True),
        (NAMES[2:6], {"A00": 2, "A01": 2}, False),  # adopters' own number is small
        (NAMES[2:4], {"A02": 2, "A03": 1}, False),  # those chosen
        (NAMES[2:11], {"A11": 3}, False),  # the one left out follows from the two means
        (NAMES[2:10], {"A11": 3}, True),
    ],
)
def test_means_are_withheld_where_one_group_or_the_rest_is_small(kept, counts, shown):
    found = small(kept, **counts)
    row = balance_rows(found)[0]
    assert means_shown(found.rows[0]) is shown
    assert all((row[key] != "withheld") is shown for key in ("adopters", "all_candidates", "chosen"))
    assert isinstance(row["difference"], float)


def test_no_repr_tells_a_level_or_a_count():
    found = small(NAMES[2:6], A00=3, A02=4)
    features_of = found.comparators.features or features(panel_of(rows()), ROLLOUT, OUTCOME)
    for one in (found, found.rows[0], found.rows[0].adopters, features_of, features_of.columns[0], found.comparators):
        said = repr(one)
        assert "events=" not in said
        assert "array" not in said
        assert "mean=" not in said
