"""How a finding bears on the effect: one rule, read in the headline's direction, that never falls as P rises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sos_bayes.checks import CHECKS, CheckResult, State
from sos_bayes.checks.bearing import ORDER, bearing_of, towards
from sos_bayes.estimands import estimate

DIRECTED = ("patt", "weighting", "leave_one_out", "random_walk", "trends", "imputation", "sceptical", "drift",
            "comparators", "triangulation", "a check of a later day")  # fmt: skip
P = st.floats(0, 1)


def result(name, state=State.REPORTED, **numbers):
    return CheckResult(name, name, state, tuple(numbers.items()), "made up")


def leads(beyond, net, power=0.8, top=0.6):
    return result(
        "leads", p_beyond=beyond, p_net_positive=net, p_net_negative=1 - net, power=power, expected_top=top
    )  # fmt: skip


@pytest.mark.parametrize("name", DIRECTED)
@pytest.mark.parametrize(
    ("p", "bearing"),
    [(0.95, "supports"), (0.9, "supports"), (0.89, "weakens"), (0.5, "weakens"), (0.49, "contradicts")],
)
def test_checks_of_the_direction(name, p, bearing):
    assert bearing_of(result(name, p_positive=p, p_negative=1 - p), 1) == bearing
    assert bearing_of(result(name, p_positive=1 - p, p_negative=p), -1) == bearing


def test_of_left_out_adopters_the_worst_of_each_direction_counts():
    """Both worst cases are low: neither direction is certain, and neither is contradicted by the other's."""
    both = result("leave_one_out", p_positive=0.85, p_negative=0.02)
    assert (bearing_of(both, 1), bearing_of(both, -1)) == ("weakens", "contradicts")


@given(P, P, st.sampled_from(DIRECTED))
def test_more_of_the_direction_never_bears_worse(p, q, name):
    low, high = sorted([p, q])
    ranks = [ORDER.index(bearing_of(result(name, p_positive=x, p_negative=1 - x), 1)) for x in (low, high)]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("found", "bearing"),
    [
        (leads(0.99, 0.2), "contradicts"), (leads(0.99, 0.7), "weakens"), (leads(0.5, 0.2), "supports"),
        (leads(0.5, 0.2, power=0.3), None),
        (result("leads", p_beyond=0.99, p_net_positive=0.1, p_net_negative=0.9), None),
    ],
)  # fmt: skip
def test_departures_bear_where_they_stand_out(found, bearing):
    assert bearing_of(found, 1) == bearing


@given(P, P, P)
def test_a_larger_departure_never_bears_better(a, b, net):
    low, high = sorted([a, b])
    ranks = [ORDER.index(bearing_of(leads(x, net), 1)) for x in (high, low)]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(("within", "bearing"), [(0.05, "supports"), (0.3, None), (0.6, "weakens"), (0.99, "weakens")])
def test_no_important_change_never_contradicts_a_direction(within, bearing):
    assert bearing_of(result("no_change", p_within=within, worst_within=within), 1) == bearing


@pytest.mark.parametrize(
    ("small", "large", "changed", "bearing"),
    [(0.95, 0.0, 0.9, "supports"), (0.5, 0.2, 0.99, None), (0.1, 0.7, 0.99, "weakens"), (0.1, 0.7, 0.9, None)],
)
def test_who_is_counted(small, large, changed, bearing):
    found = result("denominator", p_small=small, p_large=large, p_changed=changed, ratio=0.9)
    assert bearing_of(found, 1) == bearing


@pytest.mark.parametrize(("p", "bearing"), [(0.03, "supports"), (0.3, "weakens"), (0.7, "contradicts")])
def test_placebos(p, bearing):
    assert bearing_of(result("placebo_in_space", rank=2.0, p=p, floor=0.02), 1) == bearing


@pytest.mark.parametrize("state", [State.NOT_APPLICABLE, State.NOT_ASSESSED, State.SWITCHED_OFF])
def test_what_was_not_assessed_bears_neither_way(state):
    assert bearing_of(result("drift", state, p_positive=0.1), 1) is None


def test_a_gap_in_level_bears_neither_way():
    assert bearing_of(result("level_gap", p_positive=0.0, p_negative=1.0), 1) is None


UNDIRECTED = ("level_gap", "leads", "no_change", "shared_shocks", "denominator", "predictive")


def test_every_check_of_a_fit_says_how_it_bears(checked, fit):
    assert estimate(fit).mean < 0
    directed = [c for c in checked.values() if c.assessed and c.name not in UNDIRECTED]
    assert {c.bearing for c in directed} == {"supports"}
    assert checked["level_gap"].bearing is None
    assert checked["denominator"].bearing is None
    assert set(checked) == set(CHECKS)
    assert len({c.fingerprint for c in checked.values()} | {estimate(fit).fingerprint}) == 1
    assert checked["drift"].fingerprint is not None
    assert checked["drift"].fingerprint not in repr(checked["drift"])


def test_what_departures_would_have_come_to_is_told_by_draw(checked):
    numbers = dict(checked["leads"].numbers)
    assert numbers["p_net_positive"] + numbers["p_net_negative"] == pytest.approx(1.0)
    assert towards(checked["leads"], -1) == numbers["p_net_negative"]
