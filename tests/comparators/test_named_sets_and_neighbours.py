"""The rules: who is chosen for whom, and what is said where a rule cannot be followed."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from sos_bayes._core.errors import DataError, DesignError, RolloutError
from sos_bayes.comparators import all_others, features, named, nearest, neighbours, regions
from sos_bayes.comparators.distance import distances
from sos_bayes.data import Exposure, Rollout
from sos_bayes.designs import layout_of
from sos_bayes.simulation import made_up_england
from tests.comparators.conftest import NAMES, OUTCOME, ROLLOUT


def poverty(panel, attributes, on="poverty"):
    return features(panel, ROLLOUT, on, table=attributes, authority="la")


def test_the_nearest_are_the_nearest(panel, attributes):
    chosen = nearest(poverty(panel, attributes), n=3)
    assert chosen.kept == (("A00", ("A02", "A03", "A08")), ("A01", ("A04", "A05", "A09")))
    assert chosen.rule == "the 3 nearest to each adopter on “poverty” before the rollout, with replacement"
    assert not chosen.on_outcomes
    assert chosen.of("A01")[0] == "A04"


def test_matching_on_an_outcome_carries_the_warning(panel, attributes):
    chosen = nearest(features(panel, ROLLOUT, OUTCOME), n=2)
    assert chosen.on_outcomes
    assert any("regression to the mean" in note and "no stronger" in note for note in chosen.notes)
    assert not any("regression" in note for note in nearest(poverty(panel, attributes), n=2).notes)


def test_with_replacement_one_may_serve_many_and_without_none_does(panel, attributes):
    """A00 and A01 both want A04 first when their levels are brought together."""
    attributes.loc[0, "poverty"] = 19.9
    free = nearest(poverty(panel, attributes), n=1)
    once = nearest(poverty(panel, attributes), n=1, reuse=False)
    assert free.authorities == ("A04",)
    assert free.effective == 1
    assert len(once.authorities) == 2
    assert once.effective == 2


def test_without_replacement_the_total_distance_is_the_smallest_there_is():
    rng = np.random.default_rng(5)
    from sos_bayes.comparators.nearest_neighbours import _assigned

    for _ in range(20):
        gap = rng.random((3, 6))
        found = _assigned(gap, np.ones_like(gap, dtype=bool), 1)
        best = min(sum(gap[a, c] for a, c in enumerate(p)) for p in permutations(range(6), 3))
        assert sum(gap[a, c] for a, (c,) in enumerate(found)) == pytest.approx(best, abs=1e-12)


def test_a_caliper_keeps_the_far_away_out_and_says_who_has_nobody(panel, attributes):
    attributes.loc[1, "poverty"] = 90.0
    chosen = nearest(poverty(panel, attributes), n=3, caliper=0.2)
    assert chosen.of("A01") == ()
    assert set(chosen.authorities) == {"A02", "A03", "A08"}
    assert any("nobody within the caliper: A01" in note and "exclude them" in note for note in chosen.notes)
    one = nearest(poverty(panel, attributes), n=3, caliper=0.2, reuse=False)
    assert one.of("A00") == chosen.of("A00")
    with pytest.raises(DesignError, match=r"No comparator is left.*widen the caliper"):
        nearest(poverty(panel, attributes), n=3, caliper=1e-9)


def test_mahalanobis_undoes_scale_and_correlation_and_standardised_scale_only():
    rng = np.random.default_rng(2)
    raw = rng.standard_normal((30, 2)) @ np.array([[1.0, 0.9], [0.0, 0.4]])
    mixed = raw @ np.array([[3.0, 1.0], [-2.0, 50.0]])
    one, two = (distances(x[:4], x[4:], "mahalanobis") for x in (raw, mixed))
    np.testing.assert_allclose(one, two, rtol=1e-9)
    inverse = np.linalg.inv(np.cov(raw, rowvar=False))
    gap = raw[:4, None] - raw[None, 4:]
    np.testing.assert_allclose(one**2, np.einsum("kci,ij,kcj->kc", gap, inverse, gap), rtol=1e-9)
    scaled = raw * [7.0, 0.01]
    np.testing.assert_allclose(*(distances(x[:4], x[4:], "standardised") for x in (raw, scaled)), rtol=1e-12)


def test_features_that_repeat_each_other_are_refused(panel, attributes):
    attributes["again"] = 2 * attributes["poverty"] + 1
    with pytest.raises(DesignError, match=r'repeat each other.*distance="standardised"'):
        nearest(poverty(panel, attributes, ["poverty", "again"]), n=2)
    assert nearest(poverty(panel, attributes, ["poverty", "again"]), n=2, distance="standardised").of("A00") == (
        "A02",
        "A03",
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n": 11}, "11 comparators were wanted and there are 10 candidates.*n=10 or fewer, or keep all"),
        (
            {"n": 6, "reuse": False},
            "12 comparators were wanted and there are 10 candidates.*n=5 or fewer, or say reuse",
        ),
        ({"n": 0}, "n=0 is not a number of comparators"),
        ({"distance": "mahalonobis"}, 'Did you mean "mahalanobis"'),
        ({"caliper": -1.0}, "no distance"),
    ],
)
def test_a_choice_that_cannot_be_made_says_what_to_do(panel, attributes, settings, said):
    with pytest.raises(DesignError, match=said):
        nearest(poverty(panel, attributes), **settings)


def test_candidates_without_a_value_are_passed_over_and_counted(panel, attributes):
    attributes.loc[[2, 3], "poverty"] = None
    chosen = nearest(poverty(panel, attributes), n=1)
    assert chosen.of("A00") == ("A08",)
    assert "2 candidates without a value of every feature passed over." in chosen.notes


def pairs(*rows):
    return pd.DataFrame(rows, columns=["authority", "neighbour", "rank"])


def test_neighbours_come_by_rank_and_those_who_adopt_or_are_unknown_are_passed_over(panel):
    table = pairs(
        ("A00", "A05", 3), ("A00", "A01", 1), ("A00", "Z99", 2), ("A00", "A07", 10), ("A01", "A05", 1), ("B", "A02", 1)
    )
    chosen = neighbours(panel, ROLLOUT, table, n=2)
    assert chosen.kept == (("A00", ("A05", "A07")), ("A01", ("A05",)))
    assert "1 neighbour of the list is not in the data and passed over: Z99." in chosen.notes
    assert "1 neighbour of the list adopts and passed over: A01." in chosen.notes
    assert any(note.startswith("1 adopter has fewer than 2: A01.") for note in chosen.notes)
    assert chosen.effective == pytest.approx(4 / (1.5**2 + 0.5**2))


@pytest.mark.parametrize(
    ("table", "error", "said"),
    [
        (pairs(("A00", "A05", 1)), DataError, 'adopter "A01" has no row'),
        (pairs(("A00", "A05", 1), ("a01", "A05", 1)), DataError, 'table writes it "a01"'),
        (pairs(("A00", "A05", "first"), ("A01", "A05", 1)), DataError, "rank is not a number"),
        (pairs(("A00", "a05", 1), ("A01", "A05", 1)), RolloutError, 'The data write it "A05"'),
        (pairs(("A00", "A01", 1), ("A01", "A00", 1)), DesignError, "No comparator is left"),
        (pairs(("A00", "A05", 1)).rename(columns={"rank": "rnak"}), DataError, 'Did you mean "rnak"'),
    ],
)
def test_a_list_that_does_not_fit_is_refused(panel, table, error, said):
    with pytest.raises(error, match=said):
        neighbours(panel, ROLLOUT, table)


def test_regions_keep_those_of_the_adopters_own(panel, attributes):
    chosen = regions(panel, Rollout({"A00": 2014}), attributes, authority="la")
    assert chosen.authorities == tuple(NAMES[2::2])
    attributes.loc[1, "region"] = None
    with pytest.raises(DataError, match='adopter "A01" has no row'):
        regions(panel, ROLLOUT, attributes, authority="la")


def test_an_adopter_is_no_comparator_and_a_strange_name_gets_a_suggestion(panel):
    with pytest.raises(DesignError, match='"A01" adopts the practice and is named as a comparator'):
        named(panel, ROLLOUT, ["A02", "A01"])
    with pytest.raises(RolloutError, match=r'"a02".*The data write it "A02"'):
        named(panel, ROLLOUT, ["a02"])
    with pytest.raises(RolloutError, match="not excluded"):
        named(panel, Rollout(dict(ROLLOUT.starts), exclude=["A02"]), ["A02"])
    with pytest.raises(DesignError, match="a tuple of authorities"):
        named(panel, ROLLOUT, "A02")
    with pytest.raises(DesignError, match="nobody to choose"):
        all_others(panel, Rollout(dict.fromkeys(NAMES[:6], 2014), exclude=NAMES[6:]))


def test_excluded_authorities_are_never_chosen_and_stay_out(panel, attributes):
    rollout = Rollout(dict(ROLLOUT.starts), exclude=["A02"])
    chosen = nearest(features(panel, rollout, "poverty", table=attributes, authority="la"), n=2)
    assert chosen.of("A00") == ("A03", "A08")
    assert "A02" in chosen.rollout.exclude


def test_the_rollout_of_a_choice_leaves_the_others_out_and_counts_everybody_once():
    """Chosen for five adopters or for one: the cells are those of the data, with no weights."""
    made = made_up_england(seed=1)
    from sos_bayes.data import read_panel

    data = read_panel(made.panel, authority="authority", period="period")
    chosen = nearest(features(data, made.rollout, made.outcome), n=3)
    layout = layout_of(made.cells, chosen.rollout)
    assert tuple(layout.cells.authorities[i] for i in layout.comparators) == chosen.authorities
    assert len(layout.adopters) == 9
    kept = np.isin(made.cells.authorities, layout.cells.authorities)
    assert layout.cells.events.tobytes() == made.cells.events[kept].tobytes()


def test_doses_of_those_left_out_go_with_them(panel):
    rollout = Rollout(dict(ROLLOUT.starts), exposure=Exposure(partial={"A02": 0.5, "A03": (0.2, 2015)}))
    assert named(panel, rollout, ["A03", "A05"]).rollout.exposure.partial == (("A03", 0.2, "2015"),)
    assert named(panel, rollout, ["A02", "A05"]).rollout.exposure.partial == (("A02", 0.5, None),)


def test_everybody_is_everybody(panel):
    chosen = all_others(panel, ROLLOUT)
    assert chosen.everyone
    assert chosen.rollout == ROLLOUT
    assert chosen.describe().startswith("10 comparators of 10 candidates")
