"""Nested events: synthetic rows in which the second event can only follow the first."""

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sos_bayes._core.errors import DataError
from sos_bayes.data import Aim, Nested, collapse, read_cohort

KEYS = {"authority": "la", "period": "quarter"}
BOTH = Nested("again", "escalated", aim=Aim.FEWER, worthwhile=0.01, label="re-referred and escalated")


@pytest.fixture
def episodes(children):
    """Children of whom those re-referred may be escalated; others are blank or 0."""

    def make(n=600, seed=1):
        frame = children(n, seed)
        rng = np.random.default_rng(seed + 100)
        escalated = np.where(frame["again"] == 1, rng.integers(0, 2, n), np.where(rng.random(n) < 0.5, np.nan, 0.0))
        return frame.assign(escalated=escalated)

    return make


def test_joint_counts_everybody_and_conditional_those_with_the_first(episodes, sources):
    frame = episodes()
    for name, source in sources(frame).items():
        cohort = read_cohort(source, **KEYS)
        joint, conditional = collapse(cohort, BOTH.joint), collapse(cohort, BOTH.conditional)
        both = int(((frame["again"] == 1) & (frame["escalated"] == 1)).sum())
        assert (joint.events.sum(), joint.total.sum()) == (both, len(frame)), name
        assert (conditional.events.sum(), conditional.total.sum()) == (both, (frame["again"] == 1).sum()), name


def test_every_source_gives_the_same_bytes_among_some(episodes, sources):
    frame = episodes()
    among = replace(BOTH, among="cla")
    inside = frame["cla"] == 1
    for outcome, rows in ((among.joint, inside), (among.conditional, inside & (frame["again"] == 1))):
        found = [collapse(read_cohort(source, **KEYS), outcome, ("sex",)) for source in sources(frame).values()]
        assert len({(c.events.tobytes(), c.total.tobytes(), c.notes) for c in found}) == 1
        assert found[0].total.sum() == rows.sum()
        assert found[0].events.sum() == frame.loc[rows, "escalated"].sum()


@pytest.mark.parametrize("outcome", [BOTH.joint, BOTH.conditional, replace(BOTH, missing="drop").joint])
def test_the_second_without_the_first_is_an_error_with_columns_and_rows(episodes, sources, outcome):
    frame = episodes()
    frame.loc[[3, 9], ["again", "escalated"]] = [0, 1]
    for name, source in sources(frame).items():
        with pytest.raises(DataError, match=r'"escalated" is 1 where "again" is 0.*2 of 600 rows') as caught:
            collapse(read_cohort(source, **KEYS, child="child"), outcome)
        assert "CANARY" not in str(caught.value), name


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("again", 2, r'0/1 column.*"again", 2 of 600'),
        ("again", np.nan, r'not recorded.*"again", 2 of 600'),
        ("escalated", 2, r'0/1 column.*"escalated", 2 of 600'),
        ("escalated", np.nan, r'not recorded.*"escalated", 2 of 600'),
    ],
)
def test_faulty_rows_are_named(episodes, eager, column, value, words):
    frame = episodes().astype({"again": float})
    frame.loc[[3, 9], ["again", "escalated"]] = [1, 1]
    frame.loc[[3, 9], column] = value
    source = frame if eager else pl.from_pandas(frame).lazy()
    for outcome in (BOTH.joint, BOTH.conditional):
        with pytest.raises(DataError, match=words):
            collapse(read_cohort(source, **KEYS), outcome)


def test_a_second_event_not_recorded_is_dropped_on_request_only_where_the_first_happened(episodes):
    frame = episodes()
    frame.loc[:29, ["again", "escalated"]] = [1, np.nan]
    for outcome in (replace(BOTH, missing="drop").joint, replace(BOTH, missing="drop").conditional):
        cells = collapse(read_cohort(frame, **KEYS), outcome)
        assert cells.notes[0].startswith("30 of 600 rows have no recorded")
        assert cells.total.sum() == (570 if not outcome.conditional else (frame["again"].iloc[30:] == 1).sum())


def test_the_two_questions_are_told_apart_in_words(episodes):
    assert "all children" in str(BOTH)
    assert 'children with "again"' in str(BOTH)
    assert not BOTH.joint.selected
    assert BOTH.conditional.selected
    assert replace(BOTH, among="cla").joint.selected
    for outcome, word in ((BOTH.joint, "Joint outcome"), (BOTH.conditional, "Conditional outcome")):
        assert any(note.startswith(word) for note in collapse(read_cohort(episodes(), **KEYS), outcome).notes)
    assert BOTH.joint.label != BOTH.conditional.label
    assert replace(BOTH, worthwhile_conditional=0.05).conditional.worthwhile == 0.05
    assert replace(BOTH, label_conditional="escalated once back").conditional.label == "escalated once back"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"then": "again"}, "both first and then"),
        ({"among": "again"}, "both first and among"),
        ({"worthwhile": 0}, "positive"),
        ({"worthwhile_conditional": 2}, "percentage point"),
        ({"label": ""}, "label"),
        ({"denominator": "nobody"}, "denominator"),
        ({"within": 6}, "not a Window"),
    ],
)
def test_refusals(changes, words):
    with pytest.raises(DataError, match=words):
        replace(BOTH, **changes)


def test_a_conditional_denominator_is_never_the_population():
    with pytest.raises(DataError, match="does not go with conditional"):
        replace(BOTH.conditional, denominator="population")
    with pytest.raises(DataError, match="needs after"):
        replace(BOTH.conditional, after=None)
    with pytest.raises(DataError, match="for child rows"):
        replace(BOTH.joint, trials="n")
    table = pd.DataFrame({"la": ["A"], "quarter": [2014], "escalated": [0]})
    with pytest.raises(DataError, match="no column"):
        collapse(read_cohort(table, **KEYS), BOTH.joint)
