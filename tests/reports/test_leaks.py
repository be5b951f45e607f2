"""No two printed numbers give one that is withheld; files are written with the rights that the umask leaves."""

import os
import stat
from dataclasses import replace

import numpy as np
import pytest

from sos_bayes._core.errors import StudyError
from sos_bayes.reports import to_csv, to_text, write
from sos_bayes.reports.html import render
from sos_bayes.reports.tables import WITHHELD, estimates, levels
from tests.reports.made_up import KINSHIP, evaluation, finding


def found(baseline, mean, n, sd=0.001):
    """A finding whose effect of some size was read from so many children, on three scales."""
    one = finding(mean=mean, sd=sd)
    head = replace(one.effect, baseline=baseline, n_children=n)
    beside = (
        replace(head, scale="ratio", draws=1 + head.draws / baseline),
        replace(head, scale="events", draws=head.draws * n, baseline=baseline * n),
    )
    return replace(one, effect=head, estimates=beside)


def of(rows, unit):
    return next(row for row in rows if row["unit"] == unit)


@pytest.mark.parametrize("n", range(1, 10))
def test_fewer_than_ten_children_cannot_be_worked_out(n):
    one = found(0.5, -0.2, n)
    rows = estimates(one)
    assert {of(rows, "events")[name] for name in ("effect", "low_95", "high_95", "baseline")} == {WITHHELD}
    assert of(rows, "ratio")["effect"] == WITHHELD
    assert of(rows, "percentage points")["units_treated"] == "fewer than 10"
    whole = to_text(evaluation(one)) + render(evaluation(one))
    assert f"{-0.2 * n:.3g} events" not in whole.replace("\u2212", "-")


@pytest.mark.parametrize(
    ("baseline", "mean", "n"),
    [(0.05, -0.03, 300), (0.01, 0.05, 300), (0.99, -0.3, 300), (0.6, 0.38, 300)],  # 6 with; 3 without; 3 not; 6 not
)
def test_a_share_with_the_rollout_tells_no_small_number(baseline, mean, n):
    rows = estimates(found(baseline, mean, n))
    shown = of(rows, "percentage points")
    assert shown["baseline"] == WITHHELD
    assert shown["effect"] != WITHHELD
    assert {of(rows, "ratio")["effect"], of(rows, "ratio")["baseline"]} == {WITHHELD}
    assert of(rows, "events")["baseline"] == WITHHELD


def test_large_numbers_are_printed_as_before():
    rows = estimates(found(0.3, -0.1, 4803))
    assert WITHHELD not in {value for row in rows for value in row.values()}
    assert of(rows, "percentage points")["baseline"] == 30.0


def test_a_level_that_the_rollout_empties_tells_nothing():
    from sos_bayes.estimands import Effects

    one = found(0.5, -0.1, 400)
    steps = [(0.6, -0.1), (0.3, 0.185)]  # 120 children at the middle level without, 6 with
    series = tuple(
        replace(one.effect, label=str(i), baseline=b, draws=np.full((1, 400), d)) for i, (b, d) in enumerate(steps)
    )
    rows = levels(replace(one, by_level=Effects("level", series)))
    assert [row["baseline"] for row in rows] == [WITHHELD, WITHHELD]


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o027, 0o640), (0o022, 0o644)])
def test_reports_have_the_rights_that_the_umask_leaves(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        paths = to_csv(evaluation(finding(KINSHIP)), tmp_path / "out")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {mode}
    assert {p.suffix for p in (tmp_path / "out").iterdir()} == {".csv"}  # nothing half-written is left


def test_a_name_that_no_file_can_have_is_an_error_of_ours(tmp_path):
    with pytest.raises(StudyError, match="no file can have this name"):
        write.write_whole(tmp_path / "a\0b.html", "text")
