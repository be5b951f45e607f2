"""What may decide about comparators: numbers from before the first start, and no others."""

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.errors import DataError, DesignError, RolloutError
from sos_bayes.comparators import features, nearest
from sos_bayes.data import Aim, Binary, Continuous, Count, Exposure, Rollout, Window, read_cohort, read_panel
from tests.comparators.conftest import LEVELS, NAMES, OUTCOME, ROLLOUT, panel_of, rows


def test_a_level_is_all_events_over_all_denominators_before_the_start(panel):
    found = features(panel, ROLLOUT, OUTCOME)
    assert found.labels == ("re-referral",)
    assert found.columns[0].unit == "%"
    assert found.values[:, 0].tolist() == [LEVELS[a] for a in NAMES]
    assert found.on_outcomes


@pytest.mark.parametrize(
    ("outcome", "unit", "factor"),
    [
        (Count("again", "referrals", per=1000, aim=Aim.FEWER, worthwhile=1, label="n"), "per 1,000", 10.0),
        (
            Continuous("again", unit="days", number="referrals", sd="poverty", aim=Aim.FEWER, worthwhile=1, label="d"),
            "days",
            10.0,
        ),
    ],
)
def test_levels_of_counts_and_means_are_in_their_own_unit(panel, outcome, unit, factor):
    (column,) = features(panel, ROLLOUT, outcome).columns
    assert column.unit == unit
    np.testing.assert_allclose(column.values, [factor * LEVELS[a] for a in NAMES], rtol=1e-12)


@pytest.mark.parametrize("how", ["doubled", "gone", "huge columns"])
def test_changing_any_later_number_changes_nothing(how):
    """Events, denominators and covariates of 2014 and 2015, of adopters and candidates alike."""
    before, table = rows(), rows()
    later = table["year"] >= 2014
    if how == "doubled":
        table.loc[later, "again"] = np.random.default_rng(1).integers(0, 1000, later.sum())
    elif how == "gone":
        table = table[~later | table["la"].isin(["A00", "A01"])]
    else:
        table.loc[later, ["referrals", "poverty"]] *= 1000
    one, two = (features(panel_of(t), ROLLOUT, [OUTCOME, "poverty"]) for t in (before, table))
    assert one.values.tobytes() == two.values.tobytes()
    for settings in ({"n": 2}, {"n": 3, "reuse": False}, {"n": 2, "distance": "standardised", "caliper": 0.5}):
        assert nearest(one, **settings) == nearest(two, **settings)


