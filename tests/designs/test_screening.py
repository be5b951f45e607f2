"""The data's door: all faults of a table in one message, and notes on what must be known."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sos_bayes as sb
from sos_bayes._core.errors import DataError, DesignError, SosBayesError
from sos_bayes.designs.screening import screened
from sos_bayes.fitting import prepare_layout
from sos_bayes.simulation import Scenario, made_up_england
from tests.data.cells.test_unsupplied_zeros import HONEST

AGAIN = sb.Binary("y", aim=sb.Aim.FEWER, worthwhile=0.01, label="re-referral")


def england(seed=2, **scenario):
    made = made_up_england(Scenario(**scenario), seed=seed)
    return made.cells, made.rollout


def changed(cells, change):
    events, total = cells.events.copy(), cells.total.copy()
    change(events, total)
    return replace(cells, events=events, total=total)


def notes(cells, rollout):
    return [n for n in screened(cells, rollout).cells.notes if n not in cells.notes]


@pytest.mark.parametrize("world", HONEST)
def test_an_honest_table_passes_without_a_word(world):
    for seed in range(5):
        cells, rollout = england(seed, **HONEST[world])
        said = notes(cells, rollout)
        assert [n for n in said if "too few events" not in n] == []


def test_zeros_that_cannot_be_chance_are_named_with_the_cure():
    cells, rollout = england()
    a = cells.authorities.index(rollout.adopters[0])

    def silence(events, _):
        events[a, 4:] = 0

    first, second = notes(changed(cells, silence), rollout)
    assert f"{cells.names[a]} ({cells.calendar.labels[4]} to {cells.calendar.labels[7]})" in first
    assert 'missing="drop"' in first
    assert "no grade rests on them" in first
    assert f"Of {cells.names[a]} nothing but such zeros is left" in second
    assert "informed by others only" in second


def test_an_adopter_too_small_for_an_event_is_informed_by_others_and_not_named():
    cells, rollout = england()
    a = cells.authorities.index(rollout.adopters[1])

    def small(events, total):
        events[a], total[a] = 0, 3

    (said,) = notes(changed(cells, small), rollout)
    assert "informed by others only" in said
    assert cells.names[a] not in said


def test_a_total_a_copy_and_a_lost_start_are_told_in_one_message():
    cells, rollout = england()
    names = list(cells.names)
    names[38] = "England"

    def double(events, total):
        events[37], total[37] = events[36], total[36]

    cells = replace(changed(cells, double), names=tuple(names))
    lost = sb.Rollout({**dict(rollout.starts), "Nowhere": rollout.starts[0][1]})
    with pytest.raises(SosBayesError, match="3 faults") as caught:
        screened(cells, lost)
    said = str(caught.value)
    assert '"England"' in said
    assert f'"{cells.names[36]}" and "{cells.names[37]}"' in said
    assert '"Nowhere" is not among' in said
    assert f'exclude=("{cells.authorities[37]}",)' in said
    out = sb.Rollout(dict(rollout.starts), exclude=(cells.authorities[37], cells.authorities[38]))
    assert len(screened(cells, out).comparators) == 29


@pytest.mark.parametrize("inside", ["whole", "share", "first_full"])
def test_a_start_inside_a_period_says_how_it_was_counted(inside):
    cells, rollout = england()
    year = int(cells.calendar.labels[4])
    starts = {name: dt.date(year, 1, 1) for name in rollout.adopters}
    assert notes(cells, sb.Rollout(starts, exposure=sb.Exposure(inside=inside))) == []
    starts[rollout.adopters[0]] = dt.date(year, 9, 1)
    starts[rollout.adopters[1]] = f"{year}-09-01"
    said = next(n for n in notes(cells, sb.Rollout(starts, exposure=sb.Exposure(inside=inside))) if "inside" in n)
    assert said.startswith("2 adopters start inside a period")
    assert f"({year}-09-01)" in said
    assert {"whole": "wholly exposed", "share": "share of its days", "first_full": "left out"}[inside] in said


def test_periods_in_which_nobody_is_untreated_are_named():
    cells, _ = england()
    years = cells.calendar.labels
    starts = {name: years[3 + i % 4] for i, name in enumerate(cells.authorities)}
    (said,) = notes(cells, sb.Rollout(starts))
    assert f"Nobody is untreated in {years[6]} and {years[7]}" in said


def test_a_comparator_without_data_before_is_named():
    cells, rollout = england()
    a = next(i for i, name in enumerate(cells.authorities) if name not in rollout.adopters)

    def late(events, total):
        events[a, :5], total[a, :5] = 0, 0

    (said,) = notes(changed(cells, late), rollout)
    assert f"{cells.names[a]} (from {cells.calendar.labels[5]})" in said


@pytest.fixture(scope="module")
def children():
    """Child rows of 12 authorities, of which three start in 2014, and covariates of every kind."""
    rng = np.random.default_rng(1)
    n = 12 * 8 * 80
    a, t = np.repeat(np.arange(12), 640), np.tile(np.repeat(np.arange(8), 80), 12)
    on = (a < 3) & (t >= 4)
    y = (rng.random(n) < np.where(on, 0.12, 0.22)).astype(int)
    sex, age, u = rng.choice(["F", "M"], n), rng.choice(list("012345"), n), rng.random(n)
    return pd.DataFrame({
        "la": [f"LA{i:02d}" for i in a], "year": 2010 + t, "y": y, "sex": sex, "age": age,
        "gender": np.where(sex == "F", "woman", "man"), "broad": np.where(age < "3", "young", "old"),
        "both": np.char.add(sex, age), "on": on.astype(int), "nearly_on": np.where(u < 0.98, on, ~on).astype(int),
        "since": np.where(a >= 3, "never", np.where(on, np.char.add("year ", (t - 4).astype(str)), "before")),
        "form": np.where(on & (u < 0.7), "new", "old"), "old_form": np.where(~on & (u < 0.6), "old", "new"),
        "national_form": np.where((t >= 4) & (u < 0.7), "new", "old"),
        "plan": np.where(u < 0.2 + 0.7 * on, "yes", "no"),
        "post": (t >= 4).astype(int), "adopter": (a < 3).astype(int), "region": a % 4,
        "closed": np.where(y == 1, "re-referred", "closed"), "reason": np.where((y == 0) & (u < 0.6), "no action", "-"),
    })  # fmt: skip


def door(children, *adjust):
    rollout = sb.Rollout({f"LA{i:02d}": 2014 for i in range(3)})
    data = sb.read_cohort(children, authority="la", period="year")
    return prepare_layout(data, rollout, AGAIN, sb.DiD(adjust=adjust)).cells.notes


@pytest.mark.parametrize("column", ["on", "nearly_on", "since"])
def test_a_covariate_that_is_the_practice_is_refused(children, column):
    with pytest.raises(DesignError, match=f'"{column}" is the practice under another name'):
        door(children, "sex", column)


def test_a_covariate_that_is_the_outcome_is_refused_together_with_the_others(children):
    with pytest.raises(DesignError, match="2 faults") as caught:
        door(children, "closed", "sex", "on")
    assert '"closed" is the outcome under another name' in str(caught.value)
    assert '"on" is the practice' in str(caught.value)


@pytest.mark.parametrize(
    ("adjust", "words"),
    [
        (("form",), 'level "new" is seen only where and when the practice is'),
        (("old_form",), 'level "old" ends in adopters at their start'),
        (("plan",), "moved with the practice: 69 %"),
        (("reason",), 'level "no action" decides the outcome'),
        (("post",), "is the period under another name"),
        (("adopter",), "tells who adopts"),
        (("region",), "does not change within any authority"),
        (("sex", "gender"), '"sex" says nothing that "gender" does not'),
        (("age", "broad"), '"broad" says nothing that "age" does not'),
    ],
)
def test_covariates_that_mislead_or_do_nothing_are_noted(children, adjust, words):
    (said,) = door(children, *adjust)
    assert words in said


def test_covariates_that_are_sound_pass_without_a_word(children):
    assert door(children, "sex", "age", "national_form") == ()


def test_each_covariate_that_others_tell_is_named_once(children):
    assert len(door(children, "sex", "age", "both")) == 2


def test_faults_of_a_panel_are_told_together():
    table = pd.DataFrame(
        {"la": list("aabbcc"), "year": [1, 2] * 3, "y": [1, -2, 2.5, None, 4, 9], "n": [9, 9, 9, 9, 1.5, 5]}
    )
    table["year"] += 2010
    outcome = sb.Binary("y", "n", aim=sb.Aim.FEWER, worthwhile=0.01, label="plans")
    with pytest.raises(DataError, match="5 faults") as caught:
        sb.data.collapse(sb.read_panel(table, authority="la", period="year"), outcome)
    for words in ("not recorded", "negative", "Counts are not whole", "Denominators are not whole", "more events"):
        assert words in str(caught.value)


def test_faults_of_child_rows_are_told_together(children):
    table = children.assign(y=children["y"].astype(float))
    table.loc[3, "y"], table.loc[9, "y"], table.loc[11, "la"], table.loc[12, "sex"] = 2.0, np.nan, None, None
    data = sb.read_cohort(table, authority="la", period="year")
    with pytest.raises(DataError, match="4 faults") as caught:
        sb.data.collapse(data, AGAIN, ("sex",))
    for words in ("other than 0 and 1", "not recorded", "cannot be placed", "covariate is missing"):
        assert words in str(caught.value)
