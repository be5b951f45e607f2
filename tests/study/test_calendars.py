"""Months and quarters with holes and latecomers, from rows to grades; all data synthetic."""

import numpy as np
import pandas as pd
import pytest

from sos_bayes.data import Aim, Binary, Bins, Nested, Rollout, Window, collapse, read_cohort, read_panel
from sos_bayes.data.authorities.coverage_notes import gap_notes
from sos_bayes.data.periods.calendar import Calendar
from sos_bayes.designs import DiD, layout_of
from sos_bayes.estimands import estimate
from sos_bayes.fitting import fit_layout, prepare_layout
from sos_bayes.study import Study, evaluate

PERIODS = {
    "month": pd.period_range("2013-01", periods=12, freq="M"),
    "quarter": pd.period_range("2013Q1", periods=10, freq="Q"),
}
SHARE = Binary("y", "n", aim=Aim.FEWER, worthwhile=0.02, label="synthetic share", denominator="by_practice")


def uneven(kind):
    """Twelve authorities, four adopting half-way; two appear late, two have a hole, one leaves, one period is empty."""
    rng = np.random.default_rng(4)
    labels = PERIODS[kind].astype(str)
    half = len(labels) // 2
    gone = {(1, 0), (1, 1), (8, 0), (3, 4), (9, half + 1), (4, len(labels) - 1), *((a, 2) for a in range(12))}
    rows = [
        (f"A{a:02d}", label, rng.binomial(80, 0.3 - 0.1 * (a >= 8 and t >= half)), 80)
        for a in range(12)
        for t, label in enumerate(labels)
        if (a, t) not in gone
    ]
    starts = {f"A{a:02d}": labels[half + (a == 10)] for a in range(8, 12)}
    return pd.DataFrame(rows, columns=["la", "when", "y", "n"]), Rollout(starts)


@pytest.mark.parametrize("kind", PERIODS)
def test_uneven_panels_are_answered_checked_and_their_holes_named(kind):
    frame, rollout = uneven(kind)
    panel = read_panel(frame, authority="la", period="when")
    found = evaluate(
        Study(title="Synthetic", data=panel, rollout=rollout, design=DiD(), outcomes=(SHARE,), method="fast"),
        progress=False,
    )["synthetic share"]
    assert found.error is None
    assert found.grade.graded
    assert found.effect.mean < 0
    assert {c.name for c in found.checks if c.state.value == "reported"} >= {"leads", "imputation", "denominator"}
    notes = " ".join(found.notes)
    labels = PERIODS[kind].astype(str)
    assert f"2 authorities appear after the first period: A01 ({labels[3]}), A08 ({labels[1]})." in notes
    assert f"2 authorities have holes between first and last period: A03 ({labels[4]}), A09" in notes
    assert f"1 authority is not seen after an earlier period: A04 ({labels[-2]})." in notes
    assert f"No authority has an observation in {labels[2]}." in notes


@pytest.mark.parametrize("kind", PERIODS)
def test_child_rows_placed_by_their_days_give_the_cells_of_their_labels(kind):
    rng = np.random.default_rng(8)
    days = pd.Timestamp("2013-01-01") + pd.to_timedelta(rng.integers(0, 600, 2_000), unit="D")
    frame = pd.DataFrame({"la": rng.choice(["A", "B", "C"], 2_000), "day": days, "y": rng.integers(0, 2, 2_000)})
    frame = frame[~((frame["la"] == "C") & (frame["day"] < "2013-07-01"))]
    frame["label"] = frame["day"].dt.to_period(kind[0].upper()).astype(str)
    outcome = Binary("y", aim=Aim.FEWER, worthwhile=0.02, label="synthetic")
    by_day = collapse(read_cohort(frame, authority="la", period="day", calendar=kind), outcome)
    by_label = collapse(read_cohort(frame, authority="la", period="label"), outcome)
    assert by_day.calendar == by_label.calendar
    np.testing.assert_array_equal(by_day.total, by_label.total)
    assert any("1 authority appears after the first period: C (2013" in note for note in by_day.notes)
    layout = layout_of(by_day, Rollout({"A": "2014-02-10" if kind == "month" else "2014Q1"}))
    assert layout.starts[0] == by_day.calendar.position("2014-02" if kind == "month" else "2014Q1")


def test_a_window_bands_and_several_rows_a_child_go_through_to_an_effect():
    rng = np.random.default_rng(4)
    n = 6_000
    child = rng.integers(0, 3_000, n)
    day = pd.Timestamp("2013-01-01") + pd.to_timedelta(rng.integers(0, 365 * 3, n), unit="D")
    treated = (child % 8 >= 6) & (day >= pd.Timestamp("2014-07-01"))
    y = (rng.random(n) < np.where(treated, 0.1, 0.3)).astype(int)
    frame = pd.DataFrame(
        {
            "child": child,
            "la": [f"A{a}" for a in child % 8],
            "day": day,
            "y": y,
            "plan": np.where(y == 1, rng.integers(0, 2, n), np.nan),
            "age": np.where(rng.random(n) < 0.05, np.nan, rng.gamma(4, 2, n)),
        }
    )
    both = Nested(
        "y", "plan", aim=Aim.FEWER, worthwhile=0.02, label="synthetic both", within=Window("day", 6, "2015-12-31")
    )
    cohort = read_cohort(frame, authority="la", period="day", calendar="quarter", child="child", episodes="all")
    design = DiD(adjust=(Bins("age", quantiles=2, missing="level"),))
    rollout = Rollout({"A6": "2014Q3", "A7": "2014Q3"})
    fits = []
    for outcome in (both.joint, both.conditional):
        layout = prepare_layout(cohort, rollout, outcome, design)
        fits.append(fit_layout(layout, design, method="fast", seed=1, n_draws=1000, fall_back=False))
    joint, conditional = (estimate(fit) for fit in fits)
    assert joint.n_pre == 4  # of six quarters, two have windows that end after the start
    assert joint.mean < -0.03
    assert not joint.selected
    assert conditional.selected
    assert abs(conditional.mean) < 3 * conditional.sd  # the second event is as frequent after the first as before
    for word in ("censored", "half treated", "1 + (m - 1) r", "under ", "Joint outcome"):
        assert word in " ".join(fits[0].notes), word
    assert "Conditional outcome" in " ".join(fits[1].notes)
    assert {p[0] for p in fits[0].layout.cells.patterns} >= {"not recorded"}


def test_long_lists_of_latecomers_are_cut():
    total = np.ones((9, 2))
    total[1:8, 0] = 0
    notes = gap_notes(total, [f"A{a}" for a in range(9)], Calendar.of([2014, 2015]))
    assert notes[1] == (
        "7 authorities appear after the first period: A1 (2015), A2 (2015), A3 (2015), A4 (2015), A5 (2015), ..."
    )
    assert gap_notes(np.ones((2, 2)), ["A", "B"], Calendar.of([2014, 2015])) == []