def test_children_s_later_rows_change_nothing_either():
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"la": rng.choice(NAMES, 6000), "year": rng.choice(range(2012, 2016), 6000)})
    table["again"] = rng.integers(0, 2, 6000)
    other = table.copy()
    other.loc[other["year"] >= 2014, "again"] = 1
    outcome = Binary("again", aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    one, two = (
        nearest(features(read_cohort(t, authority="la", period="year"), ROLLOUT, outcome), n=2) for t in (table, other)
    )
    assert one == two
    assert len(one.authorities) >= 2


@pytest.mark.parametrize(("changed", "same"), [(2012, False), (2013, True)])
def test_a_period_whose_windows_end_after_the_start_is_not_before(changed, same):
    """Synthetic children followed for six months: of 2013, some until after the start of 2014."""
    rng = np.random.default_rng(4)
    days = pd.Timestamp("2012-01-01") + pd.to_timedelta(rng.integers(0, 4 * 365, 6000), unit="D")
    table = pd.DataFrame({"la": rng.choice(NAMES, 6000), "closed": days, "again": rng.integers(0, 2, 6000)})
    other = table.assign(again=table["again"].where(table["closed"].dt.year != changed, 1 - table["again"]))
    window = Window("closed", 6, "2016-12-31")
    outcome = Binary("again", within=window, aim=Aim.FEWER, worthwhile=0.01, label="re-referral")
    one, two = (
        features(read_cohort(t, authority="la", period="closed", calendar="year"), ROLLOUT, outcome).values
        for t in (table, other)
    )
    assert (one.tobytes() == two.tobytes()) is same


def test_a_suppressed_count_stands_for_the_middle_of_its_range():
    table = pd.DataFrame(
        {
            "time_period": [2012, 2013, 2014] * 3, "time_identifier": "Reporting year",
            "geographic_level": "Local authority", "new_la_code": np.repeat(["E06000001", "E06000002", "E06000003"], 3),
            "la_name": np.repeat(["One", "Two", "Three"], 3), "plans": 100,
            "long": ["20", "20", "9", "c", "17", "9", "10", "14", "c"],
        }
    )  # fmt: skip
    outcome = Binary("long", "plans", aim=Aim.FEWER, worthwhile=0.01, label="long plans (synthetic)")
    found = features(read_panel(table, dfe=True), Rollout({"E06000001": 2014}), outcome)
    assert found.values[:, 0].tolist() == [20.0, 10.0, 12.0]


def test_the_time_before_ends_with_the_first_adopter_of_all():
    """A later adopter's year with the practice elsewhere is not looked at."""
    table = rows()
    table.loc[table["year"] == 2013, "again"] += 100
    early = features(panel_of(table), Rollout({"A00": 2013, "A01": 2015}), OUTCOME)
    assert early.values[:, 0].tolist() == [LEVELS[a] for a in NAMES]


def test_years_of_an_earlier_round_are_not_before():
    table = rows()
    table.loc[(table["la"] == "A00") & (table["year"] == 2013), "again"] = 0
    exposed = Rollout({"A00": 2014, "A01": 2014}, exposure=Exposure(earlier={"A00": (2013, 2013)}))
    assert features(panel_of(table), exposed, OUTCOME).values[0, 0] == 20
    assert features(panel_of(table), ROLLOUT, OUTCOME).values[0, 0] == 10


def test_a_panel_s_column_is_averaged_over_the_years_before():
    table = rows()
    table["poverty"] = table["poverty"] + (table["year"] == 2013) * 2 + (table["year"] > 2013) * 99
    assert features(panel_of(table), ROLLOUT, "poverty").values[0, 0] == 11


def test_features_of_two_kinds_stand_beside_each_other_once(panel, attributes):
    one = features(panel, ROLLOUT, OUTCOME)
    two = features(panel, ROLLOUT, [OUTCOME, "size"], table=attributes, authority="la")
    assert one.beside(two).labels == ("re-referral", "size")
    with pytest.raises(DesignError, match="different pools"):
        one.beside(features(panel, Rollout({"A02": 2014}), OUTCOME))


@pytest.mark.parametrize(
    ("on", "error", "said"),
    [
        ((), DesignError, "nothing to compare"),
        (("same",), DesignError, "same in every authority.*Leave it out"),
        (("size", "size"), DesignError, "named twice"),
        (("povrety",), DataError, 'Did you mean "poverty"'),
        (("region",), DataError, "Text stands where numbers belong"),
        ((3,), DesignError, "neither an outcome nor the name of a column"),
    ],
)
def test_bad_features_are_refused_with_the_cure(panel, attributes, on, error, said):
    with pytest.raises(error, match=said):
        features(panel, ROLLOUT, on, table=attributes, authority="la")


def test_an_adopter_without_a_value_is_named(panel, attributes):
    attributes.loc[1, "poverty"] = None
    with pytest.raises(DesignError, match=r"1 adopter has no value of 'poverty': A01.*exclude the adopter"):
        features(panel, ROLLOUT, "poverty", table=attributes, authority="la")
    attributes["la"] = attributes["la"].str.lower()
    with pytest.raises(DataError, match='writes "A00" as "a00"'):
        features(panel, ROLLOUT, "poverty", table=attributes, authority="la")


def test_two_rows_for_one_authority_are_refused(panel, attributes):
    with pytest.raises(DataError, match='"A00" has more than one row'):
        features(panel, ROLLOUT, "size", table=pd.concat([attributes, attributes]), authority="la")


def test_columns_of_children_are_no_features_of_authorities():
    cohort = read_cohort(
        pd.DataFrame({"la": ["A", "B"], "year": [2013, 2013], "age": [3, 4]}), authority="la", period="year"
    )
    with pytest.raises(DesignError, match="rows are children"):
        features(cohort, Rollout({"A": 2014}), "age")


def test_an_adopter_that_the_data_do_not_have_is_refused_with_the_nearest(panel):
    with pytest.raises(RolloutError, match='"A0O" is not among the 12 authorities of the data'):
        features(panel, Rollout({"A0O": 2014}), OUTCOME)


def test_repr_tells_no_number(panel):
    assert repr(features(panel, ROLLOUT, OUTCOME)) == "<Features of 12 authorities: re-referral>"


def test_the_order_of_rows_changes_no_bit(panel):
    again = read_panel(rows().sample(frac=1, random_state=1), authority="la", period="year")
    assert features(again, ROLLOUT, OUTCOME).values.tobytes() == features(panel, ROLLOUT, OUTCOME).values.tobytes()
