import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sos_bayes._core import words


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (-13.04, "percentage points", "13.0 percentage points fewer"),
        (8.14, "per 10,000", "8.1 per 10,000 more"),
        (-0.04, "percentage points", "0.04 percentage points fewer"),
        (1234.6, "events", "1,235 events more"),
        (0.0, "percentage points", "no change"),
        (float("nan"), "events", "not known"),
    ],
)
def test_change(value, unit, said):
    assert words.change(value, unit) == said


def test_an_interval_across_zero_names_both_directions():
    assert words.between(-2.0, 3.0, "per 10,000") == "2.0 per 10,000 fewer to 3.0 per 10,000 more"
    assert words.between(1.0, 3.0, "per 10,000") == "1.0 to 3.0 per 10,000 more"


def test_no_false_certainty():
    assert words.probability(1.0) == "P > 0.999"
    assert words.probability(0.9996) == "P > 0.999"
    assert words.probability(0.975) == "P = 0.97" or words.probability(0.975) == "P = 0.98"
    assert words.chance(1.0) == "all but certain"


@given(st.floats(min_value=0, max_value=1))
def test_a_chance_says_nearly_what_the_number_is(value):
    said = words.chance(value)
    if said.startswith("about"):
        part, whole = said.removeprefix("about ").replace(",", "").split(" in ")
        assert math.isclose(int(part) / int(whole), value, rel_tol=0.1, abs_tol=0.016)


@given(st.text(max_size=400))
def test_slugs_stay_inside_a_folder(label):
    made = words.slug(label)
    assert made
    assert len(made) <= 60
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(st.text(max_size=400))
def test_short_labels_are_one_line(label):
    made = words.short(label, 50)
    assert len(made) <= 50
    assert "\n" not in made
    assert "\u202e" not in made
